"""From observations to committed events: takes from the buffer, has them recorded, tells who must know."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from gateway.errors import GatewayError, UnavailableError
from gateway.readpoints.buffer import Buffer
from gateway.stats import Stats
from rules.events import Event
from rules.observation import Observation
from rules.vocabulary import EventKind

TICK_SECONDS = 0.25
RETRY_SECONDS = 1.0
BATCH = 1000

log = logging.getLogger(__name__)

Record = Callable[[Sequence[Observation]], Awaitable[Sequence[Event]]]
"""Commits what the observations mean, gives the new events; raises UnavailableError when it cannot now, and
another GatewayError when one of them cannot be recorded at all."""
SetAside = Callable[[Observation, GatewayError], object]
"""Keeps for an operator what cannot be recorded, and says so."""
Listener = Callable[[Sequence[Event]], object]
"""Told after each commit, on the loop; must be quick."""


class Pipeline:
    """The stage between buffer and outbox. Times from `clock` are microseconds since 1970 UTC."""

    def __init__(
        self,
        buffer: Buffer,
        record: Record,
        stats: Stats,
        clock: Callable[[], int],
        *,
        wake: asyncio.Event | None = None,
        listeners: Sequence[Listener] = (),
        set_aside: SetAside,
    ) -> None:
        """`wake` is set when an observation is ready."""
        self._buffer = buffer
        self._record = record
        self._stats = stats
        self._clock = clock
        self._listeners = tuple(listeners)
        self._wake = wake or asyncio.Event()
        self._set_aside = set_aside
        self.recording: list[Observation] = []
        """Taken from the buffer and not yet stored."""
        self.ticked_at = 0.0
        """Last turn of the ticker on the loop's clock."""

    async def tick(self) -> None:
        """Turn the buffer's clock for ever, and measure how late the loop is.

        At multiples of the period, where rounds of reading begin too: one wake-up serves both.
        """
        loop = asyncio.get_running_loop()
        self.ticked_at = loop.time()
        due = self.ticked_at - self.ticked_at % TICK_SECONDS + TICK_SECONDS
        while True:
            await asyncio.sleep(max(0.0, due - loop.time()))
            self._stats.event_loop_lag_seconds.observe(max(0.0, loop.time() - due))
            due = max(due, loop.time() - TICK_SECONDS) + TICK_SECONDS
            self.ticked_at = loop.time()
            self._buffer.tick(self._clock())
            if self._buffer.held():
                self._wake.set()

    async def run(self) -> None:
        """Record what the buffer observes, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while await self._step():
                pass

    async def drain(self) -> None:
        """Judge what is open and record what is held: the readers have stopped. Raises UnavailableError."""
        self._buffer.flush(self._clock())
        while self._buffer.held():
            batch = self._buffer.take(self._clock(), BATCH)
            await self._commit(batch)

    async def _step(self) -> bool:
        """Record one batch; False when there is none or it must wait."""
        batch = self._buffer.take(self._clock(), BATCH)
        if not batch:
            return False
        try:
            await self._commit(batch)
        except UnavailableError as error:
            # a connection that was cut is made anew at once: what waits in memory dies with us
            pause_seconds = 0.0 if self._stats.storage_fault is None else RETRY_SECONDS
            self._note_fault(error)
            await asyncio.sleep(pause_seconds)
            self._wake.set()
            return False
        return True

    async def _commit(self, batch: list[Observation]) -> None:
        """What cannot be recorded now, or not in time, is the buffer's again."""
        self.recording = batch
        try:
            events = await self._record(batch)
        except (UnavailableError, asyncio.CancelledError):
            self._buffer.give_back(batch)
            raise
        except GatewayError as fault:
            await self._isolate(batch, fault)
            return
        finally:
            self.recording = []
        if self._stats.storage_fault is not None:
            log.info("database takes decisions again")
            self._stats.storage_fault = None
        self._count(batch, events)
        for listener in self._listeners:
            listener(events)

    async def _isolate(self, batch: list[Observation], fault: GatewayError) -> None:
        """One observation must not hold up the others: halve the batch until the faulty one is alone."""
        if len(batch) == 1:
            self._stats.reads_dropped["set_aside"] += batch[0].evidence.reads
            self._set_aside(batch[0], fault)
            return
        middle = len(batch) // 2
        self._buffer.give_back(batch[middle:])
        await self._commit(batch[:middle])

    def _note_fault(self, error: UnavailableError) -> None:
        if self._stats.storage_fault is None:
            log.error("%s; decisions wait in memory until it does", error)
        self._stats.storage_fault = str(error)

    def _count(self, batch: Sequence[Observation], events: Sequence[Event]) -> None:
        now_us = self._clock()
        stats = self._stats
        for observation in batch:
            stats.decision_seconds.observe(max(0.0, (now_us - observation.seen_us) / 1_000_000))
        count_events(stats, events)


def count_events(stats: Stats, events: Sequence[Event]) -> None:
    """Add committed events to the counters."""
    for event in events:
        point = event.read_point or ""
        stats.events[event.kind] += 1
        if event.kind is EventKind.RECEIPT:
            stats.receipts[point, event.match or ""] += 1
        elif event.kind is EventKind.RESTOCK:
            stats.restocks[point] += 1
        elif event.kind is EventKind.EXCEPTION:
            stats.exceptions[str(event.code)] += 1
