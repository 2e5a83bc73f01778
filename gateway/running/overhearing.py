"""Events that other programs told in this gateway's name: an inspection or a closing by a command, say."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from gateway.documents.cloudevents import decode_event
from gateway.errors import UnavailableError
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from rules.events import Event

POLL_SECONDS = 2.0
FIRST_SECONDS = 0.2
"""Until the database is there: what others tell from then on is news."""
CHUNK = 1000
"""Messages looked through in one go."""

log = logging.getLogger(__name__)


class Overhearing:
    """Finds them in the outbox, by the ids that this process did not tell itself.

    They are counted and shown like its own; what is not published of an event is not known of them.
    """

    def __init__(
        self, database: Database, ledger: Ledger, on_events: Callable[[Sequence[Event]], object]
    ) -> None:
        """`on_events` hears of them, on the loop."""
        self._database = database
        self._gateway = ledger.gateway
        self._on_events = on_events
        self._own: set[str] = set()
        """Told by this process and not yet found in the outbox."""
        self._heard: int | None = None
        """The last sequence number looked at."""
        ledger.on_told = self._told

    async def run(self) -> None:
        """Listen for ever."""
        while True:
            try:
                while await self.listen():
                    pass
            except UnavailableError as error:
                log.debug("what other programs told is looked for later: %s", error)
            await asyncio.sleep(FIRST_SECONDS if self._heard is None else POLL_SECONDS)

    async def listen(self) -> bool:
        """Look through what was told next; whether there may be more. What was told before is no news."""
        if self._heard is None:
            self._heard = await self._database.read(
                lambda connection: outbox.last_sequence(connection, self._gateway)
            )
        heard = self._heard
        found = await self._database.read(
            lambda connection: outbox.ids_after(connection, self._gateway, heard, CHUNK)
        )
        if not all(id_ in self._own for _, id_ in found):
            self._on_events(await self._foreign(heard, len(found)))
        for sequence, id_ in found:
            self._own.discard(id_)
            self._heard = sequence
        return len(found) == CHUNK

    async def _foreign(self, heard: int, count: int) -> list[Event]:
        messages = await self._database.read(
            lambda connection: outbox.list_events(
                connection, self._gateway, after_sequence=heard, limit=count
            )
        )
        return [decode_event(message.payload) for message in messages if message.id not in self._own]

    def _told(self, events: Sequence[Event]) -> None:
        self._own.update(event.id for event in events)
