"""What came in together: the contents of containers, and strangers beside the items of one RMA.

Both are judged a minute later, when all of it must be in, so that the order of reads changes nothing.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from gateway.store.among import among
from gateway.store.tables import (
    line_epcs,
    line_serials,
    observations,
    received_items,
    rma_lines,
    rmas,
    tallies,
)
from gateway.store.tables import strangers as strangers_table
from rules.closing import Delivery, PackedLine, came_in, packing, tally
from rules.company import Arrival, Lack, companies, host, wrong_items
from rules.epc import Epc, identify_hex, is_container
from rules.events import Event
from rules.vocabulary import BizStep, Direction, EventKind, ExceptionCode

CONTENTS_US = 60_000_000
"""What comes in at the same place so long before or after a container came in it."""
MAX_STRANGERS = 20
"""More unknown items at once at a read point are goods that pass, no parcel somebody packed."""
_STRANGERS = frozenset(
    {ExceptionCode.UNKNOWN_ITEM, ExceptionCode.OVER_RECEIPT, ExceptionCode.SERIAL_MISMATCH}
)
_ARRIVED = (Direction.IN, Direction.PRESENT)


@dataclass(frozen=True, slots=True)
class _Seen:
    """An item that came in, and what was told of it then."""

    identity: str
    epc: str
    """Upper-case hex."""
    first_us: int
    last_us: int
    told: tuple[dict[str, Any], ...]

    @property
    def rma(self) -> str | None:
        """On which it was received."""
        return next((told["rma"] for told in self.told if told["kind"] == EventKind.RECEIPT), None)

    def refused(self, codes: Iterable[ExceptionCode]) -> str | None:
        """The id of the event that says why no line took it."""
        return next((told["id"] for told in self.told if told["code"] in codes), None)


def watch(connection: Connection, events: Sequence[Event]) -> None:
    """Remember containers and strangers that came in, for the time when all must be in."""
    if containers := _containers(events):
        connection.execute(insert(tallies), containers)
    if strangers := _newcomers(events):
        connection.execute(insert(strangers_table), strangers)


def count(connection: Connection, now_us: int) -> list[Event]:
    """What is due: containers that lack something or hold what they should not, and wrong items."""
    due = select(tallies).where(tallies.c.due_us <= now_us).order_by(tallies.c.due_us, tallies.c.receipt_id)
    events: list[Event] = []
    for row in connection.execute(due).all():
        connection.execute(delete(tallies).where(tallies.c.receipt_id == row.receipt_id))
        events += _counted(connection, row)
    return [*events, *_wrong(connection, now_us)]


def _containers(events: Sequence[Event]) -> list[dict[str, object]]:
    return [
        {"receipt_id": event.id, "rma": event.rma, **_place(event)}
        for event in events
        if event.kind is EventKind.RECEIPT and is_container(event.subject)
    ]


def _newcomers(events: Sequence[Event]) -> list[dict[str, object]]:
    """Strangers, but for those of read points that so many pass."""
    by_place: dict[str | None, list[Event]] = defaultdict(list)
    for event in events:
        if event.code is ExceptionCode.UNKNOWN_ITEM and event.gtin is not None and _is_receiving(event):
            by_place[event.read_point].append(event)
    return [
        {"event_id": event.id, **_place(event)}
        for some in by_place.values()
        if len(some) <= MAX_STRANGERS
        for event in some
    ]


def _place(event: Event) -> dict[str, object]:
    return {
        "epc": event.epc,
        "read_point": event.read_point,
        "seen_us": event.time_us,
        "due_us": event.time_us + CONTENTS_US,
    }


def _counted(connection: Connection, row: Row[*tuple[Any, ...]]) -> Sequence[Event]:
    lines, holder_of = _lines(connection, row.rma)
    container = identify_hex(row.epc)
    if container.identity not in holder_of:
        return ()
    packed = packing(lines)
    unit = set(holder_of.values()) if len(packed) == 1 else {holder_of[container.identity]}
    pending = connection.execute(select(tallies.c.epc).where(tallies.c.rma == row.rma)).scalars()
    is_last = not any(holder_of.get(identify_hex(epc).identity) in unit for epc in pending)
    if not is_last or any(one.line in unit and one.received < one.expected for one in lines):
        return ()
    near = _near(connection, row.read_point, row.seen_us - CONTENTS_US, row.seen_us + CONTENTS_US)
    held = _held(connection, row.rma)
    came = [seen for seen in near if seen.identity in held]
    any_lines = {one.line for one in lines if one.takes_any}
    beside = {holder_of[seen.identity] for seen in came if seen.identity in holder_of} & packed.keys()
    rma = connection.execute(select(rmas).where(rmas.c.rma == row.rma)).one()
    delivery = Delivery(
        receipt_id=row.receipt_id,
        rma=row.rma,
        line=min(unit),
        order=rma.order_ref,
        customer=rma.customer,
        container=container,
        read_point=row.read_point,
        expected=sum(one.expected for one in packed[max(unit)]),
        received=came_in(
            packed,
            max(unit),
            Counter(identify_hex(seen.epc).gtin or "" for seen in came if held[seen.identity] in any_lines),
            beside,
        ),
    )
    is_alone = all(seen.rma in (None, row.rma) for seen in near if is_container(seen.identity))
    is_first = min(beside, default=max(unit)) >= max(unit)
    return tally(delivery, _strangers(near) if is_alone and is_first else (), row.due_us)


def _held(connection: Connection, rma: str) -> dict[str, int]:
    """The line of each item that is on the RMA, by identity."""
    items = received_items.c
    held = select(items.identity, items.line).where(items.rma == rma, items.reversed_us.is_(None))
    return {row.identity: row.line for row in connection.execute(held)}


def _lines(connection: Connection, rma: str) -> tuple[list[PackedLine], dict[str, int]]:
    """The lines of an RMA, and by the identity of a container the line that names it."""
    names = Counter[int]()
    holder_of: dict[str, int] = {}
    for name in connection.execute(select(line_epcs).where(line_epcs.c.rma == rma)):
        names[name.line] += 1
        if is_container(name.identity or ""):
            holder_of[name.identity] = name.line
    for name in connection.execute(select(line_serials).where(line_serials.c.rma == rma)):
        names[name.line] += 1
    lines = [
        PackedLine(
            row.line,
            row.gtin,
            row.quantity,
            row.received,
            is_container=row.line in holder_of.values(),
            takes_any=row.quantity > names[row.line],
        )
        for row in connection.execute(select(rma_lines).where(rma_lines.c.rma == rma))
    ]
    return lines, holder_of


def _strangers(near: Sequence[_Seen]) -> list[Epc]:
    """Items that no RMA awaited, come in where and when the container did."""
    found = {seen.identity: seen.epc for seen in near if seen.refused(_STRANGERS) is not None}
    return [identify_hex(epc) for epc in found.values()]


def _near(connection: Connection, read_point: str, since_us: int, until_us: int) -> list[_Seen]:
    """What came in at a place in that time, in the order it was stored."""
    notes = observations.c
    columns = select(notes.identity, notes.epc, notes.first_seen_us, notes.last_seen_us, notes.events)
    near = columns.where(
        notes.read_point == read_point,
        notes.stored_us >= since_us,
        notes.last_seen_us.between(since_us, until_us),
        notes.verdict.in_(_ARRIVED),
    )
    return [
        _Seen(row.identity, row.epc, row.first_seen_us, row.last_seen_us, tuple(json.loads(row.events)))
        for row in connection.execute(near.order_by(notes.id))
    ]


def _wrong(connection: Connection, now_us: int) -> list[Event]:
    """Strangers that came in with items of one RMA which lacks others."""
    due = select(strangers_table).where(strangers_table.c.due_us <= now_us)
    by_place: dict[str, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in connection.execute(due.order_by(strangers_table.c.due_us, strangers_table.c.event_id)):
        by_place[row.read_point].append(row)
    events: list[Event] = []
    judged: set[str] = set()
    for read_point, rows in by_place.items():
        ids = {row.event_id for row in rows}
        judged |= ids
        since_us, until_us = rows[0].seen_us - CONTENTS_US, rows[-1].seen_us + CONTENTS_US
        for company in companies(_arrivals(_near(connection, read_point, since_us, until_us))):
            strangers = {arrival.stranger for arrival in company if arrival.stranger is not None}
            if strangers & ids:
                events += _judged(connection, company, read_point)
                judged |= strangers
    if judged:
        connection.execute(
            delete(strangers_table).where(among(strangers_table.c.event_id, "judged")),
            {"judged": list(judged)},
        )
    return events


def _arrivals(near: Sequence[_Seen]) -> list[Arrival]:
    found = (
        Arrival(
            seen.identity,
            seen.epc,
            seen.first_us,
            seen.last_us,
            seen.rma,
            seen.refused((ExceptionCode.UNKNOWN_ITEM,)),
        )
        for seen in near
    )
    return [arrival for arrival in found if arrival.rma is not None or arrival.stranger is not None]


def _judged(connection: Connection, company: Sequence[Arrival], read_point: str) -> Sequence[Event]:
    rma = host(company)
    is_long = company[-1].first_us - company[0].first_us > CONTENTS_US
    if rma is None or is_long or any(is_container(arrival.identity) for arrival in company):
        return ()
    lack = _lack(connection, rma)
    return () if lack is None else wrong_items(_unclaimed(connection, company), lack, read_point)


def _unclaimed(connection: Connection, company: Sequence[Arrival]) -> list[Arrival]:
    """Without strangers that an RMA has claimed since."""
    items = received_items.c
    identities = [arrival.identity for arrival in company if arrival.stranger is not None]
    claimed = select(items.identity).where(among(items.identity, "identities"), items.reversed_us.is_(None))
    gone = set(connection.scalars(claimed, {"identities": identities}))
    return [arrival for arrival in company if arrival.stranger is None or arrival.identity not in gone]


def _lack(connection: Connection, rma: str) -> Lack | None:
    """What an open RMA still awaits; None for one that awaits nothing."""
    row = connection.execute(select(rmas).where(rmas.c.rma == rma)).one()
    if row.closed_us is not None or row.is_expired or row.received >= row.expected:
        return None
    lines = connection.execute(select(rma_lines).where(rma_lines.c.rma == rma)).all()
    short = [line for line in lines if line.received < line.quantity]
    only = short[0] if len(short) == 1 else None
    return Lack(
        rma,
        row.order_ref,
        row.customer,
        count=row.expected - row.received,
        line=None if only is None else only.line,
        expected=None if only is None else only.quantity,
        received=None if only is None else only.received,
    )


def _is_receiving(event: Event) -> bool:
    return event.biz_step in (BizStep.RECEIVING, BizStep.INSPECTING)
