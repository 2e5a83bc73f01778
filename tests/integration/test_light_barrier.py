"""A light barrier wired to a reader's input, through the whole gateway: what passes is told when it is free again."""

import asyncio
from dataclasses import replace
from pathlib import Path

from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.loads import Load, Move
from readers.emulator.scenario import Scenario, SceneDoor
from readers.emulator.server import serve
from tests.integration.broker import Broker
from tests.integration.listener import Listener, until
from tests.integration.test_main_job import (
    DOCK,
    authorize,
    broker,
    rma_for,
    running,
    settings,
    told,
)

__all__ = ["broker"]

BARRIER = 1
USUALLY_TOLD_SECONDS = 5.0
"""Without a barrier, a load is told by then after its last read."""


async def test_load_when_something_stands_in_the_light_barrier_then_it_is_received_once_that_is_free(
    tmp_path: Path, broker: Broker
) -> None:
    scene = Scenario(
        (SceneDoor("dock", "r1"),),
        (Load("dock", Move.IN, 1.0, items=6, name="in"),),
        seed=11,
        duration_seconds=12.0,
    )
    async with serve(build_devices(EmulatorSettings(scenario=scene))) as emulators, Listener(broker) as wms:
        chosen = settings(tmp_path, broker, [DOCK], emulators.ports[0])
        chosen = replace(chosen, readers=(replace(chosen.readers[0], gpi_barrier=BARRIER),))
        authorize(chosen, rma_for("RMA-1", scene.epcs[0]))
        async with running(chosen) as daemon:
            await until(lambda: daemon.stats.tag_reads["r1"])
            emulators.readers[0].set_gpi(BARRIER, high=True)
            await until(lambda: daemon.stats.gpi_changes["r1", str(BARRIER)] == 1)
            reads = 0
            while reads < daemon.stats.tag_reads["r1"]:
                reads = daemon.stats.tag_reads["r1"]
                await asyncio.sleep(USUALLY_TOLD_SECONDS)
            assert not daemon.stats.passages
            emulators.readers[0].set_gpi(BARRIER, high=False)
            await until(lambda: len(told(wms, "receipt")) == len(scene.epcs[0]), 40)
            assert daemon.stats.passages == {("dock", "in"): len(scene.epcs[0])}
