"""Coalesced reading: what all busy sockets have is taken in rounds, instead of waking for each message.

At fleet load wake-ups cost more than decoding: after each, program and tables must be fetched into the
processor's caches anew. The first bytes after a pause are taken at once; while bytes keep coming, one round
every `ROUND_SECONDS` takes them from every socket that has some.
"""

import asyncio
import select
from typing import Final, Protocol

ROUND_SECONDS: Final = 0.025
"""What comes while others are sending too is late by no more. Rounds begin at multiples of it on the loop's
clock, as other regular tasks begin at multiples of their own periods: one wake-up then serves them all."""


class Receiver(Protocol):
    """A connection whose socket is read in rounds."""

    def receive(self) -> bool:
        """Takes what the socket has, up to the room for one receive; whether there may be more."""


class Rounds:
    """One per event loop. A full receive is followed by the next round at once: a backlog does not wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._poll = select.epoll()
        self._receivers: dict[int, Receiver] = {}
        self._is_resting = False
        """Nobody sends: the loop wakes us when somebody does."""
        self._next: asyncio.Handle | None = None

    def add(self, descriptor: int, receiver: Receiver) -> None:
        self._poll.register(descriptor, select.EPOLLIN)
        self._receivers[descriptor] = receiver
        if self._next is None:
            self._rest()

    def remove(self, descriptor: int) -> None:
        """One that is not there is no fault."""
        if self._receivers.pop(descriptor, None) is None:
            return
        self._poll.unregister(descriptor)
        if not self._receivers:
            self._stop()

    def _round(self) -> None:
        self._next = None
        ready = self._poll.poll(0)
        if not ready:
            self._rest()
            return
        if self._is_resting:
            self._loop.remove_reader(self._poll)
            self._is_resting = False
        receivers = self._receivers
        wants_more = False
        for descriptor, _ in ready:
            receiver = receivers.get(descriptor)
            if receiver is not None and receiver.receive():
                wants_more = True
        if receivers:
            now = self._loop.time()
            wait_seconds = 0 if wants_more else ROUND_SECONDS - now % ROUND_SECONDS
            self._next = self._loop.call_at(now + wait_seconds, self._round)

    def _rest(self) -> None:
        if not self._is_resting:
            self._loop.add_reader(self._poll, self._round)
            self._is_resting = True

    def _stop(self) -> None:
        """Nothing is left in the loop when nobody is connected."""
        if self._is_resting:
            self._loop.remove_reader(self._poll)
        if self._next is not None:
            self._next.cancel()
        self._poll.close()
        del _rounds[self._loop]


_rounds: Final[dict[asyncio.AbstractEventLoop, Rounds]] = {}
"""While anybody is connected there."""


def rounds_of(loop: asyncio.AbstractEventLoop) -> Rounds:
    """The rounds of this loop, for a receiver to be added to."""
    rounds = _rounds.get(loop)
    if rounds is None:
        rounds = _rounds[loop] = Rounds(loop)
    return rounds
