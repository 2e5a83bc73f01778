"""A customer returns two shirts in one parcel, one of them bought elsewhere."""

from tests.integration.stories.house import LARGE, House, gtin, line, shirt

ELSEWHERE = 812399


def test_wrong_item_when_it_lies_beside_the_right_one_then_the_rma_is_named_a_minute_later() -> None:
    house = House()
    house.authorize("RMA-1", line(1), line(2, gtin=gtin(LARGE)))
    other = shirt(5, ELSEWHERE)
    assert sorted(house.put_on("returns-desk", shirt(1), other)) == [
        "partially_received",
        "receipt",
        "unknown_item",
    ]
    assert house.wait(minutes=2) == ["wrong_item"]
    wrong = house.last("wrong_item")
    assert (wrong.rma, wrong.line, wrong.epc, wrong.read_point) == ("RMA-1", 2, other.hex, "returns-desk")
    assert house.put_on("returns-desk", shirt(2, LARGE)) == ["receipt", "received"]
    assert house.wait(minutes=5) == []
    house.close()


def test_wrong_item_when_parcels_of_two_customers_come_in_one_load_then_it_stays_unknown() -> None:
    house = House()
    house.authorize("RMA-1", line(quantity=2, serials=frozenset({"1", "2"})))
    house.authorize("RMA-2", line(quantity=2, serials=frozenset({"3", "4"})))
    told = house.arrive(shirt(1), shirt(3), shirt(5, ELSEWHERE))
    assert told.count("receipt") == 2
    assert "unknown_item" in told
    assert house.wait(minutes=5) == []
    house.close()
