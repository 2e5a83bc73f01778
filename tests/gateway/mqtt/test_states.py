import asyncio
import json
from dataclasses import replace

from gateway.mqtt.states import Boot, States
from gateway.mqtt.topics import Topics
from gateway.stats import Stats
from readers.status import ReaderState, ReaderStatus
from tests.gateway.documents.test_cloudevents import validator
from tests.gateway.mqtt.fakes import FakeClient, until

TOPICS = Topics("returns/v1", "dc1", "gw-1")
STATUS = ReaderStatus("r1", "10.0.0.11:5084", ReaderState.CONNECTED, since_us=0, last_report_us=1_500_000)


def make(stats: Stats | None = None) -> States:
    return States(TOPICS, stats or Stats(), Boot("1.2.3", "boot"))


def test_will_when_made_then_offline_since_nobody_knows_when() -> None:
    will = make().will()
    assert will.topic == "returns/v1/dc1/gateway/gw-1/state"
    document = json.loads(will.payload)
    validator("gateway-state").validate(document)
    assert (document["state"], document["since"]) == ("offline", None)


async def test_publish_gateway_when_online_then_retained_and_as_its_schema_says() -> None:
    client = FakeClient()
    await make().publish_gateway(client, "online", 1_000_000)  # type: ignore[arg-type]
    (sent,) = client.sent
    assert sent.retain
    document = json.loads(sent.payload)
    validator("gateway-state").validate(document)
    assert document["since"] == "1970-01-01T00:00:01.000000Z"


async def test_run_when_states_change_faster_than_they_go_out_then_the_last_one_wins() -> None:
    states, client = make(), FakeClient(holds=True)
    states.reader_state(STATUS)
    running = asyncio.create_task(states.run(client))  # type: ignore[arg-type]
    await until(lambda: client.sent)
    for n in range(100):
        states.reader_state(replace(STATUS, state=ReaderState.FAILED, reason=f"try {n}"))
    client.holds = False
    client.answer(client.sent[0])
    await until(lambda: len(client.sent) == 2)
    running.cancel()
    assert all(sent.retain and sent.topic == "returns/v1/dc1/reader/r1/state" for sent in client.sent)
    documents = [json.loads(sent.payload) for sent in client.sent]
    for document in documents:
        validator("reader-state").validate(document)
    assert documents[0]["last_report"] == "1970-01-01T00:00:01.500000Z"
    assert documents[1]["reason"] == "try 99"


async def test_run_when_broker_is_another_one_then_all_states_go_out_again() -> None:
    states = make()
    for name in ("r1", "r2"):
        states.reader_state(replace(STATUS, reader=name))
    for _ in range(2):
        client = FakeClient()
        running = asyncio.create_task(states.run(client))  # type: ignore[arg-type]
        await until(lambda client=client: len(client.sent) == 2)
        running.cancel()


async def test_publish_when_refused_then_counted_and_others_go_out() -> None:
    stats = Stats()
    states, client = make(stats), FakeClient(refuses={"returns/v1/dc1/reader/r1/state"})
    for name in ("r1", "r2"):
        states.reader_state(replace(STATUS, reader=name))
    running = asyncio.create_task(states.run(client))  # type: ignore[arg-type]
    await until(lambda: len(client.sent) == 2)
    running.cancel()
    assert stats.publish_refused == 1


async def test_run_when_a_reader_is_gone_then_the_broker_forgets_its_state() -> None:
    states, client = make(), FakeClient()
    states.reader_state(STATUS)
    running = asyncio.create_task(states.run(client))  # type: ignore[arg-type]
    await until(lambda: len(client.sent) == 1)
    states.reader_gone("r1")
    await until(lambda: len(client.sent) == 2)
    running.cancel()
    gone = client.sent[1]
    assert (gone.topic, gone.payload, gone.retain) == ("returns/v1/dc1/reader/r1/state", b"", True)
