"""`event list` and `event replay`: what was published, and sending it again."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import click

from gateway.cli.options import Invocation, common_options, json_option
from gateway.cli.output import moment, print_json, print_table
from gateway.cli.store import opened, parse_since, to_us
from gateway.errors import InputError, UsageError
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.outbox import Message
from rules.vocabulary import EventKind

FOLLOW_SECONDS = 0.5
PAGE = 500
COLUMNS = ("SEQUENCE", "TIME", "KIND", "READ POINT", "RMA", "LINE", "ITEM", "WHAT", "STATE")


@click.group()
def event() -> None:
    """What was published; send it again."""


@event.command(name="list")
@click.option("--since", metavar="SEQ|TIME", help="From this sequence number or time on; else the newest.")
@click.option("--kind", type=click.Choice(EventKind, case_sensitive=False), help="Only events of this kind.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True)
@click.option("--follow", is_flag=True, help="Go on with what comes; Ctrl-C ends.")
@json_option
@common_options
@click.pass_obj
def list_(
    invocation: Invocation,
    *,
    since: str | None,
    kind: EventKind | None,
    limit: int,
    follow: bool,
    as_json: bool,
) -> None:
    """List this gateway's events, and whether the broker and a consumer have them."""
    settings = invocation.settings()
    start = None if since is None else parse_since(since)
    with opened(settings) as database:
        chosen = _Chosen(database, settings.name, kind)
        messages = chosen.since(start, limit)
        _print(messages, as_json=as_json, empty="no events")
        if follow:
            for more in chosen.follow(messages[-1].sequence if messages else None):
                _print(more, as_json=as_json, empty="")


@event.command()
@click.option("--since", metavar="SEQ|TIME", help="From this sequence number or time on.")
@click.option("--id", "event_id", metavar="EVENT_ID", help="From this event on.")
@common_options
@click.pass_obj
def replay(invocation: Invocation, *, since: str | None, event_id: str | None) -> None:
    """Have events sent again, with the ids they had: a consumer that knows them changes nothing.

    The running gateway sends them; without one they wait until it runs.
    """
    if (since is None) is (event_id is None):
        raise UsageError("one of --since and --id is needed")
    settings = invocation.settings()
    start = event_id if since is None else parse_since(since)
    with opened(settings) as database, database.writing() as connection:
        if isinstance(start, int):
            count = outbox.replay_from_sequence(connection, settings.name, start)
        elif isinstance(start, datetime):
            count = outbox.replay_from_time(connection, settings.name, to_us(start))
        else:
            count = outbox.replay_from_id(connection, start or "")
    if event_id is not None and not count:
        raise InputError((f"--id: {event_id[:64]} is not the id of an event that is still kept",))
    click.echo(f"{count} event{'' if count == 1 else 's'} will be sent again")


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The events of one gateway, of one kind or all."""

    database: Database
    gateway: str
    kind: EventKind | None

    def since(self, start: int | datetime | None, limit: int) -> list[Message]:
        """From a sequence number or a moment on; without either, the newest."""
        with self.database.reading() as connection:
            return outbox.list_events(
                connection,
                self.gateway,
                after_sequence=start - 1 if isinstance(start, int) else 0,
                since_us=to_us(start) if isinstance(start, datetime) else None,
                kind=self.kind,
                newest=start is None,
                limit=limit,
            )

    def follow(self, after: int | None) -> Iterator[list[Message]]:
        """What is stored from now on, for ever."""
        if after is None:
            with self.database.reading() as connection:
                after = outbox.last_sequence(connection, self.gateway)
        while True:
            time.sleep(FOLLOW_SECONDS)
            while messages := self.since(after + 1, PAGE):
                after = messages[-1].sequence
                yield messages


def _print(messages: Iterable[Message], *, as_json: bool, empty: str) -> None:
    if as_json:
        for message in messages:
            print_json(_document(message))
    else:
        print_table(COLUMNS, [_row(message) for message in messages], empty)


def _document(message: Message) -> dict[str, object]:
    """The document as published, and beside it what became of it."""
    delivery = {
        "topic": message.topic,
        "state": message.state,
        "stored": moment(message.stored_us),
        "sent": moment(message.sent_us),
    }
    return {**_published(message), "delivery": delivery}


def _published(message: Message) -> Mapping[str, object]:
    document = json.loads(message.payload)
    return document if isinstance(document, dict) else {}


def _row(message: Message) -> tuple[object, ...]:
    published = _published(message)
    about = published.get("data")
    facts = about if isinstance(about, dict) else {}
    item = facts.get("epc") or published.get("subject")
    what = facts.get("code") or facts.get("status") or facts.get("disposition")
    return (
        message.sequence,
        moment(message.time_us),
        message.kind,
        facts.get("read_point"),
        facts.get("rma"),
        facts.get("line"),
        item,
        what,
        message.state,
    )
