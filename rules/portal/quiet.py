"""When a load has passed: how long it must be unread before it is judged, early or for good."""

from collections.abc import Sequence
from statistics import median_low

from rules.portal.passage import SECOND_US, Passage
from rules.portal.seldom import SELDOM_READS
from rules.portal.watch import DoorWatch

MOST = 0.8
"""A load is quiet when this share of its members is: one straggler does not hold up the others."""
MOST_WELL_READ = 0.6
WELL_READ = 15
"""With so many reads per tag those that are quiet have said enough for all."""
EARLY_GAPS = 4
"""Quiet for fewer of the load's average gaps between reads says nothing, nor for less than one tag's."""
MOST_WAIT = 0.6
"""When this share of what waits has gone quiet, some load may have passed."""
REST_US = 2 * SECOND_US
"""What came to rest in the field is looked at again so often."""
SOME, SOME_WAIT = 3, 0.25
LONG_QUIET = 3
"""So many, or this share, quiet for so many times `early_seconds` may be a load among what is still read."""
PAIR_US = 10
"""Times the square of the movers, looks are so far apart: a sixth of the time with 1,000 restless tags."""
CAME_BACK_READS = 5
CAME_BACK_SHARE = 0.3
"""So many reads more, and more than this share of those judged, make a told passage worth judging again."""


def is_worth_a_look(watch: DoorWatch, now_us: int) -> bool:
    """To sort out the loads is dear: so it is done when one of them may be told, else once in a while."""
    if is_too_soon(watch, now_us):
        return False
    untold = [passage for passage in watch.open.values() if passage.told is None]
    waiting = [passage for passage in untold if is_waiting(watch, passage, now_us)]
    restless = [passage for passage in waiting if not passage.is_resting]
    early_us, last = int(watch.door.early_seconds * SECOND_US), watch.look
    quiet = [passage for passage in restless if now_us - passage.trace.last_us >= early_us]
    is_all_quiet = quiet and all(passage.is_quiet(now_us, early_us) for passage in untold)
    if is_all_quiet and (last.has_strays or watch.reads() != last.reads):
        return True
    since_us = abs(now_us - last.at_us)
    if since_us >= REST_US and len(restless) < len(waiting):
        return True
    if since_us >= SECOND_US and quiet and _may_have_left(watch, restless, now_us):
        return True
    if since_us >= SECOND_US // 2 and quiet and len(quiet) >= MOST_WAIT * len(waiting):
        return True
    return any(is_quiet(watch, load, now_us) for load in last.still_read) or any(
        is_over(watch, left, now_us)
        for load in last.loads
        if (left := [passage for passage in load if passage.told is None and watch.is_open(passage)])
    )


def is_too_soon(watch: DoorWatch, now_us: int) -> bool:
    """A crowd was looked at just now."""
    return abs(now_us - watch.look.at_us) < PAIR_US * watch.look.movers**2


def is_waiting(watch: DoorWatch, passage: Passage, now_us: int) -> bool:
    """Of what is not told: it was not judged as it is, or is not told although its load is over."""
    is_read_on = passage.trace.reads > passage.judged_reads and abs(now_us - passage.judged_us) >= REST_US
    if is_read_on or not passage.is_judged():
        return True
    overdue_us = min(watch.quiet_us(passage.trace) + REST_US, int(watch.door.max_quiet_seconds * SECOND_US))
    return now_us - passage.trace.last_us >= overdue_us


def _may_have_left(watch: DoorWatch, restless: Sequence[Passage], now_us: int) -> bool:
    """A load that moved, or a stray, has been unread for long among what is still read."""
    long_us = LONG_QUIET * int(watch.door.early_seconds * SECOND_US)
    unread_us = [
        now_us - passage.trace.last_us
        for passage in restless
        if now_us - passage.trace.last_us >= long_us
        and (passage.motion().has_moved or (watch.look.has_strays and _is_stray(passage)))
    ]
    if not unread_us:
        return False
    return len(unread_us) >= min(SOME, SOME_WAIT * len(restless)) or max(unread_us) >= watch.least_quiet_us


def _is_stray(passage: Passage) -> bool:
    """It may go with a load, and was not found to be with none."""
    return passage.trace.reads <= SELDOM_READS and not passage.is_alone()


def is_quiet(watch: DoorWatch, members: Sequence[Passage], now_us: int) -> bool:
    """The load as a whole is no longer read."""
    reads = sum(member.trace.reads for member in members)
    span_us = max(member.trace.last_us for member in members) - min(m.trace.first_us for m in members)
    gaps_us = max(EARLY_GAPS, len(members)) * span_us // reads
    needed = max(int(watch.door.early_seconds * SECOND_US), gaps_us)
    most = MOST_WELL_READ if reads >= WELL_READ * len(members) else MOST
    return sum(member.is_quiet(now_us, needed) for member in members) >= most * len(members)


def is_over(watch: DoorWatch, waiting: Sequence[Passage], now_us: int) -> bool:
    """Unread for so long that nothing more will come."""
    needed = median_low(watch.quiet_us(member.trace) for member in waiting)
    over = sum(now_us - member.trace.last_us >= needed for member in waiting)
    most_us = int(watch.door.max_quiet_seconds * SECOND_US)
    return over >= MOST * len(waiting) or any(now_us - m.trace.last_us >= most_us for m in waiting)


def went_on(passage: Passage) -> bool:
    more = passage.trace.reads - passage.told_reads
    return more >= max(CAME_BACK_READS, CAME_BACK_SHARE * passage.told_reads)
