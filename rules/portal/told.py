"""What the doors of a site have told lately of things that moved, for the doors beside them."""

from collections.abc import Iterable
from typing import NamedTuple

from rules.portal.door import Verdict
from rules.portal.evidence import Trace
from rules.vocabulary import Direction

REMEMBERED_US = 60_000_000
CROSSINGS = frozenset({Direction.IN, Direction.OUT})


class Told(NamedTuple):
    """What a door has said of an item, and from which reads: its trace may be closed by now."""

    verdict: Verdict
    trace: Trace


class ToldLately:
    """The latest verdict by door and EPC, oldest first."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, bytes], Told] = {}

    def remember(self, verdict: Verdict, trace: Trace) -> None:
        self._told.pop((verdict.door, verdict.epc), None)
        self._told[verdict.door, verdict.epc] = Told(verdict, trace)

    def trace(self, door: str, epc: bytes) -> Trace | None:
        """The reads from which this door has told of this item."""
        told = self._told.get((door, epc))
        return None if told is None else told.trace

    def crossed(self, verdict: Verdict, doors: Iterable[str]) -> str | None:
        """Another one of these doors, at which the same passage was told as in or out."""
        others = (self._told.get((door, verdict.epc)) for door in doors if door != verdict.door)
        return next((told.verdict.door for told in others if told and _is_crossing(told, verdict)), None)

    def forget(self, now_us: int) -> None:
        """What is old enough that no door can still be hearing it."""
        while self._told and now_us - next(iter(self._told.values())).verdict.last_us >= REMEMBERED_US:
            del self._told[next(iter(self._told))]

    def clear(self) -> None:
        self._told.clear()


def _is_crossing(told: Told, other: Verdict) -> bool:
    return told.verdict.direction in CROSSINGS and told.verdict.last_us >= other.first_us
