"""Observations into the ledger; whatever one of them brings up is told apart from a database that is away."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from gateway.errors import GatewayError
from gateway.store.database import Database
from gateway.store.engine import ContradictionError
from gateway.store.ledger import Ledger
from gateway.store.rehearsal import rehearse
from rules.events import Event
from rules.observation import Observation

T = TypeVar("T")

MOST_CONTRADICTIONS = 3
"""In a row: each was tried three times already. Another gateway's writing is over by then."""


class Recorder:
    """`record` raises UnavailableError when it cannot now, another GatewayError when it cannot at all."""

    def __init__(self, database: Database, ledger: Ledger, clock: Callable[[], int]) -> None:
        """`clock` gives microseconds since 1970 UTC."""
        self._database = database
        self._ledger = ledger
        self._clock = clock
        self._contradictions = 0

    async def rehearse(self) -> None:
        """So that the first decision is as quick as the next. What is wrong with it the first will tell."""
        with suppress(GatewayError):
            await _tried(self._database.rehearse(lambda connection: rehearse(connection, self._ledger)))

    async def record(self, observations: Sequence[Observation]) -> Sequence[Event]:
        try:
            events = await _tried(
                self._database.write(
                    lambda connection: self._ledger.record(connection, observations, self._clock())
                )
            )
        except ContradictionError as error:
            self._contradictions += 1
            if self._contradictions < MOST_CONTRADICTIONS:
                raise
            raise GatewayError(str(error)) from error
        self._contradictions = 0
        return events


async def _tried(job: Awaitable[T]) -> T:
    """Its result; whatever it raises is a GatewayError."""
    try:
        return await job
    except GatewayError:
        raise
    except Exception as error:  # one observation must not end us, and the next start, and the next
        raise GatewayError(f"{type(error).__name__}: {error}") from error
