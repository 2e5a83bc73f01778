"""Hot standby: two gateways on the same reader, which accepts one client; the active one is killed in traffic."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.chaos.site import Bench, Gateway
from tests.chaos.verdict import judge
from tests.chaos.wms import Wms
from tests.integration.broker import Broker, free_port
from tests.integration.listener import until
from tests.integration.postgres import Server, postgres

__all__ = ["postgres"]

TAKEOVER_SECONDS = 15.0
PATIENCE_SECONDS = 60.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    (tmp_path / "broker").mkdir()
    with Broker(tmp_path / "broker") as running:
        yield running


def has_reader(gateway: Gateway) -> bool:
    return 'returns_gateway_reader_connected{reader="bench-reader"} 1.0' in gateway.get("/metrics")[1]


async def took_over(gateway: Gateway) -> float:
    """Seconds until it has the reader."""
    started = time.monotonic()
    await until(lambda: has_reader(gateway), TAKEOVER_SECONDS)
    return time.monotonic() - started


async def test_standby_when_the_active_gateway_is_killed_in_traffic_then_it_has_the_reader_and_no_receipt_is_lost(
    postgres: Server, broker: Broker, tmp_path: Path
) -> None:
    chance = Random(4)
    bench = Bench(tmp_path, free_port(), 120, per_second=4.0, stay_seconds=60.0)
    database = postgres.empty()
    pair = [
        Gateway(tmp_path / name, name, broker.port, bench.port, database=database, require_ack=True)
        for name in ("gw-1", "gw-2")
    ]
    active, standby = pair
    active.import_rmas(bench.expected)
    with Wms(broker.port, tmp_path / "wms.db", acknowledges=True) as wms, bench.running():
        try:
            active.start()
            await until(lambda: has_reader(active), PATIENCE_SECONDS)
            standby.start()
            await until(lambda: "standby" in standby.get("/readyz")[1] or standby.is_well(), PATIENCE_SECONDS)
            for _ in range(2):
                await asyncio.sleep(chance.uniform(1.0, 3.0))
                assert not has_reader(standby)
                assert await asyncio.to_thread(active.end, signal.SIGKILL) == -signal.SIGKILL
                print(f"{standby.name} has the reader after {await took_over(standby):.1f} s")
                active.start()
                active, standby = standby, active
                await until(standby.is_well, PATIENCE_SECONDS)
            wanted = set(bench.epcs)
            await until(lambda: wanted <= {event.epc for event in wms.events()}, PATIENCE_SECONDS)
            stopped = [await asyncio.to_thread(gateway.end) for gateway in (standby, active)]
        finally:
            for gateway in pair:
                if gateway.process is not None:
                    gateway.end(signal.SIGKILL)
        stored = {fact for gateway in pair for fact in gateway.stored()}
        await until(lambda: wms.count() >= len(stored))
        verdict = judge(
            wms.events(),
            stored,
            expected=bench.expected,
            strangers=bench.strangers,
            laid_down=bench.laid_down(),
            changed=len(wms.changed),
        )
    print(verdict)
    assert stopped == [0, 0]
    assert verdict.passed, verdict
