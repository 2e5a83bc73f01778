"""What an observation means for the RMAs: item and lines in, the events to book and to tell out."""

from collections.abc import Iterator, Sequence

from rules.booking import applied
from rules.epc import is_container
from rules.events import Event
from rules.facts import receipt_facts
from rules.lifecycle import ItemStep, can
from rules.matching import Match, NoMatch, last_receipt, match
from rules.observation import Observation
from rules.outcomes import Outcome, Phase
from rules.policy import Policy
from rules.rma import LineState
from rules.telling import (
    candidate,
    disposition,
    exception,
    noted,
    receipt,
    removal,
    resolution,
    restock,
    reversal,
    seen,
    status,
)
from rules.vocabulary import (
    BizStep,
    Direction,
    Disposition,
    EventKind,
    ExceptionCode,
    MatchedBy,
    Refund,
    Restock,
)

LEAVES_THE_HOUSE = frozenset(
    {
        Disposition.RETURN_TO_VENDOR,
        Disposition.LIQUIDATE,
        Disposition.DONATE,
        Disposition.RECYCLE,
        Disposition.DISPOSE,
    }
)
"""Dispositions after which an item must not become sellable stock, and may go out of the door."""

UNSEEN = "not seen at a receiving read point"
"""`detail` of the receipt of an item that turned up where goods are stocked or disposed of."""

BLIND = "came in before an RMA expected it"
"""`detail` of the receipt of an item that was matched later."""

_ARRIVED = frozenset({Direction.IN, Direction.PRESENT})
_NAMES = frozenset({MatchedBy.EPC, MatchedBy.SERIAL})


def decide(
    observation: Observation, lines: Sequence[LineState], policy: Policy, elsewhere: str | None = None
) -> tuple[Event, ...]:
    """The events of one observation, in order; none when it says nothing new.

    `lines` are those that may concern the item: that name it, name its GTIN, or hold it already. `elsewhere`
    is a read point where it was seen so shortly before that it cannot be the same item.
    """
    direction, step = observation.evidence.direction, observation.read_point.biz_step
    is_sure = observation.confidence >= observation.read_point.min_confidence
    if direction is Direction.OUT and step is BizStep.RECEIVING and is_sure:
        return tuple(_left(observation, lines))
    if direction not in _ARRIVED:
        return ()
    if elsewhere is not None and is_sure:
        return (_doubted(observation, lines, elsewhere),)
    found = match(observation, lines)
    if step in (BizStep.RECEIVING, BizStep.INSPECTING):
        return tuple(_arrived(observation, found, policy, is_sure=is_sure))
    return tuple(_handled(observation, found, policy)) if is_sure else ()


def match_blind(observation: Observation, lines: Sequence[LineState], policy: Policy) -> tuple[Event, ...]:
    """The events of an item that came in before an RMA expected it, at the time it did.

    A line that names its GTIN only may mean another item: ordinary goods pass the same doors. So it is a
    candidate then.
    """
    found = match(observation, lines)
    if isinstance(found, NoMatch) or found.already or _was_reversed_since(observation, found.line):
        return ()
    if found.by in _NAMES:
        events = tuple(_received(observation, found, policy))
        return (noted(events[0], BLIND), *events[1:])
    visit = (observation.read_point.id, observation.evidence.first_seen_us)
    event = candidate(found.line, observation.epc, observation.seen_us, by=found.by, visit=visit)
    return (seen(event, observation)._replace(detail=f"{BLIND}; the RMA names its GTIN only"),)


def _arrived(
    observation: Observation, found: Match | NoMatch, policy: Policy, *, is_sure: bool
) -> Iterator[Event]:
    """At a door, a receiving or an inspecting place."""
    if isinstance(found, NoMatch):
        if is_sure and not _may_be_a_ghost(observation, found):
            yield _refused(observation, found)
    elif found.already or _was_reversed_since(observation, found.line):
        return
    elif is_sure:
        yield from _received(observation, found, policy)
    else:
        visit = (observation.read_point.id, observation.evidence.first_seen_us)
        event = candidate(found.line, observation.epc, observation.seen_us, by=found.by, visit=visit)
        yield seen(event, observation)._replace(detail="; ".join(observation.reasons) or None)


def _handled(observation: Observation, found: Match | NoMatch, policy: Policy) -> Iterator[Event]:
    """At a stocking or disposing place: ordinary stock lies there too, so only named items count."""
    if isinstance(found, NoMatch):
        if found.by in _NAMES and found.code is not ExceptionCode.UNKNOWN_ITEM:
            yield _refused(observation, found)
        return
    state, item = found.line, found.item
    if item is None and found.by not in _NAMES:
        return
    if item is None:
        if _was_reversed_since(observation, state):
            return
        for event in _received(observation, found, policy):
            is_receipt = event.kind is EventKind.RECEIPT
            yield noted(event, UNSEEN) if is_receipt else event
            state = applied(state, event)
        item = state.items[observation.epc.identity]
    if is_container(item.identity) or not can(item.state, ItemStep.RESTOCK):
        return
    if observation.read_point.biz_step is BizStep.DISPOSING:
        fate = item.disposition if item.disposition in LEAVES_THE_HOUSE else Disposition.DISPOSE
        end = removal(state, item, observation.epc, observation.seen_us, fate=fate)
        yield from _ended(state, seen(end, observation))
    elif item.disposition in LEAVES_THE_HOUSE:
        detail = f"decided to {item.disposition}, but seen at a stocking read point"
        yield exception(ExceptionCode.SUSPECT, observation, detail, state)
    else:
        end = restock(state, item, observation.epc, observation.seen_us)
        yield from _ended(state, seen(end, observation))


def _received(observation: Observation, found: Match, policy: Policy) -> Iterator[Event]:
    """Receipt, the change it makes to the RMA, and what an explicit rule decides at once."""
    state, epc, time_us = found.line, observation.epc, observation.seen_us
    outcome = policy.decide(Phase.RECEIPT, receipt_facts(observation, found))
    event = seen(receipt(state, epc, time_us, by=found.by, outcome=outcome), observation)
    yield event
    change = status(state, event)
    if change is not None:
        yield change
    if outcome.decision.disposition is not None:
        state = applied(state, event)
        decision = seen(
            disposition(state, state.items[epc.identity], epc, time_us, outcome=outcome), observation
        )
        yield decision
        if _restocks(outcome):
            state = applied(state, decision)
            item = state.items[epc.identity]
            yield from _ended(state, seen(restock(state, item, epc, time_us), observation))


def _ended(state: LineState, event: Event) -> Iterator[Event]:
    """What ends an item's return, and what that makes of its RMA."""
    yield event
    change = resolution(applied(state, event), event)
    if change is not None:
        yield change


def _restocks(outcome: Outcome) -> bool:
    """A rule lets the door restock only if it decided `restock` and does not wait for a stocking place."""
    return outcome.disposition is Disposition.RESTOCK and outcome.decision.restock is not Restock.AT_STOCKING


def _left(observation: Observation, lines: Sequence[LineState]) -> Iterator[Event]:
    """Out of the door: the receipt is taken back, unless the return is over or the item was to leave."""
    epc, time_us = observation.epc, observation.seen_us
    booked = last_receipt(epc, lines)
    if booked is None or any(_was_reversed_since(observation, line) for line in lines):
        return
    state, item = booked
    is_closed = state.rma_closed_us is not None and time_us >= state.rma_closed_us
    if not can(item.state, ItemStep.REVERSE) or time_us <= item.received_us:
        return
    if item.disposition in LEAVES_THE_HOUSE:
        end = removal(state, item, epc, time_us, fate=item.disposition)
        yield from _ended(state, seen(end, observation))
    elif not is_closed:
        event = seen(reversal(state, item, epc, time_us, detail="went out again"), observation)
        yield event
        change = status(state, event)
        if change is not None:
            yield change


def _doubted(observation: Observation, lines: Sequence[LineState], elsewhere: str) -> Event:
    """One of two EPCs is a copy: nothing is booked here, and what is booked gets no refund any more."""
    booked = last_receipt(observation.epc, lines)
    detail = f"seen at {elsewhere} too shortly before: one of the two tags is a copy"
    event = exception(ExceptionCode.DUPLICATE_EPC, observation, detail, None if booked is None else booked[0])
    return event._replace(refund=Refund.HELD)


def _was_reversed_since(observation: Observation, state: LineState) -> bool:
    """Seen before its receipt was taken back, told after: it is out by now."""
    earlier = state.earlier.get(observation.epc.identity)
    return earlier is not None and observation.seen_us <= earlier.reversed_us


def _refused(observation: Observation, found: NoMatch) -> Event:
    return exception(found.code, observation, found.detail, found.line)


def _may_be_a_ghost(observation: Observation, found: NoMatch) -> bool:
    """Read too seldom to be told of unless somebody waits for it, and nobody does."""
    is_seldom = observation.evidence.reads < observation.read_point.min_reads
    return is_seldom and found.code is ExceptionCode.UNKNOWN_ITEM
