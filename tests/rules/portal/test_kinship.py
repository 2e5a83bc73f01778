"""How alike two courses are: nothing apart for one and the same, less the less they overlap."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest
from crossings import movers, way

from rules.portal.kinship import Kin, kinship, mean_course, overlaps, together


def test_kinship_when_a_course_is_compared_with_itself_then_nothing_is_apart() -> None:
    course = movers(way(-2.5, 2.5))[0].course
    row = kinship(course, course)
    assert row[2:13] == [0.0] * 11
    assert mean_course((course, course)).sides == course.sides


def test_kin_when_loads_went_opposite_ways_then_members_fit_their_own_better() -> None:
    kin = Kin(movers(way(-2.5, 2.5), way(2.5, -2.5)))
    ours, theirs = range(6), range(6, 12)
    assert all(kin.member_odds(one, ours) > 0.0 > kin.member_odds(one, theirs) for one in ours)
    assert kin.odds(0, 1) == kin.odds(1, 0) > 0.0 > kin.odds(0, 7)


def test_kin_when_a_tag_is_alone_then_its_load_says_nothing() -> None:
    kin = Kin(movers(way(-2.5, 2.5)))
    assert kin.mean_odds(0, [0]) == kin.member_odds(0, [0]) == 0.0


def test_overlaps_when_one_was_gone_before_the_other_came_then_no() -> None:
    first, later = movers(way(-2.5, 2.5)), movers(way(-2.5, 2.5), start=20.0)
    assert overlaps(first[0].course, [first[1].course])
    assert not overlaps(first[0].course, [mover.course for mover in later])


def test_together_when_members_come_in_another_order_then_they_say_exactly_the_same() -> None:
    load = movers(way(-2.5, 2.5))
    said = together(load)
    assert together(reversed(load)) == said
    assert together(movers(way(-2.5, 2.5))) == said
    assert together(load[1:]) != said


def test_mean_course_when_a_load_has_one_member_then_it_is_that_course() -> None:
    course = movers(way(-2.5, 2.5))[0].course
    mean = mean_course((course,))
    assert (mean.first, mean.last, mean.reads_log) == (course.first, course.last, course.reads_log)
    assert mean.sides == course.sides
    assert mean.log_chances == pytest.approx(course.log_chances)
