"""The received items and resolved RMAs of a period, for the report."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, or_, select

from gateway.settings import ReportSettings
from gateway.store.tables import actions, received_items, rma_lines, rmas
from rules.epc import is_container
from rules.kpi import Figures, ItemFacts, Period


def figures(settings: ReportSettings) -> Figures:
    """The site's own figures, as numbers."""
    return Figures(
        currency=settings.currency,
        receipt_cost=_decimal(settings.receipt_cost),
        inspection_cost=_decimal(settings.inspection_cost),
        restock_cost=_decimal(settings.restock_cost),
        disposal_cost=_decimal(settings.disposal_cost),
        co2_kg={category: Decimal(kg) for category, kg in settings.co2_kg.items()},
        value_decay_per_month=Decimal(settings.value_decay_per_month),
    )


def items_of(connection: Connection, period: Period, currency: str | None) -> list[ItemFacts]:
    """Items that did anything in the period or wait at its end; containers are no goods, and values in
    another currency are left out.
    """
    items, lines = received_items.c, rma_lines.c
    is_voided = exists().where(
        actions.c.identity == items.identity,
        actions.c.action == "void",
        actions.c.time_us == items.reversed_us,
    )
    found = (
        select(
            received_items,
            rmas.c.opened_us,
            lines.value,
            lines.currency,
            lines.category,
            lines.reason,
            is_voided.label("by_hand"),
        )
        .join(rma_lines, and_(lines.rma == items.rma, lines.line == items.line))
        .join(rmas, rmas.c.rma == items.rma)
        .where(
            items.received_us < period.until_us,
            or_(
                items.received_us >= period.since_us,
                items.restocked_us >= period.since_us,
                items.gone_us >= period.since_us,
                items.decided_us >= period.since_us,
                and_(items.restocked_us.is_(None), items.gone_us.is_(None), items.reversed_us.is_(None)),
            ),
        )
    )
    rows = connection.execute(found)
    return [_item(row, currency) for row in rows if not is_container(row.identity)]


def resolved_in(connection: Connection, period: Period) -> tuple[int, int]:
    """RMAs resolved in the period, and how many of them had become overdue."""
    is_in = (rmas.c.resolved_us >= period.since_us, rmas.c.resolved_us < period.until_us)
    counts = select(func.count(), func.count(rmas.c.overdue_us)).select_from(rmas).where(*is_in)
    resolved, overdue = connection.execute(counts).one()
    return resolved, overdue


def _item(row: Row[*tuple[Any, ...]], currency: str | None) -> ItemFacts:
    counts = currency is None or row.currency in (None, currency)
    return ItemFacts(
        opened_us=row.opened_us,
        received_us=row.received_us,
        decided_us=row.decided_us,
        restocked_us=row.restocked_us,
        gone_us=row.gone_us,
        reversed_us=row.reversed_us,
        by_hand=row.by_hand,
        is_graded=row.grade is not None,
        value=_decimal(row.value) if counts else None,
        category=row.category,
        reason=row.reason,
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
