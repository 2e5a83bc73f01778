"""How facts are told: ids that follow from the fact, figures of the line after it."""

from dataclasses import replace
from decimal import Decimal

from rules.outcomes import Decision, Outcome
from rules.rma import Finding
from rules.telling import candidate, disposition, exception, receipt, removal, restock, reversal, seen, status
from rules.vocabulary import Disposition, EventKind, ExceptionCode, Grade, MatchedBy, Refund
from tests.rules.returns import MINUTE_US, Book, item, line, observed, state

DEFAULTS = Outcome("default")


def booked() -> Book:
    book = Book([state(line(quantity=2))])
    book.see(observed(item(7)))
    return book


def test_ids_when_the_same_fact_is_told_again_then_they_are_equal_and_else_all_differ() -> None:
    book = booked()
    (now,), epc = book.lines, item(7)
    held = now.items[epc.identity]
    facts = [
        receipt(now, epc, 1, by=MatchedBy.EPC, outcome=DEFAULTS),
        candidate(now, epc, 1, by=MatchedBy.EPC, visit=("dock-1", 1)),
        candidate(now, epc, 1, by=MatchedBy.EPC, visit=("dock-1", 2)),
        candidate(now, epc, 1, by=MatchedBy.EPC, visit=("dock-2", 1)),
        reversal(now, held, epc, 1, detail="voided"),
        disposition(now, held, epc, 1, outcome=DEFAULTS),
        disposition(now, held, epc, 1, outcome=DEFAULTS, found=Finding(Grade.A)),
        disposition(now, replace(held, inspections=1), epc, 1, outcome=DEFAULTS, found=Finding(Grade.A)),
        disposition(now, held, epc, 1, outcome=DEFAULTS, found=Finding(Grade.A, sealed=False)),
        restock(now, held, epc, 1),
        removal(now, held, epc, 1, fate=Disposition.DISPOSE),
    ]
    assert len({fact.id for fact in facts}) == len(facts)
    assert receipt(now, epc, 99, by=MatchedBy.GTIN, outcome=DEFAULTS).id == facts[0].id == held.receipt_id
    assert reversal(now, held, epc, 99, detail="went out again").id == facts[4].id
    assert restock(now, held, epc, 99).id == facts[9].id
    assert {fact.sellable for fact in facts if fact.kind is not EventKind.RESTOCK} == {False}


def test_exception_when_the_reason_changes_within_a_visit_then_it_is_one_fact() -> None:
    seen_now = observed(item(7))
    first = exception(ExceptionCode.SERIAL_MISMATCH, seen_now, "expects others")
    later = exception(ExceptionCode.OVER_RECEIPT, seen_now, "has them by now")
    assert first.id == later.id
    assert exception(ExceptionCode.SUSPECT, seen_now, "lies with the stock").id != first.id
    assert exception(ExceptionCode.SERIAL_MISMATCH, observed(item(8)), "expects others").id != first.id


def test_seen_when_an_observation_is_given_then_place_and_reads_are_told() -> None:
    book = booked()
    (now,), epc = book.lines, item(7)
    bare = restock(now, now.items[epc.identity], epc, MINUTE_US)
    assert bare.read_point is bare.evidence is bare.confidence is None
    observation = observed(epc)
    told = seen(bare, observation)
    assert (told.read_point, told.evidence, told.confidence) == ("dock-1", observation.evidence, 0.99)
    assert told.id == bare.id


def test_status_when_the_rma_stays_as_it_is_then_there_is_none() -> None:
    before = state(line(quantity=5))
    first = receipt(before, item(1), 1, by=MatchedBy.GTIN, outcome=DEFAULTS)
    assert status(before, first) is not None
    book = Book([before])
    book.see(observed(item(1)))
    assert (
        status(book.lines[0], receipt(book.lines[0], item(2), 2, by=MatchedBy.GTIN, outcome=DEFAULTS)) is None
    )


def test_disposition_when_no_rule_applied_then_the_refund_is_held() -> None:
    (now,) = booked().lines
    event = disposition(
        now, now.items[item(7).identity], item(7), 1, outcome=DEFAULTS, found=Finding(Grade.C)
    )
    assert (event.refund, event.grade, event.detail) == (Refund.HELD, Grade.C, None)


def test_disposition_when_a_rule_wants_more_done_then_it_is_told_in_words() -> None:
    (now,) = booked().lines
    now = replace(now, line=replace(now.line, currency="EUR"))
    decision = Decision(refund=Refund.RELEASED, fee=Decimal("5.00"), notify=("crm", "qa"))
    item_on_line, outcome = now.items[item(7).identity], Outcome("r", decision, "worn")
    found = Finding(Grade.C)
    event = disposition(now, item_on_line, item(7), 1, outcome=outcome, found=found)
    assert event.detail == "fee 5.00 EUR; notify crm, qa"
    doubted = disposition(now, replace(item_on_line, doubted_us=1), item(7), 1, outcome=outcome, found=found)
    assert doubted.detail == (
        "its EPC was seen at two places at once: refund held; fee 5.00 EUR; notify crm, qa"
    )
    no_currency = receipt(booked().lines[0], item(8), 1, by=MatchedBy.GTIN, outcome=outcome)
    assert no_currency.detail == "fee 5.00; notify crm, qa"
