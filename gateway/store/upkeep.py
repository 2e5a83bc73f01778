"""What is done now and then: figures for the metrics, and forgetting what is past its time."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, exists, false, func, or_, select, true

from gateway.store import blind, outbox, visits
from gateway.store.among import among
from gateway.store.tables import actions, observations, received_items, rma_lines, rmas

AT_RISK_US = 86_400_000_000
"""An RMA that becomes overdue within a day can still be saved."""
FORGET = 1_000
"""RMAs forgotten in one transaction."""
MAX_OBSERVATIONS = 1_000_000
"""Kept to explain items; a flood of unknown tags pushes out the oldest."""

_HAS_LINES = exists().where(rma_lines.c.rma == rmas.c.rma)


@dataclass(frozen=True, slots=True)
class Figures:
    """RMAs neither closed nor expired, and their lines that still expect something."""

    open_rmas: int
    open_lines: int
    overdue: int
    """Past their service level and not resolved."""
    at_risk: int
    """Not resolved, and overdue within a day."""


def count(connection: Connection, now_us: int) -> Figures:
    """Walks indexes only: half a second for a million open lines."""
    is_open = (rmas.c.closed_us.is_(None), rmas.c.is_expired == false())
    open_rmas = select(func.count()).select_from(rmas).where(*is_open)
    open_lines = select(func.count()).select_from(rma_lines).where(rma_lines.c.is_open == true())
    is_overdue = (rmas.c.overdue_us.is_not(None), rmas.c.resolved_us.is_(None))
    overdue = select(func.count()).select_from(rmas).where(*is_overdue)
    at_risk = select(func.count()).select_from(rmas).where(rmas.c.due_us <= now_us + AT_RISK_US)
    queries = (open_rmas, open_lines, overdue, at_risk)
    return Figures(*(connection.execute(query).scalar_one() for query in queries))


def prune(connection: Connection, now_us: int, keep_us: int) -> int:
    """Forget messages that are told, visits and observations older than `keep_us`; how many rows."""
    before_us = now_us - keep_us
    newest = connection.execute(select(func.max(observations.c.id))).scalar() or 0
    is_past = or_(observations.c.stored_us < before_us, observations.c.id <= newest - MAX_OBSERVATIONS)
    connection.execute(delete(actions).where(actions.c.time_us < before_us))
    seen = connection.execute(delete(observations).where(is_past)).rowcount
    blind.prune(connection, now_us)
    return outbox.prune(connection, before_us) + visits.prune(connection, before_us) + seen


def forget_rmas(connection: Connection, before_us: int) -> int:
    """Forget the lines of the next RMAs that were closed, resolved or expired before then, and what came in.

    `FORGET` of them at most; how many. An item of theirs that is read again is unknown. The RMA itself stays:
    the same sent once more opens nothing.
    """
    columns = rmas.c
    name = select(columns.rma).where(_HAS_LINES).with_for_update()
    gone: list[str] = []
    for is_over in (  # each a stretch of an index
        (columns.closed_us < before_us,),
        (columns.closed_us.is_(None), columns.is_expired == true(), columns.expires_us < before_us),
        (columns.overdue_us.is_(None), columns.resolved_us < before_us),
        (columns.overdue_us < before_us, columns.resolved_us < before_us),
    ):
        found = connection.scalars(name.where(*is_over).limit(FORGET - len(gone)))
        gone += [rma for rma in found if rma not in gone]
    if gone:
        for table in (received_items, rma_lines):
            connection.execute(delete(table).where(among(table.c.rma, "gone")), {"gone": gone})
    return len(gone)
