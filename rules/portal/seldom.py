"""Tags read too seldom to speak for themselves: how likely each was carried with a load that passed.

A tag that is carried is read while its load is near an antenna, one that stands in the field at any time.
"""

import math
from collections.abc import Sequence

from rules.portal.evidence import NO_SIDE
from rules.portal.kinship import Course, Mover
from rules.portal.mean import mean_course, odds_of_fitting
from rules.portal.model import MODEL

SELDOM_READS = 8
"""With so few reads a tag goes the way of the load it was carried with."""
LEAST_WIDTH = 0.05
"""Of a load's duration: a few reads say little of how long it was near a side."""
LEAST_FIT = -3.0
MOST_ODDS = 6.0
MOST_APART = 2.0
MOST_CROWDED = 0.7
"""Twice as many stand as move: the training has hardly seen more, and more changes nothing."""
ROOT_OF_TAU = math.sqrt(math.tau)


def is_seldom(mover: Mover) -> bool:
    """Its load is heard instead of itself."""
    return len(mover.profile.samples) <= SELDOM_READS


def is_stray(load: Sequence[Mover]) -> bool:
    """No load, but a tag that was read too seldom to be found in one."""
    return len(load) == 1 and is_seldom(load[0])


def crowding(standing: int, moving: int) -> float:
    """How many tags stand in the field for each that moves, as a logarithm."""
    return min(MOST_CROWDED, math.log((standing + 1) / (moving + 1)))


def chance_of_carriage(mover: Mover, others: Sequence[Mover], crowd: float) -> float:
    """That it was carried with these others."""
    odds = MODEL.seldom(signs(mover, others, crowd))[0]
    return 1.0 / (1.0 + math.exp(-odds))


def signs(mover: Mover, others: Sequence[Mover], crowd: float) -> list[float]:
    """What the network judges by; times count in the load's duration."""
    mean = mean_course([other.course for other in others])
    first = min(other.course.first for other in others)
    last = max(other.course.last for other in others)
    duration = max(last - first, 0.1)
    reads = [(seen / 1e6, side) for seen, side, _ in mover.profile.samples]
    fits = [_fit(when, side, mean, duration) for when, side in reads]
    apart = [max(first - when, when - last, 0.0) for when, _ in reads]
    odds = odds_of_fitting(mover.course, mean, len(others))
    return [
        max(-MOST_ODDS, min(MOST_ODDS, odds)),
        math.log(len(reads)),
        float(mover.profile.has_moved),
        sum(fits) / len(fits),
        min(fits),
        sum(way > 0.0 for way in apart) / len(apart),
        min(MOST_APART, max(apart) / duration),
        math.log(len(others)),
        sum(map(is_seldom, others)) / len(others),
        crowd,
    ]


def _fit(when: float, side: int, mean: Course, duration: float) -> float:
    """Log of how much likelier a read then is while the load is near that side than at any time."""
    near = None if side == NO_SIDE else mean.sides[side]
    if near is None:
        return LEAST_FIT
    width = max(near.width, LEAST_WIDTH * duration)
    away = (when - near.centre) / width
    return max(LEAST_FIT, -away * away / 2 - math.log(width * ROOT_OF_TAU / duration))
