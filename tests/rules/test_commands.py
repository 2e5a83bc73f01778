"""Inspection and voiding: what people decide about items that came in."""

from dataclasses import replace

from rules.commands import inspect, void
from rules.events import Event
from rules.policy import DEFAULT_POLICY, Policy, parse_policy
from rules.rma import Finding
from rules.vocabulary import BizStep, Direction, Disposition, EventKind, Grade, Refund, RmaState
from tests.rules.returns import MINUTE_US, SHELF, Book, item, kinds, line, observed, state


def received() -> Book:
    book = Book([state(line())])
    book.see(observed(item(7)))
    return book


def graded(
    book: Book, grade: Grade, policy: Policy = DEFAULT_POLICY, *, minute: int = 2, sealed: bool | None = None
) -> tuple[Event, ...]:
    events = inspect(
        book.lines[0],
        book.lines[0].items[item(7).identity],
        Finding(grade, sealed),
        policy,
        time_us=minute * MINUTE_US,
    )
    book.book(events)
    return events


def ruled(then: dict[str, object], **when: object) -> Policy:
    rule = {"id": "graded", "phase": "inspection", "when": when, "then": then}
    return parse_policy({"version": 1, "rule": [rule]}, {})


def test_inspect_when_no_rule_applies_then_the_grade_is_kept_and_the_defaults_hold() -> None:
    book = received()
    (event,) = graded(book, Grade.B)
    assert (event.kind, event.grade, event.time_us) == (EventKind.DISPOSITION, Grade.B, 2 * MINUTE_US)
    assert (event.disposition, event.refund, event.biz_step) == (
        Disposition.INSPECT,
        Refund.HELD,
        BizStep.INSPECTING,
    )
    assert (event.epc, event.rma, event.sellable) == (item(7).hex, "RMA-1", False)
    assert book.lines[0].items[item(7).identity].grade is Grade.B


def test_inspect_when_it_has_that_grade_already_then_nothing_follows() -> None:
    book = received()
    graded(book, Grade.B)
    assert graded(book, Grade.B, minute=3) == ()
    (again,) = graded(book, Grade.C, minute=4)
    assert again.grade == Grade.C


def test_inspect_when_the_grade_goes_there_and_back_then_each_change_is_told_under_its_own_id() -> None:
    book = received()
    told = [event for grade in "ACACC" for event in graded(book, Grade(grade))]
    assert [event.grade for event in told] == ["A", "C", "A", "C"]
    assert len({event.id for event in told}) == 4
    again = received()
    assert [event.id for grade in "ACAC" for event in graded(again, Grade(grade), minute=9)] == [
        event.id for event in told
    ]


def test_inspect_when_the_seal_is_looked_at_later_then_the_rules_are_asked_again() -> None:
    book = received()
    policy = ruled({"disposition": "recycle"}, sealed=False)
    assert graded(book, Grade.A, policy)[0].disposition == Disposition.INSPECT
    (event,) = graded(book, Grade.A, policy, minute=3, sealed=False)
    assert event.disposition == Disposition.RECYCLE
    assert graded(book, Grade.A, policy, minute=4) == ()
    (worse,) = graded(book, Grade.B, policy, minute=5)
    assert worse.disposition == Disposition.RECYCLE


def test_inspect_when_a_rule_says_recycle_then_the_item_is_to_leave() -> None:
    book = received()
    policy = ruled({"disposition": "recycle", "refund": "release", "route": "R3"}, sealed=False)
    (event,) = graded(book, Grade.A, policy, sealed=False)
    assert (event.rule, event.route, event.disposition) == ("graded", "R3", Disposition.RECYCLE)
    kept = book.lines[0].items[item(7).identity]
    assert (kept.disposition, kept.refund) == (Disposition.RECYCLE, Refund.RELEASED)
    assert kinds(book.see(observed(item(7), SHELF, time_us=3 * MINUTE_US))) == ["exception"]


def test_inspect_when_a_rule_restocks_at_the_disposition_then_it_is_sellable_once() -> None:
    book = received()
    policy = ruled({"disposition": "restock", "restock": "at_disposition"}, grade="A")
    event, restock, _ = graded(book, Grade.A, policy)
    assert (event.disposition, restock.kind, restock.sellable) == (
        Disposition.RESTOCK,
        EventKind.RESTOCK,
        True,
    )
    assert restock.grade == Grade.A
    assert book.see(observed(item(7), SHELF, time_us=3 * MINUTE_US)) == ()
    assert graded(book, Grade.D, minute=4) == ()


def test_inspect_when_a_rule_restocks_in_stock_only_then_the_shelf_decides() -> None:
    book = received()
    assert kinds(graded(book, Grade.A, ruled({"disposition": "restock"}))) == ["disposition"]
    restock, _ = book.see(observed(item(7), SHELF, time_us=3 * MINUTE_US))
    assert restock.grade == Grade.A


def test_void_when_the_receipt_is_known_then_it_is_taken_back_as_by_the_door() -> None:
    book = received()
    receipt = book.told[0]
    by_hand = void(book.lines, receipt.id, time_us=2 * MINUTE_US)
    by_door = book.see(observed(item(7), direction=Direction.OUT, time_us=2 * MINUTE_US))
    assert kinds(by_hand) == ["reversal", "status"]
    assert [event.id for event in by_hand] == [event.id for event in by_door]
    assert (by_hand[0].detail, by_hand[1].status) == ("voided", RmaState.AUTHORIZED)
    assert void(book.lines, receipt.id, time_us=3 * MINUTE_US) == ()


def test_void_when_the_rma_stays_as_it_is_then_no_status_is_told() -> None:
    book = Book([state(line(quantity=3))])
    for serial in (1, 2):
        book.see(observed(item(serial)))
    assert kinds(void(book.lines, book.told[0].id, time_us=2 * MINUTE_US)) == ["reversal"]


def test_void_when_the_event_is_unknown_or_the_item_restocked_then_nothing_follows() -> None:
    book = received()
    receipt_id = book.told[0].id
    assert void(book.lines, "no such event", time_us=2 * MINUTE_US) == ()
    book.see(observed(item(7), SHELF, time_us=2 * MINUTE_US))
    assert void(book.lines, receipt_id, time_us=3 * MINUTE_US) == ()


def test_inspect_when_the_epc_is_doubted_then_the_refund_stays_held() -> None:
    book = received()
    (only,) = book.lines[0].items.values()
    doubted = replace(only, doubted_us=MINUTE_US)
    book.lines = [replace(book.lines[0], items={only.identity: doubted})]
    (event,) = inspect(
        book.lines[0], doubted, Finding(Grade.A), ruled({"refund": "release"}), time_us=2 * MINUTE_US
    )
    assert (event.rule, event.refund) == ("graded", Refund.HELD)
    assert event.detail == "its EPC was seen at two places at once: refund held"


def test_inspect_when_others_of_the_rma_are_in_work_then_a_restock_resolves_nothing() -> None:
    book = Book([state(line(quantity=2))])
    for serial in (7, 8):
        book.see(observed(item(serial)))
    policy = ruled({"disposition": "restock", "restock": "at_disposition"}, grade="A")
    assert kinds(graded(book, Grade.A, policy)) == ["disposition", "restock"]
