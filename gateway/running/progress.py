"""Whether every part goes on: what idles or waits for somebody else does, what is stuck or dead does not."""

import asyncio
import logging
from collections.abc import Iterator, Sequence

from gateway.pipeline import Pipeline
from gateway.running.notify import Notifier
from gateway.stats import Stats
from gateway.store.database import Database
from readers.fleet import Fleet

TICK_SECONDS = 10.0
"""The buffer's clock turns four times a second."""
WRITE_SECONDS = 300.0
"""Longer than any write takes: a locked database refuses after seconds, forgetting a month after a minute."""
LOOK_SECONDS = 5.0
"""Between two looks where systemd does not watch."""

log = logging.getLogger(__name__)


class Progress:
    """Looks at the parts of a running daemon, on its loop."""

    def __init__(self, pipeline: Pipeline, database: Database, fleet: Fleet, stats: Stats) -> None:
        self._pipeline = pipeline
        self._database = database
        self._fleet = fleet
        self._stats = stats

    async def watch(self, notifier: Notifier, tasks: Sequence[asyncio.Task[None]]) -> None:
        """For ever: tell systemd that we live, as long as all goes on; none of `tasks` may end by itself."""
        period = LOOK_SECONDS if notifier.watchdog_seconds is None else notifier.watchdog_seconds / 3
        while True:
            await asyncio.sleep(period)
            faults = list(self.faults(tasks))
            self._stats.standstill = "; ".join(faults) or None
            if faults:
                log.critical("%s; a restart is needed, systemd's watchdog brings it", "; ".join(faults))
            else:
                notifier.alive()

    def faults(self, tasks: Sequence[asyncio.Task[None]]) -> Iterator[str]:
        """What does not go on, in words."""
        still_seconds = asyncio.get_running_loop().time() - self._pipeline.ticked_at
        if still_seconds > TICK_SECONDS:
            yield f"nothing is judged: the buffer's clock has stood still for {still_seconds:.0f} s"
        for task in tasks:
            if task.done():
                yield f"the {task.get_name()} has ended"
        if self._database.stalled_seconds > WRITE_SECONDS:
            yield f"nothing is stored: a write has been under way for {self._database.stalled_seconds:.0f} s"
        for reader in self._fleet.stuck():
            yield f"reader {reader}: what is due there is not done"
