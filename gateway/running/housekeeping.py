"""What must be done now and then: telling what became due, counting, forgetting what is past its time."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from gateway.errors import GatewayError, OpeningError, UnavailableError
from gateway.settings import Settings
from gateway.stats import Stats
from gateway.store import upkeep
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.regulars import Regular, approved
from rules.events import Event

COUNT_SECONDS = 10.0
"""The figures are taken anew this often, unless they take long."""
COUNT_SHARE = 200
"""Counting takes no more than one part of so many of the time: a million open lines every two minutes."""
CHECKPOINT_SECONDS = 3.0
"""So that SQLite's write-ahead log seldom grows to the 1,000 pages at which a decision brings it in when it
commits, and stays short: to write over it takes less than to make it longer.
"""
PRUNE_SECONDS = 3600.0
MIN_PAUSE_SECONDS = 1.0
DAY_US = 86_400_000_000

log = logging.getLogger(__name__)


class Housekeeping:
    """Runs beside the pipeline; a database that is away just now is asked again later."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        stats: Stats,
        *,
        ledger: Ledger,
        clock: Callable[[], int],
        on_events: Callable[[Sequence[Event]], object],
        on_regulars: Callable[[Sequence[Regular]], object],
    ) -> None:
        """`clock` gives microseconds since 1970 UTC; the others hear, on the loop, what was told and which
        tags are regulars: other programs approve them too.
        """
        self._ledger = ledger
        self._on_events = on_events
        self._on_regulars = on_regulars
        self._database = database
        self.adopt(settings)
        self._stats = stats
        self._clock = clock
        self._changed = asyncio.Event()
        self._pruned_us = 0
        self._count_due = 0.0
        self._checkpoint_due = 0.0
        """Both on the loop's clock."""

    def adopt(self, settings: Settings) -> None:
        """Another time to keep what was told."""
        self._keep_us = settings.database.retention_days * DAY_US
        self._keep_rmas_us = settings.database.rma_retention_days * DAY_US

    def wake(self) -> None:
        """Something was booked: the figures have changed."""
        self._changed.set()

    async def run(self) -> None:
        while True:
            await self.work()
            await asyncio.sleep(MIN_PAUSE_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), COUNT_SECONDS)
            self._changed.clear()

    async def work(self) -> None:
        """One round: what fails for good must not keep the rest from being done, nor end the daemon."""
        self._stats.disk_free_bytes = await asyncio.to_thread(self._database.free_bytes)
        steps = (
            self.sweep,
            self._learn_regulars,
            self._count_when_due,
            self._prune,
            self._checkpoint_when_due,
        )
        for step in steps:
            try:
                await step()
            except OpeningError:
                return
            except UnavailableError as error:
                log.warning("housekeeping waits: %s", error)
                return
            except GatewayError as error:
                log.error("housekeeping: %s", error)

    async def _count_when_due(self) -> None:
        if asyncio.get_running_loop().time() >= self._count_due:
            await self._take_figures()

    async def _checkpoint_when_due(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._checkpoint_due:
            self._checkpoint_due = now + CHECKPOINT_SECONDS
            await self._database.checkpoint()

    async def count(self) -> None:
        """Take the figures of the database into the counters, and what it knows of regulars."""
        await self._learn_regulars()
        await self._take_figures()

    async def _learn_regulars(self) -> None:
        self._on_regulars(await self._database.read(approved))

    async def _take_figures(self) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        figures = await self._database.read(lambda connection: upkeep.count(connection, self._clock()))
        self._count_due = loop.time() + (loop.time() - started) * COUNT_SHARE
        self._stats.open_rmas = figures.open_rmas
        self._stats.open_rma_lines = figures.open_lines
        self._stats.rma_overdue = figures.overdue
        self._stats.rma_at_risk = figures.at_risk

    async def sweep(self) -> None:
        """Tell what became due."""
        while events := await self._database.write(
            lambda connection: self._ledger.sweep(connection, self._clock())
        ):
            self._on_events(events)

    async def _prune(self) -> None:
        now_us = self._clock()
        if now_us - self._pruned_us < PRUNE_SECONDS * 1_000_000:
            return
        forgotten = await self._database.write(
            lambda connection: upkeep.prune(connection, now_us, self._keep_us)
        )
        self._pruned_us = now_us
        if forgotten:
            log.info("forgot %d old messages and observations", forgotten)
        before_us = now_us - self._keep_rmas_us
        gone = 0
        while some := await self._database.write(
            lambda connection: upkeep.forget_rmas(connection, before_us)
        ):
            gone += some
        if gone:
            log.info("forgot what came in on %d RMAs that were over for long", gone)
