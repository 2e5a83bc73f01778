"""What can be commanded: a table of verbs. A verb checks everything before it changes anything."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.documents.cloudevents import SEQUENCE_DIGITS
from gateway.documents.rmas import parse_rma
from gateway.documents.typed import read_epc
from gateway.errors import InputError
from gateway.mqtt.payloads import JsonObject, flag, only, text
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from rules.events import Event
from rules.vocabulary import Grade

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Detail = dict[str, str | int | bool | None]
"""What a verb did, for the answer."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a verb works with."""

    database: Database
    ledger: Ledger
    now_us: Callable[[], int]
    told: Callable[[Sequence[Event]], object] = lambda _events: None
    """Hears, on the loop, of the events that a command brought about, once they are committed."""

    @property
    def gateway(self) -> str:
        return self.ledger.gateway


Verb = Callable[[Context, JsonObject], Awaitable[Detail]]
"""Raises InputError for what the sender must change, and another GatewayError for what is wrong here."""


async def put_rma(context: Context, document: JsonObject) -> Detail:
    """Create or update an RMA."""
    rma = await asyncio.to_thread(parse_rma, document)  # may have thousands of lines
    done, events = await context.database.write(
        lambda connection: context.ledger.put_rmas(connection, (rma,), context.now_us())
    )
    context.told(events)
    return {
        "rma": rma.rma,
        "lines": done.lines,
        "created": bool(done.created),
        "changed": bool(done.created or done.updated),
    }


async def close_rma(context: Context, document: JsonObject) -> Detail:
    """Expect nothing more of an RMA."""
    only(document, {"rma"})
    rma = text(document, "rma")
    changed, events = await context.database.write(
        lambda connection: context.ledger.close_rma(connection, rma, context.now_us())
    )
    context.told(events)
    return {"rma": rma, "changed": changed}


async def inspect(context: Context, document: JsonObject) -> Detail:
    """Record the grade of an item that came in; the rules say what is to become of it."""
    only(document, {"epc", "grade", "sealed", "complete"})
    epc = read_epc(document.get("epc"))
    given = text(document, "grade")
    if given not in set(Grade):
        raise InputError((f"grade: {given!r} is none of {', '.join(Grade)}",))
    sealed, complete = flag(document, "sealed"), flag(document, "complete")
    events = await context.database.write(
        lambda connection: context.ledger.inspect(
            connection, epc, Grade(given), context.now_us(), sealed=sealed, complete=complete
        )
    )
    context.told(events)
    decided = events[0] if events else None
    return {
        "epc": epc.hex,
        "grade": given,
        "changed": decided is not None,
        "id": None if decided is None else decided.id,
        "disposition": None if decided is None else decided.disposition,
        "route": None if decided is None else decided.route,
    }


async def void(context: Context, document: JsonObject) -> Detail:
    """Take a receipt back."""
    only(document, {"id"})
    event_id = text(document, "id")
    events = await context.database.write(
        lambda connection: context.ledger.void(connection, event_id, context.now_us())
    )
    context.told(events)
    return {"id": event_id, "changed": bool(events), "reversal": events[0].id if events else None}


async def replay(context: Context, document: JsonObject) -> Detail:
    """Send again: from a sequence number of this gateway on, since a time, or from an event on."""
    only(document, {"since", "id"})
    if "id" in document and "since" not in document:
        return await _replay_from(context, text(document, "id"))
    only(document, {"since"})
    since = document.get("since")
    if isinstance(since, int) and not isinstance(since, bool):
        since = str(since)
    if not isinstance(since, str) or not since:
        raise InputError(("since: a sequence number or an ISO 8601 time with zone is expected",))
    if since.isascii() and since.isdigit():
        sequence = _sequence(since)
        count = await context.database.write(
            lambda connection: outbox.replay_from_sequence(connection, context.gateway, sequence)
        )
    else:
        since_us = _time_us(since)
        count = await context.database.write(
            lambda connection: outbox.replay_from_time(connection, context.gateway, since_us)
        )
    return {"since": since, "events": count}


async def _replay_from(context: Context, event_id: str) -> Detail:
    count = await context.database.write(lambda connection: outbox.replay_from_id(connection, event_id))
    if not count:
        raise InputError((f"id: {event_id} is not the id of an event that is still kept",))
    return {"id": event_id, "events": count}


VERBS: Mapping[str, Verb] = {
    "rma": put_rma,
    "rma_close": close_rma,
    "inspect": inspect,
    "void": void,
    "replay": replay,
}


def _sequence(digits: str) -> int:
    if len(digits) > SEQUENCE_DIGITS:
        raise InputError((f"since: a sequence number has at most {SEQUENCE_DIGITS} digits",))
    return int(digits)


def _time_us(words: str) -> int:
    try:
        moment = datetime.fromisoformat(words)
    except ValueError as error:
        raise InputError(
            (f"since: {words[:64]!r} is neither a sequence number nor an ISO 8601 time",)
        ) from error
    if moment.tzinfo is None:
        raise InputError(("since: the time needs a zone, such as Z",))
    return (moment - EPOCH) // timedelta(microseconds=1)
