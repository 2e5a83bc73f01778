"""Killed at exactly this point, and started again: every item is told once, in the same bytes, without a gap."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.outbox import CONFIRMED
from tests.chaos.site import Bench, Gateway
from tests.chaos.verdict import judge
from tests.chaos.wms import Wms
from tests.integration.broker import Broker
from tests.integration.crashing import POINTS
from tests.integration.listener import until
from tests.ports import free_port

CRASHING = Path(__file__).with_name("crashing.py")
ITEMS = 10
PATIENCE_SECONDS = 60.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    (tmp_path / "broker").mkdir()
    with Broker(tmp_path / "broker") as running:
        yield running


def start_trapped(point: str, gateway: Gateway) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(CRASHING), point, "--config", str(gateway.config)]
    with (gateway.directory / "log").open("ab") as log:
        return subprocess.Popen(command, stderr=log)


@pytest.mark.parametrize("point", POINTS)
async def test_daemon_when_killed_at_a_point_then_the_next_one_completes_what_it_began(
    point: str, broker: Broker, tmp_path: Path
) -> None:
    bench = Bench(tmp_path, free_port(), ITEMS, per_second=50.0, stay_seconds=60.0)
    gateway = Gateway(tmp_path, "gw-1", broker.port, bench.port, require_ack=True)
    gateway.import_rmas(bench.expected)
    with Wms(broker.port, tmp_path / "wms.db", acknowledges=True) as wms, bench.running():
        doomed = start_trapped(point, gateway)
        assert await asyncio.to_thread(doomed.wait, PATIENCE_SECONDS) == -signal.SIGKILL, gateway.log
        gateway.start()
        wanted = set(bench.epcs)
        await until(lambda: wanted <= {event.epc for event in wms.events()}, PATIENCE_SECONDS)
        await until(lambda: {message.state for message in gateway.outbox()} == {CONFIRMED}, PATIENCE_SECONDS)
        assert await asyncio.to_thread(gateway.end) == 0
        verdict = judge(
            wms.events(),
            gateway.stored(),
            expected=bench.expected,
            strangers=bench.strangers,
            laid_down=bench.laid_down(),
            changed=len(wms.changed),
        )
    assert verdict.passed, verdict
    assert verdict.receipts == len(bench.expected)
    assert "Traceback" not in gateway.log
