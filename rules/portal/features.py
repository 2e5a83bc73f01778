"""A load's course in dimensionless numbers: relative to its own duration, levels and read counts.

Nothing here depends on a reader's RSSI offset, an antenna's gain or the speed of the load.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain, pairwise

from rules.portal.profile import SIDES, Moments, Profile

BINS = 6
"""The passage in sixths."""


class Sums:
    """Over all reads of a load on one side; time in seconds from the middle of the passage."""

    __slots__ = (
        "bin_counts",
        "bin_levels",
        "count",
        "energy",
        "energy_time",
        "energy_time_2",
        "level_2",
        "scale",
        "seen_us",
        "time",
        "time_2",
        "time_2_level",
        "time_4",
        "time_level",
    )

    def __init__(self, load: Sequence[Profile], side: int, start_us: int, duration_us: int) -> None:
        self.count = 0
        self.energy, self.energy_time, self.energy_time_2 = 0.0, 0.0, 0.0
        self.time, self.time_2, self.time_4 = 0.0, 0.0, 0.0
        self.time_level, self.time_2_level, self.level_2 = 0.0, 0.0, 0.0
        self.bin_counts, self.bin_levels = [0] * BINS, [0.0] * BINS
        bounds_us = [start_us + duration_us * place / BINS for place in range(1, BINS)]
        runs_us = []
        for profile in load:
            heard = profile.sides[side]
            if heard is not None:
                self._add(heard, (profile.first_us - start_us - duration_us / 2) / 1e6)
                self._add_bins(heard, bounds_us)
                runs_us.append(heard.seen_us)
        self.seen_us = sorted(chain.from_iterable(runs_us))
        self.scale = 1e6 / duration_us
        """From seconds to shares of the passage."""

    def _add(self, tag: Moments, late: float) -> None:
        """Its time begins so much later."""
        late_2 = late * late
        self.count += tag.reads
        self.energy += tag.energy
        self.energy_time += tag.energy_time + late * tag.energy
        self.energy_time_2 += tag.energy_time_2 + 2 * late * tag.energy_time + late_2 * tag.energy
        self.time += tag.time + late * tag.reads
        self.time_2 += tag.time_2 + 2 * late * tag.time + late_2 * tag.reads
        self.time_4 += (
            tag.time_4
            + 4 * late * tag.time_3
            + late_2 * (6 * tag.time_2 + 4 * late * tag.time + late_2 * tag.reads)
        )
        self.time_level += tag.time_level
        self.time_2_level += tag.time_2_level + 2 * late * tag.time_level
        self.level_2 += tag.level_2

    def _add_bins(self, tag: Moments, bounds_us: Sequence[float]) -> None:
        cuts = [0, *[bisect_left(tag.seen_us, bound) for bound in bounds_us], tag.reads]
        for place, (first, end) in enumerate(pairwise(cuts)):
            self.bin_counts[place] += end - first
            self.bin_levels[place] += tag.level_sums[end] - tag.level_sums[first]

    @property
    def centre(self) -> float:
        return self.energy_time / self.energy * self.scale

    @property
    def width(self) -> float:
        centre = self.energy_time / self.energy
        variance = self.energy_time_2 / self.energy - centre * centre
        return math.sqrt(max(variance * self.scale**2, 1e-4))

    @property
    def trend(self) -> float:
        """Correlation of the level with time."""
        squares = self.time_2 - self.time**2 / self.count
        return self._correlation(self.time_level * self.scale, squares * self.scale**2)

    @property
    def bow(self) -> float:
        """Correlation of the level with the distance from the middle (negative: a hill)."""
        squares = self.time_4 - self.time_2**2 / self.count
        return self._correlation(self.time_2_level * self.scale**2, squares * self.scale**4)

    def _correlation(self, product: float, squares: float) -> float:
        """Levels count from their mean: their product with a shape is that with the shape less its mean."""
        return (product + 1e-6) / math.sqrt((self.level_2 + 1e-6) * (max(squares, 0.0) + 1e-6))

    @property
    def curve(self) -> list[float]:
        """The mean level in each sixth; unread sixths lie below everything read."""
        bins = list(zip(self.bin_counts, self.bin_levels, strict=True))
        unread = min([level / count for count, level in bins if count]) - 2.0
        return [_clip(level / count if count else unread, 12.0) for count, level in bins]


NAMES = (
    "lag",
    "lag_per_width",
    "read_lag",
    "first_lag",
    "last_lag",
    "loop",
    "trend_outside",
    "trend_inside",
    "bow_outside",
    "bow_inside",
    "width_outside",
    "width_inside",
    "spread",
    "inside_share",
    "reads_log",
    *(f"balance_{place}" for place in range(BINS)),
    *(f"outside_{place}" for place in range(BINS)),
    *(f"inside_{place}" for place in range(BINS)),
    *(f"rate_{place}" for place in range(BINS)),
)


def features(load: Sequence[Profile]) -> list[float] | None:
    """The numbers named in NAMES; None where one side of the door has not read the load at all."""
    start = min([profile.first_us for profile in load])
    duration = max(max([profile.last_us for profile in load]) - start, 1)
    outside, inside = (Sums(load, side, start, duration) for side in SIDES)
    if not outside.count or not inside.count:
        return None
    total = outside.count + inside.count
    lag = inside.centre - outside.centre
    widths = outside.width, inside.width
    curves = outside.curve, inside.curve
    share = math.log((inside.count + 0.5) / (outside.count + 0.5))
    bins = list(zip(outside.bin_counts, inside.bin_counts, strict=True))
    balances = [
        _clip(math.log((late + 0.7) / (early + 0.7)) - share * min(1.0, (late + early) / 4), 4.0)
        for early, late in bins
    ]
    return [
        lag,
        _clip(lag / math.sqrt((widths[0] ** 2 + widths[1] ** 2) / 2), 4.0),
        (inside.time / inside.count - outside.time / outside.count) * inside.scale,
        (_quantile(inside.seen_us, 0.05) - _quantile(outside.seen_us, 0.05)) / duration,
        (_quantile(inside.seen_us, 0.95) - _quantile(outside.seen_us, 0.95)) / duration,
        _loop(*curves),
        outside.trend,
        inside.trend,
        outside.bow,
        inside.bow,
        *widths,
        min(math.sqrt((outside.level_2 + inside.level_2) / total), 10.0) / 3.0,
        share / 3.0,
        math.log10(total),
        *balances,
        *[level / 4.0 for curve in curves for level in curve],
        *[(early + late) * BINS / total for early, late in bins],
    ]


def _loop(outside: Sequence[float], inside: Sequence[float]) -> float:
    """The signed area that the pair of levels runs round, relative to its box; positive: outside first.

    It does not depend on how fast the way was gone, and there and back is nothing.
    """
    area = 0.0
    for place in range(BINS):
        after = (place + 1) % BINS
        area += outside[place] * inside[after] - outside[after] * inside[place]
    box = (max(outside) - min(outside) + 1.0) * (max(inside) - min(inside) + 1.0)
    return area / 2.0 / box


def _quantile(ordered: Sequence[int], share: float) -> int:
    return ordered[int(share * (len(ordered) - 1) + 0.5)]


def _clip(value: float, limit: float) -> float:
    return limit if value > limit else -limit if value < -limit else value
