"""Items that stay where they were put down: the database knows that their visits last, for the next start."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from gateway.errors import UnavailableError
from gateway.readpoints.buffer import Buffer
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
        self._identities: dict[str, dict[bytes, str]] = {}
        """By read point and EPC, of what lies there: it is asked for again and again."""

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
            asked_us = self._asked_us.setdefault(name, now_us)
            if name not in self._waiting and abs(now_us - asked_us) >= quiet_us // SHARE:
                self._waiting[name] = deque(point.present(asked_us))
                known = self._identities.get(name, {})
                self._identities[name] = {epc: known[epc] for epc, _ in self._waiting[name] if epc in known}
                self._asked_us[name] = now_us
        if some := self._draw():
            await self._prolong(some)

    def _draw(self) -> dict[str, list[Present]]:
        """By read point: to each the same share of the step."""
        share = max(1, AT_ONCE // max(1, len(self._waiting)))
        some = {
            name: [waiting.popleft() for _ in range(min(share, len(waiting)))]
            for name, waiting in self._waiting.items()
        }
        self._waiting = {name: waiting for name, waiting in self._waiting.items() if waiting}
        return {name: present for name, present in some.items() if present}

    async def _prolong(self, some: Mapping[str, Sequence[Present]]) -> None:
        """All in one transaction: one for each read point would cost ten times what it stores."""
        items = await asyncio.to_thread(self._by_identity, some)
        await self._database.write(lambda connection: visits.prolong(connection, items))

    def _by_identity(self, some: Mapping[str, Sequence[Present]]) -> dict[str, dict[str, int]]:
        """Until when each item lay there, by read point and identity."""
        items: dict[str, dict[str, int]] = {}
        for read_point, present in some.items():
            known, items[read_point] = self._identities[read_point], {}
            for epc, last_us in present:
                if epc not in known:
                    known[epc] = identify(epc, bits=epc_bits(epc)).identity
                items[read_point][known[epc]] = last_us
        return items
