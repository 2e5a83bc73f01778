"""One tag's passage in a few numbers: when it was near which antenna, and how much its level moved."""

from collections.abc import Sequence

from rules.portal.evidence import INSIDE, OUTSIDE, Trace
from rules.portal.motion import Sample, has_moved

ENERGY = tuple(10.0 ** (-decibel / 10.0) for decibel in range(256))
"""Power relative to the peak, by whole decibels below it."""


class Profile:
    """A trace at one moment. `centre_us` is the energy centroid per side, None without reads there."""

    __slots__ = ("centre_us", "counts", "first_us", "has_moved", "last_us", "samples", "trace")

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.samples: list[Sample] = trace.samples()
        self.has_moved = has_moved(self.samples)
        self.first_us = self.samples[0][0]
        self.last_us = self.samples[-1][0]
        outside = [(seen, rssi) for seen, side, rssi in self.samples if side == OUTSIDE]
        inside = [(seen, rssi) for seen, side, rssi in self.samples if side == INSIDE]
        self.counts = (len(outside), len(inside))
        self.centre_us = (_centre(outside, self.first_us), _centre(inside, self.first_us))


def _centre(heard: Sequence[tuple[int, int]], start_us: int) -> float | None:
    """Σ t·10^(RSSI/10) / Σ 10^(RSSI/10)."""
    if not heard:
        return None
    peak = max(rssi for _, rssi in heard)
    weights = [ENERGY[peak - rssi] for _, rssi in heard]
    moments = sum(weight * (seen - start_us) for weight, (seen, _) in zip(weights, heard, strict=True))
    return start_us + moments / float(sum(weights))
