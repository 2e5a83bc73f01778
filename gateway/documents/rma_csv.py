"""RMAs as CSV: the rows of one RMA stand together, one row per serial or EPC, their quantities add up."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from gateway.documents.csv_header import odd_header
from gateway.documents.rma_build import LineParts, Values, build_rma, convert
from gateway.documents.rma_fields import LINE_FIELDS, RMA_FIELDS, Converter, Faults, epc, serial
from rules.rma import Rma

COLUMNS = (
    "rma", "line", "gtin", "serial", "epc", "quantity", "sku", "reason", "category", "order", "customer",
    "value", "currency", "opened_at", "expires_at",
)  # fmt: skip
REQUIRED = ("rma", "line")
WHOLE = ("line", "quantity")
COMMAS = "a text with a comma stands in quotes, decimals have a point"
ITEM_FIELDS: Mapping[str, Converter] = {"serial": serial, "epc": epc}


@dataclass(slots=True)
class _Rows:
    """The rows of one RMA so far."""

    place: str
    values: Values
    lines: dict[object, LineParts] = field(default_factory=dict)
    is_sound: bool = True


def read_csv(file: TextIO, name: str, faults: Faults) -> Iterator[Rma]:
    """The good RMAs of a file; what is not good is added to `faults`."""
    rows = csv.reader(file, strict=True)
    current: _Rows | None = None
    ended: set[str] = set()
    try:
        header = _header(next(rows, []), name, faults)
        for row in rows if header else ():
            if not row:
                continue
            place = f"{name}:{rows.line_num}"
            document = _document(header, row, place, faults)
            rma = document.get("rma")
            if current is None or rma is None or rma != current.values.get("rma"):
                yield from _built(current, faults)
                current = _Rows(place, {})
                _note_start(rma, ended, place, faults)
            _add(current, document, place, faults)
    except csv.Error as error:
        faults.add(f"{name}:{rows.line_num}", "", f"is no CSV: {error}")
    yield from _built(current, faults)


def _header(row: Sequence[str], name: str, faults: Faults) -> list[str]:
    """The columns; none when they cannot be used."""
    columns = [column.strip().lower() for column in row]
    place, before = f"{name}:1", faults.count
    if odd := odd_header(columns, COLUMNS):
        faults.add(place, "", odd)
        return []
    for column in sorted(set(columns) - set(COLUMNS)):
        faults.add(place, column, f"is unknown: columns are {', '.join(COLUMNS)}, separated by commas")
    for column in REQUIRED:
        if column not in columns:
            faults.add(place, column, "the column is missing")
    for column in sorted({column for column in columns if columns.count(column) > 1}):
        faults.add(place, column, "the column is given twice")
    return columns if faults.count == before else []


def _document(header: Sequence[str], row: Sequence[str], place: str, faults: Faults) -> dict[str, object]:
    """One row by column name; empty means not given."""
    if len(row) != len(header):
        faults.add(place, "", f"has {len(row)} fields, the header has {len(header)}: {COMMAS}")
        return {}
    document: dict[str, object] = {}
    for column, value in zip(header, row, strict=True):
        stripped = value.strip()
        if stripped:
            is_whole = column in WHOLE and stripped.isascii() and stripped.isdigit() and len(stripped) < 10
            document[column] = int(stripped) if is_whole else stripped
    for column in REQUIRED:
        if column not in document:
            faults.add(place, column, "is missing")
    return document


def _note_start(rma: object, ended: set[str], place: str, faults: Faults) -> None:
    """An RMA must not go on after another has begun: it would replace its own first lines."""
    if isinstance(rma, str):
        if rma in ended:
            faults.add(place, "rma", f"{rma} stands further up already: put the rows of one RMA together")
        ended.add(rma)


def _add(rows: _Rows, document: Mapping[str, object], place: str, faults: Faults) -> None:
    before = faults.count
    _merge(rows.values, convert(document, RMA_FIELDS, place, faults), place, faults)
    values = convert(document, LINE_FIELDS, place, faults)
    named = convert(document, ITEM_FIELDS, place, faults)
    if faults.count > before or "line" not in values:
        rows.is_sound = False
        return
    quantity = values.pop("quantity", 1)
    line = rows.lines.setdefault(values["line"], LineParts(place, {"quantity": 0}))
    line.values["quantity"] += quantity
    _merge(line.values, values, place, faults)
    if "serial" in named:
        line.serials.append(named["serial"])
    if "epc" in named:
        line.epcs.append(named["epc"])


def _merge(values: Values, new: Values, place: str, faults: Faults) -> None:
    """A field may be given on one row or on all, but not in two ways."""
    for name, value in new.items():
        if values.setdefault(name, value) != value:
            faults.add(place, name, "is not what an earlier row of the same RMA says")


def _built(rows: _Rows | None, faults: Faults) -> Iterator[Rma]:
    if rows is not None and rows.lines:
        for parts in rows.lines.values():
            parts.is_sound = rows.is_sound
        rma = build_rma(rows.place, rows.values, list(rows.lines.values()), faults)
        if rma is not None:
            yield rma
