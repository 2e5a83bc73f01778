"""Figures and forgetting."""

import pytest
from sqlalchemy import select, update

from gateway.store import closing, outbox, rmas, upkeep
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.tables import line_epcs, observations, received_items, rma_lines
from gateway.store.tables import rmas as rmas_table
from gateway.store.upkeep import Figures
from tests.gateway.store.samples import SHELF, START_US, epc_rma, gtin, line, rma, seen, sgtin

DAY_US = 86_400_000_000


def test_count_when_rmas_fill_close_and_expire_then_only_open_ones_count(
    database: Database, ledger: Ledger
) -> None:
    two_lines = rma("R-1", line("R-1", 1, gtin=gtin()), line("R-1", 2, gtin=gtin(2)))
    with database.writing() as connection:
        rmas.upsert(
            connection, [two_lines, epc_rma("R-2", 7), epc_rma("R-3", 8, expires_us=START_US + 5)], START_US
        )
        assert upkeep.count(connection, START_US) == Figures(3, 4, 0, 0)
        rmas.close_rma(connection, "R-2", START_US)
        assert upkeep.count(connection, START_US) == Figures(2, 3, 0, 0)
        closing.expire(connection, START_US + 6)
        assert upkeep.count(connection, START_US) == Figures(1, 2, 0, 0)
        ledger.record(connection, [seen(1)], START_US)
        assert upkeep.count(connection, START_US) == Figures(1, 1, 0, 0)


def test_prune_when_past_the_retention_then_told_messages_go_and_pending_stay(
    database: Database, ledger: Ledger
) -> None:
    with database.writing() as connection:
        rmas.upsert(connection, [epc_rma("R-1", 1)], START_US)
        ledger.record(connection, [seen(1)], START_US)
        outbox.mark_sent(connection, "gw-1", [1], START_US)
        assert upkeep.prune(connection, START_US + DAY_US, DAY_US) == 0
        gone = upkeep.prune(connection, START_US + DAY_US + 1, DAY_US)
        left = [message.sequence for message in outbox.list_events(connection)]
        assert ledger.record(connection, [seen(1)], START_US) == []
    assert gone == 2
    assert left == [2]


def test_forget_rmas_when_they_are_over_for_long_then_all_of_them_goes_and_others_stay(
    database: Database, ledger: Ledger
) -> None:
    with database.writing() as connection:
        names = ("CLOSED", "RESOLVED", "EXPIRED", "LATE", "OPEN", "YOUNG")
        for serial, name in enumerate(names, 1):
            expires_us = START_US + 5 if name == "EXPIRED" else None
            rmas.upsert(connection, [epc_rma(name, serial, expires_us=expires_us)], START_US)
        ledger.record(connection, [seen(serial, START_US) for serial in (1, 2, 4)], START_US)
        connection.execute(
            update(rmas_table).where(rmas_table.c.rma == "LATE").values(overdue_us=START_US + 1)
        )
        ledger.record(connection, [seen(serial, START_US + 2, point=SHELF) for serial in (2, 4)], START_US)
        ledger.sweep(connection, START_US + DAY_US)
        ledger.close_rma(connection, "CLOSED", START_US + 5)
        ledger.close_rma(connection, "YOUNG", START_US + 2 * DAY_US)
        assert upkeep.forget_rmas(connection, START_US) == 0
        assert upkeep.forget_rmas(connection, START_US + DAY_US) == 4
        assert upkeep.forget_rmas(connection, START_US + DAY_US) == 0
        left = connection.scalars(select(rma_lines.c.rma).order_by(rma_lines.c.rma)).all()
        rows = [connection.execute(select(table)).all() for table in (received_items, line_epcs, rma_lines)]
        sent = rmas.upsert(connection, [epc_rma("CLOSED", 1)], START_US + 2 * DAY_US)
        again = ledger.record(connection, [seen(1, START_US + 3 * DAY_US)], START_US + 3 * DAY_US)
    assert left == ["OPEN", "YOUNG"]
    assert [len(some) for some in rows] == [0, 2, 2]
    assert sent.unchanged == 1
    assert [event.kind for event in again] == ["exception"]


def test_forget_rmas_when_they_are_many_then_some_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "FORGET", 2)
    with database.writing() as connection:
        rmas.upsert(connection, [epc_rma(f"R-{serial}", serial) for serial in range(1, 4)], START_US)
        for serial in range(1, 4):
            rmas.close_rma(connection, f"R-{serial}", START_US)
        assert [upkeep.forget_rmas(connection, START_US + 1) for _ in range(3)] == [2, 1, 0]


def test_prune_when_there_are_too_many_observations_then_the_oldest_go(
    database: Database, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "MAX_OBSERVATIONS", 3)
    with database.writing() as connection:
        ledger.record(connection, [seen(serial) for serial in range(1, 9)], START_US)
        assert upkeep.prune(connection, START_US, DAY_US) == 5
        kept = connection.execute(select(observations.c.epc).order_by(observations.c.id)).scalars().all()
    assert kept == [sgtin(serial) for serial in (6, 7, 8)]
