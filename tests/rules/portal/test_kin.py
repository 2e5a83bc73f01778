"""Who belongs together: members fit their own load better than one that went the other way."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from crossings import movers, way

from rules.portal.kin import Kin


def test_kin_when_loads_went_opposite_ways_then_members_fit_their_own_better() -> None:
    kin = Kin(movers(way(-2.5, 2.5), way(2.5, -2.5)))
    ours, theirs = range(6), range(6, 12)
    assert all(kin.member_odds(one, ours) > 0.0 > kin.member_odds(one, theirs) for one in ours)
    assert kin.odds(0, 1) == kin.odds(1, 0) > 0.0 > kin.odds(0, 7)


def test_kin_when_a_tag_is_alone_then_its_load_says_nothing() -> None:
    kin = Kin(movers(way(-2.5, 2.5)))
    assert kin.mean_odds(0, [0]) == kin.member_odds(0, [0]) == 0.0
