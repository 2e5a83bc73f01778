"""Two gateways on one PostgreSQL: what a dead one has not sent goes out through the other, once and in order."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from gateway.store.leases import LEASE_SECONDS
from gateway.store.outbox import CONFIRMED, SENT
from gateway.store.tables import gateways
from tests.chaos.site import BIN, Bench, Gateway
from tests.chaos.verdict import judge
from tests.chaos.wms import Heard, Wms
from tests.integration.broker import Broker
from tests.integration.crashing import TAKEOVER_POINTS
from tests.integration.listener import until
from tests.integration.postgres import Server
from tests.ports import free_port

PATIENCE_SECONDS = 60.0
ITEMS = 24


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    (tmp_path / "broker").mkdir()
    with Broker(tmp_path / "broker") as running:
        yield running


class Pair:
    """gw-1 reads a bench and has no broker; gw-2 has one and another bench, which is empty."""

    def __init__(self, directory: Path, broker: Broker, url: str, *, require_ack: bool) -> None:
        self.bench = Bench(directory, free_port(), ITEMS, per_second=30.0, stay_seconds=120.0)
        self.broker = broker
        self.one = Gateway(
            directory / "gw-1", "gw-1", free_port(), self.bench.port, database=url, require_ack=require_ack
        )
        self.two = Gateway(
            directory / "gw-2", "gw-2", broker.port, free_port(), database=url, require_ack=require_ack
        )
        self.one.import_rmas(self.bench.expected)

    def end(self) -> None:
        for gateway in (self.one, self.two):
            if gateway.process is not None:
                gateway.end(signal.SIGKILL)

    async def decide_and_die(self) -> None:
        """gw-1 decides every item, tells nobody, and is killed."""
        self.one.start()
        wanted = set(self.bench.epcs)
        await until(lambda: decided(self.one) >= len(wanted), PATIENCE_SECONDS)
        await asyncio.to_thread(self.one.end, signal.SIGKILL)


def decided(gateway: Gateway) -> int:
    if not gateway.is_well():
        return 0
    return sum(message.kind in ("receipt", "exception") for message in gateway.outbox())


def of(events: list[Heard], gateway: str) -> list[int]:
    return [event.sequence for event in events if event.gateway == gateway]


@pytest.mark.parametrize("require_ack", [False, True])
async def test_gateway_when_dead_with_events_unsent_then_another_publishes_them_and_it_goes_on_when_back(
    broker: Broker, tmp_path: Path, postgres: Server, *, require_ack: bool
) -> None:
    pair = Pair(tmp_path, broker, postgres.empty(), require_ack=require_ack)
    with Wms(broker.port, tmp_path / "wms.db", acknowledges=require_ack) as wms, pair.bench.running():
        try:
            await pair.decide_and_die()
            stored = {message.id: message.payload for message in pair.one.outbox()}
            pair.two.start()
            await until(lambda: wms.count() >= len(stored), LEASE_SECONDS + PATIENCE_SECONDS)
            heard = wms.events()
            assert of(heard, "gw-1") == list(range(1, len(stored) + 1))
            assert {event.id: event.payload for event in heard} == stored
            assert "gw-1 is silent" in pair.two.log
            settled = CONFIRMED if require_ack else SENT
            await until(lambda: {m.state for m in pair.one.outbox()} == {settled}, PATIENCE_SECONDS)
            pair.one = Gateway(
                tmp_path / "gw-1",
                "gw-1",
                broker.port,
                pair.bench.port,
                database=pair.one.database,
                require_ack=require_ack,
            )
            pair.one.start()
            await until(lambda: pair.one.get("/readyz")[0] == 200, LEASE_SECONDS + PATIENCE_SECONDS)
            assert await asyncio.to_thread(pair.one.end) == 0
            assert await asyncio.to_thread(pair.two.end) == 0
        finally:
            pair.end()
        verdict = judge(
            wms.events(),
            pair.one.stored(),
            expected=pair.bench.expected,
            strangers=pair.bench.strangers,
            laid_down=pair.bench.laid_down(),
            changed=len(wms.changed),
        )
    assert verdict.passed, verdict
    assert verdict.overtaken == 0
    if not require_ack:
        assert {event.arrivals for event in heard} == {1}
    assert "Traceback" not in pair.one.log + pair.two.log


def end_leases(gateway: Gateway) -> None:
    """As if their time had passed."""
    with gateway.opened() as database, database.writing() as connection:
        connection.execute(update(gateways).values(lease_until_us=1))


@pytest.mark.parametrize("point", TAKEOVER_POINTS)
async def test_gateway_when_killed_while_it_publishes_for_another_then_its_next_start_completes_it(
    point: str, broker: Broker, tmp_path: Path, postgres: Server
) -> None:
    pair = Pair(tmp_path, broker, postgres.empty(), require_ack=False)
    with Wms(broker.port, tmp_path / "wms.db", acknowledges=False) as wms, pair.bench.running():
        try:
            await pair.decide_and_die()
            end_leases(pair.one)
            stored = {message.id: message.payload for message in pair.one.outbox()}
            pair.two.program = (sys.executable, Path(__file__).with_name("crashing.py"), point)
            pair.two.start()
            await until(lambda: pair.two.exit_code() is not None, PATIENCE_SECONDS)
            assert pair.two.end() == -signal.SIGKILL
            end_leases(pair.one)
            pair.two.program = (BIN / "returns-gateway", "run")
            pair.two.start()
            await until(pair.two.is_well, PATIENCE_SECONDS)
            await until(lambda: {m.state for m in pair.one.outbox()} == {SENT}, PATIENCE_SECONDS)
            await until(lambda: wms.count() >= len(stored), PATIENCE_SECONDS)
            assert await asyncio.to_thread(pair.two.end) == 0
        finally:
            pair.end()
        assert of(wms.events(), "gw-1") == list(range(1, len(stored) + 1))
        assert {event.id: event.payload for event in wms.events()} == stored
        assert wms.changed == []


async def test_gateway_when_back_while_another_holds_its_events_then_it_waits_and_publishes_nothing(
    tmp_path: Path, postgres: Server
) -> None:
    """The other's broker forbids it to publish, so that it holds the lease and cannot end; ours is well."""
    (tmp_path / "broker").mkdir()
    (tmp_path / "other").mkdir()
    with (
        Broker(tmp_path / "broker", acl="topic read #\ntopic write returns/v1/dc1/gateway/#\n") as broker,
        Broker(tmp_path / "other") as other,
        Wms(other.port, tmp_path / "wms.db", acknowledges=False) as wms,
    ):
        pair = Pair(tmp_path, broker, postgres.empty(), require_ack=False)
        with pair.bench.running():
            try:
                await pair.decide_and_die()
                count = len(pair.one.outbox())
                pair.two.start()
                await until(lambda: "gw-1 is silent" in pair.two.log, LEASE_SECONDS + PATIENCE_SECONDS)
                pair.one = Gateway(
                    tmp_path / "gw-1", "gw-1", other.port, pair.bench.port, database=pair.one.database
                )
                pair.one.start()
                await until(lambda: "another gateway publishes" in pair.one.log, PATIENCE_SECONDS)
                assert wms.count() == 0
                await asyncio.to_thread(pair.two.end, signal.SIGKILL)
                await until(lambda: wms.count() >= count, LEASE_SECONDS + PATIENCE_SECONDS)
                assert "publishing the events of gw-1 again" in pair.one.log
                assert of(wms.events(), "gw-1") == list(range(1, count + 1))
                assert await asyncio.to_thread(pair.one.end) == 0
            finally:
                pair.end()
