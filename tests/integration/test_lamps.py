"""Lamps at a bench: an expected item lights the green one, a stranger the red one, and both go out again."""

from dataclasses import replace
from pathlib import Path

from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.epcs import sgtin_96
from readers.emulator.server import serve
from rules.observation import ReadPoint
from rules.vocabulary import BizStep, ReadPointKind
from tests.integration.broker import Broker
from tests.integration.listener import until
from tests.integration.test_main_job import authorize, broker, rma_for, running, settings

__all__ = ["broker"]

BENCH = ReadPoint("bench", ReadPointKind.PRESENCE, BizStep.RECEIVING)
GREEN, RED = 1, 2


async def test_lamps_when_items_lie_on_the_bench_then_they_tell_expected_from_unknown(
    tmp_path: Path,
    broker: Broker,
) -> None:
    expected, stranger = sgtin_96(12345, 1), sgtin_96(777, 1)
    (device,) = build_devices(EmulatorSettings(tags=0, reads_per_second=100))
    async with serve([device]) as peers:
        chosen = settings(tmp_path, broker, [BENCH], peers.ports[0])
        lamps = {"gpo_matched": GREEN, "gpo_exception": RED, "gpo_seconds": 0.5}
        chosen = replace(chosen, readers=(replace(chosen.readers[0], **lamps),))  # type: ignore[arg-type]
        authorize(chosen, rma_for("RMA-1", [expected]))
        async with running(chosen):
            device.put(expected, (1,))
            await until(lambda: device.gpo(GREEN))
            assert not device.gpo(RED)
            device.put(stranger, (1,))
            await until(lambda: device.gpo(RED))
            await until(lambda: not device.gpo(GREEN) and not device.gpo(RED))
