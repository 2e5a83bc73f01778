"""RMAs as they stand: for `rma list`, `rma show` and whoever asks what has come in."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, false, func, or_, select

from gateway.store.tables import line_epcs, line_serials, received_items, rma_lines, rmas
from rules.lifecycle import arrival_state, line_status
from rules.vocabulary import LineStatus, RmaState


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
    query = _summaries()
    if state is not None:
        query = query.where(_is_in(state, now_us))
    if after is not None:
        query = query.where(rmas.c.rma > after)
    rows = connection.execute(query.order_by(rmas.c.rma).limit(limit))
    return [_summary(row, now_us) for row in rows]


def show_rma(connection: Connection, rma: str, now_us: int) -> RmaDetail | None:
    """An RMA with its lines and every receipt on them; None when it is not known."""
    row = connection.execute(_summaries().where(rmas.c.rma == rma)).one_or_none()
    if row is None:
        return None
    serials, epcs = _by_line(connection, line_serials, rma), _by_line(connection, line_epcs, rma)
    items = _by_line(connection, received_items, rma)
    lines = connection.execute(select(rma_lines).where(rma_lines.c.rma == rma).order_by(rma_lines.c.line))
    return RmaDetail(
        _summary(row, now_us),
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


def _age(item: LineItem) -> tuple[int, str]:
    return item.received_us, item.receipt_id


def _summaries() -> Select[Any]:
    lines = select(func.count()).select_from(rma_lines).where(rma_lines.c.rma == rmas.c.rma).scalar_subquery()
    return select(rmas, lines.label("lines"))


def _is_in(state: RmaState, now_us: int) -> ColumnElement[bool]:
    columns = rmas.c
    is_open = and_(
        columns.closed_us.is_(None), or_(columns.expires_us.is_(None), columns.expires_us > now_us)
    )
    conditions: dict[RmaState, ColumnElement[bool]] = {
        RmaState.CLOSED: columns.closed_us.is_not(None),
        RmaState.EXPIRED: and_(columns.closed_us.is_(None), columns.expires_us <= now_us),
        RmaState.AUTHORIZED: and_(is_open, columns.received == 0),
        RmaState.PARTIALLY_RECEIVED: and_(is_open, columns.received > 0, columns.received < columns.expected),
        RmaState.RECEIVED: and_(is_open, columns.received > 0, columns.received >= columns.expected),
    }
    return conditions.get(state, false())


def _summary(row: Row[*tuple[Any, ...]], now_us: int) -> RmaSummary:
    if row.closed_us is not None:
        state = RmaState.CLOSED
    elif row.expires_us is not None and row.expires_us <= now_us:
        state = RmaState.EXPIRED
    else:
        state = arrival_state(row.received, row.expected)
    return RmaSummary(
        rma=row.rma,
        state=state,
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
