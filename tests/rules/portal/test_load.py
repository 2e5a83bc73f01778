"""Things that move together are found together, and two loads are not made one."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from crossings import movers, way

from rules.portal.kin import Kin
from rules.portal.load import _changed_over, _merged, loads


def test_loads_when_two_loads_cross_then_they_are_told_apart() -> None:
    found = loads(movers(way(-2.5, 2.5), way(2.5, -2.5)))
    owners = [{mover.profile.trace.epc[0] for mover in load} for load in found]
    assert all(len(owner) == 1 for owner in owners)
    assert {0x30, 0x31} == set.union(*owners)


def test_loads_when_one_goes_in_and_one_turns_back_then_they_are_told_apart() -> None:
    found = loads(movers(way(-2.5, 2.5), way(-2.5, 0.1, -2.5)))
    assert all(len({mover.profile.trace.epc[0] for mover in load}) == 1 for load in found)


def test_loads_when_one_comes_after_the_other_then_they_are_two() -> None:
    found = loads(movers(way(-2.5, 2.5)) + movers(way(-2.5, 2.5), start=20.0))
    assert len(found) == 2


def test_loads_when_nothing_moves_then_there_are_none() -> None:
    assert loads([]) == []


def test_changed_over_when_a_tag_is_in_the_wrong_load_then_it_goes_to_its_own() -> None:
    kin = Kin(movers(way(-2.5, 2.5), way(2.5, -2.5)))
    found = [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9, 10, 11]]
    assert _changed_over(range(12), found, kin)
    assert sorted(found[0]) == [0, 1, 2, 3, 4, 5]
    assert not _changed_over(range(12), found, kin)


def test_merged_when_one_load_was_found_twice_then_it_is_one() -> None:
    kin = Kin(movers(way(-2.5, 2.5)))
    assert [sorted(load) for load in _merged([[0, 1, 2], [3, 4, 5], []], kin)] == [[0, 1, 2, 3, 4, 5]]
