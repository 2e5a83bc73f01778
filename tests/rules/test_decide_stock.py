"""Stocking and disposing places: each return ends once, and ordinary stock is left alone."""

import pytest

from rules.decide import decide
from rules.policy import DEFAULT_POLICY
from rules.vocabulary import (
    BizStep,
    Disposition,
    EventKind,
    ExceptionCode,
    Refund,
    RmaState,
)
from tests.rules.returns import (
    BIN,
    DAY_US,
    MINUTE_US,
    SHELF,
    Book,
    decided_to,
    item,
    kinds,
    line,
    observed,
    state,
)


def test_restock_when_a_received_item_is_seen_in_stock_then_it_is_sellable_once() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    restock, _ = book.see(observed(item(7), SHELF, time_us=2 * MINUTE_US))
    assert (restock.kind, restock.sellable, restock.disposition) == (
        EventKind.RESTOCK,
        True,
        Disposition.RESTOCK,
    )
    assert (restock.biz_step, restock.read_point) == (BizStep.STOCKING, "shelf-1")
    assert (restock.received, restock.refund, restock.rma) == (1, Refund.HELD, "RMA-1")
    assert book.see(observed(item(7), SHELF, time_us=3 * MINUTE_US)) == ()
    assert book.see(observed(item(7), SHELF, time_us=9 * DAY_US)) == ()
    assert book.see(observed(item(7), BIN, time_us=4 * MINUTE_US)) == ()


def test_restock_when_the_rma_was_closed_meanwhile_then_it_is_told_all_the_same() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    book.close("RMA-1", time_us=2 * MINUTE_US)
    assert kinds(book.see(observed(item(7), SHELF, time_us=3 * DAY_US))) == ["restock", "status"]


def test_restock_when_the_shelf_is_not_sure_then_nothing_is_told() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    assert book.see(observed(item(7), SHELF, time_us=2 * MINUTE_US, confidence=0.2)) == ()


def test_restock_when_the_named_item_was_not_seen_coming_in_then_it_is_received_first() -> None:
    book = Book([state(line(serials=["7"]))])
    receipt, status, restock, _ = book.see(observed(item(7), SHELF))
    assert (receipt.kind, receipt.detail) == (EventKind.RECEIPT, "not seen at a receiving read point")
    assert (receipt.read_point, receipt.biz_step) == ("shelf-1", BizStep.RECEIVING)
    assert status.status == RmaState.RECEIVED
    assert (restock.kind, restock.received) == (EventKind.RESTOCK, 1)
    assert book.see(observed(item(7), SHELF, time_us=2 * MINUTE_US)) == ()


def test_stocking_when_only_the_class_is_expected_then_it_is_ordinary_stock() -> None:
    assert decide(observed(item(7), SHELF), [state(line())], DEFAULT_POLICY) == ()
    assert decide(observed(item(7), SHELF), [], DEFAULT_POLICY) == ()
    assert decide(observed(item(7), SHELF), [state(line(serials=["8"]))], DEFAULT_POLICY) == ()


def test_stocking_when_a_named_item_of_a_closed_rma_lies_there_then_it_is_told() -> None:
    closed = state(line(serials=["7"]), closed_us=1)
    (exception,) = decide(observed(item(7), SHELF), [closed], DEFAULT_POLICY)
    assert (exception.code, exception.biz_step) == (ExceptionCode.RMA_CLOSED, BizStep.STOCKING)


def test_stocking_when_the_item_was_decided_to_leave_then_it_is_suspect() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    decided_to(book, Disposition.RECYCLE)
    (exception,) = book.see(observed(item(7), SHELF, time_us=2 * MINUTE_US))
    assert (exception.code, exception.rma) == (ExceptionCode.SUSPECT, "RMA-1")
    assert exception.detail == "decided to recycle, but seen at a stocking read point"
    decided_to(book, Disposition.REPAIR)
    assert kinds(book.see(observed(item(7), SHELF, time_us=3 * MINUTE_US))) == ["restock", "status"]


@pytest.mark.parametrize(
    ("decided", "told"),
    [
        (Disposition.RECYCLE, Disposition.RECYCLE),
        (Disposition.RESTOCK, Disposition.DISPOSE),
        (None, Disposition.DISPOSE),
    ],
)
def test_disposing_when_an_item_ends_there_then_it_is_gone(
    decided: Disposition | None, told: Disposition
) -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    if decided:
        decided_to(book, decided)
    removal, _ = book.see(observed(item(7), BIN, time_us=2 * MINUTE_US))
    assert (removal.kind, removal.disposition, removal.sellable) == (EventKind.DISPOSITION, told, False)
    assert book.lines[0].items[item(7).identity].gone_us == 2 * MINUTE_US
    assert book.see(observed(item(7), BIN, time_us=3 * MINUTE_US)) == ()
    assert book.see(observed(item(7), SHELF, time_us=3 * MINUTE_US)) == ()


def test_disposing_when_the_named_item_was_not_seen_coming_in_then_it_is_received_first() -> None:
    book = Book([state(line(serials=["7"]))])
    assert kinds(book.see(observed(item(7), BIN))) == ["receipt", "status", "disposition", "status"]
    assert decide(observed(item(8), BIN), [state(line())], DEFAULT_POLICY) == ()
