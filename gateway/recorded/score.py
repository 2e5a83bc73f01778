"""How right a replay was: events against a truth file, as precision, recall and duplicates per kind."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.documents.csv_header import odd_header
from gateway.errors import InputError
from rules.events import Event
from rules.vocabulary import EventKind

REQUIRED = ("epc", "kind")
OPTIONAL = ("read_point",)
HEX = re.compile(r"([0-9A-F]{2})+")


@dataclass(frozen=True, slots=True)
class TruthRow:
    """What should have happened to one item; without a read point any will do."""

    epc: str
    kind: EventKind
    read_point: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One kind. `duplicates` counts events beyond the first for the same item and read point."""

    expected: int
    right: int
    wrong: int
    duplicates: int

    @property
    def missed(self) -> int:
        return self.expected - self.right

    @property
    def precision(self) -> float | None:
        """Share of told items that were true; None when nothing was told."""
        told = self.right + self.wrong
        return self.right / told if told else None

    @property
    def recall(self) -> float | None:
        """Share of true items that were told; None when nothing was true."""
        return self.right / self.expected if self.expected else None


def read_truth(path: Path) -> tuple[TruthRow, ...]:
    """Raises InputError naming line and field of every fault."""
    faults: list[str] = []
    rows: list[TruthRow] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.DictReader(file, strict=True)
            columns = tuple(lines.fieldnames or ())
            faults += _header_faults(path.name, columns)
            for row in () if faults else lines:
                try:
                    rows.append(_truth_row(row))
                except ValueError as error:
                    faults.append(f"{path.name}:{lines.line_num}: {error}")
    except (csv.Error, UnicodeDecodeError) as error:
        faults.append(f"{path.name}: is no CSV text: {error}")
    if faults:
        raise InputError(tuple(faults))
    return tuple(rows)


def _header_faults(name: str, columns: Sequence[str]) -> list[str]:
    if odd := odd_header(columns, REQUIRED):
        return [f"{name}:1: {odd}"]
    missing = [f"{name}:1: {column}: column is missing" for column in REQUIRED if column not in columns]
    known = REQUIRED + OPTIONAL
    return missing + [f"{name}:1: {column}: unknown column" for column in columns if column not in known]


def score(events: Iterable[Event], truth: Iterable[TruthRow]) -> Mapping[str, Score]:
    """Scores of every kind the truth speaks of, and of receipts."""
    expected: dict[EventKind, Counter[tuple[str, str | None]]] = {EventKind.RECEIPT: Counter()}
    for row in truth:
        expected.setdefault(row.kind, Counter())[row.epc, row.read_point] += 1
    told: dict[EventKind, Counter[tuple[str, str | None]]] = {kind: Counter() for kind in expected}
    for event in events:
        if event.kind in told and event.epc is not None:
            told[event.kind][event.epc, event.read_point] += 1
    return {kind.value: _score(expected[kind], told[kind]) for kind in expected}


def _score(expected: Counter[tuple[str, str | None]], told: Counter[tuple[str, str | None]]) -> Score:
    left = expected.copy()
    right = wrong = duplicates = 0
    seen: set[tuple[str, str | None]] = set()
    for (epc, read_point), count in sorted(told.items(), key=str):
        for _ in range(count):
            key = next((key for key in ((epc, read_point), (epc, None)) if left[key]), None)
            if key is not None:
                left[key] -= 1
                right += 1
                seen.add(key)
            elif seen & {(epc, read_point), (epc, None)}:
                duplicates += 1
            else:
                wrong += 1
                seen.add((epc, read_point))
    return Score(expected.total(), right, wrong, duplicates)


def _truth_row(row: Mapping[str, str | None]) -> TruthRow:
    epc = (row["epc"] or "").strip().upper()
    if not HEX.fullmatch(epc):
        raise ValueError(f"epc: {epc!r} is not hex")
    kind = (row["kind"] or "").strip()
    if kind not in list(EventKind):
        message = f"kind: {kind!r} is none of {', '.join(EventKind)}"
        raise ValueError(message)
    return TruthRow(epc, EventKind(kind), (row.get("read_point") or "").strip() or None)
