"""Visits that last are known to the database a few times in their quiet time, a bounded number at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from gateway.keeping import lasting as module
from gateway.keeping.lasting import Lasting
from gateway.readpoints.buffer import Buffer
from gateway.settings import AntennaRoute, Settings
from gateway.stats import Stats
from gateway.store.database import Database
from gateway.store.visits import Visits
from readers.settings import ReaderSettings
from rules.observation import Observation, ReadPoint
from rules.vocabulary import BizStep, ReadPointKind

SECOND = 1_000_000
START = 1_700_000_000 * SECOND
BENCH = ReadPoint("bench", ReadPointKind.PRESENCE, BizStep.RECEIVING)
SETTINGS = Settings(
    "dc1", readers=(ReaderSettings("r", "h"),), routes=(AntennaRoute("r", 1, "bench"),), read_points=(BENCH,)
)
ITEMS = 7


class Bench:
    """Items that lie there, and the gateway's clock."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now_us = START
        self.buffer = Buffer(SETTINGS, Stats())
        self.lasting = Lasting(database, self.buffer, lambda: self.now_us)

    def read(self, count: int = ITEMS) -> None:
        rows = [(bytes([0x30, *([n] * 11)]), 1, -50, None, self.now_us, 2, None) for n in range(count)]
        self.buffer.on_reads("r", list(rows), 0, self.now_us)
        self.buffer.tick(self.now_us)

    def record(self) -> list[Observation]:
        batch = self.buffer.take(self.now_us)

        def job(connection: Connection) -> list[Observation]:
            known = Visits(connection, batch)
            new = known.new(connection, batch)
            known.store(connection)
            return new

        with self.database.writing() as connection:
            return job(connection)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    database = Database(f"sqlite:///{tmp_path}/returns.db")
    database.open()
    yield Bench(database)
    database.close()


async def lie_for(bench: Bench, seconds: int) -> None:
    for _ in range(seconds):
        bench.now_us += SECOND
        bench.read()
        await bench.lasting.step()


async def test_step_when_items_lie_for_minutes_then_a_restart_goes_on_with_their_visits(bench: Bench) -> None:
    bench.read()
    first = bench.record()
    await lie_for(bench, 120)
    again = Bench(bench.database)
    again.now_us = bench.now_us + 15 * SECOND
    again.read()
    begun = {item.evidence.first_seen_us for item in again.record()}
    assert begun == {START} == {item.evidence.first_seen_us for item in first}


async def test_step_when_items_are_gone_then_their_visits_are_not_prolonged(bench: Bench) -> None:
    bench.read()
    bench.record()
    for _ in range(60):
        bench.now_us += SECOND
        await bench.lasting.step()
    again = Bench(bench.database)
    again.now_us = bench.now_us
    again.read()
    assert {item.evidence.first_seen_us for item in again.record()} == {again.now_us}


async def test_step_when_items_are_gone_then_nothing_of_them_is_remembered(bench: Bench) -> None:
    await lie_for(bench, 60)
    assert len(bench.lasting._identities["bench"]) == ITEMS
    for _ in range(90):
        bench.now_us += SECOND
        bench.read(2)
        await bench.lasting.step()
    assert len(bench.lasting._identities["bench"]) == 2


async def test_step_when_many_items_lie_about_then_each_has_its_turn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    bench.read()
    bench.record()
    await lie_for(bench, 40)
    again = Bench(bench.database)
    again.now_us = bench.now_us
    again.read()
    assert {item.evidence.first_seen_us for item in again.record()} == {START}


async def test_step_when_items_lie_at_many_read_points_then_all_go_into_one_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = tuple(ReadPoint(f"p{n}", ReadPointKind.PRESENCE, BizStep.RECEIVING) for n in range(5))
    routes = tuple(AntennaRoute("r", n + 1, point.id) for n, point in enumerate(points))
    buffer = Buffer(
        Settings("dc1", readers=(ReaderSettings("r", "h"),), routes=routes, read_points=points), Stats()
    )
    database = Database(f"sqlite:///{tmp_path}/returns.db")
    database.open()
    now_us, told = START, []
    lasting = Lasting(database, buffer, lambda: now_us)
    monkeypatch.setattr(module.visits, "prolong", lambda _connection, items: told.append(items))
    for _ in range(15):
        now_us += SECOND
        buffer.on_reads(
            "r", [(bytes([0x30] * 11 + [n]), n, -50, None, now_us, 2, None) for n in range(1, 6)], 0, now_us
        )
        buffer.take(now_us)
        await lasting.step()
    database.close()
    assert [sorted(items) for items in told] == [[point.id for point in points]]
