"""A parsed TOML document read through the schema: a draft of values with the faults of each key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from gateway.config.faults import Faults, join
from gateway.config.field_types import kind_of, typed
from gateway.config.schema import ANTENNA, LISTS, REQUIRED, SECTIONS, Key, Table

CREDENTIALS = "${CREDENTIALS_DIRECTORY}/"
"""Stands in front of a file that systemd provides (LoadCredential=, systemd.exec(5))."""

Values: TypeAlias = dict[str, object]
"""By key, with defaults. What is faulty is missing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of the document, `where` naming it: `reader[0]`."""

    where: str
    values: Values
    given: frozenset[str]
    antennas: tuple["Entry", ...] = ()
    """Of a reader."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The whole document before its references are judged."""

    sections: Mapping[str, Entry] = field(default_factory=dict)
    readers: tuple[Entry, ...] = ()
    read_points: tuple[Entry, ...] = ()


class DocumentReader:
    """Reads one document, telling its faults to `faults`; relative files begin at `directory`."""

    def __init__(self, faults: Faults, directory: Path, environ: Mapping[str, str]) -> None:
        self._faults = faults
        self._directory = directory
        self._credentials = environ.get("CREDENTIALS_DIRECTORY")

    def draft(self, document: Mapping[str, object]) -> Draft:
        known = SECTIONS.keys() | LISTS.keys()
        for name in sorted(document.keys() - known):
            self._faults.add_unknown("", name, known, _home_of(name))
        return Draft(
            sections={
                name: self._table(self._single(document, name), table, name)
                for name, table in SECTIONS.items()
            },
            readers=tuple(self._reader(raw, where) for where, raw in self._several(document, "reader")),
            read_points=tuple(
                self._table(raw, LISTS["read_point"], where)
                for where, raw in self._several(document, "read_point")
            ),
        )

    def _reader(self, raw: Mapping[str, object], where: str) -> Entry:
        own = {key: value for key, value in raw.items() if key != "antenna"}
        entry = self._table(own, LISTS["reader"], where)
        antennas = tuple(
            self._table(antenna, ANTENNA, place)
            for place, antenna in self._several(raw, "antenna", of=where, header="reader.antenna")
        )
        return Entry(entry.where, entry.values, entry.given, antennas)

    def _single(self, document: Mapping[str, object], name: str) -> Mapping[str, object]:
        match document.get(name, {}):
            case dict() as raw:
                return raw
            case list():
                self._faults.add(name, f"there is one of it: write [{name}], with single brackets")
            case other:
                self._faults.add(name, f"expected a table [{name}], not {kind_of(other)}")
        return {}

    def _several(
        self, raw: Mapping[str, object], name: str, of: str = "", header: str | None = None
    ) -> list[tuple[str, Mapping[str, object]]]:
        """The tables of an array of tables, each with its place."""
        header, key = header or name, join(of, name)
        tables = raw.get(name, [])
        if not isinstance(tables, list):
            self._faults.add(key, f"there may be several: write [[{header}]], with double brackets")
            return []
        if not tables:
            self._faults.add(key, f"there is none, add a [[{header}]] table")
        found: list[tuple[str, Mapping[str, object]]] = []
        for index, table in enumerate(tables):
            if isinstance(table, dict):
                found.append((f"{key}[{index}]", table))
            else:
                self._faults.add(f"{key}[{index}]", f"expected a [[{header}]] table, not {kind_of(table)}")
        return found

    def _table(self, raw: Mapping[str, object], table: Table, where: str) -> Entry:
        for name in sorted(raw.keys() - table.keys()):
            self._faults.add_unknown(where, name, table, _home_of(name))
        values: Values = {}
        for name, key in table.items():
            try:
                values[name] = self._value(raw, name, key)
            except ValueError as error:
                self._faults.add(join(where, name), str(error))
        return Entry(where, values, frozenset(raw))

    def _value(self, raw: Mapping[str, object], name: str, key: Key) -> object:
        if name in raw:
            value = typed(raw[name], key.hint, key.check)
            return self._absolute(value) if key.is_file and isinstance(value, str) else value
        if key.default is REQUIRED:
            raise ValueError("is required")
        return key.default

    def _absolute(self, file: str) -> str:
        if not file.startswith(CREDENTIALS):
            return str(self._directory / file)
        if self._credentials is None:
            return file
        return str(Path(self._credentials) / file.removeprefix(CREDENTIALS))


def _home_of(key: str) -> str:
    """Where a misplaced key belongs, in words."""
    homes = [f"[{name}]" for name, table in SECTIONS.items() if key in table]
    homes += [f"[[{name}]]" for name, table in LISTS.items() if key in table]
    return f"it belongs to {' or '.join(homes)}" if homes else ""
