"""A tag that was read a few times is carried where it was read in its load's time, at its load's places."""

import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from crossings import SECOND, START, movers, way

from rules.portal.evidence import INSIDE, NO_SIDE, OUTSIDE, Trace
from rules.portal.kinship import Mover
from rules.portal.profile import Profile
from rules.portal.seldom import (
    LEAST_FIT,
    SELDOM_READS,
    chance_of_carriage,
    crowding,
    is_seldom,
    is_stray,
    signs,
)

LOAD = movers(way(-2.5, 2.5))
ALONE = crowding(0, len(LOAD))


def tag(*reads: tuple[float, int]) -> Mover:
    """Read at these seconds and sides."""
    trace = Trace(bytes(12), START + round(reads[0][0] * SECOND))
    for seconds, side in reads:
        trace.add(START + round(seconds * SECOND), side, side + 1, -70, 1)
    return Mover(Profile(trace))


def test_chance_when_a_tag_was_read_where_its_load_was_then_it_is_likelier_than_elsewhere() -> None:
    with_it = chance_of_carriage(tag((3.6, OUTSIDE), (5.6, INSIDE)), LOAD, ALONE)
    against_it = chance_of_carriage(tag((3.6, INSIDE), (5.6, OUTSIDE)), LOAD, ALONE)
    long_after = chance_of_carriage(tag((13.6, OUTSIDE), (15.6, INSIDE)), LOAD, ALONE)
    assert with_it > 0.9
    assert max(against_it, long_after) < 0.5


def test_chance_when_many_tags_stand_in_the_field_then_it_is_less_likely() -> None:
    once = tag((5.6, INSIDE))
    alone, *crowded = [chance_of_carriage(once, LOAD, crowding(still, len(LOAD))) for still in (0, 6, 60)]
    assert alone > 0.8 > max(crowded)


def test_signs_when_the_side_of_a_read_is_unknown_then_it_fits_no_better_than_the_worst() -> None:
    assert signs(tag((5.6, NO_SIDE)), LOAD, ALONE)[3:5] == [LEAST_FIT, LEAST_FIT]


@given(st.lists(st.tuples(st.floats(0, 60), st.sampled_from((OUTSIDE, INSIDE))), min_size=1, max_size=8))
def test_chance_when_reads_fall_anywhere_then_it_is_one(reads: list[tuple[float, int]]) -> None:
    assert 0.0 <= chance_of_carriage(tag(*sorted(reads)), LOAD, ALONE) <= 1.0


def test_stray_when_a_load_is_one_tag_read_seldom_then_it_is_one() -> None:
    seldom = tag(*[(second, OUTSIDE) for second in range(1, SELDOM_READS + 1)])
    often = tag(*[(second, OUTSIDE) for second in range(1, SELDOM_READS + 2)])
    assert [is_seldom(seldom), is_seldom(often)] == [True, False]
    assert [is_stray([seldom]), is_stray([often]), is_stray([seldom, seldom])] == [True, False, False]
