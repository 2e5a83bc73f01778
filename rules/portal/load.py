"""Things that move together: tags of the same time and the same course belong to one load.

Merging two loads that cross costs both their direction; splitting one only costs certainty. So a tag joins a
load only when it is more likely of its kin than not. Pairs of tags found the loads; then every tag is
compared with the mean course of each load, which is much less noisy than any single one.
"""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from operator import add
from typing import NamedTuple

from rules.portal.evidence import INSIDE, OUTSIDE
from rules.portal.features import features
from rules.portal.model import MODEL
from rules.portal.profile import Profile

REPRESENTATIVES = 6
"""Of a large load only so many members are compared with a newcomer."""
MEAN_OF = 16
"""… and the mean course is taken of so many."""
ROUNDS = 3
STRAY_READS = 4
"""A tag with more reads than this that shows no motion is parked."""
STRAY_ODDS = 0.0
TIME_SLACK = 0.1
CENTRE_SLACK = 0.25
"""Of a load's duration: how much longer, and how far from its middle on a side, a member may be read."""
SMALLEST_SPLIT = 4
STRANGERS_ODDS = -0.3
"""Two halves of a load are two loads when their tags fit the other half worse than this, on average."""
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


def loads(movers: Sequence[Mover]) -> list[list[Mover]]:
    """Groups of movers; the best-read tags found them."""
    kin = _Kin([mover.course for mover in movers])
    order = sorted(
        range(len(movers)), key=lambda n: (-len(movers[n].profile.samples), movers[n].profile.trace.epc)
    )
    found: list[list[int]] = []
    for one in order:
        odds, place = max(((kin.mean_odds(one, load), n) for n, load in enumerate(found)), default=(0.0, 0))
        if odds > 0.0:
            found[place].append(one)
        else:
            found.append([one])
    for _ in range(ROUNDS):
        found = _merged(found, kin)
        if len(found) == 1 or not _changed_over(order, found, kin):
            break
    whole = [load for load in found if load]
    return [[movers[n] for n in load] for load in chain.from_iterable(_split(load, kin) for load in whole)]


def is_two_sided(load: Sequence[Mover]) -> bool:
    """Both sides of the door have read something of it."""
    return all(any(mover.course.sides[side] is not None for mover in load) for side in (OUTSIDE, INSIDE))


def joined(stray: Mover, found: Sequence[Sequence[Mover]]) -> Sequence[Mover] | None:
    """The load that a tag read too seldom to show motion belongs to, by the times of its reads."""
    best, best_odds = None, STRAY_ODDS
    for load in found:
        odds = MODEL.membership(membership(stray.course, [mover.course for mover in load]))[0]
        if odds > best_odds and load[0] is not stray:
            best, best_odds = load, odds
    return best


def passed_with(one: Mover, found: Sequence[Sequence[Mover]]) -> Sequence[Mover] | None:
    """The only load in whose time a tag that one side alone has read was near that side's antenna."""
    fitting = [load for load in found if load[0] is not one and _is_in_time(one.course, load)]
    return fitting[0] if len(fitting) == 1 else None


def _is_in_time(one: Course, load: Sequence[Mover]) -> bool:
    first = min(mover.course.first for mover in load)
    last = max(mover.course.last for mover in load)
    slack = TIME_SLACK * (last - first)
    whole = mean_course([mover.course for mover in load[:MEAN_OF]])
    near = [
        abs(ours.centre - theirs.centre) <= CENTRE_SLACK * (last - first)
        for ours, theirs in zip(one.sides, whole.sides, strict=True)
        if ours is not None and theirs is not None
    ]
    return first - slack <= one.first and one.last <= last + slack and bool(near) and all(near)


class _Kin:
    """Log odds of being of one load, each pair computed once."""

    def __init__(self, courses: Sequence[Course]) -> None:
        self.courses = courses
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

    def member_odds(self, one: int, load: Sequence[int]) -> float:
        """Towards a load as a whole."""
        others = [self.courses[other] for other in load if other != one]
        return MODEL.membership(membership(self.courses[one], others))[0] if others else 0.0


def _merged(found: Sequence[list[int]], kin: _Kin) -> list[list[int]]:
    """Loads whose members are kin on average are one load."""
    kept: list[list[int]] = []
    for load in sorted((load for load in found if load), key=len, reverse=True):
        for other in kept:
            if sum(kin.mean_odds(one, other) for one in load[:REPRESENTATIVES]) > 0.0:
                other.extend(load)
                break
        else:
            kept.append(load)
    return kept


def _changed_over(order: Sequence[int], found: Sequence[list[int]], kin: _Kin) -> bool:
    """Every tag goes to the load it fits best; whether any has changed."""
    changed = False
    home = {one: load for load in found for one in load}
    for one in order:
        best, best_odds = home[one], kin.member_odds(one, home[one])
        for load in found:
            if load is not best and load and (odds := kin.member_odds(one, load)) > max(best_odds, 0.0):
                best, best_odds = load, odds
        if best is not home[one]:
            home[one].remove(one)
            best.append(one)
            home[one] = best
            changed = True
    return changed


def _split(load: list[int], kin: _Kin) -> list[list[int]]:
    """Two loads that went the same way for a while look like one: are its halves strangers to each other.

    Each tag's own likeliest direction is the first guess; then it goes to the half it fits better.
    """
    if len(load) < SMALLEST_SPLIT:
        return [load]
    likeliest = {one: max(range(4), key=kin.courses[one].log_chances.__getitem__) for one in load}
    tally = Counter(likeliest.values()).most_common()
    if len(tally) == 1:
        return [load]
    halves = [[one for one in load if likeliest[one] == tally[0][0]], []]
    halves[1] = [one for one in load if likeliest[one] != tally[0][0]]
    for _ in range(ROUNDS):
        before = len(halves[0])
        halves = _two_homes(load, halves, kin)
        if min(len(halves[0]), len(halves[1])) < 2:
            return [load]
        if len(halves[0]) == before:
            break
    strangeness = sum(kin.member_odds(one, halves[1]) for one in halves[0])
    strangeness += sum(kin.member_odds(one, halves[0]) for one in halves[1])
    return halves if strangeness / len(load) < STRANGERS_ODDS else [load]


def _two_homes(load: Sequence[int], halves: Sequence[list[int]], kin: _Kin) -> list[list[int]]:
    homes: list[list[int]] = [[], []]
    for one in load:
        fits = [kin.member_odds(one, half) for half in halves]
        homes[0 if fits[0] >= fits[1] else 1].append(one)
    return homes


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
