"""A load's course in dimensionless numbers: relative to its own duration, levels and read counts.

Nothing here depends on a reader's RSSI offset, an antenna's gain or the speed of the load.
"""

import math
from collections.abc import Sequence
from operator import mul

from rules.portal.evidence import INSIDE, OUTSIDE
from rules.portal.profile import SIDES, Profile

BINS = 6
"""The passage in sixths."""


class Course:
    """Sums over all reads of a load, per side; time is the share of the passage that is over, 0 … 1."""

    __slots__ = ("bin_counts", "bin_levels", "counts", "energy", "levels", "moments", "squares", "times")

    def __init__(self, load: Sequence[Profile]) -> None:
        start = min(profile.first_us for profile in load)
        duration = max(max(profile.last_us for profile in load) - start, 1)
        self.counts = [0, 0]
        self.energy, self.moments, self.squares = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]
        self.times: tuple[list[float], list[float]] = ([], [])
        self.levels: tuple[list[float], list[float]] = ([], [])
        """Of each read, above the tag's mean on that side."""
        self.bin_counts = [[0] * BINS, [0] * BINS]
        self.bin_levels = [[0.0] * BINS, [0.0] * BINS]
        for profile in load:
            for side in SIDES:
                if profile.heard[side]:
                    self._add(profile, side, start, duration)

    def _add(self, profile: Profile, side: int, start: int, duration: int) -> None:
        times = [(seen - start) / duration for seen, _ in profile.heard[side]]
        weights, levels = profile.weights[side], profile.levels[side]
        moments = list(map(mul, weights, times))
        self.counts[side] += len(times)
        self.energy[side] += sum(weights)
        self.moments[side] += sum(moments)
        self.squares[side] += sum(map(mul, moments, times))
        self.times[side].extend(times)
        self.levels[side].extend(levels)
        bin_counts, bin_levels = self.bin_counts[side], self.bin_levels[side]
        for when, level in zip(times, levels, strict=True):
            place = int(when * BINS) if when < 1.0 else BINS - 1
            bin_counts[place] += 1
            bin_levels[place] += level

    def centre(self, side: int) -> float:
        return self.moments[side] / self.energy[side]

    def width(self, side: int) -> float:
        return math.sqrt(max(self.squares[side] / self.energy[side] - self.centre(side) ** 2, 1e-4))


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
    course = Course(load)
    if not course.counts[OUTSIDE] or not course.counts[INSIDE]:
        return None
    counts = course.counts
    total = counts[0] + counts[1]
    lag = course.centre(INSIDE) - course.centre(OUTSIDE)
    widths = (course.width(OUTSIDE), course.width(INSIDE))
    times_out, times_in = map(sorted, course.times)
    trends = [_correlations(course.times[side], course.levels[side]) for side in SIDES]
    spread = math.hypot(*course.levels[OUTSIDE], *course.levels[INSIDE]) / math.sqrt(total)
    share = math.log((counts[1] + 0.5) / (counts[0] + 0.5))
    curves = [_curve(course, side) for side in SIDES]
    balances = [
        _clip(math.log((inside + 0.7) / (outside + 0.7)) - share * min(1.0, (inside + outside) / 4), 4.0)
        for outside, inside in zip(*course.bin_counts, strict=True)
    ]
    rates = [(outside + inside) * BINS / total for outside, inside in zip(*course.bin_counts, strict=True)]
    return [
        lag,
        _clip(lag / math.sqrt((widths[0] ** 2 + widths[1] ** 2) / 2), 4.0),
        sum(times_in) / counts[1] - sum(times_out) / counts[0],
        _quantile(times_in, 0.05) - _quantile(times_out, 0.05),
        _quantile(times_in, 0.95) - _quantile(times_out, 0.95),
        _loop(curves[0], curves[1]),
        trends[0][0],
        trends[1][0],
        trends[0][1],
        trends[1][1],
        widths[0],
        widths[1],
        min(spread, 10.0) / 3.0,
        share / 3.0,
        math.log10(total),
        *balances,
        *(level / 4.0 for level in curves[0]),
        *(level / 4.0 for level in curves[1]),
        *rates,
    ]


def _correlations(times: Sequence[float], levels: Sequence[float]) -> list[float]:
    """Of the level with time, and with the distance from the middle (negative: a hill)."""
    shapes = _centred(times), _centred([(off := when - 0.5) * off for when in times])
    squares = math.hypot(*levels) ** 2
    return [_correlation(shape, levels, squares) for shape in shapes]


def _correlation(shape: Sequence[float], levels: Sequence[float], level_squares: float) -> float:
    """By the two's square sums and their distance, which the standard library is quickest to tell."""
    squares = math.hypot(*shape) ** 2
    product = (squares + level_squares - math.dist(shape, levels) ** 2) / 2
    return (product + 1e-6) / math.sqrt((level_squares + 1e-6) * (squares + 1e-6))


def _centred(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    return [value - mean for value in values]


def _curve(course: Course, side: int) -> list[float]:
    """The mean level in each sixth; unread sixths lie below everything read."""
    counts, levels = course.bin_counts[side], course.bin_levels[side]
    known = [level / count for count, level in zip(counts, levels, strict=True) if count]
    unread = min(known) - 2.0
    return [
        _clip(level / count if count else unread, 12.0) for count, level in zip(counts, levels, strict=True)
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


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[int(share * (len(ordered) - 1) + 0.5)]


def _clip(value: float, limit: float) -> float:
    return limit if value > limit else -limit if value < -limit else value
