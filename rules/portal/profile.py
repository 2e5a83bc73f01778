"""One tag's passage in a few numbers: when it was near which antenna, and how much its level moved."""

import math
from collections.abc import Sequence
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


class Profile:
    """A trace at one moment. `centres_us` is the energy centroid per side, None without reads there."""

    __slots__ = (
        "centres_us",
        "first_us",
        "has_moved",
        "heard",
        "lag_us",
        "last_us",
        "levels",
        "samples",
        "trace",
        "weights",
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
        self.weights = tuple(_weights(heard) for heard in self.heard)
        """Power of each read relative to the side's peak."""
        self.levels = tuple(_levels(heard) for heard in self.heard)
        """Of each read, in dB above the side's mean."""
        courses = [
            _course(heard, weights, self.first_us)
            for heard, weights in zip(self.heard, self.weights, strict=True)
        ]
        self.centres_us = tuple(centre for centre, _ in courses)
        self.widths_us = tuple(width for _, width in courses)
        outside, inside = self.centres_us
        self.lag_us = None if outside is None or inside is None else inside - outside


def _weights(heard: Sequence[tuple[int, int]]) -> list[float]:
    peak = max((rssi for _, rssi in heard), default=0)
    return [ENERGY[peak - rssi] for _, rssi in heard]


def _levels(heard: Sequence[tuple[int, int]]) -> list[float]:
    mean = sum(rssi for _, rssi in heard) / len(heard) if heard else 0.0
    return [rssi - mean for _, rssi in heard]


def _course(
    heard: Sequence[tuple[int, int]], weights: Sequence[float], start_us: int
) -> tuple[float | None, float]:
    """Energy centroid, Σ t·10^(RSSI/10) / Σ 10^(RSSI/10), and the energy's standard deviation in time."""
    if not heard:
        return None, 0.0
    late = [seen - start_us for seen, _ in heard]
    moments = list(map(mul, weights, late))
    energy = sum(weights)
    centre = sum(moments) / energy
    return start_us + centre, math.sqrt(max(sum(map(mul, moments, late)) / energy - centre * centre, 0.0))
