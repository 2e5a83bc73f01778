"""The host's clock jumps while goods come in. What the daemon and its readers take for the time is moved."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import gateway.daemon
import readers.link
import readers.reader
from readers.emulator.build import EmulatorSettings, build_devices, items
from readers.emulator.server import serve
from tests.integration.broker import Broker
from tests.integration.listener import Listener, until
from tests.integration.test_main_job import BENCH, authorize, check_sequence, rma_for, running, settings, told

HOUR_NS = 3600 * 1_000_000_000


class HostClock:
    """`time.time_ns` of a host whose clock is set."""

    def __init__(self) -> None:
        self.ahead_ns = 0

    def time_ns(self) -> int:
        return time.time_ns() + self.ahead_ns


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HostClock:
    made = HostClock()
    for module in (gateway.daemon, readers.link, readers.reader):
        monkeypatch.setattr(module, "time_ns", made.time_ns)
    return made


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    (tmp_path / "broker").mkdir()
    with Broker(tmp_path / "broker") as made:
        yield made


@pytest.mark.parametrize("step_ns", [HOUR_NS, -HOUR_NS])
async def test_host_clock_when_it_jumps_then_each_item_is_received_once_and_at_once(
    step_ns: int, clock: HostClock, broker: Broker, tmp_path: Path
) -> None:
    epcs = list(items(16))
    devices = build_devices(EmulatorSettings(reads_per_second=300.0))
    async with serve(devices) as emulators, Listener(broker) as wms:
        chosen = settings(tmp_path, broker, [BENCH], emulators.ports[0])
        authorize(chosen, rma_for("RMA-1", epcs))
        async with running(chosen) as daemon:
            for number, epc in enumerate(epcs, 1):
                devices[0].put(epc, (1,))
                await asyncio.sleep(0.1)
                if number == 8:
                    clock.ahead_ns = step_ns
            await until(lambda: len(told(wms, "receipt")) == len(epcs), 10)
            for epc in epcs:
                devices[0].take_away(epc)
            assert daemon.stats.storage_fault is None
            await until(lambda: daemon.stats.mqtt_connected and not daemon.stats.outbox_pending)
        await asyncio.sleep(0.5)
        assert len(told(wms, "receipt")) == len(epcs)
        check_sequence(wms.heard)
