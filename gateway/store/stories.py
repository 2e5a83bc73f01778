"""The story of one item: where it was seen, what that was taken for, what was told of it, and why no more."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from gateway.store import candidates
from gateway.store.among import among, pairs_among
from gateway.store.evidence import Grounds, decode
from gateway.store.rma_listing import state_at
from gateway.store.tables import actions, approved_tags, observations, outbox, received_items, rma_lines, rmas
from rules.epc import Epc
from rules.lifecycle import line_status
from rules.vocabulary import Direction, EventKind

_Outcome = dict[str, Any]
"""An event as `observations.events` keeps it: kind, id, rma, line, match, code, rule, detail."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event about the item and what became of its message; sequence and state None when forgotten."""

    kind: str
    id: str
    rma: str | None
    line: int | None
    match: str | None
    code: str | None
    rule: str | None
    detail: str | None
    sequence: int | None
    state: str | None
    sent_us: int | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A visit to a read point, or, without one, what somebody or something did about the item."""

    time_us: int
    read_point: str | None
    what: str
    """The direction seen, or inspect, void, match or tally."""
    epc: str
    confidence: float | None
    reads: int | None
    seconds: float | None
    reasons: tuple[str, ...]
    told: tuple[Told, ...]
    grounds: Grounds = field(default_factory=Grounds)


@dataclass(frozen=True, slots=True)
class Expectation:
    """An RMA line that names the item or its GTIN, or holds it."""

    rma: str
    line: int
    state: str
    """Of the RMA, as it is listed."""
    status: str
    received: int
    expected: int


@dataclass(frozen=True, slots=True)
class Story:
    epc: str
    uri: str
    gtin: str | None
    serial: str | None
    error: str | None
    chapters: tuple[Chapter, ...]
    expectations: tuple[Expectation, ...]
    is_received: bool
    why_not: str | None
    """Why the item counts as received on no line; None when it does."""


def story(connection: Connection, epc: Epc, now_us: int) -> Story:
    """By the item's identity: other encodings of the same item belong to it. Bounded by what is retained."""
    chapters = _chapters(connection, epc)
    receipts = select(received_items.c.receipt_id).where(
        received_items.c.identity == epc.identity, received_items.c.reversed_us.is_(None)
    )
    is_received = connection.execute(receipts.limit(1)).one_or_none() is not None
    expectations = _expectations(connection, epc, now_us)
    return Story(
        epc=epc.hex,
        uri=epc.subject,
        gtin=epc.gtin,
        serial=epc.serial,
        error=epc.error,
        chapters=chapters,
        expectations=expectations,
        is_received=is_received,
        why_not=None if is_received else _belongs(connection, epc) or _why_not(chapters, expectations),
    )


def _chapters(connection: Connection, epc: Epc) -> tuple[Chapter, ...]:
    is_it = or_(observations.c.identity == epc.identity, observations.c.epc == epc.hex)
    seen = connection.execute(select(observations).where(is_it)).all()
    done = connection.execute(select(actions).where(actions.c.identity == epc.identity)).all()
    made: list[list[_Outcome]] = [json.loads(row.events) for row in (*seen, *done)]
    sent = _sent(connection, [outcome["id"] for outcomes in made for outcome in outcomes])
    told = [tuple(_told(outcome, sent.get(outcome["id"])) for outcome in outcomes) for outcomes in made]
    chapters = [_visit(row, told[index]) for index, row in enumerate(seen)]
    chapters += [_action(row, told[len(seen) + index]) for index, row in enumerate(done)]
    return tuple(sorted(chapters, key=lambda chapter: chapter.time_us))


def _visit(row: Row[*tuple[Any, ...]], told: tuple[Told, ...]) -> Chapter:
    return Chapter(
        time_us=row.first_seen_us,
        read_point=row.read_point,
        what=row.verdict,
        epc=row.epc,
        confidence=row.confidence,
        reads=row.reads,
        seconds=(row.last_seen_us - row.first_seen_us) / 1_000_000,
        reasons=tuple(json.loads(row.reasons)),
        told=told,
        grounds=decode(row.evidence),
    )


def _action(row: Row[*tuple[Any, ...]], told: tuple[Told, ...]) -> Chapter:
    return Chapter(row.time_us, None, row.action, row.epc, None, None, None, (), told)


def _sent(connection: Connection, ids: Sequence[str]) -> dict[str, Row[*tuple[Any, ...]]]:
    if not ids:
        return {}
    columns = select(outbox.c.id, outbox.c.sequence, outbox.c.state, outbox.c.sent_us)
    return {row.id: row for row in connection.execute(columns.where(among(outbox.c.id, "ids")), {"ids": ids})}


def _told(outcome: _Outcome, message: Row[*tuple[Any, ...]] | None) -> Told:
    return Told(
        **outcome,
        sequence=None if message is None else message.sequence,
        state=None if message is None else message.state,
        sent_us=None if message is None else message.sent_us,
    )


def _expectations(connection: Connection, epc: Epc, now_us: int) -> tuple[Expectation, ...]:
    keys = candidates.find(connection, [epc]).keys
    if not keys:
        return ()
    found = select(
        rma_lines.c.rma,
        rma_lines.c.line,
        rma_lines.c.quantity,
        rma_lines.c.received,
        state_at(now_us).label("state"),
    ).join(rmas, rmas.c.rma == rma_lines.c.rma)
    wanted = pairs_among(rma_lines.c.rma, rma_lines.c.line, "keys")
    ordered = found.where(wanted).order_by(rma_lines.c.rma, rma_lines.c.line)
    rows = connection.execute(ordered, {"keys": keys})
    return tuple(
        Expectation(
            rma=row.rma,
            line=row.line,
            state=row.state,
            status=line_status(row.received, row.quantity),
            received=row.received,
            expected=row.quantity,
        )
        for row in rows
    )


def _belongs(connection: Connection, epc: Epc) -> str | None:
    """Where somebody has approved it as a regular, and who."""
    query = select(approved_tags).where(approved_tags.c.epc == epc.hex).order_by(approved_tags.c.read_point)
    places = [f"{row.read_point} (approved by {row.approved_by})" for row in connection.execute(query)]
    return f"it belongs to {', '.join(places)}: never booked there" if places else None


_SEEN_AS = {
    Direction.OUT: "it went out",
    Direction.PAST: "it was driven past without crossing",
    Direction.TURNED_BACK: "it turned back before it was in",
    Direction.PARKED: "it stood in the field without moving",
    Direction.UNCLEAR: "it was not clear whether it went in or out",
}


def _why_not(chapters: Sequence[Chapter], expectations: Sequence[Expectation]) -> str:
    """In words for people, from the last thing that happened."""
    if not chapters:
        awaited = "; ".join(f"{one.rma} line {one.line} awaits it" for one in expectations[:3])
        unseen = "no read point observed it: it was not read, read too seldom, or is excluded by [limits]"
        return f"{unseen} ({awaited})" if awaited else f"{unseen}; no RMA names it either"
    last = chapters[-1]
    told = {one.kind: one for one in last.told}
    if EventKind.EXCEPTION in told:
        refusal = told[EventKind.EXCEPTION]
        return f"{refusal.code}: {refusal.detail}"
    if EventKind.REVERSAL in told:
        return f"its receipt was taken back: {told[EventKind.REVERSAL].detail}"
    if EventKind.CANDIDATE in told:
        return f"only a candidate: confidence {last.confidence:.2f} is below the read point's min_confidence"
    if last.what in _SEEN_AS:
        return f"seen at {last.read_point}, but {_SEEN_AS[Direction(last.what)]}"
    known = [one for chapter in chapters for one in chapter.told if one.kind == EventKind.EXCEPTION]
    if known:
        return f"{known[-1].code}: {known[-1].detail}"
    return f"seen at {last.read_point}, which said nothing new: it is no item of an RMA there"
