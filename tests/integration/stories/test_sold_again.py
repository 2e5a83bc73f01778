"""A shirt is returned, sold again, and returned once more on another RMA."""

from tests.integration.stories.house import House, line, shirt


def test_sold_again_when_it_comes_back_on_a_later_rma_then_a_new_return() -> None:
    house = House()
    house.authorize("RMA-1", line(serials=frozenset({"1"})))
    assert house.arrive(shirt(1)) == ["receipt", "received"]
    house.wait(hours=2)
    assert house.put_on("shelf", shirt(1)) == ["restock", "resolved"]
    house.wait(days=10)
    house.authorize("RMA-2", line(serials=frozenset({"1"})))
    assert house.arrive(shirt(1)) == ["receipt", "received"]
    assert house.last("receipt").rma == "RMA-2"
    house.wait(hours=2)
    assert house.put_on("shelf", shirt(1)) == ["restock", "resolved"]
    assert house.last("resolved").rma == "RMA-2"
    house.close()
