"""Ledger and outbox against a model in plain Python, in any order and repetition of what can happen."""

from dataclasses import dataclass, field, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.store import outbox, rmas
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.outbox import CONFIRMED, PENDING, SENT
from gateway.store.rma_listing import list_rmas
from rules.events import Event
from rules.observation import Observation
from rules.policy import DEFAULT_POLICY
from rules.rma import Rma
from tests.gateway.store.samples import SECOND_US, START_US, epc_rma, left, seen

HOUR_US = 3600 * SECOND_US
ITEMS = {"R-1": (1, 2, 3), "R-2": (4,), "R-3": (5, 6)}
STRANGERS = (90, 91)
RMA_OF = {item: name for name, items in ITEMS.items() for item in items}
GATEWAYS = ("gw-1", "gw-2")

any_item = st.sampled_from([*RMA_OF, *STRANGERS])
any_gateway = st.sampled_from(GATEWAYS)


@dataclass
class Sent:
    """A message as the model knows it."""

    id: str
    payload: bytes
    state: str = PENDING


@dataclass
class Model:
    inside: set[int] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    messages: dict[str, list[Sent]] = field(default_factory=lambda: {gateway: [] for gateway in GATEWAYS})

    def arrives(self, item: int) -> list[str]:
        name = RMA_OF.get(item)
        if item in self.inside:
            return []
        if name is None:
            return ["over_receipt_or_unknown"]
        if name in self.closed:
            return ["rma_closed"]
        return ["receipt", *self._moved(name, item, inside=True)]

    def leaves(self, item: int) -> list[str]:
        if item not in self.inside or RMA_OF[item] in self.closed:
            return []
        return ["reversal", *self._moved(RMA_OF[item], item, inside=False)]

    def _moved(self, name: str, item: int, *, inside: bool) -> list[str]:
        before = self._arrived(name)
        (self.inside.add if inside else self.inside.discard)(item)
        return ["status"] if self._arrived(name) != before else []

    def _arrived(self, name: str) -> str:
        count = self.received(name)
        return "none" if count == 0 else "all" if count == len(ITEMS[name]) else "some"

    def received(self, name: str) -> int:
        return len(self.inside.intersection(ITEMS[name]))


class Store(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.database = Database("sqlite://")
        self.database.open()
        self.model = Model()
        self.now_us = START_US
        self.words = 0
        self.batches: list[tuple[str, list[Observation]]] = []
        with self.database.writing() as connection:
            rmas.upsert(connection, [self.rma(name) for name in ITEMS], START_US)

    def teardown(self) -> None:
        self.database.close()

    def rma(self, name: str) -> Rma:
        return epc_rma(name, *ITEMS[name])

    @rule(gateway=any_gateway, moves=st.lists(st.tuples(any_item, st.booleans()), min_size=1, max_size=6))
    def record(self, gateway: str, moves: list[tuple[int, bool]]) -> None:
        """Items come in and go out, hours apart, told in one batch."""
        batch, expected = [], []
        for item, comes in moves:
            self.now_us += HOUR_US
            batch.append(seen(item, self.now_us) if comes else left(item, self.now_us))
            expected += self.model.arrives(item) if comes else self.model.leaves(item)
        self.batches.append((gateway, batch))
        self.check(self.tell(gateway, batch), expected)

    @rule(gateway=any_gateway, data=st.data())
    def record_again(self, gateway: str, data: st.DataObject) -> None:
        """A batch of any time before, at any gateway: its reads say nothing new about who is inside now."""
        if not self.batches:
            return
        _, batch = self.batches[-1]
        item = data.draw(st.sampled_from(batch))
        told = self.tell(gateway, [item])
        assert told == []

    @rule(name=st.sampled_from(list(ITEMS)))
    def close(self, name: str) -> None:
        with self.database.writing() as connection:
            assert rmas.close_rma(connection, name, self.now_us) is (name not in self.model.closed)
        self.model.closed.add(name)

    @rule(name=st.sampled_from(list(ITEMS)), other_words=st.booleans())
    def send(self, name: str, *, other_words: bool) -> None:
        sent = self.rma(name)
        with self.database.writing() as connection:
            rmas.upsert(connection, [sent], self.now_us)
            if other_words:
                self.words += 1
                rmas.upsert(connection, [replace(sent, customer=f"C-{self.words}")], self.now_us)
                rmas.upsert(connection, [sent], self.now_us)
        if other_words:
            self.model.closed.discard(name)

    @rule(gateway=any_gateway, count=st.integers(1, 4), skip=st.integers(0, 3))
    def take(self, gateway: str, count: int, skip: int) -> None:
        """The broker acknowledges some of what is pending, not always the first."""
        with self.database.writing() as connection:
            sequences = [message.sequence for message in outbox.pending(connection, gateway)][
                skip : skip + count
            ]
            outbox.mark_sent(connection, gateway, sequences, self.now_us)
        for sequence in sequences:
            self.model.messages[gateway][sequence - 1].state = SENT

    @rule(gateway=any_gateway, up_to=st.integers(0, 30))
    def confirm(self, gateway: str, up_to: int) -> None:
        with self.database.writing() as connection:
            outbox.confirm_up_to(connection, gateway, up_to)
        for message in self.model.messages[gateway][:up_to]:
            message.state = CONFIRMED if message.state == SENT else message.state

    @rule(gateway=any_gateway, since=st.integers(1, 30))
    def replay(self, gateway: str, since: int) -> None:
        with self.database.writing() as connection:
            count = outbox.replay_from_sequence(connection, gateway, since)
        again = self.model.messages[gateway][since - 1 :]
        assert count == len(again)
        for message in again:
            message.state = PENDING

    @invariant()
    def books_agree(self) -> None:
        with self.database.reading() as connection:
            found = {summary.rma: summary.received for summary in list_rmas(connection, self.now_us)}
        assert found == {name: self.model.received(name) for name in ITEMS}

    @invariant()
    def outbox_agrees(self) -> None:
        ids: list[str] = []
        with self.database.reading() as connection:
            for gateway in GATEWAYS:
                stored = outbox.list_events(connection, gateway, limit=10_000)
                known = self.model.messages[gateway]
                assert [message.sequence for message in stored] == list(range(1, len(known) + 1))
                assert [Sent(message.id, message.payload, message.state) for message in stored] == known
                waiting = sum(message.state == PENDING for message in known)
                assert outbox.backlog(connection, gateway).count == waiting
                ids += [message.id for message in known]
        assert len(ids) == len(set(ids))

    def tell(self, gateway: str, batch: list[Observation]) -> list[Event]:
        ledger = Ledger("dc1", gateway, "returns/v1", DEFAULT_POLICY)  # as after a restart
        known = len(self.model.messages[gateway])
        with self.database.writing() as connection:
            events = ledger.record(connection, batch, self.now_us)
            new = outbox.list_events(connection, gateway, after_sequence=known, limit=10_000)
        assert [message.id for message in new] == [event.id for event in events]
        self.model.messages[gateway] += [Sent(message.id, message.payload) for message in new]
        return events

    def check(self, events: list[Event], expected: list[str]) -> None:
        told = [str(event.code or event.kind) for event in events]
        assert len(told) == len(expected), (told, expected)
        for word, wanted in zip(told, expected, strict=True):
            assert word == wanted or (
                wanted == "over_receipt_or_unknown"
                and word in ("over_receipt", "unknown_item", "serial_mismatch", "rma_closed")
            ), (told, expected)


TestStore = Store.TestCase
TestStore.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
