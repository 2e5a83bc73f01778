"""The outbox: what must be told, in order, until it has been; a message's bytes never change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, insert, select, update

from gateway.store.among import among
from gateway.store.tables import gateways, outbox

PENDING = "pending"
"""Stored, not yet acknowledged by the broker."""
SENT = "sent"
"""Acknowledged by the broker."""
CONFIRMED = "confirmed"
"""Acknowledged by a consumer."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that has no sequence number yet; `time_us` is when it happened."""

    id: str
    kind: str
    topic: str
    content_type: str
    time_us: int


@dataclass(frozen=True, slots=True)
class Message:
    """One stored message; times in microseconds since 1970 UTC."""

    gateway: str
    sequence: int
    id: str
    kind: str
    topic: str
    content_type: str
    payload: bytes
    time_us: int
    stored_us: int
    state: str
    sent_us: int | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is not yet sent; `oldest_us` is when its oldest message was stored."""

    count: int
    oldest_us: int | None


def reserve(connection: Connection, gateway: str, count: int) -> int:
    """The first of `count` sequence numbers; others get theirs after this transaction."""
    wanted = {"name": gateway, "count": count}
    last = connection.scalar(_TAKE, wanted)
    if last is None:
        connection.execute(insert(gateways).values(gateway=gateway))
        last = connection.scalar(_TAKE, wanted)
    return int(last) - count + 1


def append(
    connection: Connection, gateway: str, messages: Sequence[tuple[Draft, bytes]], *, first: int, now_us: int
) -> None:
    """Store messages under the sequence numbers from `first` on, as reserved in this transaction."""
    rows = [
        {
            "gateway": gateway,
            "sequence": sequence,
            "id": draft.id,
            "kind": draft.kind,
            "topic": draft.topic,
            "content_type": draft.content_type,
            "payload": payload,
            "time_us": draft.time_us,
            "stored_us": now_us,
        }
        for sequence, (draft, payload) in enumerate(messages, first)
    ]
    if rows:
        connection.execute(_APPEND, rows)


def known_ids(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of the ids that are stored already, whichever gateway told them."""
    if not ids:
        return set()
    return set(connection.scalars(_KNOWN, {"ids": list(ids)}))


def ids_after(connection: Connection, gateway: str, sequence: int, limit: int) -> list[tuple[int, str]]:
    """Sequence numbers and ids of what a gateway told next, sent or not."""
    wanted = select(outbox.c.sequence, outbox.c.id).where(
        outbox.c.gateway == gateway, outbox.c.sequence > sequence
    )
    rows = connection.execute(wanted.order_by(outbox.c.sequence).limit(limit))
    return [(row.sequence, row.id) for row in rows]


def pending(connection: Connection, gateway: str, after_sequence: int = 0, limit: int = 500) -> list[Message]:
    """The next messages to send, in order."""
    wanted = {"name": gateway, "after": after_sequence, "most": limit}
    return [Message(*row) for row in connection.execute(_PENDING, wanted)]


def unconfirmed(connection: Connection, gateway: str, sent_before_us: int, limit: int = 500) -> list[Message]:
    """Messages the broker took before then and no consumer has acknowledged, in order."""
    where = (outbox.c.gateway == gateway, outbox.c.state == SENT, outbox.c.sent_us < sent_before_us)
    rows = connection.execute(_MESSAGES.where(*where).order_by(outbox.c.sequence).limit(limit))
    return [Message(*row) for row in rows]


def mark_sent(connection: Connection, gateway: str, sequences: Sequence[int], now_us: int) -> None:
    """The broker has acknowledged these. A consumer's acknowledgement that came first stands."""
    connection.execute(_MARK, {"name": gateway, "sequences": list(sequences), "now_us": now_us})


def confirm(connection: Connection, ids: Iterable[str], up_to: Mapping[str, int]) -> None:
    """A consumer has these events, and of each gateway all that was sent up to a sequence number."""
    for event_id in ids:
        confirm_id(connection, event_id)
    for gateway, sequence in up_to.items():
        confirm_up_to(connection, gateway, sequence)


def confirm_id(connection: Connection, event_id: str) -> int:
    """A consumer has the event; how many messages that settled."""
    return _confirm(connection, outbox.c.id == event_id)


def confirm_up_to(connection: Connection, gateway: str, sequence: int) -> int:
    """A consumer has all that was sent up to and with a sequence number; how many messages that settled."""
    return _confirm(
        connection, and_(outbox.c.gateway == gateway, outbox.c.state == SENT, outbox.c.sequence <= sequence)
    )


def list_events(
    connection: Connection,
    gateway: str | None = None,
    *,
    after_sequence: int = 0,
    since_us: int | None = None,
    kind: str | None = None,
    newest: bool = False,
    limit: int = 100,
) -> list[Message]:
    """Stored messages, of one gateway by sequence, of all by time; `newest` takes the last, not the first."""
    where = [outbox.c.sequence > after_sequence]
    if gateway is not None:
        where.append(outbox.c.gateway == gateway)
    if since_us is not None:
        where.append(outbox.c.stored_us >= since_us)
    if kind is not None:
        where.append(outbox.c.kind == kind)
    by_time = (outbox.c.stored_us, outbox.c.gateway, outbox.c.sequence)
    order = by_time if gateway is None else (outbox.c.sequence,)
    chosen = order if not newest else tuple(column.desc() for column in order)
    rows = connection.execute(_MESSAGES.where(*where).order_by(*chosen).limit(limit))
    messages = [Message(*row) for row in rows]
    return messages[::-1] if newest else messages


def find_event(connection: Connection, event_id: str) -> Message | None:
    row = connection.execute(_MESSAGES.where(outbox.c.id == event_id)).one_or_none()
    return None if row is None else Message(*row)


def replay_from_sequence(connection: Connection, gateway: str, sequence: int) -> int:
    """Have everything from a sequence number on sent again; how many messages."""
    return _replay(connection, and_(outbox.c.gateway == gateway, outbox.c.sequence >= sequence))


def replay_from_time(connection: Connection, gateway: str, since_us: int) -> int:
    """Have everything that happened since a moment sent again; how many messages."""
    return _replay(connection, and_(outbox.c.gateway == gateway, outbox.c.time_us >= since_us))


def replay_from_id(connection: Connection, event_id: str) -> int:
    """Have an event and all its gateway told after it sent again; how many messages, 0 if it is unknown."""
    event = find_event(connection, event_id)
    return 0 if event is None else replay_from_sequence(connection, event.gateway, event.sequence)


def prune(connection: Connection, before_us: int) -> int:
    """Forget messages stored before then that are not pending; how many."""
    return connection.execute(
        outbox.delete().where(outbox.c.stored_us < before_us, outbox.c.state != PENDING)
    ).rowcount


def backlog(connection: Connection, gateway: str) -> Backlog:
    """Reads the index only, but for the oldest message."""
    mine = and_(outbox.c.gateway == gateway, outbox.c.state == PENDING)
    count = connection.execute(select(func.count()).select_from(outbox).where(mine)).scalar_one()
    if not count:
        return Backlog(0, None)
    first = select(outbox.c.stored_us).where(mine).order_by(outbox.c.sequence).limit(1)
    return Backlog(count, connection.execute(first).scalar_one())


def last_sequence(connection: Connection, gateway: str) -> int:
    """The last sequence number given; 0 before the first."""
    row = connection.execute(select(gateways.c.last_sequence).where(gateways.c.gateway == gateway))
    return row.scalar_one_or_none() or 0


def _confirm(connection: Connection, where: ColumnElement[bool]) -> int:
    settled = update(outbox).where(where, outbox.c.state != CONFIRMED).values(state=CONFIRMED)
    return connection.execute(settled).rowcount


def _replay(connection: Connection, where: ColumnElement[bool]) -> int:
    again = update(outbox).where(where).values(state=PENDING, sent_us=None)
    return connection.execute(again).rowcount


_TAKE = (
    update(gateways)
    .where(gateways.c.gateway == bindparam("name"))
    .values(last_sequence=gateways.c.last_sequence + bindparam("count"))
    .returning(gateways.c.last_sequence)
)
_APPEND = insert(outbox)
_MESSAGES = select(*(outbox.c[field.name] for field in fields(Message)))
_KNOWN = select(outbox.c.id).where(among(outbox.c.id, "ids"))
_PENDING = (
    _MESSAGES.where(
        outbox.c.gateway == bindparam("name"),
        outbox.c.state == PENDING,
        outbox.c.sequence > bindparam("after"),
    )
    .order_by(outbox.c.sequence)
    .limit(bindparam("most"))
)
_MARK = (
    update(outbox)
    .where(
        outbox.c.gateway == bindparam("name"),
        among(outbox.c.sequence, "sequences"),
        outbox.c.state != CONFIRMED,
    )
    .values(state=SENT, sent_us=bindparam("now_us"))
)
