"""A batch was recalled: it must never be sold again, whatever its grade."""

from rules.vocabulary import Grade
from tests.integration.stories.house import LARGE, House, gtin, line, shirt

RECALL = {
    "id": "recall-2026-11",
    "phase": "inspection",
    "when": {"gtin": [gtin(LARGE)]},
    "then": {"disposition": "recycle", "refund": "release", "route": "R9"},
}


def test_recall_when_a_new_one_is_returned_then_it_goes_to_the_bin_and_not_to_the_shelf() -> None:
    house = House([RECALL])
    recalled = shirt(1, LARGE)
    house.authorize("RMA-1", line(gtin=gtin(LARGE)))
    house.arrive(recalled)
    assert house.grade(recalled, Grade.A) == ["disposition"]
    decided = house.last("disposition")
    assert (decided.rule, decided.route, decided.disposition) == ("recall-2026-11", "R9", "recycle")
    assert decided.refund == "released"
    assert house.put_on("shelf", recalled) == ["suspect"]
    assert house.put_on("bin", recalled) == ["disposition", "resolved"]
    assert house.last("disposition").detail == "gone"
    house.close()
