"""The verdict on a tag: itself, its load, its kin and its load's rivals are heard."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from crossings import EPCS, movers, passage, profiles, way

from rules.portal.hearing import NO_RIVAL, Hearing
from rules.portal.judge import Judge
from rules.portal.kinship import Mover
from rules.vocabulary import Direction

IN = way(-2.5, 2.5)
STRAY = bytes([0x33] * 12)
RIVAL = slice(14, 19)
"""Where `signs` has what the best of the other loads says."""


def test_about_when_a_load_went_in_then_each_tag_is_sure_and_says_why() -> None:
    load = movers(IN)
    hearing = Hearing(Judge(load))
    for mover in load:
        judgement = hearing.about(mover)
        assert judgement.direction is Direction.IN
        assert judgement.confidence > 0.9
        assert "the outside antenna had it" in judgement.reasons[0]
        assert "mostly outside, at the end mostly inside" in judgement.reasons[1]


def test_about_when_one_side_has_read_nothing_then_the_direction_is_unclear() -> None:
    alone = [Mover(profile) for profile in profiles([read for read in passage(IN, EPCS) if read[3] == 1])]
    assert Hearing(Judge(alone)).about(alone[0]).direction is Direction.UNCLEAR


def test_about_when_a_load_turned_back_then_the_reasons_say_so() -> None:
    load = movers(way(-2.5, 0.3, -2.5, seconds=9))
    judgement = Hearing(Judge(load)).about(load[0])
    assert judgement.direction is Direction.TURNED_BACK
    assert judgement.reasons[-1] == "it came back the way it went"


def test_about_when_members_come_in_another_order_then_the_verdict_is_the_same() -> None:
    load = movers(IN)
    mixed = random.Random(7).sample(load, len(load))
    told, again = (Hearing(Judge(order)).about(load[0]) for order in (load, mixed))
    assert (told.direction, told.reasons) == (again.direction, again.reasons)
    assert told.confidence == pytest.approx(again.confidence, abs=1e-4)


def test_about_when_a_stray_was_read_seldom_then_it_goes_the_way_of_its_load() -> None:
    load = movers(IN)
    (stray,) = profiles([read for read in passage(IN, [STRAY]) if read[3] == 1][4:8])
    judge = Judge(load)
    judgement = Hearing(judge).about(Mover(stray), crowd=-3.0)
    assert judgement.direction is Direction.IN
    carried = judge.carriage(Mover(stray), -3.0)
    assert judgement.confidence == pytest.approx(carried * judge.voice()[0][0], abs=1e-3)
    crowded = Hearing(judge).about(Mover(stray), crowd=0.7)
    assert crowded.confidence < judgement.confidence


def test_signs_when_no_other_load_was_there_then_no_rival_speaks() -> None:
    load = movers(IN)
    assert tuple(Hearing(Judge(load)).signs(load[0])[RIVAL]) == NO_RIVAL
    one_sided = [Mover(profile) for profile in profiles([read for read in passage(IN, EPCS) if read[3] == 1])]
    assert tuple(Hearing(Judge(load), [Judge(one_sided)]).signs(load[0])[RIVAL]) == NO_RIVAL


def test_signs_when_two_loads_may_be_its_own_then_the_one_that_fits_better_speaks() -> None:
    came_in, beside, later = movers(IN), movers(way(-2.5, 1.5), start=1.1), movers(IN, start=30.0)
    ours, theirs, far = Judge(came_in, beside), Judge(beside, came_in), Judge(later)
    odds, *said = Hearing(ours, [far, theirs]).signs(came_in[0])[RIVAL]
    assert odds == pytest.approx(max(-6.0, theirs.odds(came_in[0]) - ours.odds(came_in[0])))
    assert said == pytest.approx(theirs.voice()[0])


def test_signs_when_kin_were_taken_for_another_load_then_they_are_heard_all_the_same() -> None:
    load = movers(IN)
    ours, theirs = Judge(load[:2], load[2:]), Judge(load[2:], load[:2])
    alone, both = Hearing(ours).signs(load[0]), Hearing(ours, [theirs]).signs(load[0])
    assert both[8] > alone[8]
    assert both[4] > 0.9
