"""The pipeline: everything observed is recorded once, in order, through every fault of the store."""

import asyncio
from collections.abc import Sequence

import pytest

from gateway import pipeline
from gateway.errors import GatewayError, StorageError
from gateway.pipeline import Pipeline
from gateway.readpoints.buffer import Buffer
from gateway.settings import AntennaRoute, Settings
from gateway.stats import Stats
from readers.settings import ReaderSettings
from rules.events import Event
from rules.observation import Observation, ReadPoint
from rules.vocabulary import BizStep, EventKind, ExceptionCode, ReadPointKind

SECOND = 1_000_000
NOW = 1_700_000_000 * SECOND
BENCH = ReadPoint("bench", ReadPointKind.PRESENCE, BizStep.RECEIVING)
SETTINGS = Settings(
    "dc1",
    "gw",
    readers=(ReaderSettings("r", "h"),),
    routes=(AntennaRoute("r", 1, "bench"),),
    read_points=(BENCH,),
)


class Store:
    """Records in memory; `faults` are raised first, one per call."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.recorded: list[str] = []
        self.poison: set[str] = set()
        self.set_aside: list[str] = []
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def record(self, observations: Sequence[Observation]) -> Sequence[Event]:
        self.is_asked.set()
        await self.may_answer.wait()
        if self.faults:
            raise self.faults.pop(0)
        if self.poison & {observation.epc.hex for observation in observations}:
            raise GatewayError("cannot be recorded")
        self.recorded += [observation.epc.hex for observation in observations]
        return [
            Event(
                EventKind.RECEIPT,
                observation.epc.hex,
                observation.seen_us,
                "s",
                read_point="bench",
                match="epc",
            )
            for observation in observations
        ]


def put(buffer: Buffer, *epcs: int) -> None:
    rows = [(bytes((epc,)) * 12, 1, -50, NOW - SECOND, NOW - SECOND, 2, None) for epc in epcs]
    buffer.on_reads("r", list(rows), 0, NOW)


def names(*epcs: int) -> list[str]:
    return [f"{epc:02X}" * 12 for epc in epcs]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(pipeline, "TICK_SECONDS", 0.001)


def build(store: Store, stats: Stats, told: list[Event]) -> tuple[Buffer, Pipeline]:
    observed = asyncio.Event()
    buffer = Buffer(SETTINGS, stats, observed.set)
    line = Pipeline(
        buffer,
        store.record,
        stats,
        lambda: NOW,
        wake=observed,
        listeners=[told.extend],
        set_aside=lambda observation, _fault: store.set_aside.append(observation.epc.hex),
    )
    return buffer, line


async def settle() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


async def test_run_when_woken_then_observations_are_recorded_and_told() -> None:
    store, stats, told = Store(), Stats(), []
    buffer, line = build(store, stats, told)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(line.run())
        put(buffer, 1, 2)
        await settle()
        task.cancel()
    assert store.recorded == names(1, 2)
    assert [event.id for event in told] == names(1, 2)
    assert stats.receipts == {("bench", "epc"): 2}
    assert stats.events["receipt"] == 2
    assert sum(stats.decision_seconds.counts) == 2
    assert stats.decision_seconds.total_seconds == pytest.approx(2.0)


async def test_run_when_the_store_fails_then_nothing_is_lost_and_the_fault_is_told_until_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store, stats, told = Store(StorageError("disk full"), StorageError("disk full")), Stats(), []
    buffer, line = build(store, stats, told)
    faults: list[str | None] = []
    async with asyncio.TaskGroup() as group:
        task = group.create_task(line.run())
        put(buffer, 1)
        while not store.recorded:
            faults.append(stats.storage_fault)
            await asyncio.sleep(0)
        put(buffer, 2)
        await settle()
        task.cancel()
    assert "disk full" in faults
    assert stats.storage_fault is None
    assert store.recorded == names(1, 2)
    assert [record.levelname for record in caplog.records].count("ERROR") == 1


@pytest.mark.parametrize("poison", [(1,), (4,), (7,), (2, 3), (1, 2, 3, 4, 5, 6, 7)])
async def test_run_when_an_observation_cannot_be_recorded_then_it_is_set_aside_and_all_others_go_on(
    poison: tuple[int, ...],
) -> None:
    store, stats, told = Store(), Stats(), []
    store.poison = set(names(*poison))
    buffer, line = build(store, stats, told)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(line.run())
        put(buffer, *range(1, 8))
        await settle()
        put(buffer, 8)
        await settle()
        task.cancel()
    assert store.set_aside == names(*poison)
    assert store.recorded == names(*(number for number in range(1, 9) if number not in poison))
    assert stats.reads_dropped["set_aside"] == 2 * len(poison)
    assert line.recording == []


async def test_drain_when_the_store_fails_while_a_faulty_observation_is_isolated_then_nothing_is_lost() -> (
    None
):
    store, stats, told = Store(), Stats(), []
    store.poison = set(names(3))
    buffer, line = build(store, stats, told)
    put(buffer, 1, 2, 3, 4)
    store.faults = [GatewayError("cannot be recorded"), StorageError("disk full")]
    with pytest.raises(StorageError):
        await line.drain()
    await line.drain()
    assert (store.recorded, store.set_aside) == (names(1, 2, 4), names(3))


async def test_run_when_the_store_fails_once_then_it_is_tried_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline, "RETRY_SECONDS", 3600.0)
    store, stats, told = Store(StorageError("connection cut")), Stats(), []
    buffer, line = build(store, stats, told)
    runner = asyncio.create_task(line.run())
    put(buffer, 1)
    await settle()
    runner.cancel()
    assert store.recorded == names(1)
    assert stats.storage_fault is None


async def test_run_when_cancelled_while_recording_then_the_batch_is_recorded_by_the_drain() -> None:
    store, stats, told = Store(), Stats(), []
    buffer, line = build(store, stats, told)
    task = asyncio.create_task(line.run())
    put(buffer, 1)
    store.may_answer.clear()
    await store.is_asked.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert store.recorded == []
    store.may_answer.set()
    await line.drain()
    assert store.recorded == names(1)


async def test_run_when_more_waits_than_a_batch_then_all_of_it_is_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 3)
    store, stats, told = Store(), Stats(), []
    buffer, line = build(store, stats, told)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(line.run())
        put(buffer, *range(1, 11))
        await settle()
        task.cancel()
    assert store.recorded == names(*range(1, 11))


async def test_tick_when_the_loop_runs_then_the_buffer_is_turned_and_lag_is_measured() -> None:
    store, stats, told = Store(), Stats(), []
    buffer, line = build(store, stats, told)
    put(buffer, 1)
    ticker, runner = asyncio.create_task(line.tick()), asyncio.create_task(line.run())
    while not (store.recorded and sum(stats.event_loop_lag_seconds.counts)):
        await asyncio.sleep(0.001)
    for task in (ticker, runner):
        task.cancel()
    await asyncio.gather(ticker, runner, return_exceptions=True)
    assert sum(stats.event_loop_lag_seconds.counts) > 0


async def test_drain_when_the_store_fails_then_it_says_so_and_the_buffer_still_holds_them() -> None:
    store, stats, told = Store(StorageError("read-only")), Stats(), []
    buffer, line = build(store, stats, told)
    put(buffer, 1)
    with pytest.raises(StorageError):
        await line.drain()
    assert buffer.held() == 1


def test_count_events_when_kinds_differ_then_each_has_its_counter() -> None:
    stats = Stats()
    pipeline.count_events(
        stats,
        [
            Event(EventKind.RESTOCK, "1", 0, "s", read_point="shelf"),
            Event(EventKind.EXCEPTION, "2", 0, "s", read_point="bench", code=ExceptionCode.UNKNOWN_ITEM),
            Event(EventKind.STATUS, "3", 0, "s"),
        ],
    )
    assert stats.restocks == {"shelf": 1}
    assert stats.exceptions == {"unknown_item": 1}
    assert stats.receipts == {}
