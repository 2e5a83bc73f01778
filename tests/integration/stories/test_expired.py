"""A customer sends a shirt back after the RMA has expired."""

from datetime import timedelta

from tests.integration.stories.house import House, line, shirt


def test_expired_when_it_comes_late_then_told_and_not_received_until_the_shop_gives_more_time() -> None:
    house = House()
    house.authorize("RMA-1", line(serials=frozenset({"1"})), expires=house.now + timedelta(days=14))
    assert house.wait(days=15) == ["expired"]
    assert house.arrive(shirt(1)) == ["rma_expired"]
    longer = house.now + timedelta(days=14)
    assert house.authorize("RMA-1", line(serials=frozenset({"1"})), expires=longer) == ["receipt", "received"]
    house.wait(minutes=10)
    assert house.put_on("returns-desk", shirt(1)) == []
    house.close()


def test_expired_when_a_shirt_is_missing_then_short_is_told_and_the_rest_settles_it() -> None:
    house = House()
    house.authorize("RMA-1", line(quantity=2), expires=house.now + timedelta(days=3))
    house.arrive(shirt(1))
    house.wait(days=2)
    assert house.wait(days=2) == ["short", "expired"]
    short = house.last("short")
    assert (short.line, short.quantity, short.detail) == (1, 1, "expected 2, got 1, 1 missing")
    assert house.put_on("shelf", shirt(1)) == ["restock", "resolved"]
    assert house.arrive(shirt(2)) == ["rma_expired"]
    assert house.shut("RMA-1") == []
    house.close()
