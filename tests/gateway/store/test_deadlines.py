"""What becomes due while nobody does anything: once, and not for what was settled in time."""

from sqlalchemy import select

from gateway.store import rmas, tables, upkeep
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from rules.calendar import ServiceLevel
from tests.gateway.store.samples import SECOND_US, SHELF, START_US, epc_rma, left, seen

DAY_US = 86_400 * SECOND_US
WEEK_US = 8 * DAY_US
START_DUE_US = ServiceLevel().due_us(START_US)
UNRESOLVED = select(tables.rmas).where(tables.rmas.c.rma == "R-2", tables.rmas.c.resolved_us.is_(None))


def stock(database: Database, ledger: Ledger) -> None:
    """R-1 half in, R-2 all in and back in stock, R-3 not in, R-4 in and out again."""
    with database.writing() as connection:
        rmas.upsert(
            connection,
            [epc_rma("R-1", 1, 2), epc_rma("R-2", 3), epc_rma("R-3", 4), epc_rma("R-4", 5)],
            START_US,
        )
        ledger.record(connection, [seen(1), seen(3), seen(5)], START_US)
        later = START_US + 7200 * SECOND_US
        ledger.record(connection, [seen(3, later, point=SHELF), left(5, later)], START_US)


def test_sweep_when_the_service_level_is_missed_then_overdue_is_told_once(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger)
    with database.writing() as connection:
        assert ledger.sweep(connection, START_DUE_US - 1) == []
        assert upkeep.count(connection, START_DUE_US - DAY_US - 1).at_risk == 0
        assert upkeep.count(connection, START_DUE_US - DAY_US).at_risk == 1
        assert upkeep.count(connection, START_DUE_US - 1).overdue == 0
        (event,) = ledger.sweep(connection, START_US + WEEK_US)
        assert ledger.sweep(connection, START_US + 2 * WEEK_US) == []
        figures = upkeep.count(connection, START_US + 2 * WEEK_US)
        assert (figures.overdue, figures.at_risk) == (1, 0)
    assert (event.kind, event.status, event.rma, event.received, event.expected) == (
        "status",
        "overdue",
        "R-1",
        1,
        2,
    )
    assert event.time_us == START_DUE_US


def test_sweep_when_an_overdue_rma_is_resolved_then_it_counts_no_more(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger)
    late = START_US + WEEK_US
    with database.writing() as connection:
        ledger.sweep(connection, late)
        told = ledger.record(connection, [seen(1, late, point=SHELF), seen(2, late, point=SHELF)], late)
        assert [event.status for event in told if event.kind == "status"] == ["received", "resolved"]
        assert upkeep.count(connection, late).overdue == 0
        assert ledger.sweep(connection, late + WEEK_US) == []


def test_sweep_when_the_rma_is_sent_again_then_its_service_level_goes_on(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger)
    with database.writing() as connection:
        rmas.upsert(connection, [epc_rma("R-1", 1, 2, 6)], START_US + DAY_US)
        ledger.record(connection, [seen(2, START_US + 2 * DAY_US)], START_US + 2 * DAY_US)
        (event,) = ledger.sweep(connection, START_US + WEEK_US)
    assert (event.time_us, event.received, event.expected) == (START_DUE_US, 2, 3)


def test_upsert_when_a_resolved_rma_expects_more_then_it_is_resolved_again_later(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger)
    with database.writing() as connection:
        rmas.upsert(connection, [epc_rma("R-2", 3, 6)], START_US + DAY_US)
        assert [row.received for row in connection.execute(UNRESOLVED)] == [1]
        later = START_US + 2 * DAY_US
        ledger.record(connection, [seen(6, later)], later)
        told = ledger.record(connection, [seen(6, later + DAY_US, point=SHELF)], later)
        assert [event.status for event in told if event.kind == "status"] == ["resolved"]
        assert list(connection.execute(UNRESOLVED)) == []
