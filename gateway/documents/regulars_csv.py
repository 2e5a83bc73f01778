"""Tags that belong to read points as CSV, `read_point,epc`: what is proposed, and what is approved."""

import csv
from collections.abc import Iterable
from pathlib import Path

from gateway.documents.typed import read_epc
from gateway.errors import InputError

COLUMNS = ("read_point", "epc")

Pair = tuple[str, str]
"""Read point and EPC in upper-case hex."""


def read_regulars(path: Path) -> tuple[Pair, ...]:
    """Raises InputError naming line and field of every fault."""
    faults: list[str] = []
    pairs: list[Pair] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file, strict=True)
            header = tuple(name.strip().lower() for name in next(lines, []))
            if header != COLUMNS:
                faults.append(f"{path.name}:1: the header must be {','.join(COLUMNS)}")
            for row in () if faults else lines:
                try:
                    pairs += [_pair(row)] if row else []
                except InputError as error:
                    faults += (f"{path.name}:{lines.line_num}: {fault}" for fault in error.faults)
    except (csv.Error, UnicodeDecodeError) as error:
        faults.append(f"{path.name}: is no CSV text: {error}")
    if faults:
        raise InputError(tuple(faults))
    return tuple(pairs)


def write_regulars(path: Path, pairs: Iterable[Pair]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(pairs)


def _pair(row: list[str]) -> Pair:
    if len(row) != len(COLUMNS):
        raise InputError((f"has {len(row)} fields, the header has {len(COLUMNS)}",))
    if not row[0].strip():
        raise InputError(("read_point: is empty",))
    return row[0].strip(), read_epc(row[1]).hex
