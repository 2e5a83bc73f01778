"""Recorded reads by time: from a capture of a reader's traffic, or CSV (`time,reader,antenna,epc,rssi`)."""

from collections.abc import Iterator
from itertools import chain, islice
from operator import attrgetter
from pathlib import Path

from gateway.errors import InputError
from gateway.recorded.recording_csv import RecordedRead, csv_reads, parse_time_us
from readers.capture import MAGIC
from readers.errors import CaptureError

__all__ = ["RecordedRead", "parse_time_us", "read_recording"]

WINDOW_ROWS = 2_000_000
"""Rows sorted at once; in a longer file no row may stand further than half of it from its place."""


def read_recording(path: Path) -> Iterator[RecordedRead]:
    """The reads of a file by time. Raises InputError naming line and field of every fault (the first 100)."""
    if _is_capture(path):
        return _captured(path)
    return chain.from_iterable(_in_order(chain.from_iterable(csv_reads(path)), path.name))


def _is_capture(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _captured(path: Path) -> Iterator[RecordedRead]:
    """As the daemon had them, as they came in; a host clock that was set back does not turn time back."""
    from readers.playback import reads_in  # noqa: PLC0415 - a CSV needs none of the LLRP that this brings

    known_us = 0
    try:
        for reader, rows, offset_us, received_us in reads_in(path):
            known_us = max(known_us, received_us)
            for epc, antenna, rssi_dbm, _first, last_us, count, pc in rows:
                seen_us = received_us if last_us is None else last_us + offset_us
                yield RecordedRead(seen_us, reader, antenna, epc, rssi_dbm, count or 1, pc, known_us)
    except CaptureError as error:
        raise InputError((f"{path.name}: {error}",)) from error


def _in_order(rows: Iterator[RecordedRead], name: str) -> Iterator[list[RecordedRead]]:
    """Windows of rows, one after the other in order."""
    window = list(islice(rows, WINDOW_ROWS))
    reached_us = 0
    while window:
        window.sort(key=attrgetter("time_us"))
        ready = window if len(window) < WINDOW_ROWS else window[: WINDOW_ROWS // 2]
        if ready[0].time_us < reached_us:
            raise InputError((f"{name}: reads are too far out of order: sort the file by time",))
        yield ready
        reached_us = ready[-1].time_us
        window = window[len(ready) :]
        window += islice(rows, WINDOW_ROWS - len(window))
