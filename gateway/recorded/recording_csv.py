"""Recorded reads as CSV: whole columns at once where all is well, row by row only to name what is not."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

from gateway.documents.csv_header import odd_header
from gateway.errors import InputError

REQUIRED: Final = ("time", "reader", "antenna", "epc", "rssi")
OPTIONAL: Final = ("channel", "phase", "seen_count")
MAX_FAULTS: Final = 100
MAX_EPC_DIGITS: Final = 128
MAX_TIME_US: Final = 4_102_444_800_000_000
"""The year 2100."""
MAX_WORDS: Final = 1 << 20
CHUNK_ROWS: Final = 1024


class RecordedRead(NamedTuple):
    """One read; times are microseconds since 1970 UTC on the host's clock."""

    time_us: int
    reader: str
    antenna: int | None
    epc: bytes
    rssi_dbm: int | None
    seen_count: int = 1
    pc: int | None = None
    received_us: int | None = None
    """When it came in, where that was recorded: what a reader held through an outage came late."""

    @property
    def known_us(self) -> int:
        """When the gateway knew of it."""
        return self.time_us if self.received_us is None else self.received_us


def csv_reads(path: Path) -> Iterator[Iterable[RecordedRead]]:
    """The rows of a file as they stand, some at a time.

    Raises InputError naming line and field of the first 100 faults.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            places = _places(next(csv.reader(file, strict=True), []), path.name)
            columns = _Columns(places)
            for rows in _chunks(file):
                yield columns.reads(rows)
    except UnicodeDecodeError as error:
        fault = f"{path.name}: is not UTF-8 text: {error.reason} at byte {error.start}"
        raise InputError((fault,)) from error
    except (csv.Error, ValueError, OverflowError) as error:
        raise InputError(tuple(_faults(path))) from error


def parse_time_us(text: str) -> int:
    """ISO 8601 with a zone, or epoch seconds with a fraction. Raises ValueError."""
    try:
        return round(float(text) * 1_000_000)
    except ValueError:
        moment = datetime.fromisoformat(text)
    except OverflowError as error:
        raise ValueError(text) from error
    if moment.tzinfo is None:
        message = "has no zone"
        raise ValueError(message)
    return round(moment.timestamp() * 1_000_000)


class _Words(dict[str, Any]):
    """What each text of a column means: few are different, so each is understood once."""

    def __init__(self, convert: Callable[[str], Any]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, text: str) -> Any:  # noqa: ANN401
        value = self._convert(text)
        if len(self) < MAX_WORDS:
            self[text] = value
        return value


class _Columns:
    """Turns chunks of rows into reads."""

    def __init__(self, places: Mapping[str, int]) -> None:
        self._width = len(places)
        self._time = places["time"]
        words = ("reader", "antenna", "epc", "rssi", "seen_count")
        self._words = [
            (places[field], _Words(CONVERTERS[field]).__getitem__) for field in words if field in places
        ]

    def reads(self, rows: Sequence[Sequence[str]]) -> Iterator[RecordedRead]:
        """Raises ValueError or OverflowError when any field of any row cannot be read."""
        if not rows:
            return iter(())
        columns = list(zip(*rows, strict=True))
        if len(columns) != self._width:
            raise ValueError(len(columns))
        parts: list[Sequence[Any]] = [_times_us(columns[self._time])]
        parts += [list(map(meaning, columns[place])) for place, meaning in self._words]
        rest = [repeat(RecordedRead._field_defaults[field]) for field in RecordedRead._fields[len(parts) :]]
        return map(RecordedRead._make, zip(*parts, *rest, strict=False))


def _times_us(texts: Sequence[str]) -> list[int]:
    try:
        times = [round(float(text) * 1_000_000) for text in texts]
    except ValueError:
        times = [parse_time_us(text) for text in texts]
    _within(min(times), 0, MAX_TIME_US)
    _within(max(times), 0, MAX_TIME_US)
    return times


def _chunks(file: TextIO) -> Iterator[list[list[str]]]:
    """Rows, some at a time. As long as nothing is quoted, lines split at their commas are what csv.reader
    gives, in half of its time.
    """
    while lines := list(islice(file, CHUNK_ROWS)):
        if '"' in "".join(lines):
            quoted = csv.reader(chain(lines, file), strict=True)
            while rows := list(islice(quoted, CHUNK_ROWS)):
                yield [row for row in rows if row]
            return
        yield [text.split(",") for line in lines if (text := line.rstrip("\r\n"))]


def _faults(path: Path) -> Iterator[str]:
    """Line and field of every fault, up to `MAX_FAULTS`."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        lines = csv.reader(file, strict=True)
        try:
            places = _places(next(lines, []), path.name)
            found = (
                f"{path.name}:{lines.line_num}: {fault}"
                for row in lines
                if row
                for fault in islice(_row_faults(row, places), 1)
            )
            yield from islice(found, MAX_FAULTS)
        except csv.Error as error:
            yield f"{path.name}:{lines.line_num}: is no CSV: {error}"


def _row_faults(row: Sequence[str], places: Mapping[str, int]) -> Iterator[str]:
    if len(row) != len(places):
        yield f"has {len(row)} fields, the header has {len(places)}"
        return
    for field, convert in CONVERTERS.items():
        text = row[places[field]] if field in places else ""
        try:
            if field in places:
                convert(text)
        except (ValueError, OverflowError):
            yield f"{field}: {text!r} is not {EXPECTED[field]}"


def _places(header: Sequence[str], name: str) -> dict[str, int]:
    """Where each column stands. Raises InputError with every fault of the header."""
    names = [column.strip().lower() for column in header]
    if odd := odd_header(names, REQUIRED):
        raise InputError((f"{name}:1: {odd}",))
    faults = [f"{name}:1: {column}: column is missing" for column in REQUIRED if column not in names]
    faults += [
        f"{name}:1: {column}: unknown column (known: {', '.join(REQUIRED + OPTIONAL)})"
        for column in names
        if column not in REQUIRED + OPTIONAL
    ]
    faults += [
        f"{name}:1: {column}: column is given twice" for column in set(names) if names.count(column) > 1
    ]
    if faults:
        raise InputError(tuple(faults))
    return {column: place for place, column in enumerate(names)}


def _within(value: int, lowest: int, highest: int) -> int:
    if not lowest <= value <= highest:
        raise ValueError(value)
    return value


def _time_us(text: str) -> int:
    return _within(parse_time_us(text), 0, MAX_TIME_US)


def _reader(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


def _antenna(text: str) -> int:
    return _within(int(text), 0, 0xFFFF)


def _epc(text: str) -> bytes:
    epc = bytes.fromhex(text)
    _within(len(epc), 1, MAX_EPC_DIGITS // 2)
    return epc


def _rssi(text: str) -> int | None:
    return _within(round(float(text)), -128, 127) if text else None


def _count(text: str) -> int:
    return _within(int(text), 1, 0xFFFF) if text else 1


CONVERTERS: Mapping[str, Callable[[str], Any]] = {
    "time": _time_us,
    "reader": _reader,
    "antenna": _antenna,
    "epc": _epc,
    "rssi": _rssi,
    "seen_count": _count,
}
EXPECTED = {
    "time": "ISO 8601 with a zone, or epoch seconds",
    "reader": "a reader's id",
    "antenna": "an antenna number from 0 to 65535",
    "epc": f"an EPC of 2 to {MAX_EPC_DIGITS} hex digits",
    "rssi": "a signal strength in dBm from -128 to 127",
    "seen_count": "a count of 1 to 65535",
}
