"""What time it is for the doors: now, or as far as readers have told what they kept while we were away."""

from collections.abc import Iterable

BACKLOG_US = 2_000_000
"""A batch whose newest read is older than this comes out of a reader's memory."""
PAUSE_US = 1_000_000
"""A backlog has ended when no more of it has come for this long."""
AWAITED_US = 15_000_000
"""Passages begun before a restart are not judged until their readers are back, or for so long."""
CAUGHT_UP_US = 2_000_000
"""A reader that is back has begun by then to tell what it kept."""


class DoorTime:
    """Doors judged by the host's clock while a backlog comes in would take its pauses for silence."""

    __slots__ = ("_awaited", "_ends_us", "_reached_us")

    def __init__(self) -> None:
        self._reached_us = 0
        self._ends_us = 0
        self._awaited: set[str] = set()

    def told(self, seen_us: int, received_us: int) -> None:
        """A read out of a reader's memory."""
        self._reached_us = seen_us
        self._ends_us = max(self._ends_us, received_us + PAUSE_US)

    def resume(self, seen_us: int, readers: Iterable[str], now_us: int) -> None:
        """Passages go on that were last read then: time stands still until these readers are back."""
        self._reached_us = seen_us
        self._awaited = set(readers)
        self._ends_us = now_us + AWAITED_US

    def connected(self, reader: str, now_us: int) -> None:
        """The last of the readers awaited ends the waiting."""
        if reader in self._awaited:
            self._awaited.discard(reader)
            if not self._awaited:
                self._ends_us = now_us + CAUGHT_UP_US

    def at(self, now_us: int) -> int:
        return min(now_us, self._reached_us) if now_us < self._ends_us else now_us
