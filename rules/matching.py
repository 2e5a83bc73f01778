"""Which RMA line an item belongs to, or why to none: named items before classes, oldest obligation first."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from rules.epc import Epc, identify_hex, trade_item_identity
from rules.errors import EpcError
from rules.observation import Observation
from rules.rma import LineState, ReceivedItem, RmaLine
from rules.vocabulary import ExceptionCode, MatchedBy

COOL_DOWN_US = 600_000_000
"""Only so long after its return has ended can an item come back on another RMA: ten minutes."""

AFTERGLOW_US = 86_400_000_000
"""So long after its return has ended an item that no other RMA expects is still the same one: a day."""


@dataclass(frozen=True, slots=True)
class Match:
    """The item belongs to this line."""

    line: LineState
    by: MatchedBy
    item: ReceivedItem | None = None
    """The item as it is booked on the line already; None when it is new."""

    @property
    def already(self) -> bool:
        return self.item is not None


@dataclass(frozen=True, slots=True)
class NoMatch:
    """The item belongs to no line."""

    code: ExceptionCode
    detail: str
    line: LineState | None = None
    """The line that came closest."""
    by: MatchedBy | None = None
    """What tied the item to that line."""


Booked: TypeAlias = tuple[LineState, ReceivedItem]
"""An item and the line it was received on."""


def match(observation: Observation, lines: Sequence[LineState]) -> Match | NoMatch:
    """Judge by the lines that may concern the item: those that name it, its GTIN, or hold it already."""
    epc, seen_us = observation.epc, observation.seen_us
    if epc.is_blank:
        return NoMatch(ExceptionCode.UNKNOWN_ITEM, epc.error or "the tag is not programmed")
    returns = _returns(epc, lines)
    refusals: list[NoMatch] = []
    for line, by in _candidates(epc, lines):
        if returns and not _may_come_again(returns[0], line, by, seen_us):
            continue
        if any(_is_the_same(booked, line) for booked in returns[1:]):
            continue
        refusal = _refusal(line, by, seen_us)
        if refusal is None:
            return Match(line, by)
        refusals.append(refusal)
    if returns:
        return _held(epc, returns, seen_us)
    if refusals:
        return min(refusals, key=_distance)
    return NoMatch(ExceptionCode.UNKNOWN_ITEM, epc.error or "no RMA names the item or its GTIN")


def named_by(epc: Epc, line: RmaLine) -> MatchedBy | None:
    """How a line names the item or its class; None when it does not."""
    if epc.hex in line.epcs or epc.identity in _identities(line.epcs):
        return MatchedBy.EPC
    if epc.is_trade_item and epc.gtin == line.gtin:
        return MatchedBy.SERIAL if epc.serial in line.serials else MatchedBy.GTIN
    return None


def has_room_for_any(state: LineState) -> bool:
    """Whether the line has a place for an item of its GTIN that it does not name, were its RMA open."""
    return state.line.quantity - state.received > _awaited_names(state)


def last_receipt(epc: Epc, lines: Sequence[LineState]) -> Booked | None:
    """The line the item was received on last; None when it was on none."""
    return next(iter(_returns(epc, lines)), None)


def _returns(epc: Epc, lines: Sequence[LineState]) -> list[Booked]:
    """The item on every line that holds it, the latest first: on several when it came back on a later RMA."""
    booked = [(line, line.items[epc.identity]) for line in lines if epc.identity in line.items]
    return sorted(booked, key=lambda pair: (pair[1].received_us, pair[1].receipt_id), reverse=True)


def _is_unfinished(booked: Booked) -> bool:
    state, item = booked
    return item.ended_us is None and state.rma_closed_us is None


def _is_the_same(booked: Booked, line: LineState) -> bool:
    """An earlier return that nobody has finished is what a line of its RMA, or of one as old, still means."""
    state, item = booked
    is_as_old = line.rma_opened_us <= item.received_us or line.line.rma == state.line.rma
    return _is_unfinished(booked) and is_as_old


def _may_come_again(booked: Booked, line: LineState, by: MatchedBy, seen_us: int) -> bool:
    """An item that was received before can be a new return: its last one is over, or a later RMA names it."""
    state, item = booked
    if item.identity in line.items:
        return False
    over_us = item.ended_us if item.ended_us is not None else state.rma_closed_us
    if over_us is not None and seen_us >= over_us + COOL_DOWN_US:
        return True
    is_named_later = by is not MatchedBy.GTIN and line.rma_opened_us > item.received_us
    return is_named_later and seen_us >= item.received_us + COOL_DOWN_US


def _held(epc: Epc, returns: Sequence[Booked], seen_us: int) -> Match | NoMatch:
    """No line takes an item that was received before."""
    state, item = returns[0]
    by = named_by(epc, state.line)
    if item.ended_us is None or seen_us < item.ended_us + AFTERGLOW_US:
        return Match(state, by or MatchedBy.GTIN, item)
    open_line, _ = next(filter(_is_unfinished, returns), returns[0])
    where = f"{open_line.line.rma} line {open_line.line.line}"
    how = "is over and no other RMA" if open_line is state else "was never finished and no later RMA"
    detail = f"its return on {where} {how} expects it"
    return NoMatch(ExceptionCode.UNKNOWN_ITEM, detail, open_line, named_by(epc, open_line.line))


def _candidates(epc: Epc, lines: Sequence[LineState]) -> list[tuple[LineState, MatchedBy]]:
    """Lines that name the item or its class: names first, then the oldest."""
    known = [
        (line, by)
        for line in lines
        if (by := named_by(epc, line.line)) is not None and not _is_past(line, by)
    ]
    return sorted(
        known,
        key=lambda pair: (
            pair[1] is MatchedBy.GTIN,
            pair[0].rma_opened_us,
            pair[0].line.rma,
            pair[0].line.line,
        ),
    )


def _is_past(state: LineState, by: MatchedBy) -> bool:
    """A complete line of a closed RMA says nothing about other items of its GTIN."""
    return by is MatchedBy.GTIN and state.rma_closed_us is not None and state.received >= state.line.quantity


def _refusal(state: LineState, by: MatchedBy, seen_us: int) -> NoMatch | None:
    """Why this line does not take the item; None when it does."""
    line = state.line
    where = f"{line.rma} line {line.line}"
    shut = _shut(state, seen_us)
    if shut is not None:
        code, why = shut
        return NoMatch(code, f"{where}: {why}", state, by)
    free = line.quantity - state.received
    if free <= 0:
        detail = f"{where} expected {line.quantity} and has {state.received}"
        return NoMatch(ExceptionCode.OVER_RECEIPT, detail, state, by)
    if by is MatchedBy.GTIN and not has_room_for_any(state):
        return NoMatch(ExceptionCode.SERIAL_MISMATCH, f"{where} expects other items of this GTIN", state, by)
    return None


def _shut(state: LineState, seen_us: int) -> tuple[ExceptionCode, str] | None:
    if state.rma_closed_us is not None:
        if seen_us < state.rma_closed_us:
            return ExceptionCode.LATE_READ, "seen before the RMA was closed, told after"
        return ExceptionCode.RMA_CLOSED, "the RMA is closed"
    if state.rma_expires_us is not None and seen_us >= state.rma_expires_us:
        return ExceptionCode.RMA_EXPIRED, "the RMA has expired"
    return None


def _awaited_names(state: LineState) -> int:
    """Places kept for items the line names and has not received."""
    line = state.line
    if not line.epcs and not line.serials:
        return 0
    names = _identities(line.epcs) | _serial_identities(line.gtin, line.serials)
    arrived = sum(item.identity in names or item.epc in line.epcs for item in state.items.values())
    return len(names) - arrived


def _distance(refusal: NoMatch) -> int:
    """The nearest tells most: a named item before its class, an open RMA before one that is shut."""
    is_shut = refusal.code in (ExceptionCode.LATE_READ, ExceptionCode.RMA_CLOSED, ExceptionCode.RMA_EXPIRED)
    return 2 * (refusal.by is MatchedBy.GTIN) + is_shut


@lru_cache(maxsize=4_096)
def _identities(epcs: frozenset[str]) -> frozenset[str]:
    """Identities of the EPCs a line names; what is no hex names nothing."""
    return frozenset(identity for epc in epcs if (identity := _identity(epc)) is not None)


@lru_cache(maxsize=4_096)
def _serial_identities(gtin: str | None, serials: frozenset[str]) -> frozenset[str]:
    """Identities of the GTIN and serials a line names."""
    if gtin is None:
        return frozenset()
    return frozenset(trade_item_identity(gtin, serial) for serial in serials)


def _identity(epc: str) -> str | None:
    try:
        return identify_hex(epc).identity
    except EpcError:
        return None
