"""Any order and repetition of observations and commands: quantities, ids and ends stay consistent."""

from collections import Counter
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rules.commands import inspect, void
from rules.decide import decide
from rules.events import Event
from rules.policy import parse_policy
from rules.rma import Finding
from rules.vocabulary import Direction, EventKind, ExceptionCode, Grade, ItemState
from tests.rules.returns import BENCH, BIN, DAY_US, DOCK, MINUTE_US, SHELF, Book, item, line, observed, state

POLICY = parse_policy(
    {
        "version": 1,
        "rule": [
            {
                "id": "fast",
                "phase": "receipt",
                "when": {"match": "exact", "confidence": {"gte": 0.95}, "value": {"lte": "10"}},
                "then": {"disposition": "restock", "refund": "release", "restock": "at_receipt"},
            },
            {
                "id": "a",
                "phase": "inspection",
                "when": {"grade": "A"},
                "then": {"disposition": "restock", "restock": "at_disposition"},
            },
            {"id": "f", "phase": "inspection", "when": {"grade": "F"}, "then": {"disposition": "recycle"}},
        ],
    },
    {},
)
SERIALS = st.integers(1, 6)
PLACES = st.sampled_from([DOCK, replace(DOCK, id="dock-2"), BENCH, SHELF, BIN])
DIRECTIONS = st.sampled_from([None, None, None, Direction.OUT, Direction.PARKED])


class Returns(RuleBasedStateMachine):
    """Three RMAs, six items, five places, and people."""

    @initialize()
    def open(self) -> None:
        self.now_us = MINUTE_US
        named = state(line("RMA-1", 1, quantity=2, serials=["1", "2"]), rma_expected=3)
        more = state(line("RMA-1", 2, quantity=1), rma_expected=3)
        mixed = state(line("RMA-2", 1, quantity=3, epcs=[item(3).hex]), opened_us=1)
        again = state(line("RMA-3", 1, quantity=1, serials=["1"]), opened_us=15 * MINUTE_US)
        self.book = Book([named, more, mixed, again], POLICY)

    @rule(
        serial=SERIALS,
        place=PLACES,
        direction=DIRECTIONS,
        minutes=st.integers(-3, 40),
        confidence=st.sampled_from([0.5, 0.99]),
    )
    def see(
        self, serial: int, place: object, direction: Direction | None, minutes: int, confidence: float
    ) -> None:
        time_us = max(1, self.now_us + minutes * MINUTE_US)
        self.now_us = max(self.now_us, time_us)
        filter_value = self.now_us // MINUTE_US % 8
        observation = observed(
            item(serial, filter_value=filter_value),
            place,
            direction=direction,
            time_us=time_us,
            confidence=confidence,  # type: ignore[arg-type]
        )
        self.book.see(observation)
        booking = {EventKind.RECEIPT, EventKind.REVERSAL, EventKind.RESTOCK, EventKind.DISPOSITION}
        again = decide(observation, self.book.lines, POLICY)
        assert not [event for event in again if event.kind in booking]

    @rule(serial=SERIALS, grade=st.sampled_from([Grade.A, Grade.C, Grade.F]))
    def grade(self, serial: int, grade: Grade) -> None:
        for held in self.book.lines:
            received = held.items.get(item(serial).identity)
            if received is not None:
                self.book.book(inspect(held, received, Finding(grade), POLICY, time_us=self.now_us))
        self.now_us += 1

    @rule(number=st.integers(0, 50))
    def void(self, number: int) -> None:
        receipts = [event.id for event in self.book.told if event.kind is EventKind.RECEIPT]
        if receipts:
            self.book.book(void(self.book.lines, receipts[number % len(receipts)], time_us=self.now_us))
            self.now_us += 1

    @rule()
    def close(self) -> None:
        self.book.close("RMA-2", time_us=self.now_us)

    @invariant()
    def quantities_add_up(self) -> None:
        for held in self.book.lines:
            assert 0 <= held.received <= held.line.quantity
            of_rma = [other for other in self.book.lines if other.line.rma == held.line.rma]
            assert held.rma_received == sum(other.received for other in of_rma)
            own = [
                event
                for event in self.book.told
                if (event.rma, event.line) == (held.line.rma, held.line.line)
            ]
            counts = Counter(event.kind for event in own)
            assert held.received == counts[EventKind.RECEIPT] - counts[EventKind.REVERSAL]

    @invariant()
    def every_fact_is_told_once(self) -> None:
        repeatable = (EventKind.CANDIDATE, EventKind.EXCEPTION)
        ids = [event.id for event in self.book.told if event.kind not in repeatable]
        assert len(ids) == len(set(ids))

    @invariant()
    def every_item_has_one_end_and_no_more(self) -> None:
        ends = Counter[tuple[str | None, int | None, str]]()
        for event in self.book.told:
            if event.kind is EventKind.RESTOCK or event.detail == "gone":
                ends[event.rma, event.line, event.subject] += 1
        for held in self.book.lines:
            for identity, received in held.items.items():
                has_ended = received.state in (ItemState.RESTOCKED, ItemState.GONE)
                assert ends.pop((held.line.rma, held.line.line, identity), 0) == has_ended
        assert not ends

    @invariant()
    def an_item_is_active_in_one_place(self) -> None:
        """Unless a later RMA names it: then its earlier return was never finished by anybody."""
        active = Counter(
            identity
            for held in self.book.lines
            for identity, received in held.items.items()
            if received.ended_us is None and held.rma_closed_us is None and held.line.rma != "RMA-3"
        )
        assert not active or max(active.values()) == 1

    @invariant()
    def only_restocks_are_sellable(self) -> None:
        for event in self.book.told:
            assert event.sellable is not True or event.kind is EventKind.RESTOCK
            assert (event.code is not None) is (event.kind is EventKind.EXCEPTION)

    @invariant()
    def statuses_alternate(self) -> None:
        last: dict[str | None, Event] = {}
        for event in self.book.told:
            if event.kind is EventKind.STATUS:
                assert event.rma not in last or last[event.rma].status != event.status
                last[event.rma] = event


Returns.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestReturns = Returns.TestCase


def test_story_when_a_forklift_brings_it_back_out_then_it_counts_once() -> None:
    book = Book([state(line(quantity=1))])
    directions = [None, Direction.OUT, None, Direction.TURNED_BACK, None]
    for minute, direction in enumerate(directions, 1):
        book.see(observed(item(7), time_us=minute * MINUTE_US, direction=direction))
    assert book.kinds() == ["receipt", "status", "reversal", "status", "receipt", "status"]


def test_story_when_the_wrong_size_comes_back_then_the_line_stays_open() -> None:
    book = Book([state(line(serials=["7"]))])
    (exception,) = book.see(observed(item(8)))
    assert exception.code is ExceptionCode.SERIAL_MISMATCH
    book.see(observed(item(7), time_us=2 * MINUTE_US))
    assert book.lines[0].received == 1


def test_story_when_a_later_return_left_again_then_telling_it_twice_takes_nothing_more_back() -> None:
    first = state(line("RMA-1", serials=["1"]))
    later = state(line("RMA-2", serials=["1"]), opened_us=5 * MINUTE_US)
    book = Book([first, later])
    for minute in (1, 11):
        book.see(observed(item(1), time_us=minute * MINUTE_US))
    left = observed(item(1), time_us=12 * MINUTE_US, direction=Direction.OUT)
    assert [event.rma for event in book.see(left)] == ["RMA-2", "RMA-2"]
    assert book.see(left) == ()
    assert [held.received for held in book.lines] == [1, 0]


def test_story_when_an_earlier_return_is_unfinished_then_its_item_is_not_received_by_class() -> None:
    lines = [
        state(line("RMA-1", 1, serials=["1"]), rma_expected=2),
        state(line("RMA-1", 2), rma_expected=2),
        state(line("RMA-2", serials=["1"]), opened_us=5 * MINUTE_US),
    ]
    book = Book(lines)
    book.see(observed(item(1), time_us=MINUTE_US))
    book.see(observed(item(1), SHELF, time_us=11 * MINUTE_US))
    book.see(observed(item(1), time_us=30 * MINUTE_US))
    assert [held.received for held in book.lines] == [1, 0, 1]


def test_story_when_an_earlier_return_is_unfinished_then_an_rma_opened_since_takes_its_item_by_class() -> (
    None
):
    lines = [
        state(line("RMA-1", serials=["1"])),
        state(line("RMA-2", serials=["1"]), opened_us=5 * MINUTE_US),
        state(line("RMA-3"), opened_us=15 * MINUTE_US),
    ]
    book = Book(lines)
    book.see(observed(item(1), time_us=MINUTE_US))
    book.see(observed(item(1), SHELF, time_us=11 * MINUTE_US))
    book.see(observed(item(1), time_us=30 * MINUTE_US))
    assert [held.received for held in book.lines] == [1, 1, 1]


def test_story_when_it_comes_again_and_only_an_unfinished_return_means_it_then_that_is_told() -> None:
    book = Book(
        [state(line("RMA-1", serials=["1"])), state(line("RMA-2", serials=["1"]), opened_us=5 * MINUTE_US)]
    )
    book.see(observed(item(1), time_us=MINUTE_US))
    book.see(observed(item(1), SHELF, time_us=11 * MINUTE_US))
    (told,) = book.see(observed(item(1), time_us=3 * DAY_US))
    assert (told.code, told.rma) == (ExceptionCode.UNKNOWN_ITEM, "RMA-1")
    assert told.detail == "its return on RMA-1 line 1 was never finished and no later RMA expects it"
