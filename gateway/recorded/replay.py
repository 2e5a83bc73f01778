"""Recorded reads through the daemon's own code, on the data's own time; nothing is published."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gateway.documents.regulars_csv import Pair
from gateway.documents.rmas import read_rmas
from gateway.recorded.recording import RecordedRead
from gateway.recorded.ticks import Player
from gateway.regulars import Regulars
from gateway.settings import Settings
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.ledger import ledger_of
from gateway.store.regulars import approve, approved
from gateway.store.stories import Story, story
from rules.epc import Epc
from rules.events import Event
from rules.observation import Observation
from rules.policy import Policy

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
    read_by: Counter[tuple[str, int | None]] = field(default_factory=Counter)
    """Its reads by reader and antenna, whatever became of them."""


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
        self._player = Player(settings)
        self._buffer = self._player.buffer
        self._regulars = Regulars(self._player.stats)
        self._database = Database(database_url)
        self._ledger = ledger_of(settings, policy)
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
        regulars: Sequence[Pair] = (),
        progress: Callable[[int], object] | None = None,
        explain: Epc | None = None,
    ) -> Replayed:
        """`reads` in order of time; `progress` hears how many more are done. Raises InputError.

        `regulars` are approved before the first read, beside those that the database knows.
        """
        self._database.open()
        try:
            with self._database.reading() as connection:
                self._told = outbox.last_sequence(connection, self._settings.name)
            prepare = partial(self._prepare, rma_file, regulars)
            read_by: Counter[tuple[str, int | None]] = Counter()
            noted = reads if explain is None else _noted(reads, _memory(explain), read_by)
            result = self._run(noted, prepare, progress or (lambda _count: None))
            result.read_by = read_by
            if explain is not None:
                with self._database.reading() as connection:
                    result.story = story(connection, explain, self._now_us)
            return result
        finally:
            self._database.close()

    def _run(
        self,
        reads: Iterable[RecordedRead],
        prepare: Callable[[int, Replayed], None],
        progress: Callable[[int], object],
    ) -> Replayed:
        result = Replayed()
        for now_us, count in self._player.play(reads):
            if self._now_us == 0:
                prepare(now_us, result)
            self._now_us = now_us
            result.reads += count
            progress(count)
            self._tick(now_us, result)
        self._record(self._now_us, result)
        result.dropped = dict(self._player.stats.reads_dropped)
        return result

    def _prepare(
        self, rma_file: Path | None, regulars: Sequence[Pair], now_us: int, result: Replayed
    ) -> None:
        """What must be known before the first read."""
        if rma_file is not None:
            rmas = read_rmas(rma_file)
            put = partial(self._ledger.put_rmas, batch=rmas, now_us=now_us)
            self._commit(lambda connection: put(connection)[1], now_us, result)
        with self._database.writing() as connection:
            for read_point, epc in regulars:
                approve(connection, read_point, [epc], by="replay", now_us=now_us)
            self._regulars.adopt(approved(connection))

    def _tick(self, now_us: int, result: Replayed) -> None:
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
            items = self._regulars.without(batch)
            job = partial(self._ledger.record, observations=items, now_us=now_us)
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


def _memory(epc: Epc) -> bytes:
    """As a reader gives it; an odd number of digits ends in half a byte."""
    return bytes.fromhex(epc.hex + "0" * (len(epc.hex) % 2))


def _noted(
    reads: Iterable[RecordedRead], epc: bytes, read_by: Counter[tuple[str, int | None]]
) -> Iterator[RecordedRead]:
    for read in reads:
        if read.epc == epc:
            read_by[read.reader, read.antenna] += read.seen_count
        yield read


def dropped_in_words(dropped: dict[str, int]) -> Sequence[str]:
    """One line per reason, for people."""
    return [f"{count} reads dropped: {reason.replace('_', ' ')}" for reason, count in sorted(dropped.items())]
