"""How a tag or a whole load went past the two sides of a door, and how alike two such courses are."""

import math
from collections.abc import Sequence
from operator import add
from typing import NamedTuple

from rules.portal.evidence import INSIDE, OUTSIDE
from rules.portal.features import features
from rules.portal.model import MODEL
from rules.portal.profile import Profile

MEAN_OF = 16
"""The mean course of a large load is taken of so many."""
REPRESENTATIVES = 6
"""… and only so many members are compared with a newcomer."""
LEAST_ODDS, MOST_ODDS = -6.0, 4.0
"""One strange pair must not decide about a load."""
NO_LOG_CHANCES = (-1.386, -1.386, -1.386, -1.386)


class Side(NamedTuple):
    """Energy centroid, its width, first and last read on one side; times in seconds of any common origin."""

    centre: float
    width: float
    first: float
    last: float


class Course(NamedTuple):
    """How a tag or a whole load went."""

    first: float
    last: float
    reads_log: float
    sides: tuple[Side | None, Side | None]
    log_chances: tuple[float, ...]


class Mover:
    """A profile that takes part in the grouping, with what the model says about it alone."""

    __slots__ = ("course", "log_chances", "profile")

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        row = features([profile])
        self.log_chances = tuple(MODEL.log_chances(row)) if row is not None else NO_LOG_CHANCES
        self.course = Course(
            profile.first_us / 1e6,
            profile.last_us / 1e6,
            math.log10(len(profile.samples)),
            (_side(profile, OUTSIDE), _side(profile, INSIDE)),
            self.log_chances,
        )


def mean_course(courses: Sequence[Course]) -> Course:
    """The course of a load, from those of its members."""
    size = len(courses)
    firsts, lasts, reads_logs, sides, chances = zip(*courses, strict=True)
    sharper = math.sqrt(min(size, 6))
    sharpened = [sum(column) / size * sharper for column in zip(*chances, strict=True)]
    total = math.log(sum(map(math.exp, sharpened)))
    outsides, insides = zip(*sides, strict=True)
    return Course(
        sum(firsts) / size,
        sum(lasts) / size,
        max(reads_logs),
        (_mean_side(outsides), _mean_side(insides)),
        tuple(chance - total for chance in sharpened),
    )


def kinship(a: Course, b: Course) -> list[float]:
    """How alike two courses are; times are counted in the pair's mean duration."""
    a_first, a_last, a_reads_log, a_sides, a_chances = a
    b_first, b_last, b_reads_log, b_sides, b_chances = b
    span = (a_last - a_first + b_last - b_first) / 2 + 0.5
    known = min(a_reads_log, b_reads_log, 1.7)
    outside = _apart(a_sides[0], b_sides[0], span)
    inside = _apart(a_sides[1], b_sides[1], span)
    same = sum(map(math.exp, map(add, a_chances, b_chances)))
    overlap = min(a_last, b_last) - max(a_first, b_first)
    union = max(a_last, b_last) - min(a_first, b_first) + 1e-6
    row = [
        *outside,
        *inside,
        max(outside[0], inside[0]),
        _lag_apart(a_sides, b_sides, span),
        min(abs(a_first - b_first) / span, 2.0),
        min(abs(a_last - b_last) / span, 2.0),
        max(-1.0, overlap / union),
        math.log(same + 0.02),
    ]
    return [1.0, known, *row, *[known * value for value in row]]


def membership(one: Course, others: Sequence[Course]) -> list[float]:
    """How well a course fits a load that it is no part of."""
    return [*kinship(one, mean_course(others[:MEAN_OF])), math.log(len(others))]


def odds_of_belonging(one: Course, others: Sequence[Course]) -> float:
    """Log odds of a course being of the load of these others; nothing is known where there are none."""
    return MODEL.membership(membership(one, others))[0] if others else 0.0


def overlaps(one: Course, others: Sequence[Course]) -> bool:
    """Whether it was read in the time of one of them."""
    return any(one.first <= other.last and other.first <= one.last for other in others)


def in_time_of(load: Sequence[Mover], others: Sequence[Sequence[Mover]]) -> list[Mover]:
    """The movers of other loads that were read while one of this load was."""
    courses = [mover.course for mover in load]
    return [mover for other in others for mover in other if overlaps(mover.course, courses)]


class Kin:
    """The movers of one door and the log odds of two of them being of one load, each pair computed once.

    A mover is named by its place among them.
    """

    def __init__(self, movers: Sequence[Mover]) -> None:
        self.movers = movers
        self.courses = [mover.course for mover in movers]
        self._known: dict[tuple[int, int], float] = {}

    def odds(self, one: int, other: int) -> float:
        key = (one, other) if one < other else (other, one)
        odds = self._known.get(key)
        if odds is None:
            a, b = self.courses[key[0]], self.courses[key[1]]
            apart = a.first > b.last or b.first > a.last
            odds = LEAST_ODDS if apart else MODEL.kinship(kinship(a, b))[0]
            odds = self._known[key] = max(LEAST_ODDS, min(MOST_ODDS, odds))
        return odds

    def mean_odds(self, one: int, load: Sequence[int]) -> float:
        """Towards a load's members."""
        others = [other for other in load if other != one][:REPRESENTATIVES]
        return sum(self.odds(one, other) for other in others) / len(others) if others else 0.0

    def fit(self, one: int, mean: Course, size: int) -> float:
        """Towards a load of this mean course and size."""
        return MODEL.membership([*kinship(self.courses[one], mean), math.log(size)])[0]

    def member_odds(self, one: int, load: Sequence[int]) -> float:
        """Towards a load as a whole."""
        return odds_of_belonging(self.courses[one], [self.courses[other] for other in load if other != one])


def _side(profile: Profile, side: int) -> Side | None:
    centre = profile.centres_us[side]
    if centre is None:
        return None
    heard = profile.heard[side]
    return Side(centre / 1e6, profile.widths_us[side] / 1e6, heard[0][0] / 1e6, heard[-1][0] / 1e6)


def _mean_side(sides: Sequence[Side | None]) -> Side | None:
    known = [side for side in sides if side is not None]
    if not known:
        return None
    size = len(known)
    centres, widths, firsts, lasts = zip(*known, strict=True)
    return Side(sum(centres) / size, sum(widths) / size, sum(firsts) / size, sum(lasts) / size)


def _apart(ours: Side | None, theirs: Side | None, span: float) -> tuple[float, float, float, float]:
    """Differences of centroid, width, first and last read on one side."""
    if ours is None or theirs is None:
        return (0.2, 0.1, 0.3, 0.3)
    centre, width, first, last = ours
    other_centre, other_width, other_first, other_last = theirs
    return (
        min(abs(centre - other_centre) / span, 1.0),
        min(abs(width - other_width) / span, 1.0),
        min(abs(first - other_first) / span, 1.0),
        min(abs(last - other_last) / span, 1.0),
    )


def _lag_apart(
    ours: tuple[Side | None, Side | None], theirs: tuple[Side | None, Side | None], span: float
) -> float:
    (a_out, a_in), (b_out, b_in) = ours, theirs
    if a_out is None or a_in is None or b_out is None or b_in is None:
        return 0.25
    return min(abs((a_in[0] - a_out[0]) - (b_in[0] - b_out[0])) / span, 1.0)
