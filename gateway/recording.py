"""Recorded reads by time: from a capture of a reader's traffic, or CSV (`time,reader,antenna,epc,rssi`)."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from gateway.errors import InputError
from readers.capture import MAGIC
from readers.errors import CaptureError
from readers.playback import reads_in

REQUIRED = ("time", "reader", "antenna", "epc", "rssi")
OPTIONAL = ("channel", "phase", "seen_count")
WINDOW_ROWS = 2_000_000
"""Rows sorted at once; in a longer file no row may stand further than half of it from its place."""
MAX_FAULTS = 100
MAX_EPC_DIGITS = 128
MAX_TIME_US = 4_102_444_800_000_000
"""The year 2100."""


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


def read_recording(path: Path) -> Iterator[RecordedRead]:
    """The reads of a file by time. Raises InputError naming line and field of every fault (the first 100)."""
    if _is_capture(path):
        yield from _captured(path)
        return
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from _in_order(_rows(file, path.name), path.name)
    except UnicodeDecodeError as error:
        raise InputError(
            (f"{path.name}: is not UTF-8 text: {error.reason} at byte {error.start}",)
        ) from error


def _is_capture(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _captured(path: Path) -> Iterator[RecordedRead]:
    """As the daemon had them, as they came in; a host clock that was set back does not turn time back."""
    known_us = 0
    try:
        for reader, rows, offset_us, received_us in reads_in(path):
            known_us = max(known_us, received_us)
            for epc, antenna, rssi_dbm, _first, last_us, count, pc in rows:
                seen_us = received_us if last_us is None else last_us + offset_us
                yield RecordedRead(seen_us, reader, antenna, epc, rssi_dbm, count or 1, pc, known_us)
    except CaptureError as error:
        raise InputError((f"{path.name}: {error}",)) from error


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


def _in_order(rows: Iterator[RecordedRead], name: str) -> Iterator[RecordedRead]:
    window = list(islice(rows, WINDOW_ROWS))
    reached_us = 0
    while window:
        window.sort(key=_time)
        ready = window if len(window) < WINDOW_ROWS else window[: WINDOW_ROWS // 2]
        if ready[0].time_us < reached_us:
            raise InputError((f"{name}: reads are too far out of order: sort the file by time",))
        yield from ready
        reached_us = ready[-1].time_us
        window = window[len(ready) :]
        window += islice(rows, WINDOW_ROWS - len(window))


def _time(read: RecordedRead) -> int:
    return read.time_us


def _rows(file: TextIO, name: str) -> Iterator[RecordedRead]:
    lines = csv.reader(file, strict=True)
    try:
        parse = _parser(next(lines, []), name)
        faults: list[str] = []
        for row in lines:
            if not row:
                continue
            try:
                read = parse(row)
            except _FieldError as error:
                faults.append(f"{name}:{lines.line_num}: {error}")
                if len(faults) >= MAX_FAULTS:
                    break
                continue
            if not faults:
                yield read
    except csv.Error as error:
        raise InputError((f"{name}:{lines.line_num}: is no CSV: {error}",)) from error
    if faults:
        raise InputError(tuple(faults))


class _FieldError(Exception):
    """A field that cannot be read; the message names it."""


def _parser(header: Sequence[str], name: str) -> Callable[[Sequence[str]], RecordedRead]:
    names = [column.strip().lower() for column in header]
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
    width = len(names)
    fields = (*REQUIRED, *(column for column in ("seen_count",) if column in names))
    columns = [(field, names.index(field), CONVERTERS[field]) for field in fields]

    def parse(row: Sequence[str]) -> RecordedRead:
        if len(row) != width:
            message = f"has {len(row)} fields, the header has {width}"
            raise _FieldError(message)
        return RecordedRead(*[_convert(field, row[column], convert) for field, column, convert in columns])

    return parse


def _convert(field: str, text: str, convert: Callable[[str], Any]) -> Any:  # noqa: ANN401
    try:
        return convert(text)
    except (ValueError, OverflowError) as error:
        message = f"{field}: {text!r} is not {EXPECTED[field]}"
        raise _FieldError(message) from error


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
