"""The general purpose outputs of one reader: each is switched for a while, and then back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Switch = Callable[[int, bool], bool]
"""Port and level; False where no reader is there to be told."""


class Timer(Protocol):
    def cancel(self) -> None: ...


CallLater = Callable[[float, Callable[[], None]], Timer]


@dataclass(frozen=True, slots=True)
class _Return:
    """A level an output goes back to."""

    is_high: bool
    timer: Timer


class Outputs:
    """What could not be switched on is forgotten: a lamp that comes late lies.

    What could not be switched back is made up for as soon as the reader is there again.
    """

    def __init__(self, switch: Switch, call_later: CallLater) -> None:
        self._switch = switch
        self._call_later = call_later
        self._returns: dict[int, _Return] = {}
        self._owed: dict[int, bool] = {}
        """Levels that the reader has not been told."""

    def set(self, port: int, *, is_high: bool, seconds: float | None = None) -> bool:
        """For so many seconds, or for good; a new call replaces the last. Whether the reader was told."""
        before = self._returns.pop(port, None)
        if before is not None:
            before.timer.cancel()
        if not self._switch(port, is_high):
            if before is not None:
                self._owed[port] = before.is_high
            return False
        self._owed.pop(port, None)
        if seconds is not None:
            timer = self._call_later(seconds, lambda: self._switch_back(port))
            self._returns[port] = _Return(not is_high, timer)
        return True

    def reader_is_back(self) -> None:
        """It inventories again; in between it kept its outputs as they were."""
        owed, self._owed = self._owed, {}
        for port, is_high in owed.items():
            self._switch_or_owe(port, is_high)

    def close(self) -> None:
        """Nobody will be there to switch them back later."""
        for port, one in list(self._returns.items()):
            one.timer.cancel()
            self._switch_back(port)

    def _switch_back(self, port: int) -> None:
        self._switch_or_owe(port, self._returns.pop(port).is_high)

    def _switch_or_owe(self, port: int, is_high: bool) -> None:
        if not self._switch(port, is_high):
            self._owed[port] = is_high
