"""What an observation means: receipts, reversals, restocks and exceptions, each told once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from rules.decide import decide
from rules.epc import identify_hex
from rules.observation import Observation
from rules.policy import DEFAULT_POLICY, Policy, parse_policy
from rules.vocabulary import (
    BizStep,
    Direction,
    Disposition,
    EventKind,
    ExceptionCode,
    Gpo,
    LineStatus,
    MatchedBy,
    Refund,
    RmaState,
)
from tests.rules.returns import (
    BENCH,
    DOCK,
    GTIN,
    MINUTE_US,
    SHELF,
    Book,
    item,
    kinds,
    line,
    observed,
    state,
)

FAST_TRACK = {
    "id": "fast",
    "phase": "receipt",
    "when": {"value": {"lte": "60.00"}, "match": "exact", "confidence": {"gte": 0.95}},
    "then": {
        "disposition": "restock",
        "refund": "release",
        "route": "FT",
        "gpo": {"port": 1, "seconds": 3},
        "fee": "1.50",
    },
}


def ruled(**then: object) -> Policy:
    rule = {**FAST_TRACK, "then": {**FAST_TRACK["then"], **then}}  # type: ignore[dict-item]
    return parse_policy({"version": 1, "rule": [rule]}, {})


def cheap(serial: str = "7", **more: object) -> Book:
    named = replace(line(serials=[serial]), value=Decimal("59.90"), currency="EUR")
    return Book([state(named)], **more)  # type: ignore[arg-type]


def test_receipt_when_an_expected_item_comes_in_then_every_field_tells_it() -> None:
    observation = observed(item(7))
    (receipt, status) = decide(observation, [state(line(quantity=2))], DEFAULT_POLICY)
    assert receipt.kind is EventKind.RECEIPT
    assert receipt.time_us == MINUTE_US
    assert receipt.subject == item(7).identity
    assert (receipt.read_point, receipt.biz_step) == ("dock-1", BizStep.RECEIVING)
    assert (receipt.rma, receipt.line, receipt.order, receipt.customer) == ("RMA-1", 1, "SO-1", "C-1")
    assert (receipt.reason, receipt.sku, receipt.gtin, receipt.serial) == ("TOO_SMALL", "SKU-1", GTIN, "7")
    assert (receipt.epc, receipt.epc_uri) == (item(7).hex, "urn:epc:id:sgtin:0614141.812345.7")
    assert (receipt.quantity, receipt.expected, receipt.received) == (1, 2, 1)
    assert (receipt.line_status, receipt.match) == (LineStatus.PARTIAL, MatchedBy.GTIN)
    assert (receipt.disposition, receipt.refund, receipt.sellable) == (
        Disposition.INSPECT,
        Refund.HELD,
        False,
    )
    assert (receipt.rule, receipt.ruleset, receipt.confidence) == (None, "default", 0.99)
    assert receipt.evidence == observation.evidence
    assert receipt.code is receipt.status is receipt.reverses is receipt.grade is receipt.detail is None
    assert (status.kind, status.status) == (EventKind.STATUS, RmaState.PARTIALLY_RECEIVED)
    assert (status.subject, status.rma) == ("urn:returns-gateway:rma:RMA-1", "RMA-1")
    assert (status.expected, status.received, status.read_point) == (2, 1, "dock-1")
    assert (status.epc, status.line) == (None, None)


def test_receipt_when_the_same_item_is_seen_again_then_nothing_is_told() -> None:
    book = Book([state(line(quantity=5))])
    first = book.see(observed(item(7)))
    assert kinds(first) == ["receipt", "status"]
    assert book.see(observed(item(7), time_us=2 * MINUTE_US)) == ()
    assert book.see(observed(item(7, filter_value=0), BENCH, time_us=3 * MINUTE_US)) == ()
    assert book.lines[0].received == 1


def test_receipt_when_decided_twice_from_the_same_lines_then_the_events_are_equal() -> None:
    lines = [state(line())]
    assert decide(observed(item(7)), lines, DEFAULT_POLICY) == decide(
        observed(item(7)), lines, DEFAULT_POLICY
    )
    elsewhere = decide(observed(item(7), replace(DOCK, id="dock-2")), lines, DEFAULT_POLICY)
    assert elsewhere[0].id == decide(observed(item(7)), lines, DEFAULT_POLICY)[0].id


def test_status_when_the_rma_fills_up_then_each_change_is_told_once() -> None:
    book = Book([state(line(quantity=3))])
    told = [book.see(observed(item(serial), time_us=serial * MINUTE_US)) for serial in (1, 2, 3)]
    assert [kinds(events) for events in told] == [["receipt", "status"], ["receipt"], ["receipt", "status"]]
    assert told[2][1].status == RmaState.RECEIVED
    assert told[2][0].line_status == LineStatus.COMPLETE


def test_status_when_an_rma_has_several_lines_then_all_must_be_there() -> None:
    lines = [
        state(line(number=1, serials=["1"]), rma_expected=2),
        state(line(number=2, serials=["2"]), rma_expected=2),
    ]
    book = Book(lines)
    assert book.see(observed(item(1)))[1].status == RmaState.PARTIALLY_RECEIVED
    assert book.see(observed(item(2)))[1].status == RmaState.RECEIVED


@pytest.mark.parametrize(
    "direction", [Direction.PAST, Direction.PARKED, Direction.TURNED_BACK, Direction.UNCLEAR]
)
def test_door_when_an_item_did_not_cross_it_then_nothing_is_told(direction: Direction) -> None:
    assert decide(observed(item(7), direction=direction), [state(line())], DEFAULT_POLICY) == ()


def test_candidate_when_the_door_is_not_sure_then_nothing_is_booked() -> None:
    book = Book([state(line())])
    unsure = observed(item(7), confidence=0.5, reasons=("few reads", "alone"))
    (candidate,) = book.see(unsure)
    assert candidate.kind is EventKind.CANDIDATE
    assert (candidate.received, candidate.line_status, candidate.refund) == (0, LineStatus.OPEN, Refund.NONE)
    assert (candidate.detail, candidate.confidence, candidate.match) == (
        "few reads; alone",
        0.5,
        MatchedBy.GTIN,
    )
    assert candidate.disposition is candidate.rule is None
    assert book.see(unsure) == (candidate,)
    (next_visit,) = book.see(observed(item(7), confidence=0.5, time_us=5 * MINUTE_US))
    assert next_visit.id != candidate.id
    assert next_visit.detail is None
    assert kinds(book.see(observed(item(7), time_us=6 * MINUTE_US))) == ["receipt", "status"]
    assert book.see(replace(unsure, confidence=0.1)) == ()


def test_door_when_it_is_not_sure_then_neither_exceptions_nor_reversals_are_told() -> None:
    book = Book([state(line())])
    assert book.see(observed(item(8, kind="712345"), confidence=0.5)) == ()
    book.see(observed(item(7)))
    assert book.see(observed(item(7), direction=Direction.OUT, confidence=0.5, time_us=2 * MINUTE_US)) == ()


def test_inspecting_when_the_item_was_not_received_then_it_is_now() -> None:
    book = Book([state(line())])
    assert kinds(book.see(observed(item(7), BENCH))) == ["receipt", "status"]
    assert book.see(observed(item(7), BENCH, time_us=2 * MINUTE_US)) == ()


def test_exception_when_the_item_is_unknown_then_it_is_told_once_per_visit() -> None:
    (exception,) = decide(observed(item(7)), [], DEFAULT_POLICY)
    assert (exception.kind, exception.code) == (EventKind.EXCEPTION, ExceptionCode.UNKNOWN_ITEM)
    assert (exception.epc, exception.gtin, exception.serial) == (item(7).hex, GTIN, "7")
    assert (exception.quantity, exception.read_point, exception.biz_step) == (1, "dock-1", BizStep.RECEIVING)
    assert (exception.rma, exception.detail) == (None, "no RMA names the item or its GTIN")
    assert decide(observed(item(7)), [], DEFAULT_POLICY) == (exception,)
    (again,) = decide(observed(item(7), time_us=9 * MINUTE_US), [], DEFAULT_POLICY)
    assert again.id != exception.id


def test_door_when_an_item_was_read_less_than_a_ghost_may_be_then_only_what_is_waited_for_is_told() -> None:
    def once(number: int, *, time_us: int = MINUTE_US) -> Observation:
        seen = observed(item(number), time_us=time_us)
        return replace(seen, evidence=replace(seen.evidence, reads=1))

    book = Book([state(line())])
    assert kinds(book.see(once(8))) == ["receipt", "status"]
    assert decide(once(7), [], DEFAULT_POLICY) == ()
    (exception,) = book.see(once(9, time_us=2 * MINUTE_US))
    assert exception.code is ExceptionCode.OVER_RECEIPT


def test_exception_when_the_tag_is_raw_then_it_says_why() -> None:
    (exception,) = decide(observed(identify_hex("E2003412012345678901234F")), [], DEFAULT_POLICY)
    assert exception.subject == exception.epc_uri == "urn:epc:raw:96.xE2003412012345678901234F"
    assert exception.detail == "header E2 is no EPC scheme"


def test_exception_when_the_line_is_full_then_it_names_the_line() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    (exception,) = book.see(observed(item(8)))
    assert (exception.code, exception.line_status) == (ExceptionCode.OVER_RECEIPT, LineStatus.OVER)
    assert (exception.rma, exception.expected, exception.received) == ("RMA-1", 1, 1)
    assert book.lines[0].received == 1


def test_rule_when_it_applies_at_the_door_then_the_receipt_carries_it_and_the_decision_is_told() -> None:
    book = cheap(policy=ruled())
    receipt, status, decision = book.see(observed(item(7)))
    assert (receipt.rule, receipt.route, receipt.refund) == ("fast", "FT", Refund.RELEASED)
    assert (receipt.disposition, receipt.gpo, receipt.detail) == (Disposition.RESTOCK, Gpo(1, 3.0), None)
    assert receipt.ruleset == book.policy.ruleset
    assert status.kind is EventKind.STATUS
    assert (decision.kind, decision.disposition) == (EventKind.DISPOSITION, Disposition.RESTOCK)
    assert (decision.sellable, decision.detail) == (False, "fee 1.50 EUR")
    assert book.lines[0].items[item(7).identity].disposition is Disposition.RESTOCK
    assert kinds(book.see(observed(item(7), SHELF, time_us=2 * MINUTE_US))) == ["restock", "status"]


@pytest.mark.parametrize("restock", ["at_receipt", "at_disposition"])
def test_rule_when_it_restocks_at_the_door_then_the_item_is_sellable_at_once(restock: str) -> None:
    book = cheap(policy=ruled(restock=restock))
    assert kinds(book.see(observed(item(7)))) == ["receipt", "status", "disposition", "restock", "status"]
    assert book.see(observed(item(7), SHELF, time_us=2 * MINUTE_US)) == ()


def test_rule_when_it_restocks_an_item_first_seen_in_stock_then_it_is_restocked_once() -> None:
    book = cheap(policy=ruled(restock="at_receipt"))
    assert kinds(book.see(observed(item(7), SHELF))) == [
        "receipt",
        "status",
        "disposition",
        "restock",
        "status",
    ]


def test_rule_when_it_decides_to_recycle_at_the_door_then_nothing_is_restocked() -> None:
    book = cheap(policy=ruled(disposition="recycle", refund="hold"))
    assert kinds(book.see(observed(item(7)))) == ["receipt", "status", "disposition"]


def test_rule_when_the_door_is_less_sure_than_it_asks_then_the_defaults_hold() -> None:
    book = cheap(policy=ruled())
    receipt, _ = book.see(observed(item(7), confidence=0.9))
    assert (receipt.rule, receipt.refund) == (None, Refund.HELD)
