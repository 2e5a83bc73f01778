"""What an RMA lacks when it is closed or expires."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from gateway.store.among import among
from gateway.store.rmas import expire_some
from gateway.store.tables import rma_lines, rmas
from rules.closing import ShutLine, missing
from rules.events import Event
from rules.telling import became
from rules.vocabulary import RmaState

EXPIRY_GRACE_US = 60_000_000
"""So long after an RMA has expired, what was seen before may still be told."""


def shut(connection: Connection, rma: str, now_us: int) -> list[Event]:
    """An RMA was closed: what it lacks, and that it is resolved if all that came in has its end.

    What an RMA lacked that had expired before was told then.
    """
    row = connection.execute(select(rmas).where(rmas.c.rma == rma)).one()
    return [*([] if row.is_expired else _lacks(connection, row, now_us)), *_settled(connection, row, now_us)]


def expire(connection: Connection, now_us: int) -> list[Event]:
    """The next RMAs whose time is over take nothing more: what each lacks, and that it is resolved.

    Those first that expired first, some at a time; those with nothing to tell are passed over.
    """
    events: list[Event] = []
    while not events and (names := expire_some(connection, now_us)):
        expired = select(rmas).where(among(rmas.c.rma, "names")).order_by(rmas.c.expires_us, rmas.c.rma)
        for row in connection.execute(expired, {"names": names}).all():
            if row.received < row.expected:
                events += _lacks(connection, row, row.expires_us)
                events.append(_became(RmaState.EXPIRED, row, row.expires_us))
            events += _settled(connection, row, row.expires_us)
    return events


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
