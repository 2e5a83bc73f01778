"""A forklift brings a pallet in, turns around, and takes it out again."""

from tests.integration.stories.house import House, line, shirt


def test_forklift_when_it_brings_it_back_out_then_the_receipt_is_taken_back_until_it_returns() -> None:
    house = House()
    house.authorize("RMA-1", line(serials=frozenset({"1"})))
    assert house.arrive(shirt(1)) == ["receipt", "received"]
    first = house.last("receipt")
    house.wait(minutes=5)
    assert house.leave(shirt(1)) == ["reversal", "authorized"]
    assert house.last("reversal").reverses == first.id
    assert house.wait(days=20) == []
    assert house.arrive(shirt(1)) == ["receipt", "received"]
    assert house.last("receipt").id != first.id
    house.close()
