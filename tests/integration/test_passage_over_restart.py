"""A daemon killed while goods pass a door: the next one decides from all that was read, and books it once."""

import asyncio
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import select

from gateway.store.tables import observations
from readers.emulator.scenario import load_scenario
from tests.chaos.site import BIN, DOCK_POINT, Gateway
from tests.chaos.wms import Wms
from tests.integration.broker import Broker
from tests.integration.listener import until
from tests.ports import free_port

PATIENCE_SECONDS = 60.0
SETTLED_SECONDS = 1.0
"""From a reader's connection on; what it had kept has been taken down by then."""
CONNECTED = 'reader_connected{reader="bench-reader"} 1.0'
ITEMS = 8
SCENARIO = f"""
seed = 21
duration_seconds = 40.0
[[door]]
id = "dock"
reader = "bench-reader"
[[load]]
door = "dock"
move = "in"
start_seconds = 4.0
items = {ITEMS}
name = "pallet"
"""
"""It is read from about 4 s on, passes the door's middle at 8 s and is gone at 12 s."""


@contextmanager
def door(directory: Path, port: int) -> Iterator[list[str]]:
    """The EPCs of what comes in."""
    (directory / "scenario.toml").write_text(SCENARIO)
    command = [BIN / "llrp-emulator", "--port", str(port), "--scenario", str(directory / "scenario.toml")]
    process = subprocess.Popen(command)
    try:
        yield [epc.hex().upper() for epc in load_scenario(directory / "scenario.toml").epcs[0]]
    finally:
        process.terminate()
        process.wait(timeout=60)


def judged(gateway: Gateway) -> dict[str, list[str]]:
    """EPC → the verdicts stored of it."""
    found: dict[str, list[str]] = {}
    with gateway.opened() as database, database.reading() as connection:
        for row in connection.execute(select(observations.c.epc, observations.c.verdict)):
            found.setdefault(row.epc, []).append(row.verdict)
    return found


@pytest.mark.parametrize("killed_at_seconds", [(5.5,), (8.0,), (4.5, 7.0, 9.5)])
async def test_passage_when_the_daemon_is_killed_in_it_then_decided_from_all_its_reads_once(
    killed_at_seconds: Sequence[float], tmp_path: Path
) -> None:
    """What was read before is in the journal, what was read meanwhile the reader has kept."""
    (tmp_path / "broker").mkdir()
    port = free_port()
    with Broker(tmp_path / "broker") as broker, door(tmp_path, port) as epcs:
        began = monotonic()
        gateway = Gateway(tmp_path / "gw-1", "gw-1", broker.port, port, require_ack=True, point=DOCK_POINT)
        gateway.import_rmas(epcs)
        with Wms(broker.port, tmp_path / "wms.db", acknowledges=True) as wms:
            gateway.start()
            for moment in killed_at_seconds:
                await until(lambda: CONNECTED in gateway.get("/metrics")[1], PATIENCE_SECONDS)
                await asyncio.sleep(max(SETTLED_SECONDS, began + moment - monotonic()))
                await asyncio.to_thread(gateway.end, signal.SIGKILL)
                gateway.start()
            await until(lambda: set(judged(gateway)) == set(epcs), PATIENCE_SECONDS)
            assert await asyncio.to_thread(gateway.end) == 0
            await until(lambda: sum(event.kind == "receipt" for event in wms.events()) >= ITEMS)
            receipts = Counter(event.epc for event in wms.events() if event.kind == "receipt")
    assert receipts == dict.fromkeys(epcs, 1)
    assert {len(verdicts) for verdicts in judged(gateway).values()} == {1}
