import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.mqtt.publisher import Publisher
from gateway.mqtt.states import Boot
from gateway.mqtt.verbs import Context
from gateway.settings import MqttSettings, Settings
from gateway.stats import Stats
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from rules.policy import DEFAULT_POLICY
from tests.integration.broker import Broker
from tests.integration.listener import PATIENCE_SECONDS, Listener, until

CMD = "returns/v1/dc1/cmd"
RESPONSE = "returns/v1/dc1/gateway/gw-1/response"
RMA = {
    "rma": "RMA-1001",
    "opened_at": "2026-11-20T10:00:00Z",
    "lines": [{"line": 1, "gtin": "80614141123458", "quantity": 2}],
}
NOW_US = 1_795_168_800_000_000


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


@asynccontextmanager
async def gateway(broker: Broker, database: Database) -> AsyncIterator[Stats]:
    stats = Stats()
    settings = Settings(site="dc1", name="gw-1", mqtt=MqttSettings(host=broker.host, port=broker.port))
    publisher = Publisher(
        settings,
        stats,
        Context(database, Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY), lambda: NOW_US),
        boot=Boot("1", "1"),
        random=Random(1),
    )
    task = asyncio.create_task(publisher.run())
    try:
        await until(lambda: "as returns-gateway-dc1-gw-1" in broker.log)
        await until(lambda: stats.mqtt_connected)
        await asyncio.sleep(0.1)
        yield stats
        await publisher.stop(5)
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def known_rmas(database: Database) -> list[str]:
    rows = await database.read(
        lambda connection: connection.exec_driver_sql("SELECT rma, closed_us FROM rmas ORDER BY rma").all()
    )
    return [f"{rma} {'closed' if closed else 'open'}" for rma, closed in rows]


async def ask(wms: Listener, verb: str, payload: bytes, **properties: Any) -> dict[str, Any]:
    """Send a command and give its answer, which is the next thing heard."""
    count = len(wms.heard)
    await wms.say(f"{CMD}/{verb}", payload, **properties)
    await until(lambda: len(wms.heard) > count)
    answer: dict[str, Any] = wms.heard[-1].json
    return answer


async def test_rma_and_rma_close_when_good_then_done_and_answered(broker: Broker, database: Database) -> None:
    async with gateway(broker, database) as stats, Listener(broker, RESPONSE) as wms:
        answer = await ask(wms, "rma", json.dumps(RMA).encode())
        assert answer == {
            "verb": "rma",
            "status": "ok",
            "error": None,
            "detail": {"rma": "RMA-1001", "lines": 1, "created": True, "changed": True},
        }
        again = await ask(wms, "rma", json.dumps(RMA).encode())
        assert again["detail"] == {"rma": "RMA-1001", "lines": 1, "created": False, "changed": False}
        assert await known_rmas(database) == ["RMA-1001 open"]
        closed = await ask(wms, "rma_close", b'{"rma":"RMA-1001"}')
        assert closed["status"] == "ok"
        assert closed["detail"] == {"rma": "RMA-1001", "changed": True}
        assert await known_rmas(database) == ["RMA-1001 closed"]
    assert stats.commands == {("rma", "ok"): 2, ("rma_close", "ok"): 1}


async def test_answer_when_response_topic_and_correlation_are_given_then_goes_there_with_them(
    broker: Broker, database: Database
) -> None:
    async with gateway(broker, database), Listener(broker, "wms/reply/7") as wms:
        answer = await ask(
            wms, "rma", json.dumps(RMA).encode(), ResponseTopic="wms/reply/7", CorrelationData=b"\x00\xff7"
        )
        assert answer["status"] == "ok"
        properties = wms.heard[0].properties
        assert properties is not None
        assert properties.CorrelationData == b"\x00\xff7"
        assert properties.ContentType == "application/json"


@pytest.mark.parametrize(
    ("verb", "payload", "words"),
    [
        ("rma", b"", "not JSON"),
        ("rma", b"[]", "a JSON object is expected"),
        ("rma", b"\xff\xfe", "not JSON"),
        ("rma", b'{"rma":NaN}', "NaN is not JSON"),
        ("rma", b'{"rma":"A","rma":"B"}', "twice"),
        ("rma", b"[" * 200_000, "not JSON"),
        ("rma", b'{"rma":"R","lines":[' + b"[" * 200_000, "not JSON"),
        ("rma", b'{"rma":"' + b"x" * 1_100_000 + b'"}', "at most 1048576 are read"),
        ("rma", b'{"rma":"RMA-2","lines":[]}', "lines"),
        ("rma", b'{"rma":"RMA-2","lines":[{"line":1,"quantity":-1,"gtin":"80614141123458"}]}', "quantity"),
        ("rma", b'{"rma":' + b"9" * 5000 + b"}", "not JSON"),
        ("rma_close", b'{"rma":"nobody"}', "nobody"),
        ("rma_close", b'{"rma":7}', "rma: text"),
        ("rma_close", b'{"rma":"RMA-1001","force":true}', "force: unknown field"),
        ("replay", b"{}", "since"),
        ("replay", b'{"since":true}', "since"),
        ("replay", b'{"since":-1}', "since"),
        ("replay", b'{"since":"2026-11-20T10:00:00"}', "zone"),
        ("replay", b'{"since":"9999999999999999999"}', "18 digits"),
        ("explode", b"{}", "there is no command 'explode'"),
    ],
)
async def test_command_when_bad_then_error_answer_and_nothing_changed(
    broker: Broker, database: Database, verb: str, payload: bytes, words: str
) -> None:
    async with gateway(broker, database) as stats, Listener(broker, RESPONSE) as wms:
        await ask(wms, "rma", json.dumps(RMA).encode())
        answer = await ask(wms, verb, payload)
        assert answer["status"] == "error"
        assert words in answer["error"]
        assert answer["detail"] == {}
        assert await known_rmas(database) == ["RMA-1001 open"]
    assert stats.commands["unknown" if verb == "explode" else verb, "error"] == 1


@pytest.mark.parametrize(
    "response_topic",
    [
        "returns/v1/dc1/dock-1/receipt",
        "returns/v1/dc1/gateway/gw-1/state",
        "returns/v1/dc1/cmd/rma",
        "returns/v1/dc1/gateway/other/response",
        "$SYS/broker/x",
        "x" * 257,
    ],
)
async def test_command_when_response_topic_is_not_acceptable_then_told_on_the_usual_topic_and_nothing_changed(
    broker: Broker, database: Database, response_topic: str
) -> None:
    async with gateway(broker, database), Listener(broker, "returns/v1/dc1/gateway/gw-1/#") as wms:
        await until(lambda: wms.heard)
        await wms.say(f"{CMD}/rma", json.dumps(RMA).encode(), ResponseTopic=response_topic)
        await until(lambda: wms.on("/response"))
        answer = wms.on("/response")[0].json
        assert answer["status"] == "error"
        assert "response topic" in answer["error"]
        assert await known_rmas(database) == []
        assert len(wms.heard) == 2


async def test_command_when_the_answer_is_denied_then_counted_and_later_ones_are_answered(
    tmp_path: Path, database: Database
) -> None:
    acl = "topic readwrite returns/#\ntopic read #\n"
    with Broker(tmp_path, acl=acl) as broker:
        async with gateway(broker, database) as stats, Listener(broker, RESPONSE) as wms:
            await wms.say(f"{CMD}/rma", json.dumps(RMA).encode(), ResponseTopic="wms/denied")
            await until(lambda: stats.publish_refused == 1)
            answer = await ask(wms, "rma_close", b'{"rma":"RMA-1001"}')
            assert answer["status"] == "ok"


async def test_commands_when_flooded_then_all_are_answered_in_order(
    broker: Broker, database: Database
) -> None:
    count = 1000
    async with gateway(broker, database) as stats, Listener(broker, RESPONSE) as wms:
        for start in range(0, count, 50):
            await asyncio.gather(
                *(
                    wms.say(f"{CMD}/rma", json.dumps({**RMA, "rma": f"RMA-{n}"}).encode())
                    for n in range(start, start + 50)
                )
            )
        await until(lambda: len(wms.heard) == count, 60)
        assert [heard.json["detail"]["rma"] for heard in wms.heard] == [f"RMA-{n}" for n in range(count)]
        assert len(await known_rmas(database)) == count
    assert stats.commands == {("rma", "ok"): count}


async def test_commands_when_one_of_a_batch_is_bad_then_only_that_one_fails(
    broker: Broker, database: Database
) -> None:
    async with gateway(broker, database), Listener(broker, RESPONSE) as wms:
        await asyncio.gather(
            *(wms.say(f"{CMD}/rma", json.dumps({**RMA, "rma": f"RMA-{n}"}).encode()) for n in range(10)),
            wms.say(f"{CMD}/rma_close", b'{"rma":"nobody"}'),
            *(wms.say(f"{CMD}/rma", json.dumps({**RMA, "rma": f"RMA-{n}"}).encode()) for n in range(10, 20)),
        )
        await until(lambda: len(wms.heard) == 21)
        assert len(await known_rmas(database)) == 20
        assert sum(heard.json["status"] == "error" for heard in wms.heard) == 1


async def test_command_when_retained_then_not_obeyed_again_on_the_next_connection(
    broker: Broker, database: Database
) -> None:
    async with Listener(broker, RESPONSE) as wms:
        await wms._client.publish(f"{CMD}/rma", json.dumps(RMA).encode(), qos=1, retain=True)
        async with gateway(broker, database):
            await asyncio.sleep(0.3)
    assert wms.heard == []
    assert await known_rmas(database) == []


async def all_sent(database: Database) -> None:
    """What is on its way while it is asked for again is sent once, not twice."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await database.read(lambda connection: outbox.pending(connection, "gw-1")):
            await asyncio.sleep(0.01)


async def test_replay_when_commanded_then_events_are_sent_again(broker: Broker, database: Database) -> None:
    def append(connection: Any) -> None:
        first = outbox.reserve(connection, "gw-1", 5)
        drafts = [
            (
                outbox.Draft(
                    f"event-{n}", "receipt", "returns/v1/dc1/dock-1/receipt", "text/plain", NOW_US + n
                ),
                b"%d" % n,
            )
            for n in range(first, first + 5)
        ]
        outbox.append(connection, "gw-1", drafts, first=first, now_us=NOW_US)

    await database.write(append)
    async with (
        gateway(broker, database),
        Listener(broker, RESPONSE) as wms,
        Listener(broker, "+/+/+/+/receipt") as events,
    ):
        await all_sent(database)
        by_sequence = await ask(wms, "replay", b'{"since":4}')
        assert by_sequence["detail"] == {"since": "4", "events": 2}
        await until(lambda: len(events.heard) >= 2)
        await all_sent(database)
        by_time = await ask(wms, "replay", b'{"since":"2026-11-20T10:00:00.000003Z"}')
        assert by_time["detail"]["events"] == 3
        await until(lambda: [heard.payload for heard in events.heard][-5:] == [b"4", b"5", b"3", b"4", b"5"])
        await all_sent(database)
        by_id = await ask(wms, "replay", b'{"id":"event-4"}')
        assert by_id["detail"] == {"id": "event-4", "events": 2}
        await until(lambda: [heard.payload for heard in events.heard][-2:] == [b"4", b"5"])
        unknown = await ask(wms, "replay", b'{"id":"event-9"}')
        assert unknown["error"] == "id: event-9 is not the id of an event that is still kept"
        assert (await ask(wms, "replay", b'{"id":"event-4","since":1}'))["status"] == "error"
