import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from gateway.documents.cloudevents import CONTENT_TYPE, encode_event
from gateway.mqtt import delivery as module
from gateway.mqtt.delivery import Delivery
from gateway.mqtt.faults import BrokerError
from gateway.settings import MqttSettings, Settings
from gateway.stats import Stats
from gateway.store import outbox
from gateway.store.database import Database
from rules.events import Event
from rules.vocabulary import EventKind
from tests.gateway.mqtt.fakes import FakeClient, until

NOW_US = 1_795_168_800_000_000


@pytest.fixture
def database() -> Iterator[Database]:
    database = Database("sqlite://")
    database.open()
    yield database
    database.close()


class Bench:
    """A delivery over an outbox in memory and a broker that is a fake."""

    def __init__(self, database: Database, **mqtt: Any) -> None:
        self.database = database
        self.stats = Stats()
        self.now_us = NOW_US
        settings = Settings(site="dc1", name="gw-1", mqtt=MqttSettings(**mqtt))
        self.pauses: list[float] = []
        self.may_send = True
        self.delivery = Delivery(
            database,
            settings,
            self.stats,
            now_us=lambda: self.now_us,
            random=Random(1),
            sleep=self._pause,
            may_send=lambda: self.may_send,
        )
        self.marker = self.delivery.marker

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0.001)

    def store(self, *subjects: str, topic: str = "t") -> None:
        def job(connection: Any) -> None:
            first = outbox.reserve(connection, "gw-1", len(subjects))
            rows = [
                (outbox.Draft(f"id-{n}", "receipt", topic, CONTENT_TYPE, NOW_US), _payload(n, subject))
                for n, subject in enumerate(subjects, first)
            ]
            outbox.append(connection, "gw-1", rows, first=first, now_us=NOW_US - 2_000_000)

        with self.database.writing() as connection:
            job(connection)
        self.delivery.wake()

    async def states(self) -> list[str]:
        messages = await self.database.read(lambda connection: outbox.list_events(connection, limit=10_000))
        return [message.state for message in messages]

    @asynccontextmanager
    async def delivering(self, client: FakeClient) -> AsyncIterator[asyncio.Task[None]]:
        marking = asyncio.create_task(self.marker.run())
        running = asyncio.create_task(self.delivery.run(client))  # type: ignore[arg-type]
        try:
            yield running
        finally:
            for task in (running, marking):
                task.cancel()
            await asyncio.gather(running, marking, return_exceptions=True)


def _payload(sequence: int, subject: str) -> bytes:
    event = Event(EventKind.RECEIPT, f"id-{sequence}", NOW_US, subject)
    return encode_event(event, source="/dc1/gw-1", sequence=sequence)


def names(count: int) -> list[str]:
    return [f"item-{n}" for n in range(count)]


async def test_run_when_outbox_is_long_then_all_go_out_in_order_and_few_are_unanswered(
    database: Database,
) -> None:
    bench, client = Bench(database, in_flight=16), FakeClient()
    bench.store(*names(1_100))
    async with bench.delivering(client) as running:
        bench.delivery.stop()
        await running
        await bench.marker.idle()
    assert [one.payload for one in client.sent] == [_payload(n + 1, f"item-{n}") for n in range(1_100)]
    assert client.most_unanswered == 16
    assert set(await bench.states()) == {"sent"}
    assert bench.stats.published == 1_100
    assert bench.stats.publish_seconds.total_seconds == pytest.approx(2_200)


async def test_run_when_not_answered_then_nothing_counts_as_sent(database: Database) -> None:
    bench, client = Bench(database, in_flight=4), FakeClient(holds=True)
    bench.store(*names(10))
    async with bench.delivering(client):
        await until(lambda: len(client.sent) == 4)
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(client.sent) == 4
        assert bench.stats.published == 0
    assert set(await bench.states()) == {"pending"}


async def test_run_when_two_are_about_one_item_then_the_second_waits_for_the_first(
    database: Database,
) -> None:
    bench, client = Bench(database), FakeClient(holds=True)
    bench.store("a", "b", "a", "c")
    async with bench.delivering(client):
        await until(lambda: len(client.sent) == 2)
        client.answer(client.sent[0])
        await until(lambda: len(client.sent) == 4)
        assert b'"subject":"a"' in client.sent[2].payload


async def test_run_when_one_is_refused_then_later_ones_wait_and_it_is_tried_again(database: Database) -> None:
    bench, client = Bench(database, in_flight=4), FakeClient(refuses={"closed"})
    bench.store("a", topic="closed")
    bench.store(*names(20), topic="open")
    async with bench.delivering(client) as running:
        await until(lambda: bench.stats.publish_refused >= 3)
        assert {one.topic for one in client.sent[4:]} == {"closed"}
        assert bench.stats.mqtt_reason is not None
        assert "closed: Not authorized (0x87)" in bench.stats.mqtt_reason
        assert bench.pauses[:3] == sorted(bench.pauses[:3])
        client.refuses.clear()
        bench.delivery.stop()
        await running
        await bench.marker.idle()
    assert bench.stats.mqtt_reason is None
    assert set(await bench.states()) == {"sent"}
    taken = [one.payload for one in client.sent if one.topic == "open"]
    assert taken == [_payload(n + 2, f"item-{n}") for n in range(20)]


async def test_run_when_cancelled_while_it_insists_then_ends(database: Database) -> None:
    bench, client = Bench(database), FakeClient(refuses={"t"})
    bench.store("a")
    async with bench.delivering(client) as running:
        bench.delivery._sleep = lambda seconds: asyncio.sleep(0)
        await until(lambda: bench.stats.publish_refused >= 3)
        for _ in range(3):
            await asyncio.sleep(0)
        running.cancel()
        async with asyncio.timeout(30):
            await asyncio.gather(running, return_exceptions=True)
        assert running.cancelled()


async def test_run_when_connection_is_lost_then_unanswered_ones_go_out_again_with_the_same_bytes(
    database: Database,
) -> None:
    bench, lost = Bench(database, in_flight=8), FakeClient(holds=True)
    bench.store(*names(12))
    async with bench.delivering(lost) as running:
        await until(lambda: len(lost.sent) == 8)
        lost.answer(lost.sent[0])
        lost.answer(lost.sent[1])
        await until(lambda: len(lost.sent) == 10)
        lost.sent[2].accepted.set_exception(BrokerError("gone"))
        with pytest.raises(BrokerError):
            await running
        client = FakeClient()
        again = asyncio.create_task(bench.delivery.run(client))  # type: ignore[arg-type]
        bench.delivery.stop()
        await again
        await bench.marker.idle()
    assert [one.payload for one in client.sent] == [_payload(n + 1, f"item-{n}") for n in range(2, 12)]
    assert set(await bench.states()) == {"sent"}


async def test_run_when_broker_answers_pings_but_no_publish_then_it_is_left(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PUBACK_SECONDS", 0.0)
    bench = Bench(database)
    bench.store("a")
    async with bench.delivering(FakeClient(holds=True)) as running:
        with pytest.raises(BrokerError, match="answered no publish"):
            await running


async def test_run_when_epcis_is_wanted_then_each_told_event_has_a_document_beside_it(
    database: Database,
) -> None:
    bench, client = Bench(database, epcis=True), FakeClient(refuses={"a/epcis"})
    bench.store("https://id.gs1.org/01/80614141123458/21/1", topic="a/receipt")
    bench.store("urn:epc:raw:96.x0", topic="a/receipt")
    async with bench.delivering(client) as running:
        await until(lambda: bench.stats.publish_refused)
        assert bench.stats.published == 1
        client.refuses.clear()
        bench.delivery.stop()
        await running
    documents = [json.loads(one.payload) for one in client.sent if one.topic == "a/epcis"]
    assert {document["type"] for document in documents} == {"EPCISDocument"}
    assert len(documents) >= 2
    assert all(document == documents[0] for document in documents)
    assert bench.stats.published == 2


async def test_run_when_woken_then_new_messages_go_out(database: Database) -> None:
    bench, client = Bench(database), FakeClient()
    async with bench.delivering(client):
        for round_ in range(1, 6):
            bench.store(f"item-{round_}")
            await until(lambda round_=round_: len(client.sent) == round_)


class SlowReads:
    """A database whose reads give what they saw only when the gate is open."""

    def __init__(self, database: Database) -> None:
        self.gate = asyncio.Event()
        self.waiting = 0
        self._database = database

    async def read(self, job: Any) -> Any:
        seen = await self._database.read(job)
        self.waiting += 1
        await self.gate.wait()
        return seen

    async def write(self, job: Any) -> Any:
        return await self._database.write(job)


async def test_stop_when_a_search_is_under_way_then_what_was_stored_meanwhile_goes_out(
    database: Database,
) -> None:
    bench, client = Bench(database), FakeClient()
    slow = SlowReads(database)
    bench.delivery._database = slow  # type: ignore[assignment]
    async with bench.delivering(client) as running:
        await until(lambda: slow.waiting)
        bench.store("a", "b")
        bench.delivery.stop()
        slow.gate.set()
        await running
    assert len(client.sent) == 2


async def test_run_when_acknowledgement_is_required_then_overdue_ones_are_sent_again_only_then(
    database: Database,
) -> None:
    bench, client = Bench(database, require_ack=True, resend_seconds=30.0), FakeClient()
    bench.store("a", "b")
    async with bench.delivering(client) as running:
        await until(lambda: bench.stats.published == 2)
        await bench.marker.idle()
        bench.now_us += 29_000_000
        bench.delivery.confirmed()
        bench.delivery.wake()
        await asyncio.sleep(0.1)
        assert len(client.sent) == 2
        await database.write(lambda connection: outbox.confirm_id(connection, "id-1"))
        bench.now_us += 2_000_000
        bench.delivery.confirmed()
        bench.delivery.stop()
        await running
    assert [one.payload for one in client.sent[2:]] == [_payload(2, "b")]


async def test_run_when_the_right_to_publish_ends_then_nothing_more_is_sent_until_it_is_back(
    database: Database,
) -> None:
    bench = Bench(database, in_flight=2)
    bench.store(*(f"item-{number}" for number in range(6)))
    client = FakeClient(holds=True)
    async with bench.delivering(client):
        await until(lambda: len(client.sent) == 2)
        bench.may_send = False
        client.holds = False
        for one in client.unanswered:
            client.answer(one)
        await asyncio.sleep(0.05)
        assert len(client.sent) == 2
        bench.may_send = True
        await until(lambda: len(client.sent) >= 6)
        assert [json.loads(one.payload)["sequence"][-1] for one in client.sent] == list("123456")


async def test_run_when_the_right_to_publish_ends_while_a_message_is_refused_then_it_is_not_insisted_on(
    database: Database,
) -> None:
    bench = Bench(database)
    bench.store("item-1", "item-2", topic="forbidden")
    client = FakeClient(refuses={"forbidden"})
    async with bench.delivering(client):
        await until(lambda: len(bench.pauses) > 2)
        bench.may_send = False
        await asyncio.sleep(0.05)
        count = len(client.sent)
        await asyncio.sleep(0.05)
        assert len(client.sent) == count
        client.refuses = set()
        bench.may_send = True
        await until(lambda: bench.stats.published == 2)
        await bench.marker.idle()
    assert await bench.states() == ["sent", "sent"]


async def test_run_when_the_right_to_publish_is_gone_for_a_moment_then_nothing_overtakes(
    database: Database,
) -> None:
    bench, client = Bench(database), FakeClient(holds=True)
    asked = iter([True, True, True, False])  # for the batch, then for each message
    bench.delivery._may_send = lambda: next(asked, True)
    bench.store(*names(6))
    async with bench.delivering(client):
        await until(lambda: len(client.sent) == 2)
        for _ in range(100):
            await asyncio.sleep(0)
        client.holds = False
        for one in client.unanswered:
            client.answer(one)
        await until(lambda: len(client.sent) >= 6)
        await until(lambda: bench.stats.published >= 6)
        await bench.marker.idle()
    assert [json.loads(one.payload)["sequence"][-1] for one in client.sent] == list("123456")


async def test_run_when_the_right_to_publish_is_gone_for_a_moment_of_insisting_then_nothing_overtakes(
    database: Database,
) -> None:
    bench, client = Bench(database, in_flight=2), FakeClient(refuses={"t"})
    bench.store(*names(3))
    async with bench.delivering(client):
        await until(lambda: len(bench.pauses) > 2)
        client.sent.clear()
        asked = iter([False])
        bench.delivery._may_send = lambda: next(asked, True)
        client.refuses = set()
        await until(lambda: bench.stats.published >= 3)
        await bench.marker.idle()
    assert [json.loads(one.payload)["sequence"][-1] for one in client.sent[-3:]] == list("123")
    assert bench.stats.mqtt_reason is None


async def test_run_when_the_right_to_publish_ends_while_insisting_then_the_refusal_is_still_told(
    database: Database,
) -> None:
    bench, client = Bench(database), FakeClient(refuses={"t"})
    bench.store("item-1")
    async with bench.delivering(client):
        await until(lambda: len(bench.pauses) > 2)
        bench.may_send = False
        await until(lambda: not bench.delivery._window and not bench.delivery._is_barred)
        for _ in range(100):
            await asyncio.sleep(0)
        assert bench.stats.mqtt_reason is not None
        assert "Not authorized" in bench.stats.mqtt_reason


async def test_run_when_no_commands_are_heard_then_what_is_taken_does_not_hide_it(database: Database) -> None:
    bench = Bench(database)
    bench.stats.mqtt_reason = "may not hear cmd/+"
    bench.store("item-1")
    async with bench.delivering(FakeClient()):
        await until(lambda: bench.stats.published)
    assert bench.stats.mqtt_reason == "may not hear cmd/+"
