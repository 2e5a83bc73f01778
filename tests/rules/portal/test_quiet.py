"""A load has passed when most of it is unread for long enough, by how often it was read."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from crossings import SECOND, START

from rules.portal.door import Door
from rules.portal.evidence import Trace
from rules.portal.passage import DoorWatch, Passage
from rules.portal.quiet import is_over, is_quiet, went_on

WATCH = DoorWatch(Door("d"))


def member(reads: int, last: float, *, seconds: float = 4.0) -> Passage:
    """Read so often over so many seconds, the last time then."""
    first = START + round((last - seconds) * SECOND)
    trace = Trace(bytes(12), first)
    for number in range(reads):
        trace.add(first + round(number * seconds * SECOND / (reads - 1)), 0, 1, -60, 1)
    return Passage(trace, first)


def at(seconds: float) -> int:
    return START + round(seconds * SECOND)


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
