"""What an event changes on the line it belongs to: the same for every store that keeps lines."""

from dataclasses import replace

from rules.epc import is_container
from rules.events import Event, fact_id
from rules.rma import EarlierReceipts, Finding, LineState, ReceivedItem
from rules.vocabulary import Disposition, EventKind, ExceptionCode, Grade, Refund


def applied(state: LineState, event: Event) -> LineState:
    """The line after one of its own events; what was applied before, or books nothing, changes nothing."""
    identity = event.subject
    item = state.items.get(identity)
    earlier = state.earlier.get(identity)
    if event.kind is EventKind.RECEIPT and item is None and event.epc is not None:
        if earlier is not None and event.time_us <= earlier.reversed_us:
            return state
        item = ReceivedItem(identity, event.epc, event.id, event.time_us, refund=_refund(event))
        return replace(
            state,
            items={**state.items, identity: item},
            rma_received=state.rma_received + 1,
            rma_ended=state.rma_ended + is_container(identity),
        )
    if item is None:
        return state
    if event.kind is EventKind.REVERSAL and event.reverses == item.receipt_id:
        left = {key: value for key, value in state.items.items() if key != identity}
        count = 1 if earlier is None else earlier.count + 1
        taken_back = {**state.earlier, identity: EarlierReceipts(count, event.time_us)}
        return replace(
            state,
            items=left,
            earlier=taken_back,
            rma_received=state.rma_received - 1,
            rma_ended=state.rma_ended - is_container(identity),
        )
    after = _advanced(item, event)
    has_ended = item.ended_us is None and after.ended_us is not None and not is_container(identity)
    return replace(state, items={**state.items, identity: after}, rma_ended=state.rma_ended + has_ended)


def _advanced(item: ReceivedItem, event: Event) -> ReceivedItem:
    if event.kind is EventKind.RESTOCK and event.id == fact_id("restock", item.receipt_id):
        return replace(item, restocked_us=event.time_us)
    if event.kind is EventKind.DISPOSITION and item.ended_us is None and event.disposition is not None:
        is_gone = event.id == fact_id("removal", item.receipt_id)
        return replace(
            item
            if event.grade is None
            else _inspected(item, Finding(Grade(event.grade), event.sealed, event.complete)),
            gone_us=event.time_us if is_gone else None,
            disposition=Disposition(event.disposition),
            refund=_refund(event) or item.refund,
            decided_us=event.time_us,
        )
    if event.code is ExceptionCode.DUPLICATE_EPC and item.doubted_us is None:
        refund = Refund.HELD if item.refund is not Refund.RELEASED else item.refund
        return replace(item, doubted_us=event.time_us, refund=refund)
    return item


def _inspected(item: ReceivedItem, found: Finding) -> ReceivedItem:
    known = item.looked_at(found)
    return item if known == item.found else replace(item, found=known, inspections=item.inspections + 1)


def _refund(event: Event) -> Refund | None:
    return None if event.refund is None else Refund(event.refund)
