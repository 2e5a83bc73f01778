"""Housekeeping: what became due is told once and counted."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import Connection

from gateway.errors import GatewayError, UnavailableError
from gateway.running import housekeeping
from gateway.running.housekeeping import Housekeeping
from gateway.settings import Settings
from gateway.stats import Stats
from gateway.store import outbox, upkeep
from gateway.store.database import Database
from gateway.store.ledger import ledger_of
from gateway.store.regulars import Regular, approve
from rules.events import Event
from rules.policy import DEFAULT_POLICY
from tests.gateway.store.samples import SECOND_US, SHELF, START_US, epc_rma, seen

DAY_US = 86_400 * SECOND_US
SETTINGS = Settings("dc1", "gw-1")


@pytest.fixture
def database() -> Iterator[Database]:
    database = Database("sqlite://")
    database.open()
    yield database
    database.close()


class House:
    """Housekeeping whose clock stands at `now_us`."""

    def __init__(self, database: Database) -> None:
        self.now_us = START_US
        self.stats = Stats()
        self.told: list[Event] = []
        self.regulars: list[Regular] = []
        self.ledger = ledger_of(SETTINGS, DEFAULT_POLICY)
        self.keeping = Housekeeping(
            database,
            SETTINGS,
            self.stats,
            ledger=self.ledger,
            clock=lambda: self.now_us,
            on_events=self.hear,
            on_regulars=self.regulars.extend,
        )

    def hear(self, events: Sequence[Event]) -> None:
        self.told += events


async def test_sweep_when_an_rma_is_overdue_then_told_once_and_counted(database: Database) -> None:
    house = House(database)
    with database.writing() as connection:
        house.ledger.put_rmas(connection, [epc_rma("R-1", 1), epc_rma("R-2", 2)], START_US)
        house.ledger.record(connection, [seen(1), seen(2)], START_US)
    for _ in range(2):
        await house.keeping.sweep()
        await house.keeping.count()
        assert (house.told, house.stats.rma_overdue) == ([], 0)
    house.now_us += 9 * DAY_US
    for _ in range(2):
        await house.keeping.sweep()
        await house.keeping.count()
    assert sorted(event.rma or "" for event in house.told) == ["R-1", "R-2"]
    assert house.stats.rma_overdue == 2
    with database.writing() as connection:
        house.ledger.record(connection, [seen(1, house.now_us, point=SHELF)], house.now_us)
        kinds = [message.kind for message in outbox.list_events(connection, "gw-1")]
    await house.keeping.count()
    assert house.stats.rma_overdue == 1
    assert kinds.count("status") == 5


async def test_count_when_rmas_are_open_then_the_gauges_say_so(database: Database) -> None:
    house = House(database)
    with database.writing() as connection:
        house.ledger.put_rmas(connection, [epc_rma("R-1", 1), epc_rma("R-2", 2)], START_US)
    await house.keeping.count()
    assert (house.stats.open_rmas, house.stats.open_rma_lines) == (2, 2)


@pytest.mark.parametrize("is_refused", [True, False])
async def test_run_when_another_program_locked_the_database_then_it_is_asked_again_soon(
    database: Database, monkeypatch: pytest.MonkeyPatch, is_refused: bool
) -> None:
    house = House(database)
    asked: list[int] = []

    async def sweep() -> None:
        asked.append(1)
        await asyncio.sleep(0.01)
        if is_refused and len(asked) == 1:
            raise UnavailableError("locked by another program")

    async def count() -> None:
        """Takes no time at all."""

    monkeypatch.setattr(house.keeping, "sweep", sweep)
    monkeypatch.setattr(house.keeping, "_take_figures", count)
    monkeypatch.setattr(housekeeping, "COUNT_SHARE", 10_000)
    monkeypatch.setattr(housekeeping, "MIN_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(housekeeping, "COUNT_SECONDS", 0.0)
    runner = asyncio.create_task(house.keeping.run())
    async with asyncio.timeout(30):
        while len(asked) < 2:
            await asyncio.sleep(0.01)
    runner.cancel()


async def test_count_when_another_program_approved_a_regular_then_it_is_told(database: Database) -> None:
    house = House(database)
    with database.writing() as connection:
        approve(connection, "dock", ["E280"], by="anna", now_us=1)
    await house.keeping.count()
    assert house.regulars == [Regular("dock", "E280", 1, "anna")]


async def test_run_when_counting_takes_long_then_it_is_done_seldom_and_what_is_due_is_told_all_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(database)
    done: list[str] = []

    async def sweep() -> None:
        done.append("sweep")

    def count(connection: Connection, now_us: int) -> upkeep.Figures:
        done.append("figures")
        return real(connection, now_us)

    real = upkeep.count
    monkeypatch.setattr(house.keeping, "sweep", sweep)
    monkeypatch.setattr(upkeep, "count", count)
    monkeypatch.setattr(housekeeping, "COUNT_SHARE", 1_000_000)
    monkeypatch.setattr(housekeeping, "MIN_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(housekeeping, "COUNT_SECONDS", 0.0)
    await house.keeping.count()
    runner = asyncio.create_task(house.keeping.run())
    async with asyncio.timeout(30):
        while done.count("sweep") < 3:
            await asyncio.sleep(0.01)
    runner.cancel()
    assert done.count("figures") == 1


async def test_work_when_one_step_fails_for_good_then_the_others_are_done(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(database)
    with database.writing() as connection:
        house.ledger.put_rmas(connection, [epc_rma("R-1", 1)], START_US)

    async def sweep() -> None:
        raise GatewayError("a tally is damaged")

    monkeypatch.setattr(house.keeping, "sweep", sweep)
    await house.keeping.work()
    assert house.stats.open_rmas == 1
    assert "a tally is damaged" in caplog.text


async def test_work_when_the_database_is_not_open_yet_then_that_is_no_news(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = House(Database("sqlite://"))
    await house.keeping.work()
    assert caplog.records == []


async def test_work_when_done_again_soon_then_the_log_is_brought_in_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(database)
    done: list[str] = []

    async def checkpoint() -> None:
        done.append("checkpoint")

    monkeypatch.setattr(database, "checkpoint", checkpoint)
    await house.keeping.work()
    await house.keeping.work()
    assert done == ["checkpoint"]
    monkeypatch.setattr(housekeeping, "CHECKPOINT_SECONDS", 0.0)
    house.keeping._checkpoint_due = 0.0
    await house.keeping.work()
    await house.keeping.work()
    assert done == ["checkpoint"] * 3
