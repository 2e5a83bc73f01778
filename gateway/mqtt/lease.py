"""The right to publish one outbox, as long as it is renewed: what we do not hold, we do not send."""

import asyncio
import logging
import time
from collections.abc import Callable

from gateway.errors import UnavailableError
from gateway.store.database import Database
from gateway.store.leases import LEASE_SECONDS, Leases

RENEW_SECONDS = 5.0
ASK_SECONDS = 1.0
"""How often one asks for a lease that another holds."""
MARGIN_SECONDS = 3.0
"""Nothing is sent this long before a lease ends: what is on the wire then arrives in time."""

_logger = logging.getLogger("gateway.mqtt")


class Lease:
    """On SQLite there is one gateway, which always holds its own; on PostgreSQL it is taken and renewed."""

    def __init__(
        self, database: Database, leases: Leases, gateway: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` counts seconds and is not set; a process that was frozen finds its lease over."""
        self._database = database
        self._leases = leases
        self._gateway = gateway
        self._clock = clock
        self._until = 0.0
        self._is_lost = False

    @property
    def is_held(self) -> bool:
        return not self._database.is_shared or self._clock() < self._until

    async def take(self) -> bool:
        """Have it or renew it; False while another gateway holds it. Raises UnavailableError."""
        if not self._database.is_shared:
            return True
        asked = self._clock()
        is_ours = await self._database.write(lambda connection: self._leases.take(connection, self._gateway))
        self._until = asked + LEASE_SECONDS - MARGIN_SECONDS if is_ours else 0.0
        return is_ours

    async def run(self) -> None:
        """Keep it for ever."""
        while self._database.is_shared:
            try:
                self._tell(is_ours=await self.take())
            except UnavailableError as error:
                _logger.debug("lease: %s", error)
            await asyncio.sleep(RENEW_SECONDS if self.is_held else ASK_SECONDS)

    async def give_back(self) -> None:
        """Have another take it. Raises UnavailableError."""
        self._until = 0.0
        if self._database.is_shared:
            await self._database.write(lambda connection: self._leases.give_back(connection, self._gateway))

    def _tell(self, *, is_ours: bool) -> None:
        if not is_ours and not self._is_lost:
            _logger.warning("another gateway publishes the events of %s; waiting for it", self._gateway)
        elif is_ours and self._is_lost:
            _logger.info("publishing the events of %s again", self._gateway)
        self._is_lost = not is_ours
