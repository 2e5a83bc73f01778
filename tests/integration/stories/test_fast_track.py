"""Cheap, sealed goods with a clear reason go straight back to stock."""

from tests.integration.stories.house import House, line, shirt, worth

FAST = {
    "id": "fast-track",
    "phase": "receipt",
    "when": {
        "category": ["apparel"],
        "value": {"lte": "60.00"},
        "currency": "EUR",
        "match": "exact",
        "confidence": {"gte": 0.8},
    },
    "then": {"disposition": "restock", "restock": "at_receipt", "refund": "release", "route": "FT"},
}


def test_fast_track_when_the_shirt_is_cheap_then_restocked_and_refunded_at_the_desk() -> None:
    house = House([FAST])
    house.authorize("RMA-1", line(serials=frozenset({"1"}), **worth("59.90", category="apparel")))
    assert house.put_on("returns-desk", shirt(1)) == [
        "receipt",
        "received",
        "disposition",
        "restock",
        "resolved",
    ]
    assert (house.last("receipt").refund, house.last("receipt").route) == ("released", "FT")
    assert house.last("restock").sellable is True
    house.close()


def test_fast_track_when_the_shirt_is_dear_then_it_waits_for_inspection() -> None:
    house = House([FAST])
    house.authorize("RMA-1", line(serials=frozenset({"1"}), **worth("60.01", category="apparel")))
    assert house.put_on("returns-desk", shirt(1)) == ["receipt", "received"]
    assert (house.last("receipt").refund, house.last("receipt").disposition) == ("held", "inspect")
    house.close()
