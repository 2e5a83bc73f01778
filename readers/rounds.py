"""Coalesced reading: what all busy sockets have is taken in rounds, instead of waking for each message.

At fleet load wake-ups cost more than decoding: after each, program and tables must be fetched into the
processor's caches anew. So a connection that keeps sending is read in rounds, the longer the more there are.
One that pauses leaves the rounds: what comes after a pause is read by its transport, at once.
"""

import asyncio
import select
from typing import Final, Protocol

SHARE_SECONDS: Final = 0.001
"""Each connection that keeps sending makes the rounds longer by so much."""
ROUND_SECONDS: Final = 0.05
"""The longest round: what keeps coming is late by no more; readers gather reads for as long. Rounds begin at
multiples of their length on the loop's clock, as other regular tasks do: one wake-up then serves several."""
PAUSE_SECONDS: Final = 1.0
"""Who sends more seldom than this does not keep sending."""
LOOK_SECONDS: Final = 0.25
"""How often those that pause are looked for."""


class Receiver(Protocol):
    """A connection whose socket is read in rounds."""

    def receive(self) -> bool:
        """Takes what the socket has, up to the room for one receive; whether there may be more."""

    def rest(self) -> None:
        """Nothing has come for a while: it is to leave the rounds."""


class Rounds:
    """One per event loop. A full receive is followed by the next round at once: a backlog does not wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._poll = select.epoll()
        self._receivers: dict[int, Receiver] = {}
        self._heard_at: dict[int, float] = {}
        """When each has sent something last, on the loop's clock."""
        self._looked_at = loop.time()
        self._is_resting = False
        """Nobody sends: the loop wakes us when somebody does."""
        self._had_backlog = False
        """In the last round somebody had more than one receive takes."""
        self._next: asyncio.Handle | None = None

    def add(self, descriptor: int, receiver: Receiver) -> None:
        self._poll.register(descriptor, select.EPOLLIN)
        self._receivers[descriptor] = receiver
        self._heard_at[descriptor] = self._loop.time()
        if self._next is None:
            self._rest()

    def remove(self, descriptor: int) -> None:
        """One that is not there is no fault."""
        if self._receivers.pop(descriptor, None) is None:
            return
        del self._heard_at[descriptor]
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
        receivers, heard_at = self._receivers, self._heard_at
        now = self._loop.time()
        wants_more = False
        for descriptor, _ in ready:
            receiver = receivers.get(descriptor)
            if receiver is not None:
                heard_at[descriptor] = now
                if receiver.receive():
                    wants_more = True
        if now - self._looked_at >= LOOK_SECONDS:
            self._look(now)
        if receivers:
            wait_seconds = 0 if wants_more else self._until_next(self._loop.time())
            self._next = self._loop.call_later(wait_seconds, self._round)
        self._had_backlog = wants_more

    def _until_next(self, now: float) -> float:
        """Soon after a backlog: whoever sends as fast as we take it would have to wait for us."""
        if self._had_backlog:
            return SHARE_SECONDS
        length = min(ROUND_SECONDS, SHARE_SECONDS * len(self._receivers))
        return length - now % length

    def _look(self, now: float) -> None:
        """Who pauses leaves."""
        for descriptor, heard_at in [*self._heard_at.items()]:
            if now - heard_at >= PAUSE_SECONDS:
                self._receivers[descriptor].rest()
        self._looked_at = now

    def _rest(self) -> None:
        if not self._is_resting:
            self._loop.add_reader(self._poll, self._round)
            self._is_resting = True

    def _stop(self) -> None:
        """Nothing is left in the loop when nobody keeps sending."""
        if self._is_resting:
            self._loop.remove_reader(self._poll)
        if self._next is not None:
            self._next.cancel()
        self._poll.close()
        del _rounds[self._loop]


_rounds: Final[dict[asyncio.AbstractEventLoop, Rounds]] = {}
"""While anybody keeps sending there."""


def rounds_of(loop: asyncio.AbstractEventLoop) -> Rounds:
    """The rounds of this loop, for a receiver to be added to."""
    rounds = _rounds.get(loop)
    if rounds is None:
        rounds = _rounds[loop] = Rounds(loop)
    return rounds
