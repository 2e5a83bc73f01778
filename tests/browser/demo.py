"""The demo's site, played for the tests: dock doors with real passages, a bench, a shelf, a broker if there is one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.cli import demo_stage
from gateway.cli.demo_broker import broker
from gateway.daemon import Daemon, now_us
from gateway.store import rmas
from gateway.store.database import Database
from readers.emulator.server import serve
from rules.policy import DEFAULT_POLICY

SECONDS = 120.0
STOP_SECONDS = 60.0


@asynccontextmanager
async def playing(folder: Path) -> AsyncIterator[Daemon]:
    """Runs until the block ends."""
    scene = demo_stage.scenario(SECONDS)
    with broker(folder) as mqtt_port:
        async with serve(demo_stage.devices(scene)) as emulators:
            settings = demo_stage.settings(folder, emulators.ports, mqtt_port or 1)
            database = Database(settings.database.url)
            database.open()
            with database.writing() as connection:
                rmas.upsert(connection, demo_stage.rmas(scene, now_us()), now_us())
            database.close()
            daemon = Daemon(settings, DEFAULT_POLICY, listeners=[demo_stage.Porter(emulators).heard])
            is_ready = asyncio.Event()
            task = asyncio.create_task(daemon.run(is_ready.set))
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await is_ready.wait()
                yield daemon
            finally:
                daemon.stop()
                async with asyncio.timeout(STOP_SECONDS):
                    await task
