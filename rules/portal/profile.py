"""One tag's passage in a few numbers: when it was near which antenna, and how much its level moved."""

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import mul
from typing import NamedTuple

from rules.portal.evidence import INSIDE, OUTSIDE, Trace
from rules.portal.motion import Sample, has_moved, trimmed

SIDES = (OUTSIDE, INSIDE)
ENERGY: tuple[float, ...] = tuple(math.pow(10.0, -decibel / 10.0) for decibel in range(256))
"""Power relative to the peak, by whole decibels below it."""


class Motion(NamedTuple):
    """The reads of a trace at one moment, and whether they show motion."""

    samples: list[Sample]
    has_moved: bool


def motion_of(trace: Trace) -> Motion:
    samples = trace.samples()
    return Motion(samples, has_moved(samples))


class Moments(NamedTuple):
    """Sums over the reads of one side: `time` in seconds since the tag's first read on either, `level` in dB
    above the side's mean, `energy` relative to the side's peak.
    """

    seen_us: list[int]
    level_sums: list[float]
    """Before the first read, and after each."""
    reads: int
    energy: float
    energy_time: float
    energy_time_2: float
    time: float
    time_2: float
    time_3: float
    time_4: float
    time_level: float
    time_2_level: float
    level_2: float

    @property
    def centre(self) -> float:
        """Energy centroid, Σ t·10^(RSSI/10) / Σ 10^(RSSI/10)."""
        return self.energy_time / self.energy

    @property
    def width(self) -> float:
        """The energy's standard deviation in time."""
        return math.sqrt(max(self.energy_time_2 / self.energy - self.centre**2, 0.0))


class Profile:
    """A trace at one moment. `sides` is None where there are no reads."""

    __slots__ = ("first_us", "has_moved", "last_us", "samples", "sides", "trace")

    def __init__(self, trace: Trace, motion: Motion | None = None) -> None:
        """`motion` where it is known already."""
        self.trace = trace
        self.samples, self.has_moved = motion or motion_of(trace)
        if self.has_moved:
            self.samples = trimmed(self.samples)
        self.first_us = self.samples[0][0]
        self.last_us = self.samples[-1][0]
        self.sides = tuple([self._moments(side) for side in SIDES])

    def _moments(self, side: int) -> Moments | None:
        seen_us = [seen for seen, at, _ in self.samples if at == side]
        if not seen_us:
            return None
        heard = [rssi for _, at, rssi in self.samples if at == side]
        return moments(seen_us, heard, self.first_us)


def moments(seen_us: list[int], rssi_dbm: Sequence[int], since_us: int) -> Moments:
    """Of reads in time order; `since_us` is where their time begins."""
    peak, mean = max(rssi_dbm), sum(rssi_dbm) / len(rssi_dbm)
    late = [(seen - since_us) / 1e6 for seen in seen_us]
    late_2 = list(map(mul, late, late))
    levels = [rssi - mean for rssi in rssi_dbm]
    weights = [ENERGY[peak - rssi] for rssi in rssi_dbm]
    return Moments(
        seen_us,
        [0.0, *accumulate(levels)],
        len(seen_us),
        sum(weights),
        sum(map(mul, weights, late)),
        sum(map(mul, weights, late_2)),
        sum(late),
        sum(late_2),
        sum(map(mul, late_2, late)),
        sum(map(mul, late_2, late_2)),
        sum(map(mul, late, levels)),
        sum(map(mul, late_2, levels)),
        sum(map(mul, levels, levels)),
    )
