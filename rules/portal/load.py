"""Things that move together: tags of the same time and the same course belong to one load.

Merging two loads that cross costs both their direction; splitting one only costs certainty. So a tag joins a
load only when it is more likely of its kin than not. Pairs of tags found the loads; then every tag is
compared with the mean course of each load, which is much less noisy than any single one.
"""

from collections.abc import Sequence
from itertools import chain

from rules.portal.evidence import INSIDE, OUTSIDE
from rules.portal.kin import REPRESENTATIVES, Kin
from rules.portal.kinship import Course, Mover
from rules.portal.mean import mean_course
from rules.portal.split import split

ROUNDS = 3
TIME_SLACK = 0.1
CENTRE_SLACK = 0.25
"""Of a load's duration: how much longer, and how far from its middle on a side, a member may be read."""


def loads(movers: Sequence[Mover]) -> list[list[Mover]]:
    """Groups of movers; the best-read tags found them."""
    kin = Kin(movers)
    parts = chain.from_iterable(split(load, kin) for load in alike(kin))
    return [[movers[n] for n in part] for part in parts]


def alike(kin: Kin) -> list[list[int]]:
    """The movers grouped by the likeness of their courses alone."""
    movers = kin.movers
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
    return [load for load in found if load]


def is_two_sided(load: Sequence[Mover]) -> bool:
    """Both sides of the door have read something of it."""
    return all(any(mover.course.sides[side] is not None for mover in load) for side in (OUTSIDE, INSIDE))


def passed_with(one: Mover, found: Sequence[Sequence[Mover]]) -> Sequence[Mover] | None:
    """The only load in whose time a tag that one side alone has read was near that side's antenna."""
    fitting = [load for load in found if load[0] is not one and _is_in_time(one.course, load)]
    return fitting[0] if len(fitting) == 1 else None


def _is_in_time(one: Course, load: Sequence[Mover]) -> bool:
    first = min(mover.course.first for mover in load)
    last = max(mover.course.last for mover in load)
    slack = TIME_SLACK * (last - first)
    whole = mean_course([mover.course for mover in load])
    near = [
        abs(ours.centre - theirs.centre) <= CENTRE_SLACK * (last - first)
        for ours, theirs in zip(one.sides, whole.sides, strict=True)
        if ours is not None and theirs is not None
    ]
    return first - slack <= one.first and one.last <= last + slack and bool(near) and all(near)


def _merged(found: Sequence[list[int]], kin: Kin) -> list[list[int]]:
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


def _changed_over(order: Sequence[int], found: Sequence[list[int]], kin: Kin) -> bool:
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
