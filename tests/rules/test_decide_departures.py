"""Out of the door: receipts taken back, returns that leave for good, and what comes in once more."""

from dataclasses import replace

from rules.decide import decide
from rules.policy import DEFAULT_POLICY
from rules.vocabulary import (
    BizStep,
    Direction,
    Disposition,
    EventKind,
    Grade,
    LineStatus,
    Refund,
    RmaState,
)
from tests.rules.returns import (
    DOCK,
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


def test_reversal_when_the_item_goes_out_again_then_the_receipt_is_taken_back() -> None:
    book = Book([state(line())])
    receipt, _ = book.see(observed(item(7)))
    reversal, status = book.see(observed(item(7), direction=Direction.OUT, time_us=2 * MINUTE_US))
    assert (reversal.kind, reversal.reverses) == (EventKind.REVERSAL, receipt.id)
    assert (reversal.received, reversal.line_status, reversal.refund) == (0, LineStatus.OPEN, Refund.NONE)
    assert (reversal.detail, reversal.sellable, reversal.biz_step) == (
        "went out again",
        False,
        BizStep.RECEIVING,
    )
    assert (status.status, status.received) == (RmaState.AUTHORIZED, 0)
    assert book.lines[0].received == book.lines[0].rma_received == 0
    assert book.see(observed(item(7), direction=Direction.OUT, time_us=3 * MINUTE_US)) == ()


def test_reversal_when_the_item_comes_in_once_more_then_it_is_a_new_receipt() -> None:
    book = Book([state(line())])
    for minute in (1, 3, 5):
        book.see(observed(item(7), time_us=minute * MINUTE_US))
        book.see(observed(item(7), direction=Direction.OUT, time_us=(minute + 1) * MINUTE_US))
    ids = [event.id for event in book.told]
    assert len(set(ids)) == len(ids) == 12
    assert book.lines[0].earlier[item(7).identity].count == 3


def test_reversal_when_an_earlier_entry_is_told_late_then_it_is_not_received_again() -> None:
    book = Book([state(line())])
    book.see(observed(item(7), time_us=MINUTE_US))
    book.see(observed(item(7), direction=Direction.OUT, time_us=5 * MINUTE_US))
    assert book.see(observed(item(7), time_us=3 * MINUTE_US)) == ()
    assert book.see(observed(item(7), SHELF, time_us=3 * MINUTE_US)) == ()
    assert kinds(book.see(observed(item(7), time_us=6 * MINUTE_US))) == ["receipt", "status"]


def test_reversal_when_a_named_item_is_told_late_from_the_shelf_then_it_is_not_received_again() -> None:
    book = Book([state(line(serials=["7"]))])
    book.see(observed(item(7), time_us=MINUTE_US))
    book.see(observed(item(7), direction=Direction.OUT, time_us=5 * MINUTE_US))
    assert book.see(observed(item(7), SHELF, time_us=3 * MINUTE_US)) == ()
    assert kinds(book.see(observed(item(7), SHELF, time_us=6 * MINUTE_US))) == [
        "receipt",
        "status",
        "restock",
        "status",
    ]


def test_reversal_when_others_stay_in_then_the_rma_does_not_change() -> None:
    book = Book([state(line(quantity=3))])
    for serial in (7, 8):
        book.see(observed(item(serial)))
    assert kinds(book.see(observed(item(7), direction=Direction.OUT, time_us=2 * MINUTE_US))) == ["reversal"]


def test_reversal_when_the_exit_was_before_the_receipt_then_it_stands() -> None:
    book = Book([state(line())])
    book.see(observed(item(7), time_us=5 * MINUTE_US))
    assert book.see(observed(item(7), direction=Direction.OUT, time_us=4 * MINUTE_US)) == ()


def test_exit_when_nothing_was_received_then_nothing_is_told() -> None:
    assert decide(observed(item(7), direction=Direction.OUT), [state(line())], DEFAULT_POLICY) == ()


def test_exit_when_the_return_is_over_then_nothing_is_told() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    book.see(observed(item(7), SHELF, time_us=2 * MINUTE_US))
    assert book.see(observed(item(7), direction=Direction.OUT, time_us=3 * MINUTE_US)) == ()


def test_exit_when_the_rma_is_closed_then_the_receipt_stands() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    book.close("RMA-1", time_us=2 * MINUTE_US)
    assert book.see(observed(item(7), direction=Direction.OUT, time_us=3 * MINUTE_US)) == ()


def test_exit_when_the_item_was_decided_to_leave_then_it_is_gone_for_good() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    decided_to(book, Disposition.RETURN_TO_VENDOR)
    removal, _ = book.see(observed(item(7), direction=Direction.OUT, time_us=2 * MINUTE_US))
    assert (removal.kind, removal.disposition, removal.detail) == ("disposition", "return_to_vendor", "gone")
    assert (removal.biz_step, removal.grade, removal.read_point) == (BizStep.DISPOSING, Grade.D, "dock-1")
    assert book.lines[0].items[item(7).identity].ended_us == 2 * MINUTE_US
    assert book.see(observed(item(7), direction=Direction.OUT, time_us=3 * MINUTE_US)) == ()


def test_door_of_another_step_when_an_item_goes_out_then_nothing_is_told() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    inner = replace(DOCK, id="inner", biz_step=BizStep.INSPECTING)
    assert book.see(observed(item(7), inner, direction=Direction.OUT, time_us=2 * MINUTE_US)) == ()
