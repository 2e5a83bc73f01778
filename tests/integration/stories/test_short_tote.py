"""A tote with forty shirts is announced; it holds thirty-eight, and one that nobody awaited."""

from tests.integration.stories.house import LARGE, House, line, parcel, shirt


def test_short_tote_when_two_are_missing_then_the_tally_tells_and_closing_settles() -> None:
    house = House()
    tote = parcel(1)
    house.authorize("RMA-1", line(1, gtin=None, epcs=frozenset({tote.hex})), line(2, 40))
    told = house.put_on("returns-desk", tote, *(shirt(n) for n in range(1, 39)), shirt(99, LARGE))
    assert told.count("receipt") == 39
    assert house.wait(minutes=2) == ["short", "wrong_item"]
    assert house.last("short").detail == "expected 40, got 38, 2 missing, 1 unexpected"
    assert house.shut("RMA-1") == ["short"]
    assert (house.last("short").line, house.last("short").quantity) == (2, 2)
    told = house.put_on("shelf", tote, *(shirt(n) for n in range(1, 39)))
    assert told == ["restock"] * 38 + ["resolved"]
    house.close()


def test_short_tote_when_two_totes_hold_the_same_shirts_then_each_is_counted_for_itself() -> None:
    house = House()
    first, second = parcel(1), parcel(2)
    house.authorize(
        "RMA-1",
        line(1, gtin=None, epcs=frozenset({first.hex})),
        line(2, 5),
        line(3, gtin=None, epcs=frozenset({second.hex})),
        line(4, 6),
    )
    house.put_on("returns-desk", second, *(shirt(n) for n in range(1, 5)))
    assert house.wait(minutes=2) == ["short"]
    short = house.last("short")
    assert (short.line, short.epc, short.detail) == (3, second.hex, "expected 6, got 4, 2 missing")
    house.put_on("returns-desk", first, *(shirt(n) for n in range(11, 16)))
    assert house.wait(minutes=2) == []
    house.close()
