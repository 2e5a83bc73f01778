"""Two loads at the same moment are two; one load stays one."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from crossings import movers, way

from rules.portal.kin import Kin
from rules.portal.split import CORE, proposal, signs, split


def test_split_when_two_crossing_loads_were_taken_for_one_then_its_halves_are_strangers() -> None:
    kin = Kin(movers(way(-2.5, 2.5), way(2.5, -2.5)))
    halves = split(list(range(12)), kin)
    assert sorted(sorted(half) for half in halves) == [list(range(6)), list(range(6, 12))]


def test_split_when_all_go_the_same_way_then_the_load_stays_whole() -> None:
    kin = Kin(movers(way(-2.5, 2.5)))
    assert split([0, 1, 2, 3, 4, 5], kin) == [[0, 1, 2, 3, 4, 5]]
    assert split([0, 1], kin) == [[0, 1]]


def test_split_when_one_tag_only_seems_to_go_another_way_then_the_load_stays_whole() -> None:
    kin = Kin(movers(way(-2.5, 2.5)))
    kin.courses[3] = replace(kin.courses[3], log_chances=(-3.0, -3.0, -0.2, -3.0))
    assert split([0, 1, 2, 3, 4, 5], kin) == [[0, 1, 2, 3, 4, 5]]


def test_split_when_the_load_is_large_then_its_best_read_members_decide_and_all_have_a_home() -> None:
    kin = Kin([mover for _ in range(3) for mover in movers(way(-2.5, 2.5), way(2.5, -2.5))])
    assert len(kin.movers) > CORE
    ways = [0 if mover.profile.trace.epc[0] == 0x30 else 1 for mover in kin.movers]
    halves = split(list(range(len(ways))), kin)
    assert sorted(one for half in halves for one in half) == list(range(len(ways)))
    assert [{ways[one] for one in half} for half in halves] in ([{0}, {1}], [{1}, {0}])


def test_proposal_when_the_load_is_small_or_of_one_mind_then_there_is_none() -> None:
    assert proposal([0, 1, 2], Kin(movers(way(-2.5, 2.5)))) == []
    kin = Kin(movers(way(-2.5, 2.5)))
    for place, course in enumerate(kin.courses):
        kin.courses[place] = replace(course, log_chances=(-0.1, -3.0, -3.0, -3.0))
    assert proposal(range(6), kin) == []


def test_signs_when_halves_change_places_then_they_say_the_same() -> None:
    kin = Kin(movers(way(-2.5, 2.5), way(2.5, -2.5)))
    halves = [list(range(6)), list(range(6, 12))]
    ours, theirs = signs(halves, kin), signs(halves[::-1], kin)
    assert [ours[0], *sorted(ours[1:3]), *ours[3:]] == pytest.approx(
        [theirs[0], *sorted(theirs[1:3]), *theirs[3:]]
    )
