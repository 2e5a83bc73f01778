"""How alike two courses are: nothing apart for one and the same, less the less they overlap."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from crossings import movers, way

from rules.portal.kinship import kinship, odds_of_kinship, overlaps, together


def test_kinship_when_a_course_is_compared_with_itself_then_nothing_is_apart() -> None:
    course = movers(way(-2.5, 2.5))[0].course
    row = kinship(course, course)
    assert row[2:13] == [0.0] * 11


def test_odds_of_kinship_when_two_change_places_then_they_are_exactly_the_same() -> None:
    one, other = movers(way(-2.5, 2.5))[0].course, movers(way(2.5, -2.5), start=0.7)[0].course
    assert odds_of_kinship(one, other) == odds_of_kinship(other, one)


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
