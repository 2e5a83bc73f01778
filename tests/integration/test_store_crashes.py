"""SIGKILL at any moment: what was committed is there, whole, once, and numbered without a gap."""

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from gateway.store import rmas
from gateway.store.database import Database
from gateway.store.tables import gateways, observations, outbox, received_items, rma_lines
from gateway.store.tables import rmas as rmas_table
from tests.gateway.store.samples import START_US, epc_rma
from tests.integration.postgres import Server
from tests.integration.store_writer import ITEMS

KILLS = 8
WRITER = Path(__file__).with_name("store_writer.py")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/returns.db"
        return
    server: Server = request.getfixturevalue("postgres")
    yield server.empty()


def expect_items(url: str) -> None:
    database = Database(url)
    database.open()
    with database.writing() as connection:
        sent = (epc_rma(f"R-{n}", 2 * n, 2 * n + 1) for n in range(1, ITEMS // 2))
        rmas.upsert(connection, sent, START_US)
    database.close()


def start(url: str, gateway: str, seed: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(WRITER), url, gateway, str(seed)], stdout=subprocess.PIPE, text=True
    )


def lines(process: subprocess.Popen[str], count: int) -> list[int]:
    """The next commits it tells of."""
    assert process.stdout is not None
    return [int(process.stdout.readline()) for _ in range(count)]


def test_sqlite_and_postgresql_when_the_writer_is_killed_then_nothing_is_lost_halved_or_doubled(
    url: str,
) -> None:
    expect_items(url)
    chance = random.Random(6)
    promised = 0
    for seed in range(1, KILLS + 1):
        with start(url, "gw-1", seed) as process:
            promised = max(promised, *lines(process, chance.randint(1, 12)))
            process.kill()
        judge(url, {"gw-1": promised})


def test_gateways_when_they_share_a_postgresql_then_an_item_seen_at_both_gives_one_receipt(
    postgres: Server,
) -> None:
    url = postgres.empty()
    expect_items(url)
    with start(url, "gw-1", 7) as one, start(url, "gw-2", 7) as other:
        promised = {"gw-1": max(lines(one, 40)), "gw-2": max(lines(other, 40))}
        other.kill()
        promised["gw-1"] = max(lines(one, 10))
        one.kill()
    judge(url, promised)


def judge(url: str, promised: dict[str, int]) -> None:
    with closing(Database(url)) as database:
        database.open()
        with database.reading() as connection:
            for gateway, last in promised.items():
                judge_sequence(connection, gateway, last)
            judge_books(connection)
            judge_told(connection)


def judge_sequence(connection: Connection, gateway: str, promised: int) -> None:
    """No gap, the counter is the last one, and what was said to be committed is there."""
    mine = outbox.c.gateway == gateway
    stored = (
        connection.execute(select(outbox.c.sequence).where(mine).order_by(outbox.c.sequence)).scalars().all()
    )
    counter = connection.execute(
        select(gateways.c.last_sequence).where(gateways.c.gateway == gateway)
    ).scalar_one()
    assert stored == list(range(1, len(stored) + 1))
    assert counter == len(stored) >= promised


def judge_books(connection: Connection) -> None:
    """Counts are those of the items, and no item is on a line twice."""
    active = received_items.c.reversed_us.is_(None)
    items = received_items.c
    per_item = connection.execute(
        select(func.count()).where(active).group_by(items.rma, items.line, items.identity)
    ).scalars()
    assert set(per_item) <= {1}
    received = connection.execute(select(items.rma, func.count()).where(active).group_by(items.rma)).all()
    by_line = dict(map(tuple, received))
    for table in (rma_lines, rmas_table):
        counted = connection.execute(select(table.c.rma, table.c.received).where(table.c.received > 0)).all()
        assert dict(map(tuple, counted)) == by_line


def judge_told(connection: Connection) -> None:
    """Every booking has its message and every message its booking, and each observation the events it made."""
    rows = connection.execute(select(outbox.c.kind, outbox.c.id, outbox.c.payload)).all()
    receipts = {row.id for row in rows if row.kind == "receipt"}
    reversed_receipts = [
        json.loads(row.payload)["data"]["reverses"] for row in rows if row.kind == "reversal"
    ]
    items = connection.execute(select(received_items)).all()
    assert receipts == {row.receipt_id for row in items}
    assert Counter(reversed_receipts) == Counter(
        row.receipt_id for row in items if row.reversed_us is not None
    )
    noted = [
        event["id"]
        for made in connection.execute(select(observations.c.events)).scalars()
        for event in json.loads(made)
    ]
    assert sorted(noted) == sorted(row.id for row in rows)
