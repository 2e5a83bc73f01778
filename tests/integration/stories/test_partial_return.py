"""A customer sends two of three shirts back on Monday and the third on Tuesday."""

from tests.integration.stories.house import House, line, shirt


def test_partial_return_when_it_comes_over_two_days_then_the_rma_fills_and_is_resolved() -> None:
    house = House()
    house.authorize("RMA-1", line(quantity=3))
    assert house.arrive(shirt(1), shirt(2)) == ["receipt", "partially_received", "receipt"]
    house.wait(days=1)
    assert house.arrive(shirt(3)) == ["receipt", "received"]
    assert house.last("receipt").received == 3
    assert house.put_on("shelf", shirt(1), shirt(2)) == ["restock", "restock"]
    assert house.put_on("shelf", shirt(3)) == ["restock", "resolved"]
    assert house.wait(days=30) == []
    assert house.published() == 9
    house.close()


def test_partial_return_when_it_is_not_settled_in_five_business_days_then_overdue_once() -> None:
    house = House()
    house.authorize("RMA-1", line(quantity=2))
    house.arrive(shirt(1))
    assert house.wait(days=7) == []
    assert house.wait(days=1) == ["overdue"]
    assert house.wait(days=9) == []
    assert house.put_on("shelf", shirt(1)) == ["restock"]
    assert house.arrive(shirt(2)) == ["receipt", "received"]
    assert house.put_on("shelf", shirt(2)) == ["restock", "resolved"]
    house.close()
