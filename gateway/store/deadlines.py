"""What becomes due while nobody does anything."""

from sqlalchemy import Connection, select, update

from gateway.store.among import among
from gateway.store.tables import rmas
from rules.events import Event
from rules.telling import became
from rules.vocabulary import RmaState

SWEEP = 500
"""RMAs told of in one transaction."""


def overdue(connection: Connection, now_us: int) -> list[Event]:
    """RMAs past their service level, each told once; the oldest first."""
    columns = (rmas.c.rma, rmas.c.due_us, rmas.c.order_ref, rmas.c.customer, rmas.c.expected, rmas.c.received)
    due = select(*columns).where(rmas.c.due_us <= now_us).order_by(rmas.c.due_us, rmas.c.rma).limit(SWEEP)
    found = connection.execute(due.with_for_update(key_share=True)).all()
    if not found:
        return []
    told = update(rmas).where(among(rmas.c.rma, "told")).values(overdue_us=rmas.c.due_us, due_us=None)
    connection.execute(told, {"told": [row.rma for row in found]})
    return [
        became(
            RmaState.OVERDUE,
            row.rma,
            row.due_us,
            order=row.order_ref,
            customer=row.customer,
            expected=row.expected,
            received=row.received,
        )
        for row in found
    ]
