"""Light barriers at doors: while something stands in one the passage goes on; free and quiet, it is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gateway.settings import Settings
from readers.settings import Level
from rules.portal.passage import Passage
from rules.vocabulary import ReadPointKind

QUIET_US: Final = 1_000_000
"""A passage is over when its barrier has been free, and none of its items read, for so long."""
HELD_US: Final = 30_000_000
"""Interrupted for longer, a barrier is dirty or parked in, and says nothing about passages."""
AHEAD_US: Final = 15_000_000
"""A door waits no longer than this for further reads of an item."""


@dataclass(slots=True)
class _Barrier:
    """Of one door. Times in microseconds on the host's clock."""

    door: str
    broken: Level
    since_us: int | None = None
    """When it was interrupted, until the passage is over."""
    freed_us: int | None = None
    """Since when it is free again; None while something stands in it."""

    def interrupted(self, time_us: int) -> None:
        """Soon after it was freed, that is the next piece of the same load."""
        if self.since_us is None or (self.freed_us is not None and time_us - self.freed_us >= QUIET_US):
            self.since_us = time_us
        self.freed_us = None

    def freed(self, time_us: int) -> None:
        if self.since_us is not None:
            self.freed_us = time_us

    def door_us(self, now_us: int, read_us: int) -> int | None:
        """What time it is for the door, where the barrier says; `read_us`: when something undecided was read
        last.
        """
        if self.since_us is None or now_us < self.since_us - QUIET_US:  # the host's clock was set back
            self.since_us = self.freed_us = None
            return None
        if self.freed_us is not None and now_us - max(self.freed_us, read_us) >= QUIET_US:
            self.since_us = self.freed_us = None
            return now_us + AHEAD_US
        is_free = self.freed_us is not None and now_us - self.freed_us >= QUIET_US
        return now_us if is_free or now_us - self.since_us >= HELD_US else self.since_us


class LightBarriers:
    """Each sets the time of its own door."""

    def __init__(self) -> None:
        self._barriers: dict[tuple[str, int], _Barrier] = {}

    def adopt(self, settings: Settings) -> None:
        """The barriers there are from now on; one that stays goes on as it is."""
        before = self._barriers
        portals = {point.id for point in settings.read_points if point.kind is ReadPointKind.PORTAL}
        doors = {route.reader: route.read_point for route in settings.routes if route.read_point in portals}
        self._barriers = {}
        for reader in settings.readers:
            if reader.gpi_barrier is not None and reader.id in doors:
                place = reader.id, reader.gpi_barrier
                now = _Barrier(doors[reader.id], reader.gpi_barrier_broken)
                old = before.get(place, now)
                self._barriers[place] = old if (old.door, old.broken) == (now.door, now.broken) else now

    def changed(self, reader: str, port: int, *, is_high: bool, time_us: int) -> None:
        """An input of a reader changed."""
        barrier = self._barriers.get((reader, port))
        if barrier is None:
            return
        if is_high is (barrier.broken is Level.HIGH):
            barrier.interrupted(time_us)
        else:
            barrier.freed(time_us)

    def times_us(self, now_us: int, passages: Iterable[tuple[str, Passage]]) -> dict[str, int]:
        """What time it is for the doors whose barriers speak; `passages` are those under way at any door."""
        speaking = [barrier for barrier in self._barriers.values() if barrier.since_us is not None]
        if not speaking:
            return {}
        read_us = _last_reads(passages)
        times = (
            (barrier.door, barrier.door_us(now_us, read_us.get(barrier.door, 0))) for barrier in speaking
        )
        return {door: time_us for door, time_us in times if time_us is not None}


def _last_reads(passages: Iterable[tuple[str, Passage]]) -> dict[str, int]:
    """By door, when what is undecided there and does not rest was read last."""
    last_us: dict[str, int] = {}
    for door, passage in passages:
        if passage.told is None and not passage.is_resting:
            last_us[door] = max(last_us.get(door, 0), passage.trace.last_us)
    return last_us
