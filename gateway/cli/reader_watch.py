"""What one reader reads, as a live table on a terminal, or as JSON lines."""

import asyncio
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from rich.live import Live
from rich.table import Table

from gateway.cli.errors import tell
from gateway.cli.output import print_json, print_table
from gateway.cli.reader_rf import RfContent
from readers.llrp.describe import JsonObject
from readers.reader import Reader
from readers.settings import ReaderSettings
from readers.status import ReaderState, ReaderStatus
from readers.tag import TagRow, epc_bits
from rules.epc import identify

REFRESH_SECONDS = 0.5
WRITE_SECONDS = 0.1
MAX_UNWRITTEN = 100_000
"""Reads nobody takes from standard output; the oldest are lost."""
MAX_ROWS = 40
MAX_TAGS = 100_000
_COLUMNS = ("EPC", "READS", "ANTENNAS", "RSSI dBm", "LAST", "ITEM")
_RF_COLUMNS = ("CHANNEL", "PHASE °", "DOPPLER Hz")


@dataclass(slots=True)
class _Seen:
    item: str
    reads: int = 0
    antennas: set[int] = field(default_factory=set)
    rssi_dbm: int | None = None
    at: float = 0.0
    rf: JsonObject = field(default_factory=dict)


class Watch:
    """Takes the reader while `run` runs, and shows what it reads. It is the reader's `ReadSink`."""

    def __init__(self, settings: ReaderSettings, *, as_json: bool) -> None:
        self._settings = settings
        self._as_json = as_json
        self._rf = RfContent() if settings.rf_content else None
        self._columns = (*_COLUMNS, *_RF_COLUMNS) if settings.rf_content else _COLUMNS
        self._seen: dict[bytes, _Seen] = {}
        self._unwritten: deque[dict[str, object]] = deque(maxlen=MAX_UNWRITTEN)
        self._state: ReaderState | None = None
        self._reads = 0
        self._started = monotonic()

    async def run(self, seconds: float | None) -> None:
        listen = None if self._rf is None else self._rf.listen
        reader = Reader(self._settings, self, listen=listen)
        serve = asyncio.create_task(reader.run(), name="watched reader")
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._show()
        finally:
            serve.cancel()
            await asyncio.wait([serve])
            self._conclude()

    def on_reads(self, reader: str, rows: list[TagRow], offset_us: int, received_us: int) -> None:
        """Nothing is written here: a pipe that is full or broken must not disturb the reader."""
        for row in rows:
            rf = {} if self._rf is None else self._rf.of(row)
            self._reads += row[5] or 1
            if self._as_json:
                self._unwritten.append({**_document(reader, row, offset_us, received_us), **rf})
            else:
                self._count(row, rf)

    def on_status(self, status: ReaderStatus) -> None:
        if status.state is not self._state:
            self._state = status.state
            reason = f": {status.reason}" if status.reason else ""
            tell(f"{status.reader} at {status.address} is {status.state}{reason}")

    def on_dropped(self, reader: str, reason: str, count: int) -> None:
        tell(f"{reader}: {count} reads dropped: {reason}")

    def on_gpi(self, reader: str, port: int, is_high: bool, time_us: int) -> None:  # noqa: ARG002 - ReadSink's
        tell(f"{reader}: input {port} is {'high' if is_high else 'low'}")

    def on_reconnect(self, reader: str, reason: str) -> None:
        """The status tells it."""

    def _count(self, row: TagRow, rf: JsonObject) -> None:
        epc, antenna, rssi_dbm, _, _, count, _ = row
        seen = self._seen.get(epc)
        if seen is None:
            if len(self._seen) >= MAX_TAGS:
                return
            found = identify(bytes(epc), bits=epc_bits(epc))
            seen = self._seen[epc] = _Seen(found.uri or found.digital_link or "raw")
        seen.reads += count or 1
        seen.rssi_dbm = rssi_dbm
        seen.at = monotonic()
        seen.rf = rf
        if antenna is not None:
            seen.antennas.add(antenna)

    async def _show(self) -> None:
        if self._as_json:
            while True:
                await asyncio.sleep(WRITE_SECONDS)
                self._write()
        if not sys.stdout.isatty():
            await asyncio.Event().wait()
        with Live(self._table(), refresh_per_second=4) as live:
            while True:
                await asyncio.sleep(REFRESH_SECONDS)
                live.update(self._table())

    def _conclude(self) -> None:
        """Also after Ctrl-C: what was read is why it was asked."""
        if self._as_json:
            self._write()
        elif not sys.stdout.isatty():
            print_table(self._columns, self._rows(), empty="nothing was read")

    def _write(self) -> None:
        while self._unwritten:
            print_json(self._unwritten.popleft())
        sys.stdout.flush()

    def _table(self) -> Table:
        rate = self._reads / max(monotonic() - self._started, REFRESH_SECONDS)
        table = Table(box=None, title=f"{len(self._seen)} tags, {rate:.0f} reads/s", title_justify="left")
        for column in self._columns:
            table.add_column(column)
        for row in self._rows()[:MAX_ROWS]:
            table.add_row(*(str(cell) for cell in row))
        return table

    def _rows(self) -> list[tuple[object, ...]]:
        """The tags read last first."""
        now = monotonic()
        newest = sorted(self._seen.items(), key=lambda entry: -entry[1].at)
        return [
            (
                epc.hex().upper(),
                seen.reads,
                " ".join(str(antenna) for antenna in sorted(seen.antennas)),
                "" if seen.rssi_dbm is None else seen.rssi_dbm,
                f"{now - seen.at:.1f} s ago",
                seen.item,
                *(() if self._rf is None else map(_shown, seen.rf.values())),
            )
            for epc, seen in newest
        ]


def _shown(value: object) -> object:
    return "" if value is None else f"{value:.1f}" if isinstance(value, float) else value


def _document(reader: str, row: TagRow, offset_us: int, received_us: int) -> dict[str, object]:
    """Times on our clock."""
    epc, antenna, rssi_dbm, first_us, last_us, count, _ = row
    return {
        "reader": reader,
        "epc": epc.hex().upper(),
        "epc_bits": epc_bits(epc),
        "antenna": antenna,
        "rssi_dbm": rssi_dbm,
        "seen_count": count,
        "first_seen_us": None if first_us is None else first_us + offset_us,
        "last_seen_us": None if last_us is None else last_us + offset_us,
        "received_us": received_us,
    }
