"""Regulars are kept away at their own read point, and their reads are counted."""

import pytest

from gateway.errors import UnavailableError
from gateway.regulars import Regulars
from gateway.stats import Stats
from gateway.store.regulars import Regular
from tests.gateway.web.site import BENCH, EPC, STRANGER, seen


def test_without_when_none_is_approved_then_everything_may_be_an_item() -> None:
    observations = [seen(), seen(STRANGER)]
    regulars = Regulars(Stats())
    with pytest.raises(UnavailableError, match="not said yet"):
        regulars.without(observations)
    regulars.adopt([])
    assert regulars.without(observations) is observations


def test_without_when_approved_then_kept_away_there_and_nowhere_else() -> None:
    stats = Stats()
    regulars = Regulars(stats)
    regulars.adopt([Regular("dock", EPC, 1, "anna")])
    here, elsewhere, other = seen(), seen(point=BENCH), seen(STRANGER)
    assert regulars.without([here, elsewhere, other]) == [elsewhere, other]
    assert stats.reads_dropped == {"regular": here.evidence.reads}
    regulars.adopt([])
    assert regulars.without([here]) == [here]
