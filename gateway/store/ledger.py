"""The ledger: what observations mean is decided, booked and put into the outbox in one transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, insert, select, text

from gateway.documents.cloudevents import CONTENT_TYPE, encode_event, source, topic
from gateway.errors import InputError
from gateway.settings import Settings
from gateway.store import blind, closing, contents, deadlines, evidence, outbox, rmas
from gateway.store.books import Books
from gateway.store.json_text import to_json
from gateway.store.outbox import Draft
from gateway.store.rmas import Upserted
from gateway.store.tables import actions, received_items
from gateway.store.tables import observations as observations_table
from gateway.store.visits import Visits
from rules.calendar import DEFAULT_SERVICE, ServiceLevel
from rules.commands import inspect, void
from rules.decide import decide, match_blind
from rules.epc import Epc, identify_hex
from rules.events import Event
from rules.matching import last_receipt
from rules.observation import Observation
from rules.policy import Policy
from rules.rma import Finding, Rma
from rules.vocabulary import EventKind, Grade

LEDGER_LOCK = 7_308_899_471_002
"""PostgreSQL advisory lock: the ledgers of one database book one after the other."""


@dataclass(frozen=True, slots=True)
class _Deed:
    """What was done about an item without a read of it."""

    action: str
    epc: Epc
    events: tuple[Event, ...]


@dataclass(slots=True)
class Ledger:
    """Books for one gateway. `policy` may be exchanged between batches."""

    site: str
    gateway: str
    base_topic: str
    policy: Policy
    service: ServiceLevel = DEFAULT_SERVICE
    on_told: Callable[[Sequence[Event]], object] = lambda _events: None
    """Hears of events about to be committed, in the thread that does."""

    def record(self, connection: Connection, observations: Sequence[Observation], now_us: int) -> list[Event]:
        """Decide, book and put into the outbox; the events told. The same observations again tell nothing.

        What has expired until then must expire first: old lines would hide younger ones that take an item.
        """
        _lock(connection)
        first_us = min((observation.seen_us for observation in observations), default=0)
        expired: list[Event] = []
        while some := closing.expire(connection, first_us):
            expired += _untold(connection, some)
        visits = Visits(connection, observations)
        seen = visits.new(connection, observations)
        told: set[str] = set()
        while True:
            books = Books(connection, [observation.epc for observation in seen], self.service)
            known = told.copy()
            events = [self._decide(books, visits, observation, known) for observation in seen]
            again = outbox.known_ids(connection, [event.id for some in events for event in some])
            if not again:
                break
            told |= again
        books.store(connection)
        visits.store(connection)
        self._note(connection, seen, events, now_us)
        blind.mind(connection, seen, events)
        contents.watch(connection, [event for some in events for event in some])
        return self.tell(connection, [*expired, *(event for some in events for event in some)], now_us)

    def put_rmas(
        self, connection: Connection, batch: Iterable[Rma], now_us: int
    ) -> tuple[Upserted, list[Event]]:
        """Create or update RMAs, and tell of their items that had come in before."""
        waiting: dict[str, Observation] = {}

        def find(names: Sequence[str]) -> None:
            waiting.update((item.epc.identity, item) for item in blind.awaited_by(connection, names))

        done = rmas.upsert(connection, batch, now_us, find)
        return done, self._match_blind(connection, list(waiting.values()), now_us) if waiting else []

    def _match_blind(self, connection: Connection, items: Sequence[Observation], now_us: int) -> list[Event]:
        _lock(connection)
        books = Books(connection, [item.epc for item in items], self.service)
        deeds: list[_Deed] = []
        for item in sorted(items, key=lambda item: item.seen_us):
            events = match_blind(item, books.lines_for(item.epc), self.policy)
            deeds.append(self._apply(connection, books, _Deed("match", item.epc, events)))
        books.store(connection)
        told = self._carry_out(connection, deeds, now_us)
        blind.forget(connection, [event.subject for event in told if event.kind is EventKind.RECEIPT])
        return told

    def inspect(
        self,
        connection: Connection,
        epc: Epc,
        grade: Grade,
        now_us: int,
        *,
        sealed: bool | None = None,
        complete: bool | None = None,
    ) -> list[Event]:
        """Book what somebody found of an item and what the rules make of it; nothing if it was known.

        Raises InputError when the item is on no RMA.
        """
        _lock(connection)
        books = Books(connection, [epc], self.service)
        booked = last_receipt(epc, books.lines_for(epc))
        if booked is None:
            raise InputError((f"epc: {epc.hex} has not been received on any RMA",))
        found = Finding(grade, sealed, complete)
        events = inspect(*booked, found, self.policy, time_us=now_us)
        deed = self._apply(connection, books, _Deed("inspect", epc, events))
        books.store(connection)
        return self._carry_out(connection, [deed], now_us)

    def void(self, connection: Connection, event_id: str, now_us: int) -> list[Event]:
        """Take a receipt back; nothing if it was already. Raises InputError when it is unknown or over."""
        _lock(connection)
        columns = select(received_items.c.epc, received_items.c.reversed_us)
        receipt = connection.execute(columns.where(received_items.c.receipt_id == event_id)).one_or_none()
        if receipt is None:
            raise InputError((f"id: {event_id} is not the id of a receipt",))
        if receipt.reversed_us is not None:
            return []
        item = identify_hex(receipt.epc)
        books = Books(connection, [item], self.service)
        events = void(books.lines_for(item), event_id, time_us=now_us)
        if not events:
            raise InputError((f"id: {event_id} cannot be taken back: the item is in stock again, or gone",))
        deed = self._apply(connection, books, _Deed("void", item, events))
        books.store(connection)
        return self._carry_out(connection, [deed], now_us)

    def sweep(self, connection: Connection, now_us: int) -> list[Event]:
        """Tell what became due without anybody doing anything: containers, RMAs expired and overdue."""
        _lock(connection)
        counted = [
            _Deed("tally", identify_hex(event.epc or ""), (event,))
            for event in _untold(connection, contents.count(connection, now_us))
        ]
        expired = closing.expire(connection, now_us - closing.EXPIRY_GRACE_US)
        events = _untold(connection, [*expired, *deadlines.overdue(connection, now_us)])
        return [*self._carry_out(connection, counted, now_us), *self.tell(connection, events, now_us)]

    def close_rma(self, connection: Connection, rma: str, now_us: int) -> tuple[bool, list[Event]]:
        """Expect nothing more of an RMA, and tell what it lacks; False when it was closed already.

        Raises InputError when it is unknown.
        """
        _lock(connection)
        is_new = rmas.close_rma(connection, rma, now_us)
        return is_new, self.tell(connection, closing.shut(connection, rma, now_us), now_us) if is_new else []

    def _apply(self, connection: Connection, books: Books, deed: _Deed) -> _Deed:
        """Book what was not told before."""
        new = tuple(_untold(connection, deed.events))
        for event in new:
            books.apply(event)
        return replace(deed, events=new)

    def _carry_out(self, connection: Connection, deeds: Sequence[_Deed], now_us: int) -> list[Event]:
        """Note and tell what was done about items."""
        rows = [
            {
                "gateway": self.gateway,
                "identity": deed.epc.identity,
                "epc": deed.epc.hex,
                "action": deed.action,
                "events": _outcomes(deed.events),
                "time_us": now_us,
            }
            for deed in deeds
            if deed.events
        ]
        if rows:
            connection.execute(insert(actions), rows)
        return self.tell(connection, [event for deed in deeds for event in deed.events], now_us)

    def tell(self, connection: Connection, events: Sequence[Event], now_us: int) -> list[Event]:
        """Put events that were never told into the outbox, numbered without a gap."""
        told = list(events)
        if told:
            self.on_told(told)
            first = outbox.reserve(connection, self.gateway, len(told))
            origin = source(self.site, self.gateway)
            messages = [
                (self._draft(event), encode_event(event, source=origin, sequence=sequence))
                for sequence, event in enumerate(told, first)
            ]
            outbox.append(connection, self.gateway, messages, first=first, now_us=now_us)
        return told

    def _decide(self, books: Books, visits: Visits, observation: Observation, known: set[str]) -> list[Event]:
        """What was told before changes nothing and is not told again."""
        new: list[Event] = []
        lines, elsewhere = books.lines_for(observation.epc), visits.elsewhere(observation)
        for event in decide(observation, lines, self.policy, elsewhere):
            if event.id not in known:
                known.add(event.id)
                books.apply(event)
                new.append(event)
        return new

    def _draft(self, event: Event) -> Draft:
        return Draft(
            event.id, event.kind, topic(self.base_topic, self.site, event), CONTENT_TYPE, event.time_us
        )

    def _note(
        self,
        connection: Connection,
        seen: Sequence[Observation],
        events: Sequence[Sequence[Event]],
        now_us: int,
    ) -> None:
        """Keep what was seen and made of it, so that each item can be explained later."""
        rows = [
            {
                "gateway": self.gateway,
                "read_point": observation.read_point.id,
                "identity": observation.epc.identity,
                "epc": observation.epc.hex,
                "verdict": observation.evidence.direction,
                "confidence": observation.confidence,
                "reasons": to_json(observation.reasons),
                "first_seen_us": observation.evidence.first_seen_us,
                "last_seen_us": observation.evidence.last_seen_us,
                "reads": observation.evidence.reads,
                "events": _outcomes(made),
                "stored_us": now_us,
                "evidence": evidence.encode(observation),
            }
            for observation, made in zip(seen, events, strict=True)
        ]
        if rows:
            connection.execute(_NOTE, rows)


def _untold(connection: Connection, events: Sequence[Event]) -> list[Event]:
    """Those that no gateway has told: what is judged twice is the same fact."""
    known = outbox.known_ids(connection, [event.id for event in events])
    return [event for event in events if event.id not in known]


def _outcomes(events: Sequence[Event]) -> str:
    return to_json([_outcome(event) for event in events])


def _outcome(event: Event) -> dict[str, object]:
    return {
        "kind": event.kind,
        "id": event.id,
        "rma": event.rma,
        "line": event.line,
        "match": event.match,
        "code": event.code,
        "rule": event.rule,
        "detail": event.detail,
    }


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"key": LEDGER_LOCK})


def ledger_of(settings: Settings, policy: Policy) -> Ledger:
    """The ledger of a configured gateway."""
    return Ledger(settings.site, settings.name, settings.mqtt.base_topic, policy, settings.service.level)


_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_NOTE = insert(observations_table)
