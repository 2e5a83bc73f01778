"""One tag's reads on one side as sums: centroid and width of its energy, and nothing where nothing was read."""

import math

import pytest

from rules.portal.evidence import INSIDE, OUTSIDE, Trace
from rules.portal.profile import Profile, moments

START_US = 1_700_000_000_000_000


def test_moments_when_a_read_is_ten_decibels_weaker_then_it_weighs_a_tenth() -> None:
    told = moments([START_US, START_US + 11_000_000], [-50, -60], START_US)
    assert (told.reads, told.energy, told.centre) == (2, pytest.approx(1.1), pytest.approx(1.0))
    assert told.width == pytest.approx(math.sqrt(121 * 0.1 / 1.1 - 1))
    assert told.level_sums == [0.0, 5.0, 0.0]
    assert (told.time, told.time_2, told.time_3, told.time_4) == (11.0, 121.0, 1331.0, 14641.0)
    assert (told.time_level, told.time_2_level, told.level_2) == (-55.0, -605.0, 50.0)


def test_profile_when_one_side_read_nothing_then_it_has_no_moments() -> None:
    trace = Trace(bytes(12), START_US)
    for seen_us in (START_US, START_US + 500_000):
        trace.add(seen_us, INSIDE, 2, -55, 1)
    profile = Profile(trace)
    assert profile.sides[OUTSIDE] is None
    inside = profile.sides[INSIDE]
    assert inside is not None
    assert (inside.seen_us, inside.centre) == ([START_US, START_US + 500_000], pytest.approx(0.25))
