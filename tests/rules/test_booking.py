"""What events change on their line: once, in any repetition."""

from dataclasses import replace

from rules.booking import applied
from rules.commands import inspect
from rules.decide import decide
from rules.epc import identify_hex
from rules.events import Event
from rules.policy import DEFAULT_POLICY
from rules.rma import Finding
from rules.vocabulary import Direction, Disposition, EventKind, Grade, Refund
from tests.rules.returns import BIN, MINUTE_US, SHELF, Book, item, line, observed, state


def received() -> Book:
    book = Book([state(line())])
    book.see(observed(item(7)))
    return book


def told() -> list[Event]:
    """In, out, in again, and into stock."""
    book = Book([state(line(quantity=2))])
    book.see(observed(item(7), time_us=MINUTE_US))
    book.see(observed(item(7), direction=Direction.OUT, time_us=2 * MINUTE_US))
    book.see(observed(item(7), time_us=3 * MINUTE_US))
    book.see(observed(item(7), SHELF, time_us=4 * MINUTE_US))
    return book.told


def test_applied_when_each_event_comes_twice_then_the_second_changes_nothing() -> None:
    now = state(line(quantity=2))
    for event in told():
        now = applied(now, event)
        assert applied(now, event) == now


def test_applied_when_an_inspection_comes_twice_then_it_counts_once() -> None:
    (now,) = received().lines
    (before,) = now.items.values()
    (event,) = inspect(now, before, Finding(Grade.B, sealed=True), DEFAULT_POLICY, time_us=2 * MINUTE_US)
    once = applied(now, event)
    (after,) = once.items.values()
    assert (after.found, after.inspections) == (Finding(Grade.B, sealed=True), 1)
    assert applied(once, event) == once


def test_applied_when_old_events_come_again_then_nothing_changes() -> None:
    now = state(line(quantity=2))
    events = told()
    for event in events:
        now = applied(now, event)
    for event in events:
        assert applied(now, event) == now
    assert (now.received, now.rma_received) == (1, 1)


def test_applied_when_an_old_receipt_comes_after_its_reversal_then_it_stays_taken_back() -> None:
    receipt, _, reversal = told()[:3]
    now = applied(applied(state(line(quantity=2)), receipt), reversal)
    assert applied(now, receipt) == now
    assert now.received == 0


def test_applied_when_an_event_books_nothing_then_nothing_changes() -> None:
    now = state(line())
    assert applied(now, Event(EventKind.STATUS, "id", 1, "urn:returns-gateway:rma:RMA-1")) == now
    assert applied(now, Event(EventKind.RECEIPT, "id", 1, "no EPC")) == now
    (exception,) = Book([]).see(observed(item(7)))
    now = applied(now, told()[0])
    assert applied(now, exception._replace(rma="RMA-1", line=1)) == now


def test_applied_when_the_reversal_is_of_another_receipt_then_nothing_changes() -> None:
    receipt, _, reversal = told()[:3]
    now = applied(state(line(quantity=2)), receipt)
    assert applied(now, reversal._replace(reverses="another")) == now


def test_applied_when_the_item_is_gone_then_later_decisions_change_nothing() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    removal, _ = book.see(observed(item(7), BIN, time_us=2 * MINUTE_US))
    gone = book.lines[0]
    assert gone.items[item(7).identity].disposition is Disposition.DISPOSE
    assert applied(gone, removal._replace(id="another", time_us=9 * MINUTE_US)) == gone


def test_applied_when_a_restock_is_of_an_earlier_receipt_then_nothing_changes() -> None:
    events = told()
    now = state(line(quantity=2))
    for event in events[:-1]:
        now = applied(now, event)
    assert applied(now, events[-1]._replace(id="of another receipt")) == now


def test_applied_when_its_epc_is_doubted_then_an_open_refund_is_held_and_a_released_one_stays() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    (doubt,) = decide(observed(item(7), SHELF, time_us=2 * MINUTE_US), book.lines, DEFAULT_POLICY, "dock-9")
    (before,) = book.lines[0].items.values()
    for refund, expected in ((Refund.ELIGIBLE, Refund.HELD), (Refund.RELEASED, Refund.RELEASED)):
        held = replace(book.lines[0], items={before.identity: replace(before, refund=refund)})
        once = applied(held, doubt)
        (after,) = once.items.values()
        assert (after.refund, after.doubted_us) == (expected, 2 * MINUTE_US)
        assert applied(once, doubt) == once


def test_applied_when_a_container_comes_and_goes_then_it_has_no_end_of_its_own() -> None:
    tote = identify_hex("3114257BF400000001000000")
    book = Book([state(line(gtin=None, epcs=[tote.hex]), rma_expected=2)])
    book.see(observed(tote))
    assert (book.lines[0].rma_received, book.lines[0].rma_ended) == (1, 1)
    assert book.see(observed(tote, SHELF, time_us=2 * MINUTE_US)) == ()
    book.see(observed(tote, direction=Direction.OUT, time_us=3 * MINUTE_US))
    assert (book.lines[0].rma_received, book.lines[0].rma_ended) == (0, 0)
