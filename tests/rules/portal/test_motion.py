"""The motion gate: a constant level is a parked tag, whatever its mean."""

from rules.portal.evidence import INSIDE, NO_LEVEL_DB, OUTSIDE
from rules.portal.motion import has_moved, is_at_rest, resting_levels, spread_db, trimmed

SECOND = 1_000_000


def reads(
    levels: list[int], side: int = OUTSIDE, start: int = 0, every: int = SECOND // 10
) -> list[tuple[int, int, int]]:
    return [(start + number * every, side, level) for number, level in enumerate(levels)]


def test_spread_when_each_side_has_its_own_level_then_the_difference_is_no_motion() -> None:
    assert spread_db(sorted(reads([-60] * 5) + reads([-70] * 5, INSIDE))) == (0.0, 8)


def test_has_moved_when_levels_toggle_by_rounding_then_it_has_not() -> None:
    assert not has_moved(reads([-60, -61] * 10))


def test_has_moved_when_levels_rise_and_fall_then_it_has() -> None:
    assert has_moved(reads([-70, -68, -64, -60, -63, -67, -70]))


def test_has_moved_when_two_reads_differ_by_one_decibel_then_that_is_not_enough() -> None:
    assert not has_moved(reads([-60, -61]))


def test_has_moved_when_nothing_was_read_then_it_has_not() -> None:
    assert not has_moved([])


def test_has_moved_when_a_long_wait_hides_a_short_way_then_it_has_moved() -> None:
    waiting = reads([-60] * 600)
    assert has_moved(waiting + reads([-62, -58, -55, -59, -64, -68], start=60 * SECOND))
    assert not has_moved(waiting)


def test_is_at_rest_when_too_few_reads_are_recent_then_nobody_knows() -> None:
    assert not is_at_rest(reads([-60] * 4), 0)
    assert is_at_rest(reads([-70, -65, -60] + [-60] * 6), 3 * SECOND // 10)


def test_resting_levels_when_one_side_never_read_it_then_it_has_no_level() -> None:
    assert resting_levels(reads([-60, -61, -60], INSIDE), NO_LEVEL_DB) == [NO_LEVEL_DB, -60, NO_LEVEL_DB]


def test_trimmed_when_it_waits_before_and_after_then_only_the_way_remains() -> None:
    way = reads([-70, -66, -62, -57, -54, -58, -63, -67, -71, -66] * 2, start=5 * SECOND)
    whole = reads([-72] * 50) + way + reads([-71] * 50, start=7 * SECOND)
    left = trimmed(whole)
    assert left[0][0] >= 4 * SECOND
    assert left[-1][0] <= 8 * SECOND
    assert set(way) <= set(left)


def test_trimmed_when_it_moves_from_the_first_read_on_then_nothing_is_lost() -> None:
    way = reads([-70, -66, -62, -57, -54, -58, -63, -67, -71, -66] * 3)
    assert trimmed(way) == way
