"""Where things are: antennas at a door, and the paths that loads take through it or past it.

Every door has its own coordinates in metres: x into the aisle, y from outside (negative) to inside, z up.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Point(NamedTuple):
    x: float
    y: float
    z: float


@dataclass(frozen=True, slots=True)
class Antenna:
    """A panel facing the aisle."""

    port: int
    position: Point
    gain_db: float = 0.0
    """Above or below the usual 5.9 dBi: cable, age, a panel in front."""
    squint_degrees: float = 0.0
    """How far it is turned towards the inside."""
    beam_degrees: float = 65.0
    rssi_offset_db: float = 0.0
    dwell_share: float = 1.0
    """How long the reader stays at it, relative to its usual dwell."""


class Path:
    """A polyline walked at given times; before the first and after the last point it rests there."""

    def __init__(self, points: Sequence[tuple[float, float, float]]) -> None:
        """Points are (seconds, x, y), seconds ascending."""
        self._seconds = [seconds for seconds, _, _ in points]
        self._points = [(x, y) for _, x, y in points]

    @property
    def start_seconds(self) -> float:
        return self._seconds[0]

    @property
    def end_seconds(self) -> float:
        return self._seconds[-1]

    def at(self, seconds: float) -> tuple[float, float]:
        times = self._seconds
        after = bisect_right(times, seconds)
        if after == 0:
            return self._points[0]
        if after == len(times):
            return self._points[-1]
        share = (seconds - times[after - 1]) / (times[after] - times[after - 1])
        (x0, y0), (x1, y1) = self._points[after - 1], self._points[after]
        return x0 + share * (x1 - x0), y0 + share * (y1 - y0)


class Leg(NamedTuple):
    """Go to (x, y) at this speed, then rest."""

    x: float
    y: float
    speed: float
    rest_seconds: float = 0.0


def walk(start: tuple[float, float], legs: Sequence[Leg], start_seconds: float) -> Path:
    """The path from `start` through all legs."""
    x, y = start
    seconds = start_seconds
    points = [(seconds, x, y)]
    for leg in legs:
        length = ((leg.x - x) ** 2 + (leg.y - y) ** 2) ** 0.5
        seconds += max(length / leg.speed, 1e-3)
        x, y = leg.x, leg.y
        points.append((seconds, x, y))
        if leg.rest_seconds > 0:
            seconds += leg.rest_seconds
            points.append((seconds, x, y))
    return Path(points)
