"""Recorded reads through the daemon's own code, on the data's own time; nothing is published."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gateway.buffer import Buffer
from gateway.documents.rmas import read_rmas
from gateway.recording import RecordedRead
from gateway.settings import Settings
from gateway.stats import Stats
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.ledger import ledger_of
from gateway.store.stories import Story, story
from readers.tag import TagRow
from rules.epc import Epc
from rules.events import Event
from rules.observation import Observation
from rules.policy import Policy

TICK_US = 250_000
"""As the live daemon: how often doors are asked for verdicts."""
LEAP_US = 120_000_000
"""In a longer silence nothing is left to decide: time leaps to the next read."""
BATCH = 1000
SWEEP_US = 600_000_000
"""How often is asked what became due."""
IN_MEMORY = "sqlite://"


@dataclass(slots=True)
class Replayed:
    """What came of it."""

    reads: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    """Reads that went no further, by reason."""
    events: list[Event] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    story: Story | None = None
    """Of the item that was to be explained."""


class Replay:
    """One run. Its database is in memory unless a URL is given; `write` gets each event's JSON, in order."""

    def __init__(
        self,
        settings: Settings,
        policy: Policy,
        write: Callable[[bytes], object],
        *,
        database_url: str = IN_MEMORY,
    ) -> None:
        self._settings = settings
        self._write = write
        self._stats = Stats()
        self._buffer = Buffer(settings, self._stats)
        self._database = Database(database_url)
        self._ledger = ledger_of(settings, policy)
        self._known = {reader.id for reader in settings.readers}
        self._told = 0
        """Sequence number of the last event written."""
        self._taken: list[Observation] = []
        """Observed and not yet recorded: a batch of many costs little more than one."""
        self._swept_us = 0
        self._now_us = 0

    def run(
        self,
        reads: Iterable[RecordedRead],
        *,
        rma_file: Path | None = None,
        progress: Callable[[int], object] | None = None,
        explain: Epc | None = None,
    ) -> Replayed:
        """`reads` in order of time; `progress` hears how many more are done. Raises InputError."""
        self._database.open()
        try:
            with self._database.reading() as connection:
                self._told = outbox.last_sequence(connection, self._settings.name)
            result = self._run(reads, rma_file, progress or (lambda _count: None))
            if explain is not None:
                with self._database.reading() as connection:
                    result.story = story(connection, explain, self._now_us)
            return result
        finally:
            self._database.close()

    def _run(
        self, reads: Iterable[RecordedRead], rma_file: Path | None, progress: Callable[[int], object]
    ) -> Replayed:
        result = Replayed()
        now_us = 0
        for tick, by_reader in _by_tick(reads):
            if now_us == 0:
                now_us = tick * TICK_US
                self._import(rma_file, now_us, result)
            for pause_us in _ticks(now_us, tick * TICK_US):
                self._tick(pause_us, result)
            now_us = (tick + 1) * TICK_US
            count = self._feed(by_reader, now_us)
            result.reads += count
            progress(count)
            self._tick(now_us, result)
        if now_us == 0:
            self._import(rma_file, now_us, result)
        self._buffer.flush(now_us)
        self._record(now_us, result)
        self._now_us = now_us
        result.dropped = dict(self._stats.reads_dropped)
        return result

    def _import(self, rma_file: Path | None, now_us: int, result: Replayed) -> None:
        if rma_file is None:
            return
        rmas = read_rmas(rma_file)
        self._commit(lambda connection: self._ledger.put_rmas(connection, rmas, now_us)[1], now_us, result)

    def _feed(self, by_reader: Mapping[str, list[TagRow]], now_us: int) -> int:
        """One tick's reads to the buffer, reader by reader as they would come in; how many they were."""
        for reader, rows in by_reader.items():
            if reader in self._known:
                self._buffer.on_reads(reader, rows, 0, now_us)
            else:
                self._buffer.on_dropped(reader, "unknown_reader", len(rows))
        return sum(map(len, by_reader.values()))

    def _tick(self, now_us: int, result: Replayed) -> None:
        self._buffer.tick(now_us)
        if self._buffer.held():
            self._taken += self._buffer.take(now_us, BATCH)
        if len(self._taken) >= BATCH:
            self._record(now_us, result)
        if now_us >= self._swept_us + SWEEP_US:
            self._record(now_us, result)
            self._swept_us = now_us
            self._commit(partial(self._ledger.sweep, now_us=now_us), now_us, result)

    def _record(self, now_us: int, result: Replayed) -> None:
        self._taken += self._buffer.take(now_us, sys.maxsize)
        for start in range(0, len(self._taken), BATCH):
            batch = self._taken[start : start + BATCH]
            job = partial(self._ledger.record, observations=batch, now_us=now_us)
            self._commit(job, now_us, result)
            result.observations += batch
        self._taken = []

    def _commit(self, job: Callable[..., list[Event]], now_us: int, result: Replayed) -> None:
        """One transaction of the ledger, and what it told written out."""
        with self._database.writing() as connection:
            events = job(connection)
            messages = outbox.pending(connection, self._settings.name, self._told, len(events))
            sequences = [message.sequence for message in messages]
            outbox.mark_sent(connection, self._settings.name, sequences, now_us)
        result.events += events
        self._told = max([self._told, *sequences])
        self._write_all(message.payload for message in messages)

    def _write_all(self, payloads: Iterable[bytes]) -> None:
        for payload in payloads:
            self._write(payload + b"\n")


def _by_tick(reads: Iterable[RecordedRead]) -> Iterator[tuple[int, dict[str, list[TagRow]]]]:
    """The reads that the gateway knew of in each tick, by reader; ticks without reads are left out."""
    tick = -1
    until_us = 0
    by_reader: dict[str, list[TagRow]] = {}
    for time_us, reader, antenna, epc, rssi_dbm, seen_count, pc, received_us in reads:
        known_us = time_us if received_us is None else received_us
        if known_us >= until_us:
            if by_reader:
                yield tick, by_reader
            tick = known_us // TICK_US
            until_us = (tick + 1) * TICK_US
            by_reader = {}
        rows = by_reader.get(reader)
        if rows is None:
            rows = by_reader[reader] = []
        rows.append((epc, antenna, rssi_dbm, time_us, time_us, seen_count, pc))
    if by_reader:
        yield tick, by_reader


def _ticks(start_us: int, end_us: int) -> Iterator[int]:
    """The ticks of a silence, its start left out; at most those in which something may still be decided."""
    yield from range(start_us + TICK_US, min(end_us, start_us + LEAP_US) + 1, TICK_US)


def dropped_in_words(dropped: dict[str, int]) -> Sequence[str]:
    """One line per reason, for people."""
    return [f"{count} reads dropped: {reason.replace('_', ' ')}" for reason, count in sorted(dropped.items())]
