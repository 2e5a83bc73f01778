"""What waits for the client: replies go at once, reports and events may have to wait."""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple


class Outgoing(NamedTuple):
    """A message on its way to the client."""

    type: int
    id: int
    body: bytes
    version: int = 1


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection breaks off here."""


@dataclass(slots=True)
class Outbox:
    """Bounded: the oldest report or event gives way, and `lost` counts it."""

    most: int
    lost: int = 0
    _is_open: bool = False
    _ready: list[Outgoing | Cut] = field(default_factory=list)
    _stored: deque[Outgoing] = field(default_factory=deque)

    @property
    def stored(self) -> int:
        return len(self._stored)

    @property
    def percent_full(self) -> int:
        return 100 * len(self._stored) // self.most

    def send(self, message: Outgoing | Cut) -> None:
        """To the client of this moment: a reply, a keepalive, a connection event."""
        self._ready.append(message)

    def offer(self, message: Outgoing) -> None:
        """A report or an event."""
        if self._is_open and len(self._ready) < self.most:
            self._ready.append(message)
            return
        if len(self._stored) >= self.most:
            self._stored.popleft()
            self.lost += 1
        self._stored.append(message)

    def open(self) -> None:
        """A client is there and wants what was stored."""
        self._is_open = True
        self.release()

    def release(self) -> None:
        """Hand out what was stored; whether the rest waits stays as it was."""
        self._ready.extend(self._stored)
        self._stored.clear()

    def shut(self) -> None:
        """Nobody is there, or it asked to hold. What was ready and not taken is gone with the connection."""
        self._is_open = False
        self._ready.clear()

    def take(self) -> list[Outgoing | Cut]:
        if self._is_open:
            self.release()
        ready, self._ready = self._ready, []
        return ready
