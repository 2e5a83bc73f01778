"""The lines that may concern a batch of items, as they stand in memory while the batch is recorded."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, case, func, insert, update

from gateway.store import candidates
from gateway.store.candidates import LineKey
from gateway.store.tables import received_items, rma_lines, rmas
from rules.booking import applied
from rules.calendar import ServiceLevel
from rules.epc import Epc
from rules.events import Event
from rules.matching import has_room_for_any
from rules.rma import LineState, ReceivedItem
from rules.telling import is_resolved
from rules.vocabulary import EventKind

CLASS_LINES = 4
"""Lines of an item's GTIN shown to the rules: so many that could take it, and so many that are full."""


@dataclass(frozen=True, slots=True)
class _Booking:
    """One receipt as it now stands."""

    key: LineKey
    item: ReceivedItem
    generation: int
    reversed_us: int | None = None


class Books:
    """Loaded once per batch, changed event by event, stored once."""

    def __init__(self, connection: Connection, epcs: Sequence[Epc], service: ServiceLevel) -> None:
        """Finds the lines in a handful of statements and locks their RMAs until the transaction ends."""
        found = candidates.find(connection, epcs)
        self._lines = candidates.load(connection, found.keys)
        self._named = found.named
        """By item: lines that name it, hold it, or took it in this batch."""
        self._totals = {key[0]: _totals(state) for key, state in self._lines.items()}
        self._class = self._class_queues(found.classes)
        self._full: dict[str, deque[LineKey]] = defaultdict(lambda: deque(maxlen=CLASS_LINES))
        self._stored = {item.receipt_id for state in self._lines.values() for item in state.items.values()}
        self._bookings: dict[str, _Booking] = {}
        self._changed: dict[LineKey, None] = {}
        self._service = service
        self._started_us: dict[str, int] = {}
        """By RMA: its first receipt of this batch."""
        self._resolved_us: dict[str, int] = {}

    def lines_for(self, epc: Epc) -> list[LineState]:
        """What the rules must see to judge an item: lines that name it, hold it, or name its GTIN."""
        keys = dict.fromkeys(self._named.get(epc.identity, ()))
        if epc.gtin is not None:
            keys.update(dict.fromkeys(self._class_lines(epc.gtin)))
        return [self._current(key) for key in keys if key in self._lines]

    def line(self, key: LineKey) -> LineState | None:
        return self._current(key) if key in self._lines else None

    def apply(self, event: Event) -> None:
        """Book what an event says; most say nothing to the books."""
        if event.rma is None or event.line is None:
            return
        key = (event.rma, event.line)
        before = self._current(key)
        after = applied(before, event)
        if after == before:
            return
        self._lines[key] = after
        self._totals[event.rma] = _totals(after)
        self._changed[key] = None
        if event.kind is EventKind.RECEIPT:
            self._started_us.setdefault(event.rma, event.time_us)
        self._resolved_us.pop(event.rma, None)
        if is_resolved(self._current(key)):
            self._resolved_us[event.rma] = event.time_us
        self._book(key, event, before, after)

    def store(self, connection: Connection) -> None:
        """Write what changed."""
        new = [booking for id_, booking in self._bookings.items() if id_ not in self._stored]
        old = [booking for id_, booking in self._bookings.items() if id_ in self._stored]
        if new:
            connection.execute(_RECEIVE, [_item_row(booking) for booking in new])
        if old:
            connection.execute(
                _CHANGE, [_story(booking) | {"key": booking.item.receipt_id} for booking in old]
            )
        if self._changed:
            self._store_counts(connection)

    def _book(self, key: LineKey, event: Event, before: LineState, after: LineState) -> None:
        self._named[event.subject].append(key)
        earlier = before.earlier.get(event.subject)
        generation = 0 if earlier is None else earlier.count
        if event.subject in after.items:
            item = after.items[event.subject]
            self._bookings[item.receipt_id] = _Booking(key, item, generation)
            return
        item = before.items[event.subject]
        self._bookings[item.receipt_id] = _Booking(key, item, generation, event.time_us)
        if before.line.gtin in self._class:
            self._class[before.line.gtin].appendleft(key)

    def _store_counts(self, connection: Connection) -> None:
        states = [(key, self._lines[key]) for key in self._changed]
        names = {key[0] for key in self._changed}
        connection.execute(_COUNT_RMA, [self._rma_row(name) for name in sorted(names)])
        connection.execute(
            _COUNT_LINE,
            [
                {
                    "key": rma,
                    "at": line,
                    "received": state.received,
                    "is_open": self._is_open(state),
                    "takes_any": self._takes_any(state),
                }
                for (rma, line), state in states
            ],
        )

    def _rma_row(self, name: str) -> dict[str, object]:
        """Totals; when it was resolved, if it is; when it is due, if something came in and it is not."""
        received, ended = self._totals[name]
        resolved_us = self._resolved_us.get(name)
        started_us = self._started_us.get(name)
        return {
            "key": name,
            "received_now": received,
            "ended_now": ended,
            "resolved_now": resolved_us,
            "is_resolved": resolved_us is not None,
            "is_awaited": received > 0 and resolved_us is None,
            "due_now": None if started_us is None else self._service.due_us(started_us),
        }

    def _current(self, key: LineKey) -> LineState:
        """With the RMA's totals as other lines of it have changed them."""
        state, totals = self._lines[key], self._totals[key[0]]
        if _totals(state) == totals:
            return state
        return replace(state, rma_received=totals[0], rma_ended=totals[1])

    def _class_queues(self, classes: Iterable[LineKey]) -> dict[str | None, deque[LineKey]]:
        queues: dict[str | None, deque[LineKey]] = defaultdict(deque)
        known = [(self._lines[key], key) for key in classes if key in self._lines]
        for state, key in sorted(known, key=lambda pair: (pair[0].rma_opened_us, pair[1])):
            queues[state.line.gtin].append(key)
        return queues

    def _class_lines(self, gtin: str) -> Iterator[LineKey]:
        """The oldest that can take an item, after those that cannot: full ones leave the queue for good."""
        queue, full = self._class.get(gtin, deque()), self._full[gtin]
        ready = 0
        for _ in range(len(queue)):
            key = queue.popleft()
            if self._takes_any(self._lines[key]):
                queue.appendleft(key)
                break
            full.append(key)
        for key in queue:
            ready += self._takes_any(self._lines[key])
            yield key
            if ready == CLASS_LINES:
                break
        if not ready:
            yield from full

    def _is_open(self, state: LineState) -> bool:
        is_shut = state.rma_closed_us is not None or state.is_expired
        return not is_shut and state.received < state.line.quantity

    def _takes_any(self, state: LineState) -> bool:
        return self._is_open(state) and has_room_for_any(state)


def _first(
    stored: ColumnElement[int | None], now: str, when: ColumnElement[bool]
) -> ColumnElement[int | None]:
    """A time as it is stored, else as it is now, while the condition holds."""
    return case((when, func.coalesce(stored, bindparam(now, type_=BigInteger))), else_=None)


def _totals(state: LineState) -> tuple[int, int]:
    """Received and ended over all lines of the RMA."""
    return state.rma_received, state.rma_ended


def _item_row(booking: _Booking) -> dict[str, object]:
    item = booking.item
    return {
        "receipt_id": item.receipt_id,
        "rma": booking.key[0],
        "line": booking.key[1],
        "identity": item.identity,
        "generation": booking.generation,
        "epc": item.epc,
        "received_us": item.received_us,
        **_story(booking),
    }


def _story(booking: _Booking) -> dict[str, object]:
    item = booking.item
    return {
        "restocked_us": item.restocked_us,
        "gone_us": item.gone_us,
        "grade": item.grade,
        "sealed": None if item.found is None else item.found.sealed,
        "complete": None if item.found is None else item.found.complete,
        "inspections": item.inspections,
        "disposition": item.disposition,
        "refund": item.refund,
        "decided_us": item.decided_us,
        "doubted_us": item.doubted_us,
        "reversed_us": booking.reversed_us,
    }


_RECEIVE = insert(received_items)
_CHANGE = update(received_items).where(received_items.c.receipt_id == bindparam("key"))
_COUNT_RMA = (
    update(rmas)
    .where(rmas.c.rma == bindparam("key"))
    .values(
        received=bindparam("received_now"),
        ended=bindparam("ended_now"),
        resolved_us=_first(rmas.c.resolved_us, "resolved_now", bindparam("is_resolved")),
        due_us=_first(rmas.c.due_us, "due_now", bindparam("is_awaited") & rmas.c.overdue_us.is_(None)),
    )
)
_COUNT_LINE = update(rma_lines).where(
    rma_lines.c.rma == bindparam("key"), rma_lines.c.line == bindparam("at")
)
