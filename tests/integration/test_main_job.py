"""The main job on real parts: a reader nobody here wrote, the daemon, a real broker, a subscriber as a WMS is one."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from llrpkit.emulator import EmulatedTag, LLRPEmulator

from gateway.daemon import Daemon
from gateway.settings import AntennaRoute, DatabaseSettings, MqttSettings, Settings, WebSettings
from gateway.store import rmas
from gateway.store.database import Database
from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.epcs import sgtin_96
from readers.emulator.loads import Load, Move
from readers.emulator.scenario import Scenario, SceneDoor
from readers.emulator.server import serve
from readers.settings import ReaderSettings
from rules.epc import identify
from rules.observation import ReadPoint
from rules.policy import DEFAULT_POLICY
from rules.rma import Rma, RmaLine
from rules.vocabulary import BizStep, ReadPointKind
from tests.integration.broker import Broker
from tests.integration.listener import Heard, Listener, until

OPENED_US = 1_700_000_000_000_000
BENCH = ReadPoint("bench", ReadPointKind.PRESENCE, BizStep.RECEIVING)
SHELF = ReadPoint("shelf", ReadPointKind.PRESENCE, BizStep.STOCKING)
DOCK = ReadPoint("dock", ReadPointKind.PORTAL, BizStep.RECEIVING)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    directory = tmp_path / "broker"
    directory.mkdir()
    with Broker(directory) as running:
        yield running


def settings(tmp_path: Path, broker: Broker, points: Sequence[ReadPoint], port: int) -> Settings:
    """One reader, antenna n at the n-th presence read point, or antennas 1 and 2 at a portal."""
    sides = [(1, "outside"), (2, "inside")]
    routes = [
        AntennaRoute("r1", antenna, point.id, side)
        for number, point in enumerate(points, 1)
        for antenna, side in (sides if point.kind is ReadPointKind.PORTAL else [(number, None)])
    ]
    return Settings(
        "dc1",
        "gw-1",
        database=DatabaseSettings(f"sqlite:///{tmp_path / 'returns.db'}"),
        mqtt=MqttSettings(port=broker.port),
        web=WebSettings("127.0.0.1:0"),
        readers=(ReaderSettings("r1", "127.0.0.1", port, antennas=tuple(route.antenna for route in routes)),),
        routes=tuple(routes),
        read_points=tuple(points),
    )


def authorize(chosen: Settings, *authorized: Rma) -> None:
    database = Database(chosen.database.url)
    try:
        database.open()
        with database.writing() as connection:
            rmas.upsert(connection, authorized, OPENED_US)
    finally:
        database.close()


def rma_for(name: str, epcs: Sequence[bytes]) -> Rma:
    items = [identify(epc) for epc in epcs]
    serials = frozenset(item.serial or "" for item in items)
    line = RmaLine(name, 1, len(items), gtin=items[0].gtin, serials=serials, reason="UNWANTED", sku="SKU-1")
    return Rma(name, (line,), OPENED_US, order="SO-7", customer="C-9")


@asynccontextmanager
async def running(chosen: Settings) -> AsyncIterator[Daemon]:
    daemon = Daemon(chosen, DEFAULT_POLICY)
    is_ready = asyncio.Event()
    task = asyncio.create_task(daemon.run(is_ready.set))
    try:
        async with asyncio.timeout(60):
            await is_ready.wait()
        yield daemon
    finally:
        daemon.stop()
        async with asyncio.timeout(60):
            await task


def told(wms: Listener, kind: str) -> list[dict[str, object]]:
    return [heard.json for heard in wms.on(f"/{kind}")]


def check_sequence(heard: Sequence[Heard]) -> None:
    """Contiguous from 1, in order, each id once."""
    events = [one.json for one in heard if b'"specversion"' in one.payload]
    assert [event["sequence"] for event in events] == [f"{n:018d}" for n in range(1, len(events) + 1)]
    assert len({event["id"] for event in events}) == len(events)


async def test_foreign_reader_when_items_lie_on_the_bench_then_the_wms_gets_one_receipt_each(
    tmp_path: Path, broker: Broker
) -> None:
    epcs = [sgtin_96(12345, serial) for serial in range(1, 9)]
    stranger = sgtin_96(777, 1)
    tags = [EmulatedTag(epc=epc, antennas=(1,)) for epc in [*epcs, stranger]]
    async with LLRPEmulator(tags=tags, reads_per_sec=400) as reader, Listener(broker) as wms:
        chosen = settings(tmp_path, broker, [BENCH, SHELF], reader.port)
        authorize(chosen, rma_for("RMA-1", epcs))
        async with running(chosen):
            await until(lambda: len(told(wms, "receipt")) == len(epcs) and told(wms, "exception"))
            await asyncio.sleep(1.0)
        receipts = told(wms, "receipt")
        assert sorted(event["data"]["epc"] for event in receipts) == sorted(epc.hex().upper() for epc in epcs)  # type: ignore[index]
        exceptions = [event["data"] for event in told(wms, "exception")]
        assert [(data["code"], data["epc"]) for data in exceptions] == [
            ("unknown_item", stranger.hex().upper())
        ]  # type: ignore[index]
        assert [event["data"]["status"] for event in told(wms, "status")] == [
            "partially_received",
            "received",
        ]  # type: ignore[index]
        check_sequence(wms.heard)
        first = receipts[0]
        data = first["data"]
        assert isinstance(data, dict)
        assert (first["source"], first["type"]) == ("/dc1/gw-1", "returns.receipt.v1")
        assert str(first["subject"]).startswith("https://id.gs1.org/01/")
        assert (data["rma"], data["line"], data["order"], data["customer"]) == ("RMA-1", 1, "SO-7", "C-9")
        assert (data["read_point"], data["biz_step"], data["sku"], data["reason"]) == (
            "bench",
            "receiving",
            "SKU-1",
            "UNWANTED",
        )
        assert (data["expected"], data["received"], data["line_status"]) == (8, 1, "partial")
        assert data["evidence"]["direction"] == "present"
        assert data["evidence"]["antennas"] == [1]
        assert data["evidence"]["reads"] >= 2


async def test_foreign_reader_when_a_received_item_reaches_the_shelf_then_it_is_restocked_once(
    tmp_path: Path, broker: Broker
) -> None:
    epcs = [sgtin_96(12345, serial) for serial in range(1, 4)]
    async with (
        LLRPEmulator(tags=[EmulatedTag(epc=epc, antennas=(1,)) for epc in epcs], reads_per_sec=300) as reader,
        Listener(broker) as wms,
    ):
        chosen = settings(tmp_path, broker, [BENCH, SHELF], reader.port)
        authorize(chosen, rma_for("RMA-1", epcs))
        async with running(chosen):
            await until(lambda: len(told(wms, "receipt")) == 3)
            reader.tags = [EmulatedTag(epc=epc, antennas=(2,)) for epc in epcs[:2]]
            await until(lambda: len(told(wms, "restock")) == 2)
            await asyncio.sleep(1.0)
        restocked = [event["data"] for event in told(wms, "restock")]
        assert {data["epc"] for data in restocked} == {epc.hex().upper() for epc in epcs[:2]}  # type: ignore[index]
        assert {(data["read_point"], data["sellable"]) for data in restocked} == {("shelf", True)}  # type: ignore[index]
        check_sequence(wms.heard)


async def test_gateway_when_restarted_in_the_middle_then_nothing_is_told_twice(
    tmp_path: Path, broker: Broker
) -> None:
    epcs = [sgtin_96(12345, serial) for serial in range(1, 13)]
    stranger = sgtin_96(777, 1)
    tags = [EmulatedTag(epc=epc, antennas=(1,)) for epc in [*epcs, stranger]]
    async with LLRPEmulator(tags=tags[:6], reads_per_sec=300) as reader, Listener(broker) as wms:
        chosen = settings(tmp_path, broker, [BENCH], reader.port)
        authorize(chosen, rma_for("RMA-1", epcs))
        async with running(chosen):
            await until(lambda: len(told(wms, "receipt")) == 6)
            reader.tags = tags
            await until(lambda: len(told(wms, "receipt")) >= 7)
        async with running(chosen):
            await until(lambda: len(told(wms, "receipt")) == 12 and told(wms, "exception"))
            await asyncio.sleep(1.5)
        assert len(told(wms, "receipt")) == 12
        assert len(told(wms, "exception")) == 1
        check_sequence(wms.heard)
        states = [json.loads(heard.payload)["state"] for heard in wms.on("/gateway/gw-1/state")]
        assert states == ["online", "offline", "online", "offline"]


async def test_portal_when_goods_come_leave_pass_and_stand_then_only_what_came_in_is_received(
    tmp_path: Path, broker: Broker
) -> None:
    door = SceneDoor("dock", "r1")
    scene = Scenario(
        (door,),
        (
            Load("dock", Move.PARKED, items=5, name="parked", near_y=1.4, near_inside=True),
            Load("dock", Move.IN, 1.0, items=6, name="in"),
            Load("dock", Move.OUT, 12.0, items=6, name="out"),
        ),
        seed=11,
        duration_seconds=24.0,
    )
    everything = [rma_for(f"RMA-{number}", epcs) for number, epcs in enumerate(scene.epcs, 1)]
    inward = {epc.hex().upper() for epc in scene.epcs[1]}
    async with serve(build_devices(EmulatorSettings(scenario=scene))) as emulators, Listener(broker) as wms:
        chosen = settings(tmp_path, broker, [DOCK], emulators.ports[0])
        authorize(chosen, *everything)
        async with running(chosen) as daemon:
            await until(lambda: daemon.stats.passages["dock", "out"] == 6)
        receipts = [event["data"] for event in told(wms, "receipt")]
        assert {data["epc"] for data in receipts} == inward  # type: ignore[index]
        assert len(receipts) == len(inward)
        assert {data["evidence"]["direction"] for data in receipts} == {"in"}  # type: ignore[index]
        check_sequence(wms.heard)
