"""Marks what the broker has taken as sent, many messages in one write, beside the sending."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from gateway.errors import OpeningError, UnavailableError
from gateway.store import outbox
from gateway.store.database import Database

RETRY_SECONDS = 1.0
PAUSE_SECONDS = 0.05
"""Between two writes, so that a busy outbox is marked by the hundred."""
MAX_UNMARKED = 5_000
"""Taken by the broker but not yet marked; the sender waits above it."""

_logger = logging.getLogger("gateway.mqtt")
_T = TypeVar("_T")


class Marker:
    """What it has not written when the daemon is killed is sent once more, with the same id and bytes."""

    def __init__(self, database: Database, gateway: str, now_us: Callable[[], int]) -> None:
        self._database = database
        self._gateway = gateway
        self._now_us = now_us
        self._taken: list[int] = []
        self._has_taken = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    def add(self, sequence: int) -> None:
        """The broker has taken this message."""
        self._taken.append(sequence)
        self._has_taken.set()
        self._is_idle.clear()

    @property
    def is_full(self) -> bool:
        return len(self._taken) >= MAX_UNMARKED

    @property
    def is_idle(self) -> bool:
        """Everything taken is marked."""
        return self._is_idle.is_set()

    async def idle(self) -> None:
        """Wait until everything taken is marked."""
        await self._is_idle.wait()

    async def run(self) -> None:
        """For ever: mark what was added."""
        while True:
            await self._has_taken.wait()
            self._has_taken.clear()
            taken, self._taken = self._taken, []
            await self._mark(taken, self._now_us())
            if not self._taken:
                self._is_idle.set()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _mark(self, sequences: Sequence[int], now_us: int) -> None:
        await patiently(
            lambda: self._database.write(
                lambda connection: outbox.mark_sent(connection, self._gateway, sequences, now_us)
            )
        )


async def patiently(attempt: Callable[[], Awaitable[_T]]) -> _T:
    """The result of a database job, tried again for as long as the database cannot be used."""
    told = ""
    while True:
        try:
            return await attempt()
        except UnavailableError as error:
            if told != str(error) and not isinstance(error, OpeningError):
                _logger.warning("outbox: %s; trying again", error)
            told = str(error)
            await asyncio.sleep(RETRY_SECONDS)
