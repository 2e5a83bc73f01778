"""What is open at a door, sorted: the loads that are judged, and the strays that go with one of them."""

from collections.abc import Sequence
from typing import NamedTuple

from rules.portal.judge import LIKELY
from rules.portal.kinship import Mover, overlaps
from rules.portal.load import is_two_sided, passed_with
from rules.portal.passage import SECOND_US, Passage
from rules.portal.seldom import SELDOM_READS, crowding, is_seldom, is_stray
from rules.portal.watch import DoorWatch

STRAY_QUIET_US = 2 * SECOND_US
"""More reads may show that a tag stands there; a load's own next ones are due long before."""


MOST_SORTED = 400
"""Of more movers the longest unread ones are sorted out, and of more strays the first to come."""


class Sorted(NamedTuple):
    """`carriers` are the loads that a stray may have been carried with."""

    loads: list[list[Passage]]
    strays: list[Passage]
    carriers: list[list[Mover]]
    movers: int
    """How many were compared with one another."""


def sort(watch: DoorWatch, now_us: int, *, is_asked: bool) -> Sorted | None:
    """What moved, by loads, and what was read too seldom; None where nothing is quiet, unless asked."""
    early_us = int(watch.door.early_seconds * SECOND_US)
    moving: dict[bytes, Passage] = {}
    strays: list[Passage] = []
    for passage in watch.open.values():
        if passage.trace.reads >= watch.door.min_reads and passage.motion().has_moved:
            moving[passage.trace.epc] = passage
        elif passage.trace.reads <= SELDOM_READS:
            strays.append(passage)
    waiting = [passage for passage in moving.values() if passage.told is None]
    if not is_asked and not any(passage.is_quiet(now_us, early_us) for passage in waiting or strays):
        return None
    standing = watch.present(now_us) + len(watch.open) - len(moving) - len(strays)
    watch.crowd = crowding(standing, len(moving))
    if len(moving) > MOST_SORTED:
        longest_unread = sorted(moving.items(), key=lambda named: (named[1].trace.last_us, named[0]))
        moving = dict(longest_unread[:MOST_SORTED])
    groups = watch.groups([passage.mover() for passage in moving.values()])
    whole = [group for group in groups if is_two_sided(group)]
    carriers = [group for group in whole if not is_stray(group)]
    loads: list[list[Passage]] = []
    for group in groups:
        members = [moving[mover.profile.trace.epc] for mover in group]
        if _follows(group, whole, carriers):
            strays += members
        else:
            loads.append(members)
    waiting = [stray for stray in strays if _waits(stray, watch)]
    return Sorted(loads, waiting[:MOST_SORTED], carriers, len(moving))


def carrier(watch: DoorWatch, stray: Mover, near: Sequence[Sequence[Mover]]) -> Sequence[Mover] | None:
    """Which of these loads a stray was carried with, if with any."""
    if not is_seldom(stray):
        return passed_with(stray, near)
    chances = [watch.judge(group).carriage(stray, watch.crowd) for group in near]
    best = max(chances, default=0.0)
    return near[chances.index(best)] if best >= LIKELY else None


def may_be_carried(passage: Passage, watch: DoorWatch) -> bool:
    """It was read too seldom to show motion, but in the time of something that moves and is not told yet."""
    trace = passage.trace
    return trace.reads <= SELDOM_READS and any(
        other.told is None and other.trace.first_us <= trace.last_us and other.motion().has_moved
        for other in watch.open.values()
    )


def is_due(stray: Passage, now_us: int) -> bool:
    """It is quiet for long enough to be told."""
    return now_us - stray.trace.last_us >= STRAY_QUIET_US


def is_in_time(stray: Mover, group: Sequence[Mover]) -> bool:
    """It was read while one of them was."""
    return overlaps(stray.course, [mover.course for mover in group])


def _waits(stray: Passage, watch: DoorWatch) -> bool:
    """It may yet be told with a load, or as one of its own: it was not left alone with these reads."""
    is_load = stray.trace.reads >= watch.door.min_reads and stray.motion().has_moved
    return stray.told is None and (is_load or not stray.is_alone())


def _follows(
    group: Sequence[Mover], whole: Sequence[Sequence[Mover]], carriers: Sequence[Sequence[Mover]]
) -> bool:
    """It is no load of its own."""
    if is_stray(group) and any(is_in_time(group[0], load) for load in carriers):
        return True
    return not is_two_sided(group) and all(passed_with(mover, whole) for mover in group)
