"""The database at the start: a server may come up after us, and until then what is read waits in memory."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from gateway.errors import UnavailableError
from gateway.logs import redact
from gateway.running.notify import Notifier
from gateway.stats import Stats
from gateway.store.database import Database

OPEN_SECONDS = 5.0
"""Between two tries."""
EXTEND_SECONDS = 60.0
"""More than one try takes."""

log = logging.getLogger(__name__)


async def opened(
    database: Database, stats: Stats, notifier: Notifier, look: Callable[[], Awaitable[None]]
) -> None:
    """Return when it is there and `look` has read it. Raises SchemaError where waiting does not help."""
    while True:
        try:
            await asyncio.to_thread(database.open)
            await look()
        except UnavailableError as error:
            stats.storage_fault = str(error)
            log.error("%s; next try in %g s, decisions wait in memory until then", error, OPEN_SECONDS)
            notifier.starting(f"waits for the database: {redact(str(error))}", EXTEND_SECONDS)
            await asyncio.sleep(OPEN_SECONDS)
        else:
            stats.storage_fault = None
            return
