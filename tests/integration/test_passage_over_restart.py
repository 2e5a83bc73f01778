"""A daemon killed while goods pass a door: what comes after decides, and nothing is booked twice."""

import asyncio
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.store.tables import observations
from readers.emulator.scenario import load_scenario
from tests.chaos.site import BIN, DOCK_POINT, Gateway
from tests.chaos.wms import Wms
from tests.integration.broker import Broker, free_port
from tests.integration.listener import until

PATIENCE_SECONDS = 60.0
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
        process.wait(timeout=10)


def judged(gateway: Gateway) -> dict[str, list[str]]:
    """EPC → the verdicts stored of it."""
    found: dict[str, list[str]] = {}
    with gateway.opened() as database, database.reading() as connection:
        for row in connection.execute(select(observations.c.epc, observations.c.verdict)):
            found.setdefault(row.epc, []).append(row.verdict)
    return found


@pytest.mark.parametrize(("killed_at_seconds", "is_received"), [(5.5, True), (8.0, False)])
async def test_passage_when_the_daemon_is_killed_in_it_then_decided_from_what_comes_after_and_never_twice(
    killed_at_seconds: float, is_received: bool, tmp_path: Path
) -> None:
    """What a killed daemon had read and not decided is gone: from its second half alone a passage through the
    door is not told from one along it, so it may stay unbooked; its observation says why.
    """
    (tmp_path / "broker").mkdir()
    port = free_port()
    with Broker(tmp_path / "broker") as broker, door(tmp_path, port) as epcs:
        gateway = Gateway(tmp_path / "gw-1", "gw-1", broker.port, port, require_ack=True, point=DOCK_POINT)
        gateway.import_rmas(epcs)
        with Wms(broker.port, tmp_path / "wms.db", acknowledges=True) as wms:
            gateway.start()
            connected = 'reader_connected{reader="bench-reader"} 1.0'
            await until(lambda: connected in gateway.get("/metrics")[1], PATIENCE_SECONDS)
            await asyncio.sleep(killed_at_seconds)
            await asyncio.to_thread(gateway.end, signal.SIGKILL)
            gateway.start()
            await until(lambda: set(judged(gateway)) == set(epcs), PATIENCE_SECONDS)
            assert await asyncio.to_thread(gateway.end) == 0
            wanted = ITEMS if is_received else 0
            await until(lambda: sum(event.kind == "receipt" for event in wms.events()) >= wanted)
            receipts = Counter(event.epc for event in wms.events() if event.kind == "receipt")
    assert set(receipts.values()) <= {1}
    assert not is_received or set(receipts) == set(epcs)
    assert {len(verdicts) for verdicts in judged(gateway).values()} == {1}
