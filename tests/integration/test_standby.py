"""Hot standby: two gateways on the same reader, which accepts one client; the active one is killed in traffic."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.chaos.site import Bench, Gateway
from tests.chaos.verdict import Verdict, judge
from tests.chaos.wms import Wms
from tests.integration.broker import Broker
from tests.integration.listener import until
from tests.integration.postgres import Server
from tests.ports import free_port

TAKEOVER_SECONDS = 15.0
FROZEN_SECONDS = 60.0
"""On a loaded machine; what is promised is reckoned without one in tests/readers/test_takeover.py."""
PATIENCE_SECONDS = 60.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    (tmp_path / "broker").mkdir()
    with Broker(tmp_path / "broker") as running:
        yield running


def has_reader(gateway: Gateway) -> bool:
    return 'returns_gateway_reader_connected{reader="bench-reader"} 1.0' in gateway.get("/metrics")[1]


async def took_over(gateway: Gateway, seconds: float = TAKEOVER_SECONDS) -> float:
    """Seconds until it has the reader."""
    started = time.monotonic()
    await until(lambda: has_reader(gateway), seconds)
    return time.monotonic() - started


@dataclass(slots=True)
class Pair:
    """Two gateways on one reader and one database; `swap` when the other has the reader."""

    active: Gateway
    standby: Gateway
    bench: Bench
    wms: Wms

    def swap(self) -> None:
        self.active, self.standby = self.standby, self.active

    async def everything_told(self) -> Verdict:
        """Stops both."""
        wanted = set(self.bench.epcs)
        await until(lambda: wanted <= {event.epc for event in self.wms.events()}, PATIENCE_SECONDS)
        for gateway in (self.standby, self.active):
            assert await asyncio.to_thread(gateway.end) == 0
        stored = self.active.stored() | self.standby.stored()
        await until(lambda: self.wms.count() >= len(stored))
        return judge(
            self.wms.events(),
            stored,
            expected=self.bench.expected,
            strangers=self.bench.strangers,
            laid_down=self.bench.laid_down(),
            changed=len(self.wms.changed),
        )


@asynccontextmanager
async def at_work(directory: Path, broker: Broker, database: str) -> AsyncIterator[Pair]:
    """The first has the reader, the second stands by, items come."""
    bench = Bench(directory, free_port(), 100, per_second=4.0, stay_seconds=90.0)
    first, second = (
        Gateway(directory / name, name, broker.port, bench.port, database=database, require_ack=True)
        for name in ("gw-1", "gw-2")
    )
    first.import_rmas(bench.expected)
    with Wms(broker.port, directory / "wms.db", acknowledges=True) as wms, bench.running():
        try:
            first.start()
            await until(lambda: has_reader(first), PATIENCE_SECONDS)
            second.start()
            await until(second.is_well, PATIENCE_SECONDS)
            yield Pair(first, second, bench, wms)
        finally:
            for gateway in (first, second):
                if gateway.process is not None:
                    gateway.end(signal.SIGKILL)


async def test_standby_when_the_active_gateway_is_killed_in_traffic_then_it_has_the_reader_and_no_receipt_is_lost(
    postgres: Server, broker: Broker, tmp_path: Path
) -> None:
    chance = Random(4)
    async with at_work(tmp_path, broker, postgres.empty()) as pair:
        for _ in range(2):
            await asyncio.sleep(chance.uniform(1.0, 3.0))
            assert not has_reader(pair.standby), pair.active.log + pair.standby.log
            assert await asyncio.to_thread(pair.active.end, signal.SIGKILL) == -signal.SIGKILL
            print(f"{pair.standby.name} has the reader after {await took_over(pair.standby):.1f} s")
            pair.active.start()
            pair.swap()
            await until(pair.standby.is_well, PATIENCE_SECONDS)
        verdict = await pair.everything_told()
    assert verdict.passed, verdict


async def test_standby_when_the_active_gateway_is_frozen_and_thawed_then_no_receipt_is_lost_or_doubled(
    postgres: Server, broker: Broker, tmp_path: Path
) -> None:
    """The reader hangs up on a client that answers no keepalives: five of them, two seconds apart."""
    async with at_work(tmp_path, broker, postgres.empty()) as pair:
        await asyncio.sleep(1.0)
        frozen = pair.active.process
        assert frozen is not None
        frozen.send_signal(signal.SIGSTOP)
        try:
            taken = await took_over(pair.standby, FROZEN_SECONDS)
            print(f"{pair.standby.name} has the reader of a frozen gateway after {taken:.1f} s")
        finally:
            frozen.send_signal(signal.SIGCONT)
        pair.swap()
        await until(lambda: not has_reader(pair.standby), PATIENCE_SECONDS)
        verdict = await pair.everything_told()
    assert verdict.passed, verdict
