"""The mean course of a load, of all its members or of all but one, and how well a course fits it."""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import sub
from typing import TypeAlias

from rules.portal.kinship import REMEMBERED, Course, Side, kinship
from rules.portal.model import MODEL

MEAN_OF = 16
"""The mean course of a large load is taken of so many."""
SHARPEST = 6
"""More members than this say nothing more surely together."""
MEANS_REMEMBERED = 1 << 9

SideSums: TypeAlias = tuple[int, list[float]]
"""How many courses were read on a side, and the sums of what a `Side` says."""


class Mean:
    """Sums over the first courses of a load, so that leaving one out costs as little for many as for few."""

    __slots__ = ("_highest", "_load", "_odds", "_sides", "_summed", "_sums", "course")

    def __init__(self, load: Sequence[Course]) -> None:
        self._load = frozenset(load)
        self._summed = load[:MEAN_OF]
        self._sums = _added(map(_numbers, self._summed))
        outsides, insides = zip(*[course.sides for course in self._summed], strict=True)
        self._sides = _side_sums(outsides), _side_sums(insides)
        self._highest = sorted([course.reads_log for course in self._summed])[-2:]
        self._odds: dict[Course, float] = {}
        self.course = _course(self._sums, self._highest[-1], len(self._summed), self._sides)
        """Of all."""

    def odds(self, one: Course) -> float:
        """Log odds of a course being of this load, by all others of it; 0 where there are none."""
        odds = self._odds.get(one)
        if odds is None:
            size = len(self._load) - (one in self._load)
            odds = self._odds[one] = _odds(one, self.without(one), size) if size else 0.0
        return odds

    def without(self, one: Course) -> Course:
        """Of all others."""
        if one not in self._summed:
            return self.course
        outside, inside = one.sides
        return _course(
            list(map(sub, self._sums, _numbers(one))),
            self._highest[0 if one.reads_log == self._highest[-1] else -1],
            len(self._summed) - 1,
            (_left(self._sides[0], outside), _left(self._sides[1], inside)),
        )


@lru_cache(MEANS_REMEMBERED)
def mean_of(load: tuple[Course, ...]) -> Mean:
    return Mean(load)


def mean_course(load: Sequence[Course]) -> Course:
    """The course of a load, from those of its members."""
    return mean_of(tuple(load)).course


def odds_of_belonging(one: Course, load: Sequence[Course]) -> float:
    """Log odds of a course being of the load of these, itself left out; 0 where there are no others."""
    return mean_of(tuple(load)).odds(one) if load else 0.0


@lru_cache(REMEMBERED)
def odds_of_fitting(one: Course, mean: Course, size: int) -> float:
    """Log odds of a course being of a load of so many others with this mean course."""
    return _odds(one, mean, size)


def membership(one: Course, mean: Course, size: int) -> list[float]:
    """How well a course fits a load of so many others, in the numbers that the network judges by."""
    return [*kinship(one, mean), math.log(size)]


def _odds(one: Course, mean: Course, size: int) -> float:
    return MODEL.membership(membership(one, mean, size))[0]


def _course(sums: Sequence[float], highest: float, size: int, sides: tuple[SideSums, SideSums]) -> Course:
    first, last, *log_chances = [value / size for value in sums]
    sharper = math.sqrt(min(size, SHARPEST))
    sharpened = [chance * sharper for chance in log_chances]
    total = math.log(sum(map(math.exp, sharpened)))
    outside, inside = sides
    return Course(
        first, last, highest, (_side(outside), _side(inside)), tuple([chance - total for chance in sharpened])
    )


def _numbers(course: Course) -> tuple[float, ...]:
    return (course.first, course.last, *course.log_chances)


def _added(rows: Iterable[Sequence[float]]) -> list[float]:
    return [sum(column) for column in zip(*rows, strict=True)]


def _side_sums(sides: Sequence[Side | None]) -> SideSums:
    known = [side for side in sides if side is not None]
    return len(known), _added(known)


def _left(sums: SideSums, one: Side | None) -> SideSums:
    count, added = sums
    return sums if one is None else (count - 1, list(map(sub, added, one)))


def _side(sums: SideSums) -> Side | None:
    count, added = sums
    return Side(*[value / count for value in added]) if count else None
