"""The mean course of a load: with all of it, with one left out, and with the first of many."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest
from crossings import movers, way

from rules.portal.kinship import Course
from rules.portal.mean import MEAN_OF, Mean, mean_course, odds_of_belonging, odds_of_fitting


def test_mean_course_when_a_load_has_one_member_then_it_is_that_course() -> None:
    course = movers(way(-2.5, 2.5))[0].course
    mean = mean_course([course])
    assert (mean.first, mean.last, mean.reads_log) == (course.first, course.last, course.reads_log)
    assert mean.sides == course.sides
    assert mean.log_chances == pytest.approx(course.log_chances)
    assert mean_course([course, course]).sides == course.sides


def test_without_when_a_member_is_left_out_then_it_is_the_mean_of_the_others() -> None:
    courses = [mover.course for mover in movers(way(-2.5, 2.5))]
    for one in courses:
        left, others = Mean(courses).without(one), [course for course in courses if course is not one]
        assert numbers(left) == pytest.approx(numbers(mean_course(others)))
        assert odds_of_belonging(one, courses) == pytest.approx(odds_of_belonging(one, others))


def test_without_when_only_one_was_read_on_a_side_then_nothing_is_known_of_it() -> None:
    both, other = [mover.course for mover in movers(way(-2.5, 2.5))][:2]
    outside = Course(other.first, other.last, other.reads_log, (other.sides[0], None), other.log_chances)
    left = Mean([both, outside]).without(both)
    assert left.sides[1] is None
    assert left.sides[0] == pytest.approx(outside.sides[0])


def test_odds_when_a_load_is_large_then_the_first_speak_for_it() -> None:
    courses = [mover.course for mover in movers(*[way(-2.5, 2.5)] * 4)]
    mean = mean_course(courses[:MEAN_OF])
    last = courses[-1]
    assert len(courses) > MEAN_OF
    assert odds_of_belonging(last, courses) == odds_of_fitting(last, mean, len(courses) - 1)


def test_odds_when_a_course_is_alone_then_nothing_is_known() -> None:
    course = movers(way(-2.5, 2.5))[0].course
    assert odds_of_belonging(course, [course]) == odds_of_belonging(course, []) == 0.0


def numbers(course: Course) -> list[float]:
    sides = [value for side in course.sides if side is not None for value in side]
    return [course.first, course.last, course.reads_log, *course.log_chances, *sides]
