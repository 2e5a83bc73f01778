"""A load has passed when most of it is unread for long enough, by how often it was read."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from crossings import SECOND, START

from rules.portal.door import Door
from rules.portal.evidence import Trace
from rules.portal.passage import Passage
from rules.portal.quiet import is_over, is_quiet, is_worth_a_look, went_on
from rules.portal.watch import NO_LOOK, DoorWatch

WATCH = DoorWatch(Door("d"))


def member(reads: int, last: float, *, seconds: float = 4.0, level: int = 4) -> Passage:
    """Read so often over so many seconds, the last time then; its level goes up and down by so many dB."""
    first = START + round((last - seconds) * SECOND)
    trace = Trace(bytes(12), first)
    for number in range(reads):
        trace.add(first + round(number * seconds * SECOND / (reads - 1)), 0, 1, -60 + level * (number % 2), 1)
    return Passage(trace, first)


def at(seconds: float) -> int:
    return START + round(seconds * SECOND)


def watched(*members: Passage, looked: float) -> DoorWatch:
    """A door where these wait, and whose loads were sorted out last at that second."""
    watch = DoorWatch(Door("d"))
    for number, passage in enumerate(members):
        passage.trace.epc = bytes([number])
        watch.open[passage.trace.epc] = passage
    watch.look = NO_LOOK._replace(at_us=at(looked))
    return watch


@pytest.mark.parametrize(
    ("reads", "unread", "quiet"),
    [(20, 3, True), (20, 2, False), (10, 4, True), (10, 3, False)],
)
def test_quiet_when_some_are_still_read_then_well_read_loads_wait_for_fewer(
    reads: int, unread: int, *, quiet: bool
) -> None:
    members = [member(reads, 9.0 if number < unread else 10.9) for number in range(5)]
    assert is_quiet(WATCH, members, at(11)) is quiet


def test_quiet_when_a_load_is_read_rarely_then_half_a_second_says_nothing() -> None:
    assert is_quiet(WATCH, [member(40, 10.0)], at(10.6))
    assert not is_quiet(WATCH, [member(5, 10.0)], at(10.6))


def test_over_when_most_are_unread_for_the_quiet_time_or_one_for_the_longest_then_it_is() -> None:
    members = [member(40, 10.0) for _ in range(4)] + [member(40, 12.9)]
    assert not is_over(WATCH, members, at(12.9))
    assert is_over(WATCH, members, at(13))
    assert is_over(WATCH, [member(40, 10.0), *[member(40, 24.9) for _ in range(9)]], at(25))


def test_went_on_when_a_told_passage_is_read_much_more_then_it_did() -> None:
    passage = member(40, 10.0)
    passage.told_reads = 31
    assert not went_on(passage)
    passage.told_reads = 30
    assert went_on(passage)
    few = member(8, 10.0)
    few.told_reads = 4
    assert not went_on(few)


def test_a_look_when_nobody_waits_or_everybody_is_read_then_it_is_not_worth_it() -> None:
    assert not is_worth_a_look(watched(looked=0.0), at(10))
    assert not is_worth_a_look(watched(member(40, 9.9), member(40, 9.8), looked=0.0), at(10))


def test_a_look_when_all_have_gone_quiet_then_it_is_worth_it_at_once() -> None:
    assert is_worth_a_look(watched(member(40, 9.4), member(40, 9.5), looked=9.9), at(10))


def test_a_look_when_all_are_quiet_and_nothing_was_read_since_then_only_a_stray_is_worth_it() -> None:
    watch = watched(member(40, 9.4), member(40, 9.5), looked=9.9)
    watch.look = watch.look._replace(reads=80)
    assert not is_worth_a_look(watch, at(10))
    watch.look = watch.look._replace(has_strays=True)
    assert is_worth_a_look(watch, at(10))


def test_a_look_when_most_have_gone_quiet_then_it_is_worth_it_twice_a_second() -> None:
    waiting = member(40, 9.4), member(40, 9.5), member(40, 10.0)
    assert not is_worth_a_look(watched(*waiting, looked=9.6), at(10))
    assert is_worth_a_look(watched(*waiting, looked=9.5), at(10))


def test_a_look_when_few_are_quiet_then_it_is_worth_it_once_a_second_after_a_longer_pause() -> None:
    read_on = [member(40, 10.0) for _ in range(3)]
    assert not is_worth_a_look(watched(member(40, 8.5), *read_on, looked=9.1), at(10))
    assert is_worth_a_look(watched(member(40, 8.5), *read_on, looked=9.0), at(10))
    assert not is_worth_a_look(watched(member(40, 8.6), *read_on, looked=9.0), at(10))


def test_a_look_when_one_of_many_is_quiet_then_it_waits_until_that_one_is_over() -> None:
    read_on = [member(40, 10.0) for _ in range(4)]
    assert not is_worth_a_look(watched(member(40, 7.1), *read_on, looked=9.0), at(10))
    assert is_worth_a_look(watched(member(40, 7.0), *read_on, looked=9.0), at(10))


def test_a_look_when_a_few_of_very_many_are_quiet_then_they_may_be_a_load() -> None:
    read_on = [member(40, 10.0) for _ in range(40)]
    quiet = [member(40, 8.5) for _ in range(3)]
    assert not is_worth_a_look(watched(*quiet[:2], *read_on, looked=9.0), at(10))
    assert is_worth_a_look(watched(*quiet, *read_on, looked=9.0), at(10))


def test_a_look_when_what_waits_rests_then_it_is_worth_it_every_two_seconds() -> None:
    resting = member(40, 10.0)
    resting.is_resting = True
    assert not is_worth_a_look(watched(resting, member(40, 10.0), looked=8.1), at(10))
    assert is_worth_a_look(watched(resting, member(40, 10.0), looked=8.0), at(10))


def test_a_look_when_a_load_that_was_still_read_has_gone_quiet_then_it_is_worth_it_at_once() -> None:
    load, read_on = [member(40, 9.4), member(40, 9.5)], [member(40, 10.0) for _ in range(4)]
    watch = watched(*load, *read_on, looked=9.9)
    assert not is_worth_a_look(watch, at(10))
    watch.look = watch.look._replace(still_read=[load])
    assert is_worth_a_look(watch, at(10))


def test_a_look_when_a_load_that_was_not_clear_is_over_then_it_is_worth_it_at_once() -> None:
    load, read_on = [member(40, 7.0), member(40, 7.0)], [member(40, 10.0) for _ in range(4)]
    watch = watched(*load, *read_on, looked=9.9)
    watch.look = watch.look._replace(loads=[load])
    assert is_worth_a_look(watch, at(10))
    assert not is_worth_a_look(watch, at(9.99))


def test_a_look_when_what_is_quiet_for_long_never_moved_then_only_a_stray_is_worth_it() -> None:
    read_on = [member(40, 10.0) for _ in range(3)]
    still, stray = member(40, 6.0, level=0), member(4, 6.0, level=0)
    watch = watched(still, stray, *read_on, looked=9.0)
    assert not is_worth_a_look(watch, at(10))
    watch.look = watch.look._replace(has_strays=True)
    assert is_worth_a_look(watch, at(10))
    stray.alone_reads = 4
    assert not is_worth_a_look(watch, at(10))


def test_a_look_when_a_load_was_judged_in_vain_then_it_waits_for_a_tenth_more_reads() -> None:
    judged = [member(40, 9.0) for _ in range(3)]
    watch = watched(*judged, looked=9.0)
    for passage, reads in zip(judged, (36, 36, 35), strict=True):
        passage.judged_reads, passage.judged_us = reads, at(9)
    assert is_worth_a_look(watch, at(10))
    judged[2].judged_reads = 36
    assert not is_worth_a_look(watch, at(10))


def test_a_look_when_a_load_judged_in_vain_was_read_once_more_then_it_waits_for_two_seconds() -> None:
    judged = [member(40, 10.0) for _ in range(3)]
    watch = watched(*judged, looked=9.0)
    for passage, reads in zip(judged, (40, 40, 39), strict=True):
        passage.judged_reads, passage.judged_us = reads, at(9)
    assert not is_worth_a_look(watch, at(10.99))
    assert is_worth_a_look(watch, at(11))
    judged[2].judged_reads = 40
    assert not is_worth_a_look(watch, at(11))


def test_a_look_when_a_load_was_judged_in_vain_and_forgotten_then_it_comes_when_long_over() -> None:
    passage = member(40, 5.0)
    passage.judged_reads = 40
    watch = watched(passage, looked=8.0)
    assert not is_worth_a_look(watch, at(9.99))
    assert is_worth_a_look(watch, at(10))


def test_a_look_when_a_load_read_seldom_was_judged_in_vain_then_it_comes_before_it_is_closed() -> None:
    passage = member(4, 5.0, seconds=9.0)
    passage.judged_reads = 4
    watch = watched(passage, looked=19.0)
    assert not is_worth_a_look(watch, at(19.99))
    assert is_worth_a_look(watch, at(20))


def test_a_look_when_a_crowd_was_looked_at_just_now_then_the_next_one_waits() -> None:
    watch = watched(member(40, 9.4), member(40, 9.5), looked=9.0)
    watch.look = watch.look._replace(movers=400)
    assert not is_worth_a_look(watch, at(10.59))
    assert is_worth_a_look(watch, at(10.6))
