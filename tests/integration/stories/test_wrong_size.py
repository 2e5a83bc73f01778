"""A parcel was to hold a medium shirt; the customer sent the large one."""

from tests.integration.stories.house import LARGE, House, gtin, line, parcel, shirt


def test_wrong_size_when_the_parcel_holds_another_then_short_and_wrong_item_are_told() -> None:
    house = House()
    box, large = parcel(7), shirt(5, LARGE)
    house.authorize("RMA-1", line(1, gtin=None, epcs=frozenset({box.hex})), line(2, gtin=gtin()))
    told = house.arrive(box, large)
    assert sorted(told) == ["partially_received", "receipt", "unknown_item"]
    assert house.wait(minutes=2) == ["short", "wrong_item"]
    short, wrong = house.last("short"), house.last("wrong_item")
    assert short.detail == "expected 1, got 0, 1 missing, 1 unexpected"
    assert (wrong.epc, wrong.rma, wrong.gtin) == (large.hex, "RMA-1", gtin(LARGE))
    house.close()


def test_wrong_size_when_it_is_swapped_for_the_right_one_then_the_return_is_complete() -> None:
    house = House()
    house.authorize("RMA-1", line(serials=frozenset({"8"})))
    assert house.put_on("returns-desk", shirt(9)) == ["serial_mismatch"]
    house.wait(days=2)
    assert house.put_on("returns-desk", shirt(8)) == ["receipt", "received"]
    house.close()
