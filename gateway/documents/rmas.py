"""RMAs in: the JSON document, and files of them as JSON lines or CSV; all are good, or every fault is told.

The schema of the JSON document stands beside this file: `rma.schema.json`.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, TypeGuard

from gateway.documents.rma_build import LineParts, Values, build_rma, convert
from gateway.documents.rma_csv import read_csv
from gateway.documents.rma_fields import LINE_FIELDS, RMA_FIELDS, Converter, Faults, FieldError, epc, serial
from gateway.errors import InputError
from rules.rma import Rma

STANDARD_INPUT = Path("-")
MAX_DOCUMENT_BYTES = 16_000_000
"""One RMA as JSON."""
NAME_FIELDS: Mapping[str, Converter] = {"serials": serial, "epcs": epc}
RMA_KEYS = frozenset((*RMA_FIELDS, "lines"))
LINE_KEYS = frozenset((*LINE_FIELDS, *NAME_FIELDS))


def parse_rma(document: object, where: str = "rma") -> Rma:
    """One RMA from its JSON document. Raises InputError with every fault, each beginning with `where`."""
    faults = Faults()
    rma = _rma(document, where, faults)
    faults.raise_any()
    assert rma is not None, "an RMA without a fault is built"
    return rma


def read_rmas(path: Path) -> Iterator[Rma]:
    """The RMAs of a file, or of standard input for `-`: the first one after the whole file was found good.

    Memory holds one of them, and the names of those of a CSV file. Raises InputError with file, line and
    field of every fault.
    """
    with _opened(path) as file:
        faults = Faults()
        for _ in _read(file, path.name, faults):
            pass
        faults.raise_any()
        file.seek(0)
        yield from _read(file, path.name, faults)
        faults.raise_any()


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A file that can be read twice: what comes through a pipe is kept meanwhile."""
    try:
        with open(0 if path == STANDARD_INPUT else path, "rb", closefd=path != STANDARD_INPUT) as file:
            if file.seekable():
                yield file
                return
            with TemporaryFile() as kept:
                shutil.copyfileobj(file, kept)
                kept.seek(0)
                yield kept
    except OSError as error:
        raise InputError((f"{path}: cannot be read: {error.strerror}",)) from error


def _read(file: BinaryIO, name: str, faults: Faults) -> Iterator[Rma]:
    start = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    if start.startswith((b"{", b"[")):
        yield from _read_json_lines(file, name, faults)
        return
    text = TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from read_csv(text, name, faults)
    finally:
        text.detach()


def _read_json_lines(file: BinaryIO, name: str, faults: Faults) -> Iterator[Rma]:
    number = 0
    while line := file.readline(MAX_DOCUMENT_BYTES + 1):
        number += 1
        if not line.strip():
            continue
        place = f"{name}:{number}"
        if len(line) > MAX_DOCUMENT_BYTES:
            faults.add(place, "", f"is longer than {MAX_DOCUMENT_BYTES} bytes")
            return
        try:
            document = json.loads(line.decode("utf-8-sig"), object_pairs_hook=_unique)
        except (ValueError, RecursionError) as error:
            faults.add(place, "", f"is no JSON document of one RMA: {error}")
            continue
        rma = _rma(document, place, faults)
        if rma is not None:
            yield rma


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a key is given twice")
    return document


def _rma(document: object, place: str, faults: Faults) -> Rma | None:
    before = faults.count
    if not _is_object(document):
        faults.add(place, "", "is not a JSON object")
        return None
    _check_keys(document, RMA_KEYS, ("rma", "lines"), place, faults)
    values = convert(document, RMA_FIELDS, place, faults)
    sent = document.get("lines")
    if sent is not None and (not isinstance(sent, list) or not sent):
        faults.add(place, "lines", "is not a list of at least one line")
    lines = [_line(line, f"{place}: lines[{index}]", faults) for index, line in enumerate(_listed(sent))]
    rma = build_rma(place, values, lines, faults)
    return rma if faults.count == before else None


def _line(document: object, place: str, faults: Faults) -> LineParts:
    if not _is_object(document):
        faults.add(place, "", "is not a JSON object")
        return LineParts(place, Values(), is_sound=False)
    before = faults.count
    _check_keys(document, LINE_KEYS, ("line",), place, faults)
    parts = LineParts(place, convert(document, LINE_FIELDS, place, faults))
    parts.serials = _names(document, "serials", place, faults)
    parts.epcs = _names(document, "epcs", place, faults)
    parts.is_sound = faults.count == before
    return parts


def _names(document: Mapping[str, object], field: str, place: str, faults: Faults) -> list[str]:
    sent = document.get(field)
    if sent is not None and not isinstance(sent, list):
        faults.add(place, field, "is not a list")
    names: list[str] = []
    for index, value in enumerate(_listed(sent)):
        try:
            names.append(str(NAME_FIELDS[field](value)))
        except FieldError as error:
            faults.add(place, f"{field}[{index}]", str(error))
    return names


def _check_keys(
    document: Mapping[str, object],
    known: frozenset[str],
    required: Sequence[str],
    place: str,
    faults: Faults,
) -> None:
    for key in sorted(document.keys() - known):
        faults.add(place, key[:80], f"is unknown: known are {', '.join(sorted(known))}")
    for key in required:
        if document.get(key) is None:
            faults.add(place, key, "is missing")


def _is_object(document: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(document, dict) and all(isinstance(key, str) for key in document)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
