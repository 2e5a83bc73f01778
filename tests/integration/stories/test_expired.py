"""A customer sends a shirt back after the RMA has expired."""

from datetime import timedelta

from tests.integration.stories.house import House, line, shirt


def test_expired_when_it_comes_late_then_told_and_not_received_until_the_shop_gives_more_time() -> None:
    house = House()
    house.authorize("RMA-1", line(serials=frozenset({"1"})), expires=house.now + timedelta(days=14))
    house.wait(days=15)
    assert house.arrive(shirt(1)) == ["rma_expired"]
    longer = house.now + timedelta(days=14)
    assert house.authorize("RMA-1", line(serials=frozenset({"1"})), expires=longer) == ["receipt", "received"]
    house.wait(minutes=10)
    assert house.put_on("returns-desk", shirt(1)) == []
    house.close()
