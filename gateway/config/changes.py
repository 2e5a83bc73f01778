"""What differs between two configurations, one line per fact, and which of it only a restart brings about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

from gateway.logs import redact
from gateway.settings import Settings

RESTART = ("gateway.", "database.url", "database.password_file", "mqtt.", "web.")
"""What these keys name is held open for as long as the gateway runs."""
_LISTS = frozenset({"readers", "routes", "read_points"})
_DERIVED = frozenset({"antennas", "rf_content", "tls"})
"""Of a reader: from its antennas' tables, never configured, and told key by key."""


@dataclass(frozen=True, slots=True)
class Change:
    """`key` as in the configuration file, with the id where there are several; `words` say what changed."""

    key: str
    words: str

    @property
    def needs_restart(self) -> bool:
        return self.key.startswith(RESTART)

    def __str__(self) -> str:
        return redact(f"{self.key}: {self.words}")


def changes(before: Settings, after: Settings) -> list[Change]:
    """In the order of the file's sections; a reader or read point that came or went is one change."""
    old, new = dict(_entries(before)), dict(_entries(after))
    found: list[Change] = []
    for name in dict.fromkeys((*old, *new)):
        found += _between(name, old.get(name), new.get(name))
    return found


def _between(
    name: str, old: Mapping[str, object] | None, new: Mapping[str, object] | None
) -> Iterator[Change]:
    if old is None or new is None:
        yield Change(name, "added" if old is None else "removed")
        return
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key), new.get(key)
        if was != now:
            yield Change(f"{name}.{key}", f"{_shown(was)} → {_shown(now)}")


def _entries(settings: Settings) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Each table of the file by its name, with its keys."""
    yield "gateway", {"site": settings.site, "name": settings.name}
    for field in fields(settings):
        section = getattr(settings, field.name)
        if field.name not in _LISTS and is_dataclass(section):
            yield field.name, _keys(section)
    for reader in settings.readers:
        tls = {"tls": reader.tls is not None} | ({} if reader.tls is None else _keys(reader.tls))
        yield f"reader {reader.id}", {k: v for k, v in _keys(reader).items() if k not in _DERIVED} | tls
    for route in settings.routes:
        yield (
            f"reader {route.reader} antenna {route.antenna}",
            {"read_point": route.read_point, "side": route.side},
        )
    for point in settings.read_points:
        keys = _keys(point)
        direction = "antennas" if keys.pop("has_sides") else "none"
        yield f"read_point {point.id}", keys | {"direction": direction}


def _keys(table: object) -> dict[str, object]:
    assert is_dataclass(table)
    return {field.name: getattr(table, field.name) for field in fields(table)}


def _shown(value: object) -> str:
    return "none" if value is None else str(value)
