"""Blind returns: an item that came in unknown is received when its RMA appears, at the time it came in."""

import json

import pytest
from sqlalchemy import func, select

from gateway.store import blind, outbox, upkeep
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.tables import blind_items
from rules.events import Event
from rules.rma import Rma
from rules.vocabulary import BizStep, Direction
from tests.gateway.store.samples import (
    BENCH,
    SECOND_US,
    SHELF,
    START_US,
    epc_rma,
    gtin,
    item,
    left,
    line,
    rma,
    seen,
    sgtin,
)

CAME_US = START_US + 60 * SECOND_US
DAY_US = 86_400 * SECOND_US
NOW_US = START_US + 3 * DAY_US
NAMED = {
    "epc": epc_rma("R-1", 1, opened_us=NOW_US),
    "epc in another encoding": rma("R-1", line("R-1", epcs=frozenset({sgtin(1, filter_value=3)}))),
    "serial": rma("R-1", line("R-1", gtin=gtin(), serials=frozenset({"1"})), opened_us=NOW_US),
}


def put(database: Database, ledger: Ledger, *sent: Rma, now_us: int = NOW_US) -> list[Event]:
    with database.writing() as connection:
        return ledger.put_rmas(connection, sent, now_us)[1]


def see(database: Database, ledger: Ledger, *batch: object) -> list[Event]:
    with database.writing() as connection:
        return ledger.record(connection, batch, START_US)  # type: ignore[arg-type]


def kept(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(blind_items)).scalar_one()


@pytest.mark.parametrize("how", NAMED)
def test_put_when_the_item_had_come_in_then_received_at_that_time_once(
    database: Database, ledger: Ledger, url: str, how: str
) -> None:
    assert see(database, ledger, seen(1))[0].code == "unknown_item"
    restarted = Database(url)
    restarted.open()
    receipt, status = put(restarted, ledger, NAMED[how])
    assert (receipt.kind, receipt.rma, receipt.time_us) == ("receipt", "R-1", CAME_US + SECOND_US // 2)
    assert (receipt.detail, receipt.read_point, receipt.confidence) == (
        "came in before an RMA expected it",
        "dock-1",
        0.99,
    )
    assert receipt.evidence is not None
    assert (receipt.evidence.reads, receipt.evidence.antennas) == (7, (1, 2))
    assert status.status == "received"
    assert put(restarted, ledger, NAMED[how]) == []
    assert put(restarted, ledger, epc_rma("R-2", 1)) == []
    assert see(restarted, ledger, seen(1)) == []
    assert kept(restarted) == 0
    with restarted.reading() as connection:
        messages = outbox.list_events(connection, "gw-1")
    assert [message.kind for message in messages] == ["exception", "receipt", "status"]
    assert json.loads(messages[1].payload)["data"]["evidence"]["direction"] == "in"
    restarted.close()


def test_put_when_the_rma_names_the_gtin_only_then_a_candidate(database: Database, ledger: Ledger) -> None:
    see(database, ledger, seen(1))
    (event,) = put(database, ledger, rma("R-1", line("R-1", gtin=gtin())))
    assert (event.kind, event.rma, event.detail) == (
        "candidate",
        "R-1",
        "came in before an RMA expected it; the RMA names its GTIN only",
    )
    assert put(database, ledger, rma("R-1", line("R-1", gtin=gtin()))) == []
    assert put(database, ledger, epc_rma("R-2", 1))[0].kind == "receipt"


def test_put_when_several_had_come_in_then_each_on_its_line(database: Database, ledger: Ledger) -> None:
    see(database, ledger, seen(2), seen(1, CAME_US + SECOND_US), seen(3))
    events = put(database, ledger, epc_rma("R-1", 1, 2), epc_rma("R-2", 9))
    assert [(event.kind, event.received) for event in events if event.kind == "receipt"] == [
        ("receipt", 1),
        ("receipt", 2),
    ]
    assert [event.status for event in events if event.kind == "status"] == ["partially_received", "received"]
    assert kept(database) == 1


@pytest.mark.parametrize(
    "batch",
    [
        [left(1, CAME_US + DAY_US)],
        [seen(1, CAME_US + DAY_US, direction=Direction.OUT)],
    ],
)
def test_put_when_the_item_left_again_then_nothing(
    database: Database, ledger: Ledger, batch: list[object]
) -> None:
    see(database, ledger, seen(1))
    see(database, ledger, *batch)
    assert put(database, ledger, epc_rma("R-1", 1)) == []


def test_keep_when_not_at_a_receiving_point_or_not_sure_then_not_kept(
    database: Database, ledger: Ledger
) -> None:
    blank = item(1).__class__("000000000000000000000000", 96, "raw", "urn:epc:raw:96.x0")
    see(database, ledger, seen(1, point=SHELF), seen(2, confidence=0.5), seen(blank))
    assert kept(database) == 0
    see(database, ledger, seen(3, point=BENCH))
    assert kept(database) == 1
    assert BENCH.biz_step is BizStep.RECEIVING


def test_prune_when_thirty_days_are_over_then_forgotten(database: Database, ledger: Ledger) -> None:
    see(database, ledger, seen(1))
    with database.writing() as connection:
        upkeep.prune(connection, CAME_US + blind.KEEP_US, DAY_US)
    assert kept(database) == 1
    with database.writing() as connection:
        upkeep.prune(connection, CAME_US + blind.KEEP_US + SECOND_US, DAY_US)
    assert put(database, ledger, epc_rma("R-1", 1)) == []


def test_prune_when_a_flood_came_in_then_the_oldest_are_forgotten(
    database: Database, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blind, "MAX_ITEMS", 2)
    see(database, ledger, *(seen(serial, CAME_US + serial * SECOND_US) for serial in range(1, 6)))
    with database.writing() as connection:
        assert blind.prune(connection, CAME_US) == 3
    assert put(database, ledger, epc_rma("R-1", 4, 5))[0].kind == "receipt"


def test_put_when_it_had_been_refused_by_its_class_then_the_rma_that_names_it_takes_it(
    database: Database, ledger: Ledger
) -> None:
    put(database, ledger, rma("R-1", line("R-1", gtin=gtin())), now_us=START_US)
    told = [event.code or event.kind for event in see(database, ledger, seen(1), seen(2))]
    assert told == ["receipt", "status", "over_receipt"]
    assert [(event.kind, event.rma) for event in put(database, ledger, epc_rma("R-2", 2))] == [
        ("receipt", "R-2"),
        ("status", "R-2"),
    ]
