"""How each fact about an item of a line is told: its id, its words, its figures."""

from rules.epc import Epc
from rules.events import Event, fact_id, rma_uri
from rules.lifecycle import arrival_state, line_status
from rules.observation import Observation
from rules.outcomes import Outcome
from rules.rma import Finding, LineState, ReceivedItem
from rules.vocabulary import (
    BizStep,
    Disposition,
    EventKind,
    ExceptionCode,
    LineStatus,
    MatchedBy,
    Refund,
    RmaState,
)


def receipt(state: LineState, epc: Epc, time_us: int, *, by: MatchedBy, outcome: Outcome) -> Event:
    """An item of an open RMA came in. The id counts how often that was told of it and taken back.

    Where a rule decides at once, its fee and whom it wants told stand in the disposition that follows.
    """
    line = state.line
    earlier = state.earlier.get(epc.identity)
    event_id = fact_id("receipt", line.rma, line.line, epc.identity, 0 if earlier is None else earlier.count)
    event = _ruled(_told(EventKind.RECEIPT, event_id, state, epc, time_us=time_us), outcome, line.currency)
    received = state.received + 1
    return event._replace(
        biz_step=BizStep.RECEIVING,
        received=received,
        line_status=line_status(received, line.quantity),
        match=by,
        detail=event.detail if outcome.decision.disposition is None else None,
    )


def candidate(state: LineState, epc: Epc, time_us: int, *, by: MatchedBy, visit: tuple[str, int]) -> Event:
    """An item of an open RMA probably came in: told once per visit (read point, first seen), not booked."""
    line = state.line
    event_id = fact_id("candidate", line.rma, line.line, epc.identity, *visit)
    event = _told(EventKind.CANDIDATE, event_id, state, epc, time_us=time_us)
    return event._replace(biz_step=BizStep.RECEIVING, refund=Refund.NONE, match=by)


def reversal(state: LineState, item: ReceivedItem, epc: Epc, time_us: int, *, detail: str) -> Event:
    """The receipt of an item is taken back; told once, whoever takes it back."""
    event = _told(EventKind.REVERSAL, fact_id("reversal", item.receipt_id), state, epc, time_us=time_us)
    received = state.received - 1
    return event._replace(
        biz_step=BizStep.RECEIVING,
        received=received,
        line_status=line_status(received, state.line.quantity),
        refund=Refund.NONE,
        reverses=item.receipt_id,
        detail=detail,
    )


def disposition(
    state: LineState,
    item: ReceivedItem,
    epc: Epc,
    time_us: int,
    *,
    outcome: Outcome,
    found: Finding | None = None,
) -> Event:
    """A rule, or an inspection that found something new, decided what is to become of the item."""
    how: tuple[str, str] = (outcome.disposition, "rule")
    if found is not None:
        how = ("inspection", f"{item.inspections} {found.grade} {found.sealed} {found.complete}")
    event = _told(
        EventKind.DISPOSITION, fact_id("disposition", item.receipt_id, *how), state, epc, time_us=time_us
    )
    event = _ruled(event._replace(biz_step=BizStep.INSPECTING), outcome, state.line.currency)
    if found is not None:
        event = event._replace(grade=found.grade, sealed=found.sealed, complete=found.complete)
    if item.doubted_us is None or event.refund != Refund.RELEASED:
        return event
    return noted(event._replace(refund=Refund.HELD), "its EPC was seen at two places at once: refund held")


def restock(state: LineState, item: ReceivedItem, epc: Epc, time_us: int) -> Event:
    """The item is sellable again."""
    event = _told(EventKind.RESTOCK, fact_id("restock", item.receipt_id), state, epc, time_us=time_us)
    return event._replace(
        biz_step=BizStep.STOCKING,
        disposition=Disposition.RESTOCK,
        grade=item.grade,
        refund=item.refund,
        sellable=True,
    )


def removal(state: LineState, item: ReceivedItem, epc: Epc, time_us: int, *, fate: Disposition) -> Event:
    """The item left for good: recycled, disposed of, or sent on."""
    event = _told(EventKind.DISPOSITION, fact_id("removal", item.receipt_id), state, epc, time_us=time_us)
    return event._replace(
        biz_step=BizStep.DISPOSING,
        disposition=fate,
        grade=item.grade,
        refund=item.refund,
        detail=GONE,
    )


GONE = "gone"
"""`detail` of the disposition event that ends an item's story."""


REFUSALS = frozenset(
    {
        ExceptionCode.UNKNOWN_ITEM,
        ExceptionCode.OVER_RECEIPT,
        ExceptionCode.RMA_CLOSED,
        ExceptionCode.RMA_EXPIRED,
        ExceptionCode.WRONG_ITEM,
        ExceptionCode.SERIAL_MISMATCH,
        ExceptionCode.LATE_READ,
    }
)
"""Why no line takes an item. The first is told, once per visit: the lines may change while it lies there,
and a gateway that was restarted judges it anew."""


def exception(
    code: ExceptionCode, observation: Observation, detail: str, state: LineState | None = None
) -> Event:
    """Something is not as the RMAs say: told once per visit, not per read."""
    epc, point = observation.epc, observation.read_point
    kind = "refused" if code in REFUSALS else code
    event_id = fact_id("exception", kind, epc.identity, point.id, observation.evidence.first_seen_us)
    if state is None:
        return _of_no_line(code, event_id, observation, detail)
    event = seen(_told(EventKind.EXCEPTION, event_id, state, epc, time_us=observation.seen_us), observation)
    is_over = code is ExceptionCode.OVER_RECEIPT
    return event._replace(
        code=code,
        biz_step=point.biz_step,
        line_status=LineStatus.OVER if is_over else event.line_status,
        detail=detail,
    )


def status(state: LineState, cause: Event) -> Event | None:
    """The RMA-level change a receipt or reversal makes, if any. `state` is the line's before it."""
    change = {EventKind.RECEIPT: 1, EventKind.REVERSAL: -1}[cause.kind]
    expected = state.rma_expected
    received = state.rma_received + change
    now = arrival_state(received, expected)
    if now is arrival_state(state.rma_received, expected):
        return None
    return _rma_status(state, now, cause, received)


def resolution(state: LineState, cause: Event) -> Event | None:
    """The RMA is resolved by the end of its last item, if so. `state` is the line's after it."""
    return _rma_status(state, RmaState.RESOLVED, cause, state.rma_received) if is_resolved(state) else None


def is_resolved(state: LineState) -> bool:
    """Whether nothing more is awaited for the RMA of this line, and all that came in has its end."""
    is_shut = state.rma_closed_us is not None or state.is_expired
    return (is_shut or state.rma_received >= state.rma_expected) and 0 < state.rma_received <= state.rma_ended


def became(
    now: RmaState,
    rma: str,
    time_us: int,
    *,
    order: str | None,
    customer: str | None,
    expected: int,
    received: int,
) -> Event:
    """What became of an RMA at a time, without an item: it has expired, is overdue, is settled by its end."""
    event = _rma_event(now, rma, time_us, time_us)
    return event._replace(order=order, customer=customer, expected=expected, received=received)


def _rma_event(now: RmaState, rma: str, time_us: int, cause: str | int) -> Event:
    event_id = fact_id("status", rma, now, cause)
    return Event(EventKind.STATUS, event_id, time_us, rma_uri(rma), rma=rma, status=now)


def _rma_status(state: LineState, now: RmaState, cause: Event, received: int) -> Event:
    event = _rma_event(now, state.line.rma, cause.time_us, cause.id)
    return event._replace(
        read_point=cause.read_point,
        order=state.order,
        customer=state.customer,
        expected=state.rma_expected,
        received=received,
    )


def seen(event: Event, observation: Observation) -> Event:
    """The event with the place and the reads it rests on."""
    return event._replace(
        read_point=observation.read_point.id,
        confidence=observation.confidence,
        evidence=observation.evidence,
    )


def _told(kind: EventKind, event_id: str, state: LineState, epc: Epc, *, time_us: int) -> Event:
    line = state.line
    return Event(
        kind,
        event_id,
        time_us,
        epc.subject,
        rma=line.rma,
        line=line.line,
        order=state.order,
        customer=state.customer,
        reason=line.reason,
        epc=epc.hex,
        epc_uri=epc.uri or epc.subject,
        gtin=epc.gtin or line.gtin,
        serial=epc.serial,
        sku=line.sku,
        quantity=1,
        expected=line.quantity,
        received=state.received,
        line_status=line_status(state.received, line.quantity),
        sellable=False,
    )


def _of_no_line(code: ExceptionCode, event_id: str, observation: Observation, detail: str) -> Event:
    """Put together in one go: where no RMAs are known yet, every item is told so."""
    epc, point = observation.epc, observation.read_point
    return Event(
        EventKind.EXCEPTION,
        event_id,
        observation.seen_us,
        epc.subject,
        read_point=point.id,
        biz_step=point.biz_step,
        epc=epc.hex,
        epc_uri=epc.uri or epc.subject,
        gtin=epc.gtin,
        serial=epc.serial,
        quantity=1,
        confidence=observation.confidence,
        evidence=observation.evidence,
        detail=detail,
        code=code,
    )


def noted(event: Event, words: str) -> Event:
    """The event with something more in its `detail`."""
    return event._replace(detail=words if event.detail is None else f"{words}; {event.detail}")


def _ruled(event: Event, outcome: Outcome, currency: str | None) -> Event:
    """What a rule decided; what it wants charged and whom it wants told stands in `detail`."""
    decision = outcome.decision
    fee = [] if decision.fee is None else [f"fee {decision.fee}" + (f" {currency}" if currency else "")]
    notify = [f"notify {', '.join(decision.notify)}"] if decision.notify else []
    return event._replace(
        detail="; ".join([*fee, *notify]) or None,
        disposition=outcome.disposition,
        refund=outcome.decision.refund,
        route=outcome.decision.route,
        rule=outcome.rule,
        ruleset=outcome.ruleset,
        gpo=outcome.decision.gpo,
    )
