"""Figures and forgetting."""

import pytest
from sqlalchemy import select

from gateway.store import closing, outbox, rmas, upkeep
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.tables import observations
from gateway.store.upkeep import Figures
from tests.gateway.store.samples import START_US, epc_rma, gtin, line, rma, seen, sgtin

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


def test_prune_when_there_are_too_many_observations_then_the_oldest_go(
    database: Database, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "MAX_OBSERVATIONS", 3)
    with database.writing() as connection:
        ledger.record(connection, [seen(serial) for serial in range(1, 9)], START_US)
        assert upkeep.prune(connection, START_US, DAY_US) == 5
        kept = connection.execute(select(observations.c.epc).order_by(observations.c.id)).scalars().all()
    assert kept == [sgtin(serial) for serial in (6, 7, 8)]
