"""One tag's passage in a few numbers: when it was near which antenna, and how much its level moved."""

import math
from collections.abc import Sequence
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


class Profile:
    """A trace at one moment. `centres_us` is the energy centroid per side, None without reads there."""

    __slots__ = (
        "centres_us",
        "first_us",
        "has_moved",
        "heard",
        "lag_us",
        "last_us",
        "peaks",
        "samples",
        "trace",
        "widths_us",
    )

    def __init__(self, trace: Trace, motion: Motion | None = None) -> None:
        """`motion` where it is known already."""
        self.trace = trace
        self.samples, self.has_moved = motion or motion_of(trace)
        if self.has_moved:
            self.samples = trimmed(self.samples)
        self.first_us = self.samples[0][0]
        self.last_us = self.samples[-1][0]
        self.heard = tuple([(seen, rssi) for seen, at, rssi in self.samples if at == side] for side in SIDES)
        """(microseconds, RSSI) per side."""
        self.peaks = tuple(max((rssi for _, rssi in heard), default=0) for heard in self.heard)
        courses = [
            _course(heard, peak, self.first_us) for heard, peak in zip(self.heard, self.peaks, strict=True)
        ]
        self.centres_us = tuple(centre for centre, _ in courses)
        self.widths_us = tuple(width for _, width in courses)
        outside, inside = self.centres_us
        self.lag_us = None if outside is None or inside is None else inside - outside


def _course(heard: Sequence[tuple[int, int]], peak: int, start_us: int) -> tuple[float | None, float]:
    """Energy centroid, Σ t·10^(RSSI/10) / Σ 10^(RSSI/10), and the energy's standard deviation in time."""
    if not heard:
        return None, 0.0
    energy = moment = square = 0.0
    for seen, rssi in heard:
        weight = ENERGY[peak - rssi]
        late = seen - start_us
        energy += weight
        moment += weight * late
        square += weight * late * late
    centre = moment / energy
    return start_us + centre, math.sqrt(max(square / energy - centre * centre, 0.0))
