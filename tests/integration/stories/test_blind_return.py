"""A shirt comes back before the shop has opened its RMA."""

from tests.integration.stories.house import House, line, shirt


def test_blind_return_when_the_rma_comes_two_days_later_then_received_when_it_was() -> None:
    house = House()
    assert house.arrive(shirt(1)) == ["unknown_item"]
    came = house.last("unknown_item")
    house.wait(days=2)
    assert house.authorize("RMA-1", line(serials=frozenset({"1"}))) == ["receipt", "received"]
    receipt = house.last("receipt")
    assert (receipt.time_us, receipt.evidence) == (came.time_us, came.evidence)
    assert receipt.detail == "came in before an RMA expected it"
    assert house.authorize("RMA-1", line(serials=frozenset({"1"}))) == []
    assert house.put_on("shelf", shirt(1)) == ["restock", "resolved"]
    house.close()


def test_blind_return_when_it_was_taken_away_again_then_the_rma_finds_nothing() -> None:
    house = House()
    house.arrive(shirt(1))
    house.wait(hours=1)
    house.leave(shirt(1))
    house.wait(hours=1)
    assert house.authorize("RMA-1", line(serials=frozenset({"1"}))) == []
    house.close()
