"""Items that came in before their RMA was known, and EPCs that are at two places at once."""

from rules.decide import BLIND, decide, match_blind
from rules.policy import DEFAULT_POLICY
from rules.telling import became
from rules.vocabulary import Direction, EventKind, ExceptionCode, Refund, RmaState
from tests.rules.returns import DAY_US, MINUTE_US, Book, item, kinds, line, observed, state

FIGURES = {"order": "SO-1", "customer": "C-1", "expected": 2, "received": 1}


def test_match_blind_when_the_line_names_it_then_received_at_that_time() -> None:
    later = state(line(serials=["7"]), opened_us=DAY_US)
    receipt, status = match_blind(observed(item(7)), [later], DEFAULT_POLICY)
    assert (receipt.kind, receipt.time_us, receipt.detail) == (EventKind.RECEIPT, MINUTE_US, BLIND)
    assert (status.status, status.time_us) == (RmaState.RECEIVED, MINUTE_US)


def test_match_blind_when_the_line_names_its_gtin_then_a_candidate() -> None:
    (event,) = match_blind(observed(item(7)), [state(line())], DEFAULT_POLICY)
    assert (event.kind, event.detail) == (EventKind.CANDIDATE, f"{BLIND}; the RMA names its GTIN only")


def test_match_blind_when_no_line_takes_it_then_nothing() -> None:
    assert match_blind(observed(item(7)), [state(line(serials=["8"]))], DEFAULT_POLICY) == ()
    book = Book([state(line(serials=["7"]))])
    book.see(observed(item(7)))
    assert match_blind(observed(item(7)), book.lines, DEFAULT_POLICY) == ()
    book.see(observed(item(7), direction=Direction.OUT, time_us=2 * MINUTE_US))
    assert match_blind(observed(item(7)), book.lines, DEFAULT_POLICY) == ()


def test_decide_when_it_was_elsewhere_then_only_the_doubt_is_told() -> None:
    (event,) = decide(observed(item(7)), [state(line())], DEFAULT_POLICY, "dock-9")
    assert (event.code, event.rma, event.refund) == (ExceptionCode.DUPLICATE_EPC, None, Refund.HELD)
    unsure = observed(item(7), confidence=0.5)
    assert kinds(decide(unsure, [state(line())], DEFAULT_POLICY, "dock-9")) == ["candidate"]


def test_rma_status_when_nobody_caused_it_then_its_time_makes_its_id() -> None:
    late = became(RmaState.OVERDUE, "RMA-1", 5, **FIGURES)
    assert (late.status, late.time_us, late.order, late.received) == (RmaState.OVERDUE, 5, "SO-1", 1)
    assert late.id != became(RmaState.OVERDUE, "RMA-1", 6, **FIGURES).id
    done = became(RmaState.RESOLVED, "RMA-1", 5, **FIGURES)
    assert (done.status, done.id == late.id) == (RmaState.RESOLVED, False)
