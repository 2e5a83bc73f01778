"""The same EPC at two places in an impossible time: told, held, never refunded."""

from dataclasses import replace

import pytest

from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.rma_listing import show_rma
from rules.observation import Observation, ReadPoint
from rules.policy import Policy, parse_policy
from rules.vocabulary import Grade
from tests.gateway.store.samples import (
    BENCH,
    DOCK,
    OTHER_DOCK,
    SECOND_US,
    SHELF,
    START_US,
    epc_rma,
    item,
    seen,
)

FAR_DOCK = replace(DOCK, id="dock-9", travel_seconds=120.0)
FAR_SHELF = replace(SHELF, travel_seconds=120.0)
CAME_US = START_US + 60 * SECOND_US
RELEASE: Policy = parse_policy(
    {
        "version": 1,
        "rule": [{"id": "ok", "phase": "inspection", "when": {"grade": "A"}, "then": {"refund": "release"}}],
    },
    {},
)


@pytest.fixture
def received(database: Database, ledger: Ledger) -> Database:
    ledger.policy = RELEASE
    with database.writing() as connection:
        ledger.put_rmas(connection, [epc_rma("R-1", 1)], START_US)
        ledger.record(connection, [seen(1, CAME_US)], START_US)
    return database


def told(database: Database, ledger: Ledger, *batch: Observation) -> list[str]:
    with database.writing() as connection:
        events = ledger.record(connection, batch, START_US)
    return [event.code or event.status or event.kind for event in events]


@pytest.mark.parametrize("point", [FAR_DOCK, FAR_SHELF])
def test_record_when_seen_far_away_too_soon_then_doubted_and_the_refund_is_held(
    received: Database, ledger: Ledger, point: object
) -> None:
    too_soon = seen(1, CAME_US + 30 * SECOND_US, point=point)  # type: ignore[arg-type]
    assert told(received, ledger, too_soon) == ["duplicate_epc"]
    assert told(received, ledger, too_soon) == []
    with received.writing() as connection:
        (event,) = ledger.inspect(connection, item(1), Grade.A, CAME_US + 3600 * SECOND_US)
        detail = show_rma(connection, "R-1", CAME_US)
    assert (event.rule, event.refund) == ("ok", "held")
    assert event.detail == "its EPC was seen at two places at once: refund held"
    assert detail is not None
    assert (detail.lines[0].items[0].refund, detail.lines[0].received) == ("held", 1)


def test_record_when_there_was_time_to_get_there_then_no_doubt(received: Database, ledger: Ledger) -> None:
    later = CAME_US + 180 * SECOND_US
    assert told(received, ledger, seen(1, later, point=FAR_SHELF)) == ["restock", "resolved"]
    assert told(received, ledger, seen(2, later, point=FAR_SHELF)) == []


def test_record_when_the_way_is_not_known_then_no_doubt(received: Database, ledger: Ledger) -> None:
    assert told(received, ledger, seen(1, CAME_US + SECOND_US, point=SHELF)) == ["restock", "resolved"]


def test_record_when_it_comes_in_through_two_doors_within_a_moment_then_doubted_by_default(
    received: Database, ledger: Ledger
) -> None:
    """Its passage of the first door ended half a second after it began."""
    assert told(received, ledger, seen(1, CAME_US + 2 * SECOND_US, point=OTHER_DOCK)) == ["duplicate_epc"]


@pytest.mark.parametrize(
    ("point", "after_us"),
    [
        (OTHER_DOCK, 3 * SECOND_US),
        (OTHER_DOCK, SECOND_US // 4),
        (BENCH, SECOND_US),
        (replace(OTHER_DOCK, travel_seconds=0.0), SECOND_US),
    ],
    ids=["time enough", "both doors read it at once", "a place near by", "told never to doubt"],
)
def test_record_when_places_are_near_then_no_doubt_by_default(
    received: Database, ledger: Ledger, point: ReadPoint, after_us: int
) -> None:
    assert told(received, ledger, seen(1, CAME_US + after_us, point=point)) == []


def test_record_when_both_are_in_one_batch_then_the_first_counts(database: Database, ledger: Ledger) -> None:
    with database.writing() as connection:
        ledger.put_rmas(connection, [epc_rma("R-1", 1)], START_US)
    near = replace(BENCH, travel_seconds=120.0)
    batch = seen(1, CAME_US, point=near), seen(1, CAME_US + SECOND_US, point=FAR_DOCK)
    assert told(database, ledger, *batch) == ["receipt", "received", "duplicate_epc"]
