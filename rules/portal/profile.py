"""One tag's passage in a few numbers: when it was near which antenna, and how much its level moved."""

import math
from collections.abc import Sequence

from rules.portal.evidence import INSIDE, OUTSIDE, Trace
from rules.portal.motion import Sample, has_moved, trimmed

SIDES = (OUTSIDE, INSIDE)
ENERGY: tuple[float, ...] = tuple(math.pow(10.0, -decibel / 10.0) for decibel in range(256))
"""Power relative to the peak, by whole decibels below it."""


class Profile:
    """A trace at one moment. `centres_us` is the energy centroid per side, None without reads there."""

    __slots__ = ("centres_us", "first_us", "has_moved", "heard", "last_us", "peaks", "samples", "trace")

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.samples: list[Sample] = trace.samples()
        self.has_moved = has_moved(self.samples)
        if self.has_moved:
            self.samples = trimmed(self.samples)
        self.first_us = self.samples[0][0]
        self.last_us = self.samples[-1][0]
        self.heard = tuple([(seen, rssi) for seen, at, rssi in self.samples if at == side] for side in SIDES)
        """(microseconds, RSSI) per side."""
        self.peaks = tuple(max((rssi for _, rssi in heard), default=0) for heard in self.heard)
        self.centres_us = tuple(
            _centre(heard, peak, self.first_us) for heard, peak in zip(self.heard, self.peaks, strict=True)
        )


def _centre(heard: Sequence[tuple[int, int]], peak: int, start_us: int) -> float | None:
    """Σ t·10^(RSSI/10) / Σ 10^(RSSI/10)."""
    if not heard:
        return None
    energy = moment = 0.0
    for seen, rssi in heard:
        weight = ENERGY[peak - rssi]
        energy += weight
        moment += weight * (seen - start_us)
    return start_us + moment / energy
