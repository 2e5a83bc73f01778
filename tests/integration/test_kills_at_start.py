"""A daemon killed again and again while it starts, and goods in the door: nothing twice, and nothing lost for long.

What a reader has handed over in the moments before a kill is gone: LLRP has no acknowledgement of reports. All
else must come to a verdict: what was read before, what the reader kept, and what is read in between.
"""

import asyncio
import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic

import pytest
from sqlalchemy import select

from gateway.store.tables import observations
from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.device import Device
from readers.emulator.scenario import load_scenario
from readers.emulator.server import serve
from readers.llrp.constants import MessageType
from readers.llrp.framing import Deframer, Frame
from readers.llrp.report import ReportDecoder
from tests.chaos.site import DOCK_POINT, Gateway
from tests.chaos.wms import Wms
from tests.integration.broker import Broker

PATIENCE_SECONDS = 60.0
KILLS = 5
START_SECONDS = 1.5
AT_RISK_SECONDS = 1.0
"""What was handed over so shortly before a kill may be lost: generous, for a machine that is busy."""
MOST_LOST = 0.05
SURE = 0.8
CONNECTED = 'reader_connected{reader="bench-reader"} 1.0'
CHANGES = {MessageType.DELETE_ROSPEC, MessageType.STOP_ROSPEC, MessageType.DISABLE_ROSPEC}
SCENARIO = """
seed = {seed}
duration_seconds = 60.0
[[door]]
id = "dock"
reader = "bench-reader"
[[load]]
door = "dock"
move = "in"
start_seconds = 2.0
items = 8
name = "pallet"
"""


@dataclass(frozen=True)
class Sent:
    """One record of a report: when it was handed over, by this process's clock, and what it says."""

    at: float
    epc: str
    seen_us: int
    reads: int


@dataclass
class Watched:
    """What a reader hears and hands over."""

    device: Device
    heard: list[int] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        receive, send = self.device.receive, self.device.data_to_send
        decoder, deframer = ReportDecoder(), Deframer()

        def hear(frame: Frame, now_us: int) -> None:
            self.heard.append(frame.type)
            receive(frame, now_us)

        def hand_over() -> bytes:
            data = send()
            reports = [frame for frame in deframer.feed(data) if frame.type == MessageType.RO_ACCESS_REPORT]
            for epc, _, _, _, seen_us, count, _ in (row for one in reports for row in decoder.rows(one.body)):
                self.sent.append(Sent(monotonic(), epc.hex().upper(), seen_us or 0, count or 1))
            return data

        self.device.receive, self.device.data_to_send = hear, hand_over  # type: ignore[method-assign]


def judged(gateway: Gateway) -> list[tuple[str, int, int]]:
    """Of each verdict stored: EPC, number of reads and when the last was."""
    with gateway.opened() as database, database.reading() as connection:
        columns = select(observations.c.epc, observations.c.reads, observations.c.last_seen_us)
        return [(row.epc, row.reads, row.last_seen_us) for row in connection.execute(columns)]


def told_otherwise(gateway: Gateway) -> str:
    """The verdicts that are no sure receipt, whole, for who looks into a failure."""
    with gateway.opened() as database, database.reading() as connection:
        rows = connection.execute(select(observations)).mappings()
        unsure = [dict(row) for row in rows if row["verdict"] != "in" or row["confidence"] < SURE]
    return "\n".join(map(str, unsure))


async def kill_again_and_again(gateway: Gateway, chance: Random) -> list[float]:
    """When it was killed."""
    killed: list[float] = []
    for _ in range(KILLS):
        await asyncio.to_thread(gateway.end, signal.SIGKILL)
        killed.append(monotonic())
        gateway.start()
        await asyncio.sleep(chance.uniform(0.0, START_SECONDS))
    return killed


@pytest.mark.parametrize("seed", [31, 35])
async def test_start_when_killed_again_and_again_in_a_passage_then_all_but_the_last_reads_count_once(
    seed: int, tmp_path: Path
) -> None:
    (tmp_path / "broker").mkdir()
    (tmp_path / "scenario.toml").write_text(SCENARIO.format(seed=seed))
    scenario = load_scenario(tmp_path / "scenario.toml")
    epcs = {epc.hex().upper() for epc in scenario.epcs[0]}
    (device,) = build_devices(EmulatorSettings(scenario=scenario))
    watched, chance = Watched(device), Random(seed)
    with Broker(tmp_path / "broker") as broker, Wms(broker.port, tmp_path / "wms", acknowledges=True) as wms:
        async with serve([device]) as emulators:
            (port,) = emulators.ports
            gateway = Gateway(tmp_path / "gw", "gw-1", broker.port, port, require_ack=True, point=DOCK_POINT)
            gateway.import_rmas(sorted(epcs))
            gateway.start()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while CONNECTED not in (await asyncio.to_thread(gateway.get, "/metrics"))[1]:
                    await asyncio.sleep(0.05)
            await asyncio.sleep(chance.uniform(3.5, 6.0))  # the load is in the field
            watched.heard.clear()
            killed = await kill_again_and_again(gateway, chance)
            assert not CHANGES & set(watched.heard), "the reader went on reading all the while"
            async with asyncio.timeout(PATIENCE_SECONDS):
                while {epc for epc, _, _ in await asyncio.to_thread(judged, gateway)} != epcs:
                    await asyncio.sleep(0.2)
            assert await asyncio.to_thread(gateway.end) == 0
        receipts = Counter(event.epc for event in wms.events() if event.kind == "receipt")
    verdicts = judged(gateway)
    last_us = {epc: last for epc, _, last in verdicts}
    told = [one for one in watched.sent if one.seen_us <= last_us[one.epc]]
    at_risk = sum(one.reads for one in told if any(0 <= kill - one.at < AT_RISK_SECONDS for kill in killed))
    lost = Counter({one.epc: 0 for one in told})
    lost.update({epc: -reads for epc, reads, _ in verdicts})
    for one in told:
        lost[one.epc] += one.reads
    assert Counter(epc for epc, _, _ in verdicts) == dict.fromkeys(epcs, 1)
    assert lost.total() <= at_risk
    assert set(receipts.values()) <= {1}
    if lost.total() <= MOST_LOST * sum(one.reads for one in told):
        whole = {epc for epc in epcs if not lost[epc]}
        assert whole <= set(receipts), f"killed at {killed}, lost {lost}\n{told_otherwise(gateway)}"
