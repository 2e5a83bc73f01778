"""How a tag or a whole load went past the two sides of a door, and how alike two such courses are."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from typing import NamedTuple

from rules.portal.evidence import INSIDE, OUTSIDE
from rules.portal.features import features
from rules.portal.model import MODEL
from rules.portal.profile import Profile

SHY_READS = 12
"""With so many reads of its own a tag is heard half as much as one that is read without end."""
NO_LOG_CHANCES = (-1.386, -1.386, -1.386, -1.386)
REMEMBERED = 1 << 13
"""A load is looked at again while some of its tags are still read: what the others are to each other stays
(so many pairs, or loads and one tag)."""
LOADS_REMEMBERED = 1 << 6
"""They hold all that was read of their members: enough for one look and the next."""


class Side(NamedTuple):
    """Energy centroid, its width, first and last read on one side; times in seconds of any common origin."""

    centre: float
    width: float
    first: float
    last: float


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """How a tag or a whole load went. What was found out about it is remembered by its identity."""

    first: float
    last: float
    reads_log: float
    sides: tuple[Side | None, Side | None]
    log_chances: tuple[float, ...]


class Mover:
    """A profile that takes part in the grouping, with what the model says about it alone."""

    __slots__ = ("chances", "course", "log_chances", "profile", "weight")

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.log_chances = tuple(_said([profile]).log_chances)
        self.chances = tuple(map(math.exp, self.log_chances))
        reads = len(profile.samples)
        self.weight = reads / (reads + SHY_READS)
        """How much it is heard about others."""
        self.course = Course(
            profile.first_us / 1e6,
            profile.last_us / 1e6,
            math.log10(len(profile.samples)),
            (_side(profile, OUTSIDE), _side(profile, INSIDE)),
            self.log_chances,
        )


class Said(NamedTuple):
    """What the reads of some tags say together: their features, and log P(class)."""

    row: list[float] | None
    log_chances: Sequence[float]


def together(load: Iterable[Mover]) -> Said:
    """What the reads of a load say; one order for the sums, so that its members' order changes nothing."""
    return _said_together(tuple(sorted(load, key=_epc)))


def kinship(a: Course, b: Course) -> list[float]:
    """How alike two courses are; times are counted in the pair's mean duration."""
    a_first, a_last, (a_out, a_in) = a.first, a.last, a.sides
    b_first, b_last, (b_out, b_in) = b.first, b.last, b.sides
    span = (a_last - a_first + b_last - b_first) / 2 + 0.5
    known = min(a.reads_log, b.reads_log, 1.7)
    outside, inside = _apart(a_out, b_out, span), _apart(a_in, b_in, span)
    lag = 0.25
    if a_out is not None and a_in is not None and b_out is not None and b_in is not None:
        lag = min(abs((a_in[0] - a_out[0]) - (b_in[0] - b_out[0])) / span, 1.0)
    overlap = min(a_last, b_last) - max(a_first, b_first)
    union = max(a_last, b_last) - min(a_first, b_first) + 1e-6
    row = [
        *outside,
        *inside,
        max(outside[0], inside[0]),
        lag,
        apart if (apart := abs(a_first - b_first) / span) < 2.0 else 2.0,
        apart if (apart := abs(a_last - b_last) / span) < 2.0 else 2.0,
        max(-1.0, overlap / union),
        math.log(sum(map(math.exp, map(add, a.log_chances, b.log_chances))) + 0.02),
    ]
    return [1.0, known, *row, *[known * value for value in row]]


def odds_of_kinship(a: Course, b: Course) -> float:
    """Log odds of two courses being of one load."""
    return _odds_of_kinship(a, b) if a.first <= b.first else _odds_of_kinship(b, a)


def overlaps(one: Course, others: Sequence[Course]) -> bool:
    """Whether it was read in the time of one of them."""
    return any(one.first <= other.last and other.first <= one.last for other in others)


def in_time_of(load: Sequence[Mover], others: Sequence[Sequence[Mover]]) -> list[Mover]:
    """The movers of other loads that were read while one of this load was."""
    courses = [mover.course for mover in load]
    return [mover for other in others for mover in other if overlaps(mover.course, courses)]


@lru_cache(REMEMBERED)
def _odds_of_kinship(earlier: Course, later: Course) -> float:
    return MODEL.kinship(kinship(earlier, later))[0]


@lru_cache(LOADS_REMEMBERED)
def _said_together(load: tuple[Mover, ...]) -> Said:
    return _said([mover.profile for mover in load])


def _said(load: Sequence[Profile]) -> Said:
    row = features(load)
    return Said(row, NO_LOG_CHANCES if row is None else MODEL.log_chances(row))


def _epc(mover: Mover) -> bytes:
    return mover.profile.trace.epc


def _side(profile: Profile, side: int) -> Side | None:
    heard = profile.sides[side]
    if heard is None:
        return None
    centre = profile.first_us / 1e6 + heard.centre
    return Side(centre, heard.width, heard.seen_us[0] / 1e6, heard.seen_us[-1] / 1e6)


def _apart(ours: Side | None, theirs: Side | None, span: float) -> tuple[float, float, float, float]:
    """Differences of centroid, width, first and last read on one side, each at most 1."""
    if ours is None or theirs is None:
        return (0.2, 0.1, 0.3, 0.3)
    centre, width, first, last = ours
    other_centre, other_width, other_first, other_last = theirs
    return (
        apart if (apart := abs(centre - other_centre) / span) < 1.0 else 1.0,
        apart if (apart := abs(width - other_width) / span) < 1.0 else 1.0,
        apart if (apart := abs(first - other_first) / span) < 1.0 else 1.0,
        apart if (apart := abs(last - other_last) / span) < 1.0 else 1.0,
    )
