"""Items that stay where they were put down: the database knows that their visits last, for the next start."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

from gateway.buffer import Buffer
from gateway.errors import UnavailableError
from gateway.store import visits
from gateway.store.database import Database
from readers.tag import epc_bits
from rules.epc import identify

STEP_SECONDS = 1.0
AT_ONCE = 500
"""Visits prolonged in one step; where more things lie about, each has its turn more seldom."""
SHARE = 3
"""A visit is prolonged so many times in its quiet time."""

log = logging.getLogger(__name__)

Present = tuple[bytes, int]
"""EPC, and when it was read last."""


class Lasting:
    """What was told once in a visit is not told again because the gateway, or another one, started anew."""

    def __init__(self, database: Database, buffer: Buffer, clock: Callable[[], int]) -> None:
        """`clock` gives microseconds since 1970 UTC."""
        self._database = database
        self._buffer = buffer
        self._clock = clock
        self._asked_us: dict[str, int] = {}
        self._waiting: dict[str, deque[Present]] = {}

    async def run(self) -> None:
        """For ever; while the database is away there is nothing to lose by waiting."""
        while True:
            await asyncio.sleep(STEP_SECONDS)
            try:
                await self.step()
            except UnavailableError as error:
                log.debug("visits: %s", error)

    async def step(self) -> None:
        """Prolong some of the visits that last. Raises UnavailableError."""
        now_us = self._clock()
        for point in self._buffer.presences():
            name, quiet_us = point.point.id, int(point.point.quiet_seconds * 1_000_000)
            waiting = self._waiting.setdefault(name, deque())
            asked_us = self._asked_us.setdefault(name, now_us)
            if not waiting and abs(now_us - asked_us) >= quiet_us // SHARE:
                waiting.extend(point.present(asked_us))
                self._asked_us[name] = now_us
            if some := [waiting.popleft() for _ in range(min(AT_ONCE, len(waiting)))]:
                await self._prolong(name, some)

    async def _prolong(self, read_point: str, some: Sequence[Present]) -> None:
        items = await asyncio.to_thread(_by_identity, some)
        await self._database.write(lambda connection: visits.prolong(connection, read_point, items))


def _by_identity(some: Sequence[Present]) -> dict[str, int]:
    return {identify(epc, bits=epc_bits(epc)).identity: last_us for epc, last_us in some}
