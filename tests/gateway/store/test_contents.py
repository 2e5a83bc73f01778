"""What came in together: contents of containers, strangers beside the items of an RMA."""

from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.stories import story
from rules.epc import Epc, identify_hex
from rules.observation import Observation
from rules.rma import Rma
from tests.gateway.store.samples import (
    BENCH,
    OTHER_DOCK,
    SECOND_US,
    SHELF,
    epc_rma,
    gtin,
    item,
    left,
    line,
    rma,
    seen,
)
from tests.gateway.store.test_closing import CAME_US, NOW_US, stock, told

TOTE = identify_hex("3114257BF400000001000000")
OTHER_TOTE = identify_hex("3114257BF400000002000000")
DUE_US = 120 * SECOND_US
"""All is counted by then."""


def tote(quantity: int) -> Rma:
    holder = line("R-1", 1, 1, epcs=frozenset({TOTE.hex}))
    return rma("R-1", holder, line("R-1", 2, quantity, gtin=gtin()))


def test_tally_when_a_tote_is_short_then_missing_and_unexpected_are_told_once(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, tote(40))
    stranger = item(7, 9)
    batch = [
        seen(TOTE, CAME_US),
        *(seen(serial, CAME_US) for serial in range(1, 39)),
        seen(stranger, CAME_US),
    ]
    with database.writing() as connection:
        ledger.record(connection, batch, CAME_US + SECOND_US)
        ledger.record(connection, [seen(item(8, 9), CAME_US + 3600 * SECOND_US)], CAME_US)
        assert ledger.sweep(connection, CAME_US + 59 * SECOND_US) == []
        events = ledger.sweep(connection, CAME_US + 120 * SECOND_US)
        assert ledger.sweep(connection, CAME_US + 240 * SECOND_US) == []
    assert told(events) == [
        ("short", 1, "expected 40, got 38, 2 missing, 1 unexpected"),
        ("wrong_item", 1, f"came in container {TOTE.subject}, which should not hold it"),
    ]
    assert [(event.epc, event.quantity, event.rma) for event in events] == [
        (TOTE.hex, 2, "R-1"),
        (stranger.hex, 1, "R-1"),
    ]


def test_tally_when_the_tote_held_what_was_awaited_then_nothing_is_told(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, tote(2))
    with database.writing() as connection:
        ledger.record(connection, [seen(TOTE, CAME_US), seen(1, CAME_US), seen(2, CAME_US)], CAME_US)
        assert ledger.sweep(connection, CAME_US + 120 * SECOND_US) == []


def test_resolved_when_the_contents_have_their_end_then_the_tote_needs_none(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, tote(1))
    with database.writing() as connection:
        ledger.record(connection, [seen(TOTE, CAME_US), seen(1, CAME_US)], CAME_US)
        events = ledger.record(
            connection, [seen(TOTE, NOW_US, point=SHELF), seen(1, NOW_US, point=SHELF)], NOW_US
        )
    assert [event.status or event.kind for event in events] == ["restock", "resolved"]


def two_totes(*quantities: int) -> Rma:
    lines = []
    for number, (container, quantity) in enumerate(zip((TOTE, OTHER_TOTE), quantities, strict=True)):
        holder = line("R-1", 2 * number + 1, 1, epcs=frozenset({container.hex}))
        lines += [holder, line("R-1", 2 * number + 2, quantity, gtin=gtin())]
    return rma("R-1", *lines)


def arrive(
    database: Database, ledger: Ledger, at_us: int, *items: Epc | int, beside: tuple[Observation, ...] = ()
) -> list[tuple[object, object, object]]:
    """They come in together; what is told of them two minutes later."""
    with database.writing() as connection:
        batch = [seen(one, at_us, point=BENCH) for one in items]
        ledger.record(connection, [*batch, *beside], at_us + SECOND_US)
        return told(ledger.sweep(connection, at_us + DUE_US))


def test_tally_when_the_second_tote_comes_first_then_each_is_counted_for_itself(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, two_totes(3, 4))
    stranger = item(7, 9)
    assert arrive(database, ledger, CAME_US, OTHER_TOTE, 1, 2, stranger) == [
        ("short", 3, "expected 4, got 2, 2 missing, 1 unexpected"),
        ("wrong_item", 3, f"came in container {OTHER_TOTE.subject}, which should not hold it"),
    ]
    assert arrive(database, ledger, NOW_US, TOTE, 3, 4, 5) == []


def test_tally_when_totes_come_together_then_they_are_filled_in_their_order_and_strangers_told_once(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, two_totes(2, 3))
    events = arrive(database, ledger, CAME_US, OTHER_TOTE, TOTE, 1, 2, 3, item(7, 9))
    assert sorted(events, key=lambda event: event[1:2] + event[:1]) == [
        ("short", 1, "expected 2, got 2, 1 unexpected"),
        ("wrong_item", 1, f"came in container {TOTE.subject}, which should not hold it"),
        ("short", 3, "expected 3, got 1, 2 missing"),
    ]


def test_tally_when_an_item_went_out_again_then_it_is_missing(database: Database, ledger: Ledger) -> None:
    stock(database, ledger, two_totes(2, 2))
    out = (left(2, CAME_US + 40 * SECOND_US),)
    assert arrive(database, ledger, CAME_US, TOTE, 1, 2, beside=out) == [
        ("short", 1, "expected 2, got 1, 1 missing")
    ]


def test_tally_when_containers_of_others_came_too_then_strangers_are_in_none(
    database: Database, ledger: Ledger
) -> None:
    other = rma("R-2", line("R-2", 1, 1, epcs=frozenset({OTHER_TOTE.hex})), line("R-2", 2, 1, gtin=gtin(5)))
    stock(database, ledger, tote(1), other)
    assert arrive(database, ledger, CAME_US, TOTE, OTHER_TOTE, 1, item(1, 5), item(7, 9)) == []


def test_tally_when_contents_are_listed_before_the_totes_then_the_last_tells_of_all(
    database: Database, ledger: Ledger
) -> None:
    holders = [
        line("R-1", number, 1, epcs=frozenset({one.hex})) for number, one in ((2, TOTE), (3, OTHER_TOTE))
    ]
    stock(database, ledger, rma("R-1", line("R-1", 1, 4, gtin=gtin()), *holders))
    assert arrive(database, ledger, CAME_US, OTHER_TOTE, 1) == []
    assert arrive(database, ledger, NOW_US, TOTE, 2, 3) == [("short", 2, "expected 4, got 3, 1 missing")]


def test_tally_when_both_totes_of_a_heap_come_together_then_it_is_told_once(
    database: Database, ledger: Ledger
) -> None:
    both = line("R-1", 1, 2, epcs=frozenset({TOTE.hex, OTHER_TOTE.hex}))
    stock(database, ledger, rma("R-1", both, line("R-1", 2, 4, gtin=gtin())))
    assert arrive(database, ledger, CAME_US, TOTE, OTHER_TOTE, 1) == [
        ("short", 1, "expected 4, got 1, 3 missing")
    ]


def test_tally_when_the_rma_no_longer_names_the_tote_then_nothing_is_told(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, tote(2))
    with database.writing() as connection:
        ledger.record(connection, [seen(TOTE, CAME_US)], CAME_US)
        plain = rma("R-1", line("R-1", 1, 1, gtin=gtin(5)), line("R-1", 2, 2, gtin=gtin()))
        ledger.put_rmas(connection, [plain], CAME_US)
        assert ledger.sweep(connection, CAME_US + DUE_US) == []


def swapped() -> Rma:
    """Two shirts, of which one is missing."""
    return rma("R-1", line("R-1", 1, 1, gtin=gtin()), line("R-1", 2, 1, gtin=gtin(2)))


def test_wrong_item_when_it_comes_with_the_others_of_one_rma_then_told_with_it_once(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, swapped())
    with database.writing() as connection:
        for one in (item(7, 9), item(1)):
            ledger.record(connection, [seen(one, CAME_US, point=BENCH)], CAME_US)
        assert ledger.sweep(connection, CAME_US + 30 * SECOND_US) == []
        (event,) = ledger.sweep(connection, CAME_US + DUE_US)
        assert ledger.sweep(connection, CAME_US + 2 * DUE_US) == []
    assert (event.code, event.rma, event.line, event.order, event.epc) == (
        "wrong_item",
        "R-1",
        2,
        "SO-R-1",
        item(7, 9).hex,
    )


def test_wrong_item_when_a_late_stranger_has_its_company_judged_again_then_each_is_told_once(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, rma("R-1", line("R-1", 1, 1, gtin=gtin()), line("R-1", 2, 2, gtin=gtin(2))))
    first, late = item(7, 9), item(8, 9)
    assert [code for code, _, _ in arrive(database, ledger, CAME_US, 1, first)] == ["wrong_item"]
    with database.writing() as connection:
        ledger.record(connection, [seen(late, CAME_US + SECOND_US, point=BENCH)], CAME_US + DUE_US)
    with database.writing() as connection:
        events = ledger.sweep(connection, CAME_US + DUE_US + SECOND_US)
        assert ledger.sweep(connection, CAME_US + 2 * DUE_US) == []
    assert [(event.code, event.epc) for event in events] == [("wrong_item", late.hex)]


def test_wrong_item_when_it_cannot_be_known_whose_it_is_then_it_stays_unknown(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, swapped(), epc_rma("R-2", 50), rma("R-3", line("R-3", gtin=gtin(3))))
    assert arrive(database, ledger, CAME_US, 1, 50, item(7, 9)) == []
    assert arrive(database, ledger, NOW_US, item(1, 3), item(8, 9)) == []
    late = (seen(item(1, 2), NOW_US + 600 * SECOND_US + 20 * SECOND_US, point=BENCH),)
    assert arrive(database, ledger, NOW_US + 600 * SECOND_US, item(9, 9), beside=late) == []


def test_wrong_item_when_an_rma_claims_it_within_the_minute_then_it_is_none(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, swapped())
    with database.writing() as connection:
        ledger.record(connection, [seen(1, CAME_US), seen(item(7, 9), CAME_US)], CAME_US)
        claim = rma("R-9", line("R-9", 1, 1, gtin=gtin(9), serials=frozenset({"7"})))
        assert len(ledger.put_rmas(connection, [claim], CAME_US)[1]) == 2
        assert ledger.sweep(connection, CAME_US + DUE_US) == []


def test_wrong_item_when_strangers_are_many_then_they_are_goods_that_pass(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, rma("R-1", line("R-1", 1, 99, gtin=gtin())))
    assert arrive(database, ledger, CAME_US, 1, *(item(serial, 9) for serial in range(30))) == []


def test_wrong_item_when_goods_pass_another_read_point_then_it_is_told_here_all_the_same(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, swapped())
    passing = tuple(seen(item(serial, 8), CAME_US, point=OTHER_DOCK) for serial in range(30))
    assert [code for code, _, _ in arrive(database, ledger, CAME_US, 1, item(7, 9), beside=passing)] == [
        "wrong_item"
    ]


def test_story_when_a_stranger_is_the_wrong_item_then_its_story_says_so(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, swapped())
    assert len(arrive(database, ledger, CAME_US, 1, item(7, 9))) == 1
    with database.reading() as connection:
        told_of = story(connection, item(7, 9), NOW_US)
    assert [chapter.what for chapter in told_of.chapters] == ["present", "tally"]
    assert told_of.why_not == "wrong_item: came in with items of R-1, which awaits 1 of another kind"
