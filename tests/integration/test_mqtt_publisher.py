import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.documents.cloudevents import CONTENT_TYPE, encode_event, source, topic
from gateway.mqtt.publisher import Publisher
from gateway.mqtt.states import Boot
from gateway.mqtt.verbs import Context
from gateway.settings import MqttSettings, Settings
from gateway.stats import Stats
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from readers.status import ReaderState, ReaderStatus
from rules.events import Event
from rules.policy import DEFAULT_POLICY
from rules.vocabulary import EventKind
from tests.integration.broker import Broker
from tests.integration.listener import Heard, Listener, until
from tests.ports import free_port

BASE = "returns/v1"
RECEIPTS = f"{BASE}/dc1/dock-1/receipt"
STATE = f"{BASE}/dc1/gateway/gw-1/state"
ALL_BUT_RECEIPTS = f"topic readwrite {BASE}/dc1/gateway/#\ntopic read #\n"
EVERYTHING = "topic readwrite #\n"


def now_us() -> int:
    return time.time_ns() // 1000


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path, options="autosave_interval 1000") as broker:
        yield broker


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'returns.db'}")
    database.open()
    yield database
    database.close()


class Site:
    """A gateway's publisher with its database and a broker, and events to send."""

    def __init__(self, broker: Broker, database: Database, **mqtt: Any) -> None:
        self.database = database
        self.stats = Stats()
        mqtt = {"host": broker.host, "port": broker.port, **mqtt}
        self.settings = Settings(site="dc1", name="gw-1", mqtt=MqttSettings(**mqtt))
        self.publisher = Publisher(
            self.settings,
            self.stats,
            Context(database, Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY), now_us),
            boot=Boot("1.2.3", "boot-1"),
            random=Random(7),
        )

    async def happen(self, count: int, *, kind: EventKind = EventKind.RECEIPT, subject: str = "") -> None:
        """Store events and wake the publisher, as the pipeline does."""
        await self.database.write(lambda connection: self._append(connection, count, kind, subject))
        self.publisher.wake()

    def _append(self, connection: Any, count: int, kind: EventKind, subject: str) -> None:
        first = outbox.reserve(connection, "gw-1", count)
        rows = []
        for sequence in range(first, first + count):
            event = Event(
                kind=kind,
                id=f"event-{sequence}",
                time_us=now_us(),
                subject=subject or f"urn:epc:raw:96.x{sequence:024X}",
                read_point="dock-1",
            )
            draft = outbox.Draft(event.id, kind, topic(BASE, "dc1", event), CONTENT_TYPE, event.time_us)
            rows.append((draft, encode_event(event, source=source("dc1", "gw-1"), sequence=sequence)))
        outbox.append(connection, "gw-1", rows, first=first, now_us=now_us())

    async def backlog(self) -> int:
        return (await self.database.read(lambda connection: outbox.backlog(connection, "gw-1"))).count

    @asynccontextmanager
    async def running(self, stop_seconds: float = 10.0) -> AsyncIterator[None]:
        task = asyncio.create_task(self.publisher.run())
        try:
            yield
            await self.publisher.stop(stop_seconds)
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def sequences(heard: Sequence[Heard]) -> list[int]:
    return [int(one.json["sequence"]) for one in heard]


def assert_same_id_and_bytes(heard: Sequence[Heard]) -> None:
    """What came more than once came with the same bytes."""
    by_id: dict[str, set[bytes]] = {}
    for one in heard:
        by_id.setdefault(one.json["id"], set()).add(one.payload)
    assert all(len(payloads) == 1 for payloads in by_id.values())


async def test_events_when_nothing_fails_then_each_arrives_once_in_sequence(
    broker: Broker, database: Database
) -> None:
    site = Site(broker, database)
    await site.happen(1200)
    async with Listener(broker, RECEIPTS) as wms:
        async with site.running():
            await until(lambda: site.stats.published >= 1200)
            for _ in range(20):
                await site.happen(3)
        await until(lambda: len(wms.heard) >= 1260)
    assert sequences(wms.heard) == list(range(1, 1261))
    assert wms.heard[0].properties is not None
    assert wms.heard[0].properties.ContentType == "application/cloudevents+json"
    assert not wms.heard[0].retain
    assert await site.backlog() == 0
    assert site.stats.published == 1260
    assert sum(site.stats.publish_seconds.counts) == 1260


async def test_state_when_started_and_stopped_then_online_and_offline_are_retained(
    broker: Broker, database: Database
) -> None:
    site = Site(broker, database)
    async with site.running():
        await until(lambda: site.stats.mqtt_connected)
        async with Listener(broker, STATE) as late:
            await until(lambda: late.heard)
        assert late.heard[0].retain
        online = late.heard[0].json
        assert (online["state"], online["version"], online["boot_id"]) == ("online", "1.2.3", "boot-1")
        assert online["since"].endswith("Z")
    assert not site.stats.mqtt_connected
    async with Listener(broker, STATE) as later:
        await until(lambda: later.heard)
    assert later.heard[0].json["state"] == "offline"
    assert later.heard[0].json["since"] > online["since"]


async def test_state_when_publisher_dies_then_the_broker_says_offline(
    broker: Broker, database: Database
) -> None:
    site = Site(broker, database)
    async with Listener(broker, STATE) as wms:
        task = asyncio.create_task(site.publisher.run())
        await until(lambda: site.stats.mqtt_connected)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await until(lambda: wms.heard[-1:] and wms.heard[-1].json["state"] == "offline")
    assert wms.heard[-1].json == {**wms.heard[0].json, "state": "offline", "since": None}


async def test_reader_states_when_broker_restarts_empty_then_published_again(
    broker: Broker, database: Database
) -> None:
    site = Site(broker, database)
    status = ReaderStatus("dock-1-reader", "127.0.0.1:5084", ReaderState.CONNECTED, since_us=now_us())
    site.publisher.reader_state(replace(status, state=ReaderState.CONNECTING))
    site.publisher.reader_state(status)
    async with site.running():
        await until(lambda: site.stats.mqtt_connected)
        broker.restart(empty=True)
        async with Listener(broker, f"{BASE}/dc1/+/+/state") as wms:
            await until(lambda: len(wms.heard) >= 2)
            site.publisher.reader_state(
                replace(status, state=ReaderState.FAILED, reason="no keepalive for 9 s")
            )
            await until(lambda: len(wms.heard) >= 3)
    readers = [one.json for one in wms.on("reader/dock-1-reader/state")]
    assert [state["state"] for state in readers] == ["connected", "failed"]
    assert readers[1]["reason"] == "no keepalive for 9 s"
    assert wms.on("gateway/gw-1/state")[0].json["state"] == "online"


@pytest.mark.parametrize("end", [Broker.kill, Broker.stop])
async def test_events_when_broker_is_killed_or_stopped_and_started_then_each_arrives_with_the_same_bytes(
    end: Callable[[Broker], None], broker: Broker, database: Database
) -> None:
    site = Site(broker, database)
    async with Listener(broker, RECEIPTS, durable_as="wms") as wms, site.running(30):
        for _ in range(3):
            await site.happen(400)
            published = site.stats.published
            await until(lambda published=published: site.stats.published > published + 20)
            wms.lost_broker()
            end(broker)
            await site.happen(50)
            broker.start()
            await wms.ready()
        await until(lambda: site.stats.published >= 1350)
        async with asyncio.timeout(60):
            while await site.backlog():
                await asyncio.sleep(0.05)
        await until(lambda: sequences(wms.heard)[-1:] == [1350])
    assert_same_id_and_bytes(wms.heard)
    assert await site.backlog() == 0


async def test_events_when_broker_is_killed_and_acknowledgement_is_required_then_none_is_lost(
    broker: Broker, database: Database
) -> None:
    """The broker here forgets at each kill what it has acknowledged."""
    site = Site(broker, database, require_ack=True, resend_seconds=0.5)
    async with Listener(broker, RECEIPTS) as wms, site.running(30):
        acknowledged: set[str] = set()
        for round_ in range(1, 4):
            await site.happen(200)
            await until(lambda round_=round_: site.stats.published > round_ * 50)
            wms.lost_broker()
            broker.kill()
            broker.start()
            await wms.ready()
        async with asyncio.timeout(60):
            while len(acknowledged) < 600:
                for event_id in {one.json["id"] for one in wms.heard} - acknowledged:
                    await wms.say(f"{BASE}/dc1/gateway/gw-1/ack", json.dumps({"id": event_id}).encode())
                    acknowledged.add(event_id)
                await asyncio.sleep(0.05)
    assert set(sequences(wms.heard)) == set(range(1, 601))
    assert_same_id_and_bytes(wms.heard)


async def test_events_when_broker_freezes_then_none_counts_as_delivered_until_it_answers(
    broker: Broker, database: Database
) -> None:
    site = Site(broker, database)
    async with Listener(broker, RECEIPTS, durable_as="wms") as wms, site.running(30):
        await until(lambda: site.stats.mqtt_connected)
        wms.lost_broker()
        broker.freeze()
        frozen_at = time.monotonic()
        await site.happen(100)
        await until(lambda: not site.stats.mqtt_connected)
        assert time.monotonic() - frozen_at < 10
        assert site.stats.published == 0
        assert site.stats.mqtt_reason is not None
        assert f"127.0.0.1:{site.settings.mqtt.port}" in site.stats.mqtt_reason
        assert await site.backlog() == 100
        broker.thaw()
        await until(lambda: site.stats.published == 100)
        await until(lambda: set(sequences(wms.heard)) == set(range(1, 101)))
    assert_same_id_and_bytes(wms.heard)


async def test_events_when_acl_denies_then_held_alarmed_and_sent_in_order_once_allowed(
    tmp_path: Path, database: Database
) -> None:
    with Broker(tmp_path, acl=ALL_BUT_RECEIPTS) as broker:
        site = Site(broker, database)
        async with Listener(broker, f"{BASE}/dc1/dock-1/+") as wms, site.running():
            await site.happen(40)
            await until(lambda: site.stats.publish_refused)
            await site.happen(5, kind=EventKind.RESTOCK)
            await asyncio.sleep(0.5)
            assert site.stats.published == 0
            assert site.stats.mqtt_reason is not None
            assert RECEIPTS in site.stats.mqtt_reason
            assert "0x87" in site.stats.mqtt_reason
            assert await site.backlog() == 45
            assert wms.heard == []
            broker.set_acl(EVERYTHING)
            await until(lambda: len(wms.heard) == 45)
            assert site.stats.mqtt_reason is None
    assert sequences(wms.heard) == list(range(1, 46))
    assert await site.backlog() == 0


async def test_events_when_acl_denies_one_kind_then_no_item_overtakes_itself(
    tmp_path: Path, database: Database
) -> None:
    no_receipt = f"topic readwrite {BASE}/dc1/dock-1/restock\n{ALL_BUT_RECEIPTS}"
    with Broker(tmp_path, acl=no_receipt) as broker:
        site = Site(broker, database)
        await site.happen(1, kind=EventKind.RECEIPT, subject="item-1")
        await site.happen(1, kind=EventKind.RESTOCK, subject="item-1")
        async with Listener(broker, f"{BASE}/dc1/dock-1/+") as wms, site.running():
            await until(lambda: site.stats.publish_refused)
            await asyncio.sleep(0.3)
            assert wms.heard == []
            broker.set_acl(EVERYTHING)
            await until(lambda: len(wms.heard) == 2)
    assert [one.topic.rpartition("/")[2] for one in wms.heard] == ["receipt", "restock"]


async def test_stop_when_broker_refuses_for_ever_then_ends_in_time_and_keeps_the_events(
    tmp_path: Path, database: Database
) -> None:
    with Broker(tmp_path, acl=ALL_BUT_RECEIPTS) as broker:
        site = Site(broker, database)
        await site.happen(3)
        async with Listener(broker, STATE) as wms:
            async with site.running(stop_seconds=0.5):
                await until(lambda: site.stats.publish_refused)
                started = time.monotonic()
            assert time.monotonic() - started < 30
            await until(lambda: wms.heard[-1].json["state"] == "offline")
    assert await site.backlog() == 3


async def test_stop_when_there_is_no_broker_then_ends_at_once(tmp_path: Path, database: Database) -> None:
    broker = Broker(tmp_path, port=free_port())
    site = Site(broker, database)
    async with site.running(stop_seconds=60):
        await until(lambda: "refused" in str(site.stats.mqtt_reason))
        started = time.monotonic()
    assert time.monotonic() - started < 30


async def test_events_when_broker_comes_late_then_all_arrive(tmp_path: Path, database: Database) -> None:
    broker = Broker(tmp_path)
    site = Site(broker, database)
    await site.happen(10)
    async with site.running():
        await until(lambda: "refused" in str(site.stats.mqtt_reason))
        broker.start()
        try:
            await until(lambda: site.stats.published == 10)
        finally:
            broker.stop()


async def test_replay_when_marked_by_another_process_then_sent_again_with_the_same_bytes(
    broker: Broker, database: Database
) -> None:
    site = Site(broker, database)
    async with Listener(broker, RECEIPTS) as wms, site.running():
        await site.happen(30)
        await until(lambda: len(wms.heard) == 30)
        async with asyncio.timeout(60):
            while await site.backlog():
                await asyncio.sleep(0.02)
        await database.write(lambda connection: outbox.replay_from_sequence(connection, "gw-1", 21))
        await until(lambda: len(wms.heard) == 40)
    assert sequences(wms.heard) == [*range(1, 31), *range(21, 31)]
    assert_same_id_and_bytes(wms.heard)


async def test_require_ack_when_nobody_acknowledges_then_resent_until_acknowledged(
    broker: Broker, database: Database
) -> None:
    site = Site(broker, database, require_ack=True, resend_seconds=0.5)
    ack = f"{BASE}/dc1/gateway/gw-1/ack"
    async with Listener(broker, RECEIPTS) as wms, site.running():
        await until(lambda: site.stats.mqtt_connected)
        await site.happen(4)
        await until(lambda: len(wms.heard) >= 8)
        await wms.say(ack, b"no json")
        await wms.say(ack, json.dumps({"id": "event-4"}).encode())
        await wms.say(ack, json.dumps({"sequence": f"{2:018d}"}).encode())
        await until(lambda: site.stats.commands["ack", "ok"] == 2)
        heard = len(wms.heard)
        await until(lambda: 3 in sequences(wms.heard[heard:]))
        await asyncio.sleep(0.7)
        assert set(sequences(wms.heard[heard + 4 :])) <= {3}
        await wms.say(ack, json.dumps({"sequence": 3}).encode())
        await until(lambda: site.stats.commands["ack", "ok"] == 3)
    assert site.stats.commands["ack", "error"] == 1
    assert_same_id_and_bytes(wms.heard)
    states = await database.read(lambda connection: outbox.list_events(connection, "gw-1"))
    assert {message.state for message in states} == {"confirmed"}


async def test_backlog_when_broker_is_away_then_stats_tell_count_and_age(
    tmp_path: Path, database: Database
) -> None:
    site = Site(Broker(tmp_path), database)
    await site.happen(7)
    async with site.running():
        await until(lambda: site.stats.outbox_pending == 7)
        assert site.stats.outbox_oldest_us is not None
        assert abs(now_us() - site.stats.outbox_oldest_us) < 10_000_000
