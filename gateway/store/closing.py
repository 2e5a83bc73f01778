"""What an RMA lacks when it is closed or expires, and what a container held that came in."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from gateway.store.among import among
from gateway.store.outbox import known_ids
from gateway.store.rmas import expire_some
from gateway.store.tables import line_epcs, observations, rma_lines, rmas, tallies
from rules.closing import Delivery, ShutLine, missing, tally
from rules.epc import Epc, identify_hex, is_container
from rules.events import Event
from rules.telling import became
from rules.vocabulary import EventKind, ExceptionCode, RmaState

CONTENTS_US = 60_000_000
"""What comes in at the same place so long before or after a container came in it."""
EXPIRY_GRACE_US = 60_000_000
"""So long after an RMA has expired, what was seen before may still be told."""
_STRANGERS = frozenset(
    {ExceptionCode.UNKNOWN_ITEM, ExceptionCode.OVER_RECEIPT, ExceptionCode.SERIAL_MISMATCH}
)


def shut(connection: Connection, rma: str, now_us: int) -> list[Event]:
    """An RMA was closed: what it lacks, and that it is resolved if all that came in has its end.

    What an RMA lacked that had expired before was told then.
    """
    row = connection.execute(select(rmas).where(rmas.c.rma == rma)).one()
    return [*([] if row.is_expired else _lacks(connection, row, now_us)), *_settled(connection, row, now_us)]


def expire(connection: Connection, now_us: int) -> list[Event]:
    """RMAs whose time is over take nothing more; what each lacks, and that it is resolved, is told once."""
    events: list[Event] = []
    while names := expire_some(connection, now_us):
        those = among(connection, rmas.c.rma, names)
        expired = select(rmas).where(those).order_by(rmas.c.expires_us, rmas.c.rma)
        for row in connection.execute(expired).all():
            if row.received < row.expected:
                events += _lacks(connection, row, row.expires_us)
                events.append(_became(RmaState.EXPIRED, row, row.expires_us))
            events += _settled(connection, row, row.expires_us)
    known = known_ids(connection, [event.id for event in events])
    return [event for event in events if event.id not in known]


def _lacks(connection: Connection, row: Row[*tuple[Any, ...]], time_us: int) -> Sequence[Event]:
    if not row.received:
        return ()
    lines = connection.execute(select(rma_lines).where(rma_lines.c.rma == row.rma).order_by(rma_lines.c.line))
    return missing([_shut_line(row, line) for line in lines], time_us)


def _settled(connection: Connection, row: Row[*tuple[Any, ...]], time_us: int) -> Sequence[Event]:
    if row.received == 0 or row.ended < row.received or row.resolved_us is not None:
        return ()
    connection.execute(update(rmas).where(rmas.c.rma == row.rma).values(resolved_us=time_us, due_us=None))
    return (_became(RmaState.RESOLVED, row, time_us),)


def _became(now: RmaState, row: Row[*tuple[Any, ...]], time_us: int) -> Event:
    return became(
        now,
        row.rma,
        time_us,
        order=row.order_ref,
        customer=row.customer,
        expected=row.expected,
        received=row.received,
    )


def watch(connection: Connection, events: Sequence[Event]) -> None:
    """Containers that came in: their contents are counted when all of it must be in."""
    rows = [
        {
            "receipt_id": event.id,
            "rma": event.rma,
            "epc": event.epc,
            "read_point": event.read_point,
            "seen_us": event.time_us,
            "due_us": event.time_us + CONTENTS_US,
        }
        for event in events
        if event.kind is EventKind.RECEIPT and is_container(event.subject)
    ]
    if rows:
        connection.execute(insert(tallies), rows)


def count(connection: Connection, now_us: int) -> list[Event]:
    """Count the contents of containers that are due. Of an RMA with several the last one tells of all."""
    due = connection.execute(
        select(tallies).where(tallies.c.due_us <= now_us).order_by(tallies.c.due_us)
    ).all()
    events: list[Event] = []
    for row in due:
        connection.execute(delete(tallies).where(tallies.c.receipt_id == row.receipt_id))
        events += _counted(connection, row)
    return events


def _counted(connection: Connection, row: Row[*tuple[Any, ...]]) -> Sequence[Event]:
    rma = connection.execute(select(rmas).where(rmas.c.rma == row.rma)).one()
    named = select(line_epcs.c.line, line_epcs.c.identity).where(line_epcs.c.rma == row.rma)
    holders = {name.line for name in connection.execute(named) if is_container(name.identity or "")}
    lines = connection.execute(select(rma_lines).where(rma_lines.c.rma == row.rma)).all()
    if not holders or any(line.line in holders and line.received < line.quantity for line in lines):
        return ()
    contents = [line for line in lines if line.line not in holders]
    delivery = Delivery(
        receipt_id=row.receipt_id,
        rma=row.rma,
        line=min(holders),
        order=rma.order_ref,
        customer=rma.customer,
        container=identify_hex(row.epc),
        read_point=row.read_point,
        expected=sum(line.quantity for line in contents),
        received=sum(line.received for line in contents),
    )
    return tally(delivery, _strangers(connection, row), row.due_us)


def _strangers(connection: Connection, row: Row[*tuple[Any, ...]]) -> list[Epc]:
    """Items that no RMA awaited, come in where and when the container did."""
    near = select(observations.c.epc, observations.c.events).where(
        observations.c.read_point == row.read_point,
        observations.c.stored_us >= row.seen_us - CONTENTS_US,
        observations.c.last_seen_us.between(row.seen_us - CONTENTS_US, row.seen_us + CONTENTS_US),
    )
    found = {
        seen.epc: None
        for seen in connection.execute(near.order_by(observations.c.id))
        if any(outcome["code"] in _STRANGERS for outcome in json.loads(seen.events))
    }
    return [identify_hex(epc) for epc in found]


def _shut_line(rma: Row[*tuple[Any, ...]], line: Row[*tuple[Any, ...]]) -> ShutLine:
    return ShutLine(
        rma=rma.rma,
        line=line.line,
        order=rma.order_ref,
        customer=rma.customer,
        reason=line.reason,
        gtin=line.gtin,
        sku=line.sku,
        expected=line.quantity,
        received=line.received,
    )
