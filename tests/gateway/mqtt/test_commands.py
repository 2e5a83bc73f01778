import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import InputError, StorageError
from gateway.mqtt.commands import Commands, is_plain_topic, parse_acknowledgement
from gateway.mqtt.messages import Incoming
from gateway.mqtt.payloads import JsonObject, only
from gateway.mqtt.topics import Topics
from gateway.mqtt.verbs import VERBS, Context, Detail
from gateway.stats import Stats
from gateway.store import outbox, rmas
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from rules.policy import DEFAULT_POLICY
from tests.gateway.mqtt.fakes import FakeClient
from tests.gateway.store.samples import START_US, epc_rma, seen, sgtin

LEDGER = Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY)
TOPICS = Topics("returns/v1", "dc1", "gw-1")


@pytest.fixture
def database() -> Iterator[Database]:
    database = Database("sqlite://")
    database.open()
    yield database
    database.close()


async def note(context: Context, document: JsonObject) -> Detail:
    only(document, {"word"})
    return {"word": str(document["word"])}


async def broken(context: Context, document: JsonObject) -> Detail:
    message = "database: disk full; make room"
    raise StorageError(message)


class Desk:
    def __init__(self, database: Database, verbs: Any = None) -> None:
        self.stats = Stats()
        self.told: list[str] = []
        self.client = FakeClient()
        self.commands = Commands(
            Context(database, LEDGER, lambda: START_US + 60_000_000),
            TOPICS,
            self.stats,
            verbs=verbs or {"note": note, "broken": broken},
            on_done=lambda: self.told.append("done"),
            on_confirmed=lambda: self.told.append("confirmed"),
        )

    async def handle(self, *messages: Incoming) -> list[Any]:
        """The answers to messages that are there at once."""
        self.client.inbox = list(messages)
        running = asyncio.create_task(self.commands.run(self.client))  # type: ignore[arg-type]
        await asyncio.wait(
            {running, asyncio.create_task(self.client.idle.wait())}, return_when="FIRST_COMPLETED"
        )
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert self.client.finished == list(messages)
        return [json.loads(one.payload) for one in self.client.sent]


def command(verb: str, payload: bytes, **more: Any) -> Incoming:
    return Incoming(f"returns/v1/dc1/cmd/{verb}", payload, **more)


async def test_run_when_started_then_hears_commands_and_acknowledgements(database: Database) -> None:
    desk = Desk(database)
    await desk.handle()
    assert desk.client.subscribed == ["returns/v1/dc1/cmd/+", "returns/v1/dc1/gateway/gw-1/ack"]


async def test_command_when_good_then_answered_with_correlation_and_counted(database: Database) -> None:
    desk = Desk(database)
    answers = await desk.handle(
        command("note", b'{"word":"x"}', correlation_data=b"7", response_topic="wms/reply"),
        command("note", b'{"word":"y"}'),
    )
    assert [answer["detail"] for answer in answers] == [{"word": "x"}, {"word": "y"}]
    assert [one.topic for one in desk.client.sent] == ["wms/reply", TOPICS.response]
    assert [one.correlation for one in desk.client.sent] == [b"7", None]
    assert desk.stats.commands == {("note", "ok"): 2}
    assert desk.told == ["done"]


async def test_command_when_the_house_is_at_fault_then_answered_in_words(database: Database) -> None:
    desk = Desk(database)
    (answer,) = await desk.handle(command("broken", b"{}"))
    assert answer == {
        "verb": "broken",
        "status": "error",
        "error": "database: disk full; make room",
        "detail": {},
    }


async def test_command_when_verb_is_any_name_then_counters_stay_bounded(database: Database) -> None:
    desk = Desk(database)
    answers = await desk.handle(*(command(f"x{n}", b"{}") for n in range(50)))
    assert {answer["status"] for answer in answers} == {"error"}
    assert desk.stats.commands == {("unknown", "error"): 50}


async def test_command_when_messages_were_dropped_then_counted(database: Database) -> None:
    desk = Desk(database)
    desk.client.dropped = 3
    await desk.handle(command("note", b'{"word":"x"}'))
    assert desk.stats.commands["unknown", "dropped"] == 3


async def test_answer_when_refused_then_counted_and_others_go_out(database: Database) -> None:
    desk = Desk(database)
    desk.client.refuses = {"wms/reply"}
    await desk.handle(
        command("note", b'{"word":"x"}', response_topic="wms/reply"), command("note", b'{"word":"y"}')
    )
    assert desk.stats.publish_refused == 1
    assert len(desk.client.sent) == 2


async def test_error_when_there_are_very_many_faults_then_answer_is_bounded(database: Database) -> None:
    desk = Desk(database)
    payload = json.dumps({f"field-{n}": n for n in range(20_000)}).encode()
    (answer,) = await desk.handle(command("note", payload))
    assert len(answer["error"]) <= 4_000


async def test_inspect_and_void_when_the_item_came_in_then_done_once_and_answered(database: Database) -> None:
    with database.writing() as connection:
        rmas.upsert(connection, [epc_rma("R-1", 1)], START_US)
        receipt = LEDGER.record(connection, [seen(1)], START_US)[0]
    inspect = json.dumps({"epc": sgtin(1).lower(), "grade": "B", "sealed": False}).encode()
    void = json.dumps({"id": receipt.id}).encode()
    answers = []
    for verb, payload in (("inspect", inspect), ("inspect", inspect), ("void", void), ("void", void)):
        answers += await Desk(database, VERBS).handle(command(verb, payload))
    assert answers[0]["detail"]["epc"] == sgtin(1)
    assert answers[0]["detail"]["disposition"] == "inspect"
    assert [(one["status"], one["detail"]["changed"]) for one in answers] == [
        ("ok", True),
        ("ok", False),
        ("ok", True),
        ("ok", False),
    ]
    with database.reading() as connection:
        kinds = [message.kind for message in outbox.list_events(connection, "gw-1")]
    assert kinds == ["receipt", "status", "disposition", "reversal", "status"]


@pytest.mark.parametrize(
    ("verb", "payload", "words"),
    [
        ("inspect", b'{"epc":"xyz","grade":"A"}', "epc: "),
        ("inspect", b'{"epc":"3034257BF7194E4000001A85","grade":"E"}', "grade: 'E' is none of A, B, C, D, F"),
        ("inspect", b'{"epc":"3034257BF7194E4000001A85","grade":"A"}', "has not been received on any RMA"),
        (
            "inspect",
            b'{"epc":"3034257BF7194E4000001A85","grade":"A","sealed":"yes"}',
            "sealed: true or false",
        ),
        ("inspect", b'{"epc":"3034257BF7194E4000001A85","grade":"A","by":"me"}', "by: unknown field"),
        ("inspect", b'{"grade":"A"}', "epc: text"),
        ("void", b'{"id":"nobody"}', "id: nobody is not the id of a receipt"),
        ("void", b'{"id":7}', "id: text"),
    ],
)
async def test_inspect_and_void_when_faulty_then_the_field_is_named_and_nothing_is_told(
    database: Database, verb: str, payload: bytes, words: str
) -> None:
    desk = Desk(database, VERBS)
    (answer,) = await desk.handle(command(verb, payload))
    assert (answer["status"], words in answer["error"]) == ("error", True)
    with database.reading() as connection:
        assert outbox.list_events(connection) == []


@pytest.mark.parametrize("verb", sorted(VERBS))
@settings(max_examples=40, deadline=None)
@given(
    payload=st.binary(max_size=60)
    | st.from_regex(rb'\{"(rma|since|lines|id|epc|grade)":.{0,30}\}', fullmatch=True)
)
def test_verbs_when_payload_is_garbage_then_refused_and_no_other_error(verb: str, payload: bytes) -> None:
    async def answer() -> dict[str, Any]:
        database = Database("sqlite://")
        database.open()
        try:
            desk = Desk(database, VERBS)
            (one,) = await desk.handle(command(verb, payload))
            return dict(one)
        finally:
            database.close()

    assert asyncio.run(answer())["status"] in {"ok", "error"}


@pytest.mark.parametrize(
    ("topic", "is_good"),
    [
        ("wms/reply/1", True),
        ("ä/ö", True),
        ("x" * 256, True),
        ("", False),
        ("x" * 257, False),
        ("ä" * 129, False),
        ("a/+/b", False),
        ("a/#", False),
        ("$SYS/x", False),
        ("$share/g/x", False),
        ("a\x00b", False),
        ("a\nb", False),
        ("a\u202eb", False),
        ("\ud800", False),
    ],
)
def test_is_plain_topic_when_asked_then_as_mqtt_allows(topic: str, is_good: bool) -> None:
    assert is_plain_topic(topic) is is_good


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_is_plain_topic_when_any_text_then_what_passes_can_be_sent(topic: str) -> None:
    if is_plain_topic(topic):
        assert 0 < len(topic.encode()) <= 256
        assert not set(topic) & set("+#\x00")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"id":"abc"}', ("abc", 0)),
        (b'{"sequence":"000000000000000042"}', (None, 42)),
        (b'{"sequence":42}', (None, 42)),
    ],
)
def test_parse_acknowledgement_when_good_then_id_or_sequence(
    payload: bytes, expected: tuple[Any, int]
) -> None:
    assert parse_acknowledgement(payload) == expected


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b'{"id":"a","sequence":1}',
        b'{"id":""}',
        b'{"id":5}',
        b'{"sequence":-1}',
        b'{"sequence":true}',
        b'{"sequence":1.5}',
        b'{"sequence":"1e3"}',
        b'{"sequence":"1111111111111111111"}',
        b'{"sequence":null}',
        b'{"who":"a"}',
    ],
)
def test_parse_acknowledgement_when_bad_then_input_error(payload: bytes) -> None:
    with pytest.raises(InputError):
        parse_acknowledgement(payload)


@given(st.binary(max_size=200))
def test_parse_acknowledgement_when_garbage_then_input_error_and_no_other(payload: bytes) -> None:
    with pytest.raises(InputError):
        parse_acknowledgement(payload)
