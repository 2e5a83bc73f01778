"""RMAs as they stand: for `rma list`, `rma show` and whoever asks what has come in."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, case, exists, func, or_, select

from gateway.store.tables import line_epcs, line_serials, received_items, rma_lines, rmas
from rules.epc import CONTAINERS
from rules.lifecycle import line_status
from rules.vocabulary import Disposition, LineStatus, RmaState

LISTED = (
    RmaState.AUTHORIZED,
    RmaState.PARTIALLY_RECEIVED,
    RmaState.RECEIVED,
    RmaState.INSPECTING,
    RmaState.DISPOSITIONED,
    RmaState.OVERDUE,
    RmaState.RESOLVED,
    RmaState.EXPIRED,
    RmaState.CLOSED,
)
"""The states an RMA can be seen in."""


@dataclass(frozen=True, slots=True)
class RmaSummary:
    """One RMA; times in microseconds since 1970 UTC."""

    rma: str
    state: RmaState
    order: str | None
    customer: str | None
    opened_us: int
    expires_us: int | None
    closed_us: int | None
    expected: int
    received: int
    lines: int


@dataclass(frozen=True, slots=True)
class LineItem:
    """A receipt on a line; `reversed_us` is when it was taken back."""

    receipt_id: str
    identity: str
    epc: str
    received_us: int
    grade: str | None
    disposition: str | None
    refund: str | None
    restocked_us: int | None
    gone_us: int | None
    reversed_us: int | None


@dataclass(frozen=True, slots=True)
class LineDetail:
    line: int
    status: LineStatus
    gtin: str | None
    serials: tuple[str, ...]
    epcs: tuple[str, ...]
    sku: str | None
    reason: str | None
    category: str | None
    value: str | None
    currency: str | None
    expected: int
    received: int
    items: tuple[LineItem, ...]


@dataclass(frozen=True, slots=True)
class RmaDetail:
    summary: RmaSummary
    lines: tuple[LineDetail, ...]


def list_rmas(
    connection: Connection,
    now_us: int,
    *,
    state: RmaState | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[RmaSummary]:
    """RMAs by name; `after` is the last name of the page before. States: those of `RmaSummary.state`."""
    query = _summaries(now_us)
    if state is not None:
        query = query.where(state_at(now_us) == state.value)
    if after is not None:
        query = query.where(rmas.c.rma > after)
    rows = connection.execute(query.order_by(rmas.c.rma).limit(limit))
    return [_summary(row) for row in rows]


def show_rma(connection: Connection, rma: str, now_us: int) -> RmaDetail | None:
    """An RMA with its lines and every receipt on them; None when it is not known."""
    row = connection.execute(_summaries(now_us).where(rmas.c.rma == rma)).one_or_none()
    if row is None:
        return None
    serials, epcs = _by_line(connection, line_serials, rma), _by_line(connection, line_epcs, rma)
    items = _by_line(connection, received_items, rma)
    lines = connection.execute(select(rma_lines).where(rma_lines.c.rma == rma).order_by(rma_lines.c.line))
    return RmaDetail(
        _summary(row),
        tuple(
            LineDetail(
                line=line.line,
                status=line_status(line.received, line.quantity),
                gtin=line.gtin,
                serials=tuple(sorted(name.serial for name in serials.get(line.line, ()))),
                epcs=tuple(sorted(name.epc for name in epcs.get(line.line, ()))),
                sku=line.sku,
                reason=line.reason,
                category=line.category,
                value=line.value,
                currency=line.currency,
                expected=line.quantity,
                received=line.received,
                items=tuple(
                    sorted(
                        map(_item, items.get(line.line, ())), key=lambda item: (item.received_us, item.epc)
                    )
                ),
            )
            for line in lines
        ),
    )


def state_at(now_us: int) -> ColumnElement[str]:
    """The last that is to be said of an RMA: the first of these that holds."""
    columns, items = rmas.c, received_items.c
    is_complete = columns.received >= columns.expected
    goods = (
        items.rma == columns.rma,
        items.reversed_us.is_(None),
        *(~items.identity.startswith(container) for container in CONTAINERS),
    )
    is_open = and_(items.restocked_us.is_(None), items.gone_us.is_(None))
    is_undecided = or_(items.disposition.is_(None), items.disposition == Disposition.INSPECT)
    states: list[tuple[ColumnElement[bool], RmaState]] = [
        (columns.closed_us.is_not(None), RmaState.CLOSED),
        (columns.resolved_us.is_not(None), RmaState.RESOLVED),
        (and_(~is_complete, columns.expires_us <= now_us), RmaState.EXPIRED),
        (columns.overdue_us.is_not(None), RmaState.OVERDUE),
        (columns.received == 0, RmaState.AUTHORIZED),
        (~is_complete, RmaState.PARTIALLY_RECEIVED),
        (~exists().where(*goods), RmaState.RECEIVED),
        (~exists().where(*goods, is_open, is_undecided), RmaState.DISPOSITIONED),
        (exists().where(*goods, items.grade.is_not(None)), RmaState.INSPECTING),
    ]
    return case(*((when, state.value) for when, state in states), else_=RmaState.RECEIVED.value)


def _summaries(now_us: int) -> Select[Any]:
    lines = select(func.count()).select_from(rma_lines).where(rma_lines.c.rma == rmas.c.rma).scalar_subquery()
    return select(rmas, lines.label("lines"), state_at(now_us).label("state"))


def _summary(row: Row[*tuple[Any, ...]]) -> RmaSummary:
    return RmaSummary(
        rma=row.rma,
        state=RmaState(row.state),
        order=row.order_ref,
        customer=row.customer,
        opened_us=row.opened_us,
        expires_us=row.expires_us,
        closed_us=row.closed_us,
        expected=row.expected,
        received=row.received,
        lines=row.lines,
    )


def _by_line(connection: Connection, table: Table, rma: str) -> dict[int, list[Row[*tuple[Any, ...]]]]:
    rows: dict[int, list[Row[*tuple[Any, ...]]]] = {}
    for row in connection.execute(select(table).where(table.c.rma == rma)):
        rows.setdefault(row.line, []).append(row)
    return rows


def _item(row: Row[*tuple[Any, ...]]) -> LineItem:
    return LineItem(
        receipt_id=row.receipt_id,
        identity=row.identity,
        epc=row.epc,
        received_us=row.received_us,
        grade=row.grade,
        disposition=row.disposition,
        refund=row.refund,
        restocked_us=row.restocked_us,
        gone_us=row.gone_us,
        reversed_us=row.reversed_us,
    )
