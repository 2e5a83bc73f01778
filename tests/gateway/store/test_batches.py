"""However observations are batched, repeated or divided among gateways, the same facts are told."""

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.rma_listing import show_rma
from rules.observation import Observation
from rules.policy import DEFAULT_POLICY
from rules.vocabulary import Direction, EventKind
from tests.gateway.store.samples import (
    BENCH,
    DOCK,
    OTHER_DOCK,
    SECOND_US,
    SHELF,
    START_US,
    gtin,
    item,
    line,
    rma,
    seen,
)

RMAS = (
    rma("R-1", line("R-1", 1, 2, gtin=gtin(1)), line("R-1", 2, 1, gtin=gtin(2))),
    rma("R-2", line("R-2", 1, 1, gtin=gtin(1), serials=frozenset({"1"})), opened_us=START_US + 1),
    rma("R-3", line("R-3", 1, 1, gtin=gtin(1)), opened_us=START_US + 2),
)
PAUSES = st.sampled_from([5, 40, 700, 90_000])
MOVES = st.tuples(
    st.integers(1, 4),
    st.sampled_from([1, 1, 2]),
    st.sampled_from([DOCK, OTHER_DOCK, BENCH, SHELF]),
    st.booleans(),
    PAUSES,
)


def visits(moves: list[tuple[int, int, object, bool, int]]) -> Iterator[Observation]:
    now_us = START_US
    for serial, kind, point, goes_out, pause in moves:
        now_us += pause * SECOND_US
        direction = Direction.OUT if goes_out and point in (DOCK, OTHER_DOCK) else None
        yield seen(item(serial, kind), now_us, point=point, direction=direction)  # type: ignore[arg-type]


def told(batches: list[list[Observation]]) -> tuple[list[tuple[str, str, str | None, int | None]], list[int]]:
    """All that is told, and what each RMA has in the end."""
    database = Database("sqlite://")
    database.open()
    facts = []
    try:
        with database.writing() as connection:
            Ledger("dc1", "gw-1", "b", DEFAULT_POLICY).put_rmas(connection, RMAS, START_US)
        for number, batch in enumerate(batches):
            ledger = Ledger("dc1", f"gw-{number % 2}", "b", DEFAULT_POLICY)
            with database.writing() as connection:
                events = ledger.record(connection, batch, START_US)
            facts += [(event.id, str(event.kind), event.rma, event.received) for event in events]
        with database.reading() as connection:
            shown = [show_rma(connection, one.rma, START_US) for one in RMAS]
        return facts, [0 if one is None else one.summary.received for one in shown]
    finally:
        database.close()


@given(st.lists(MOVES, min_size=1, max_size=12), st.data())
@settings(max_examples=20, deadline=None)
def test_record_when_batches_are_cut_elsewhere_then_the_same_is_told(
    moves: list[tuple[int, int, object, bool, int]], data: st.DataObject
) -> None:
    all_visits = list(visits(moves))
    alone, counts = told([[one] for one in all_visits])
    assert told([all_visits]) == (alone, counts)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(all_visits)), max_size=3)) | {0, len(all_visits)})
    batches = [all_visits[start:end] for start, end in pairwise(cuts)]
    again = [batch for batch in batches for batch in (batch, batch)]
    assert told(again) == (alone, counts)
    ids = [id_ for id_, *_ in alone]
    assert len(ids) == len(set(ids))
    receipts = sum(kind == EventKind.RECEIPT for _, kind, *_ in alone)
    assert sum(counts) == receipts - sum(kind == EventKind.REVERSAL for _, kind, *_ in alone)
