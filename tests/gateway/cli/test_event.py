"""`event list` and `event replay`: what is in the outbox, and sending it again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.documents.cloudevents import encode_event, source, topic
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.outbox import Draft
from rules.events import Event
from rules.vocabulary import EventKind, ExceptionCode
from tests.gateway.cli.conftest import Cli

EPC = "3034257BF7194E4000001A85"
NOON_US = 1_795_262_400_000_000
"""2026-11-21T12:00:00Z"""
SECOND_US = 1_000_000


def told(number: int, kind: EventKind) -> Event:
    return Event(
        kind, f"id-{number}", NOON_US + number * SECOND_US, f"urn:item:{number}", read_point="dock-1",
        rma="RMA-1" if kind is EventKind.RECEIPT else None, line=1 if kind is EventKind.RECEIPT else None, epc=EPC,
        code=ExceptionCode.UNKNOWN_ITEM if kind is EventKind.EXCEPTION else None,
    )  # fmt: skip


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Database]:
    """Three events of gw-1, the first two of which the broker has."""
    database = Database(f"sqlite:///{tmp_path}/returns.db")
    database.open()
    kinds = (EventKind.RECEIPT, EventKind.EXCEPTION, EventKind.RECEIPT)
    messages = []
    for number, kind in enumerate(kinds, 1):
        event = told(number, kind)
        draft = Draft(
            event.id,
            event.kind,
            topic("returns/v1", "dc1", event),
            "application/cloudevents+json",
            event.time_us,
        )
        messages.append((draft, encode_event(event, source=source("dc1", "gw-1"), sequence=number)))
    with database.writing() as connection:
        first = outbox.reserve(connection, "gw-1", len(messages))
        for position, message in enumerate(messages):
            now_us = NOON_US + (position + 1) * SECOND_US
            outbox.append(connection, "gw-1", [message], first=first + position, now_us=now_us)
        outbox.mark_sent(connection, "gw-1", [1, 2], NOON_US)
    yield database
    database.close()


@pytest.mark.usefixtures("stored")
def test_list_when_json_then_events_are_as_published_with_their_delivery(config: Path, cli: Cli) -> None:
    ran = cli("event", "list", "--json", "--config", config)
    assert (ran.code, ran.err) == (0, "")
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert [event["id"] for event in events] == ["id-1", "id-2", "id-3"]
    assert events[0]["type"] == "returns.receipt.v1"
    assert events[0]["data"]["rma"] == "RMA-1"
    assert events[0]["delivery"] == {
        "topic": "returns/v1/dc1/dock-1/receipt",
        "state": "sent",
        "stored": "2026-11-21T12:00:01Z",
        "sent": "2026-11-21T12:00:00Z",
    }
    assert events[2]["delivery"]["state"] == "pending"


@pytest.mark.usefixtures("stored")
def test_list_when_for_people_then_one_row_per_event(config: Path, cli: Cli) -> None:
    rows = [line.split() for line in cli("event", "list", "--config", config).out.splitlines()]
    assert rows[1] == ["1", "2026-11-21T12:00:01Z", "receipt", "dock-1", "RMA-1", "1", EPC, "sent"]
    assert rows[2] == ["2", "2026-11-21T12:00:02Z", "exception", "dock-1", EPC, "unknown_item", "sent"]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--since", "2"), ["id-2", "id-3"]),
        (("--since", "000000000000000003"), ["id-3"]),
        (("--since", "2026-11-21T12:00:03Z"), ["id-3"]),
        (("--since", "2026-11-21T13:00:02+01:00"), ["id-2", "id-3"]),
        (("--limit", "2"), ["id-2", "id-3"]),
        (("--since", "1", "--limit", "2"), ["id-1", "id-2"]),
        (("--kind", "receipt"), ["id-1", "id-3"]),
    ],
)
def test_list_when_asked_for_some_then_only_those_are_listed(
    options: tuple[str, ...], expected: list[str], config: Path, cli: Cli
) -> None:
    ran = cli("event", "list", "--json", "--config", config, *options)
    assert [json.loads(line)["id"] for line in ran.out.splitlines()] == expected


def test_list_when_there_are_none_then_stdout_is_empty(config: Path, cli: Cli) -> None:
    ran = cli("event", "list", "--config", config)
    assert (ran.code, ran.out, ran.err) == (0, "", "no events\n")


def test_list_when_following_then_what_comes_later_is_listed_too(
    config: Path, cli: Cli, stored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps = iter([None])

    def nap(_seconds: float) -> None:
        """The first pause brings another event, the second ends it all."""
        if next(naps, KeyboardInterrupt) is KeyboardInterrupt:
            raise KeyboardInterrupt
        event = told(4, EventKind.RECEIPT)
        draft = Draft(event.id, event.kind, "t", "application/cloudevents+json", event.time_us)
        with stored.writing() as connection:
            first = outbox.reserve(connection, "gw-1", 1)
            payload = encode_event(event, source="/dc1/gw-1", sequence=first)
            outbox.append(connection, "gw-1", [(draft, payload)], first=first, now_us=NOON_US)

    monkeypatch.setattr("gateway.cli.event.time.sleep", nap)
    ran = cli("event", "list", "--json", "--follow", "--config", config)
    assert ran.code == 130
    assert [json.loads(line)["id"] for line in ran.out.splitlines()] == ["id-1", "id-2", "id-3", "id-4"]


def test_replay_when_since_a_sequence_then_all_from_there_on_are_pending(
    config: Path, cli: Cli, stored: Database
) -> None:
    ran = cli("event", "replay", "--since", "2", "--config", config)
    assert (ran.code, ran.out) == (0, "2 events will be sent again\n")
    with stored.reading() as connection:
        assert [message.sequence for message in outbox.pending(connection, "gw-1")] == [2, 3]


def test_replay_when_since_a_time_then_what_happened_since_is_pending(
    config: Path, cli: Cli, stored: Database
) -> None:
    ran = cli("event", "replay", "--since", "2026-11-21T12:00:03Z", "--config", config)
    assert (ran.code, ran.out) == (0, "1 event will be sent again\n")
    with stored.reading() as connection:
        assert [message.sequence for message in outbox.pending(connection, "gw-1")] == [3]


@pytest.mark.parametrize("since", ["yesterday", "2026-11-21T12:00:00", "-1", "1" * 19, "²"])
def test_replay_when_since_is_neither_sequence_nor_time_then_nothing_is_changed(
    since: str, config: Path, cli: Cli
) -> None:
    ran = cli("event", "replay", f"--since={since}", "--config", config)
    assert ran.code == 64
    assert "is neither a sequence number nor a time with its zone" in ran.err


def test_replay_when_from_an_event_then_it_and_what_follows_are_pending(
    config: Path, cli: Cli, stored: Database
) -> None:
    ran = cli("event", "replay", "--id", "id-2", "--config", config)
    assert (ran.code, ran.out) == (0, "2 events will be sent again\n")
    with stored.reading() as connection:
        assert [message.sequence for message in outbox.pending(connection, "gw-1")] == [2, 3]


@pytest.mark.usefixtures("stored")
def test_replay_when_the_event_is_unknown_then_bad_input(config: Path, cli: Cli) -> None:
    ran = cli("event", "replay", "--id", "id-9", "--config", config)
    assert ran.code == 65
    assert "--id: id-9 is not the id of an event that is still kept" in ran.err


@pytest.mark.parametrize("given", [(), ("--since", "1", "--id", "id-1")])
def test_replay_when_not_one_start_is_given_then_usage(
    given: tuple[str, ...], config: Path, cli: Cli
) -> None:
    ran = cli("event", "replay", *given, "--config", config)
    assert ran.code == 64
    assert "one of --since and --id is needed" in ran.err
