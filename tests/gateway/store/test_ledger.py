"""What observations become: booked once, told once, numbered without a gap."""

import json

import pytest
from sqlalchemy import func, select

from gateway.errors import InputError
from gateway.store import outbox, rmas
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.rma_listing import show_rma
from gateway.store.tables import observations, received_items, rma_lines
from rules.events import Event
from rules.observation import Observation
from rules.rma import Rma
from rules.vocabulary import Direction, Grade
from tests.gateway.store.samples import (
    BENCH,
    OTHER_DOCK,
    SECOND_US,
    SHELF,
    START_US,
    epc_rma,
    gtin,
    item,
    left,
    line,
    rma,
    seen,
    sgtin,
)

NOW_US = START_US + 3600 * SECOND_US


def stock(database: Database, *sent: Rma) -> None:
    with database.writing() as connection:
        rmas.upsert(connection, sent, START_US)


def record(database: Database, ledger: Ledger, *batch: Observation) -> list[Event]:
    with database.writing() as connection:
        return ledger.record(connection, batch, NOW_US)


def told(events: list[Event]) -> list[str]:
    return [event.code or event.kind for event in events]


def sequences(database: Database, gateway: str = "gw-1") -> list[int]:
    with database.reading() as connection:
        return [message.sequence for message in outbox.list_events(connection, gateway, limit=10_000)]


def test_record_when_an_item_of_an_rma_comes_in_then_receipt_and_status_are_stored(
    database: Database, ledger: Ledger
) -> None:
    stock(database, epc_rma("R-1", 1, 2))
    events = record(database, ledger, seen(1))
    assert told(events) == ["receipt", "status"]
    with database.reading() as connection:
        first, second = outbox.pending(connection, "gw-1")
    document = json.loads(first.payload)
    assert document["id"] == first.id == events[0].id
    assert document["sequence"] == "000000000000000001"
    assert document["source"] == "/dc1/gw-1"
    assert (document["data"]["rma"], document["data"]["received"]) == ("R-1", 1)
    assert (first.topic, first.content_type) == (
        "returns/v1/dc1/dock-1/receipt",
        "application/cloudevents+json",
    )
    assert (first.time_us, first.stored_us) == (events[0].time_us, NOW_US)
    assert second.sequence == 2


def test_record_when_the_same_batch_comes_again_then_nothing_is_told(
    database: Database, ledger: Ledger
) -> None:
    stock(database, epc_rma("R-1", 1))
    batch = [seen(1), seen(2), seen(1, point=BENCH)]
    first = record(database, ledger, *batch)
    assert told(first) == ["receipt", "status", "over_receipt"]
    assert record(database, ledger, *batch) == []
    assert sequences(database) == [1, 2, 3]


def test_record_when_an_epc_stands_twice_in_a_batch_then_one_receipt(
    database: Database, ledger: Ledger
) -> None:
    stock(database, rma("R-1", line("R-1", quantity=5, gtin=gtin())))
    events = record(database, ledger, seen(1), seen(1, point=OTHER_DOCK), seen(2), seen(1))
    assert told(events) == ["receipt", "status", "receipt"]


def test_record_when_a_line_fills_within_a_batch_then_the_rest_is_over(
    database: Database, ledger: Ledger
) -> None:
    stock(database, rma("R-1", line("R-1", quantity=2, gtin=gtin())))
    events = record(database, ledger, *(seen(serial) for serial in range(1, 5)))
    assert told(events) == ["receipt", "status", "receipt", "status", "over_receipt", "over_receipt"]
    assert [event.received for event in events if event.kind == "receipt"] == [1, 2]


def test_record_when_one_gtin_has_many_lines_then_each_takes_one_oldest_first(
    database: Database, ledger: Ledger
) -> None:
    stock(
        database,
        *(rma(f"R-{n:03}", line(f"R-{n:03}", gtin=gtin()), opened_us=START_US - n) for n in range(300)),
    )
    events = record(database, ledger, *(seen(serial) for serial in range(1, 251)))
    receipts = [event.rma for event in events if event.kind == "receipt"]
    assert receipts == [f"R-{n:03}" for n in range(299, 49, -1)]
    again = record(database, ledger, *(seen(serial) for serial in range(251, 302)))
    assert told(again).count("receipt") == 50
    assert told(again).count("over_receipt") == 1


def test_record_when_lines_name_other_items_then_they_do_not_hide_one_that_takes_any(
    database: Database, ledger: Ledger
) -> None:
    named = [epc_rma(f"N-{n}", 1000 + n, opened_us=START_US - 100) for n in range(60)]
    stock(database, *named, rma("ANY", line("ANY", gtin=gtin())))
    assert record(database, ledger, seen(1))[0].rma == "ANY"


def test_record_when_places_are_kept_for_named_items_then_the_next_line_is_found(
    database: Database, ledger: Ledger
) -> None:
    def kept(name: str) -> Rma:
        return rma(
            name,
            line(name, quantity=2, gtin=gtin(), serials=frozenset({f"9{name[2:]}"})),
            opened_us=START_US - 5,
        )

    stock(database, *(kept(f"K-{n}") for n in range(40)), rma("ANY", line("ANY", gtin=gtin())))
    events = record(database, ledger, *(seen(serial) for serial in range(1, 42)))
    assert [event.kind for event in events].count("receipt") == 41
    assert record(database, ledger, seen(50))[0].code is not None


@pytest.mark.parametrize("filter_value", [0, 1, 3])
def test_record_when_the_line_names_another_encoding_then_it_still_matches(
    database: Database, ledger: Ledger, filter_value: int
) -> None:
    stock(database, rma("R-1", line("R-1", epcs=frozenset({sgtin(7, filter_value=filter_value)}))))
    assert told(record(database, ledger, seen(7)))[0] == "receipt"


def test_record_when_the_epc_was_written_by_another_system_then_it_matches(
    database: Database, ledger: Ledger
) -> None:
    """`identity` is empty: only the hex is there."""
    stock(database, epc_rma("R-1", 7))
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE line_epcs SET identity = NULL")
    assert told(record(database, ledger, seen(7)))[0] == "receipt"


def test_record_when_an_item_goes_out_and_in_then_reversal_and_a_second_receipt(
    database: Database, ledger: Ledger
) -> None:
    stock(database, epc_rma("R-1", 1))
    at = [START_US + n * 300 * SECOND_US for n in range(5)]
    batch = [seen(1, at[0]), left(1, at[1]), seen(1, at[2]), left(1, at[3]), seen(1, at[4])]
    events = record(database, ledger, *batch)
    moves = [event for event in events if event.kind != "status"]
    assert told(moves) == ["receipt", "reversal", "receipt", "reversal", "receipt"]
    assert moves[1].reverses == moves[0].id
    assert len({event.id for event in events}) == len(events)
    with database.reading() as connection:
        shown = show_rma(connection, "R-1", NOW_US)
        generations = connection.execute(
            select(received_items.c.generation, received_items.c.reversed_us).order_by(
                received_items.c.generation
            )
        ).all()
    assert shown is not None
    assert (shown.summary.received, shown.lines[0].received, len(shown.lines[0].items)) == (1, 1, 3)
    assert [generation for generation, _ in generations] == [0, 1, 2]
    assert [reversed_us is None for _, reversed_us in generations] == [False, False, True]


def test_record_when_split_over_batches_then_the_same_events_as_in_one(
    database: Database, ledger: Ledger
) -> None:
    stock(database, rma("R-1", line("R-1", quantity=3, gtin=gtin())), epc_rma("R-2", 9))
    batch = [seen(1), seen(9), left(1, NOW_US), seen(2), seen(3, point=BENCH), seen(77), seen(4)]
    single = [event for observation in batch for event in record(database, ledger, observation)]
    with Memory() as memory:
        stock(memory, rma("R-1", line("R-1", quantity=3, gtin=gtin())), epc_rma("R-2", 9))
        together = record(memory, ledger, *batch)
    assert single == together


class Memory:
    """A second database for comparison."""

    def __enter__(self) -> Database:
        self._database = Database("sqlite://")
        self._database.open()
        return self._database

    def __exit__(self, *_error: object) -> None:
        self._database.close()


def test_record_when_stocked_then_restock_once(database: Database, ledger: Ledger) -> None:
    stock(database, epc_rma("R-1", 1))
    later = START_US + 7200 * SECOND_US
    assert told(record(database, ledger, seen(1), seen(1, later, point=SHELF))) == [
        "receipt",
        "status",
        "restock",
        "status",
    ]
    assert record(database, ledger, seen(1, later + 3600 * SECOND_US, point=SHELF)) == []
    with database.reading() as connection:
        assert (
            connection.execute(select(received_items.c.restocked_us)).scalar_one() == later + SECOND_US // 2
        )


def test_record_when_an_unknown_item_stays_then_one_exception_per_visit(
    database: Database, ledger: Ledger
) -> None:
    first = START_US
    assert told(record(database, ledger, seen(5, first, point=BENCH))) == ["unknown_item"]
    assert record(database, ledger, seen(5, first + 10 * SECOND_US, point=BENCH)) == []
    assert record(database, ledger, seen(5, first + 35 * SECOND_US, point=BENCH)) == []
    assert told(record(database, ledger, seen(5, first + 120 * SECOND_US, point=BENCH))) == ["unknown_item"]


def test_record_when_nothing_matches_then_an_empty_batch_is_fine(database: Database, ledger: Ledger) -> None:
    assert record(database, ledger) == []
    assert sequences(database) == []


def test_record_when_blank_tags_are_seen_then_told_as_unknown(database: Database, ledger: Ledger) -> None:
    stock(database, epc_rma("R-1", 1))
    blank = item(1).__class__(
        "000000000000000000000000", 96, "raw", "urn:epc:raw:96.x0", error="not programmed"
    )
    assert told(record(database, ledger, seen(blank))) == ["unknown_item"]


FAILED: list[bytes] = []
"""What the attempt that was rolled back would have told."""


def attempt_and_fail(database: Database, ledger: Ledger) -> None:
    with database.writing() as connection:
        ledger.record(connection, [seen(1), seen(5)], NOW_US)
        FAILED[:] = [message.payload for message in outbox.pending(connection, "gw-1")]
        raise ZeroDivisionError


def test_record_when_job_runs_again_after_a_rollback_then_the_bytes_are_the_same(
    database: Database, ledger: Ledger
) -> None:
    stock(database, epc_rma("R-1", 1))
    with pytest.raises(ZeroDivisionError):
        attempt_and_fail(database, ledger)
    with database.writing() as connection:
        told_first = ledger.record(connection, [seen(1), seen(5)], NOW_US)
        payloads = [message.payload for message in outbox.pending(connection, "gw-1")]
    assert told(told_first) == ["receipt", "status", "over_receipt"]
    assert payloads == FAILED
    assert sequences(database) == [1, 2, 3]


def test_record_when_gateways_share_the_database_then_each_counts_its_own(
    database: Database, ledger: Ledger
) -> None:
    stock(database, epc_rma("R-1", 1), epc_rma("R-2", 2))
    other = Ledger("dc1", "gw-2", "returns/v1", ledger.policy)
    record(database, ledger, seen(1))
    record(database, other, seen(2), seen(1))
    assert sequences(database, "gw-1") == [1, 2]
    assert sequences(database, "gw-2") == [1, 2]


def test_record_when_seen_then_it_can_be_explained(database: Database, ledger: Ledger) -> None:
    stock(database, epc_rma("R-1", 1))
    record(database, ledger, seen(1), seen(1, NOW_US, direction=Direction.OUT, confidence=0.3))
    with database.reading() as connection:
        first, second = connection.execute(select(observations).order_by(observations.c.id)).all()
    assert (first.identity, first.epc, first.verdict) == (item(1).identity, sgtin(1), "in")
    assert json.loads(first.reasons) == ["moved"]
    made = json.loads(first.events)
    assert [(event["kind"], event["rma"], event["line"]) for event in made] == [
        ("receipt", "R-1", 1),
        ("status", "R-1", None),
    ]
    assert json.loads(second.events) == []


def test_record_when_lines_fill_then_counts_and_openness_agree(database: Database, ledger: Ledger) -> None:
    stock(database, rma("R-1", line("R-1", 1, 2, gtin=gtin()), line("R-1", 2, 1, gtin=gtin(2))))
    record(database, ledger, seen(1), seen(2), seen(item(1, 2)))
    record(database, ledger, left(2, NOW_US))
    with database.reading() as connection:
        stored = connection.execute(
            select(rma_lines.c.received, rma_lines.c.is_open, rma_lines.c.takes_any).order_by(
                rma_lines.c.line
            )
        ).all()
        active = connection.execute(
            select(func.count()).select_from(received_items).where(received_items.c.reversed_us.is_(None))
        ).scalar_one()
    assert [tuple(row) for row in stored] == [(1, True, True), (1, False, False)]
    assert active == 2


def test_void_when_received_then_reversal_and_it_stays_void_for_the_visit(
    database: Database, ledger: Ledger
) -> None:
    stock(database, epc_rma("R-1", 1))
    receipt = record(database, ledger, seen(1, point=BENCH))[0]
    with database.writing() as connection:
        events = ledger.void(connection, receipt.id, NOW_US)
    assert told(events) == ["reversal", "status"]
    assert (events[0].reverses, events[0].detail, events[0].time_us) == (receipt.id, "voided", NOW_US)
    assert record(database, ledger, seen(1, point=BENCH)) == []
    again = record(database, ledger, seen(1, NOW_US + 60 * SECOND_US, point=BENCH))
    assert told(again) == ["receipt", "status"]
    assert again[0].id != receipt.id


def test_void_when_it_cannot_be_then_input_error_and_nothing_changes(
    database: Database, ledger: Ledger
) -> None:
    stock(database, epc_rma("R-1", 1))
    receipt = record(database, ledger, seen(1))[0]
    record(database, ledger, seen(1, NOW_US, point=SHELF))
    for event_id, says in (
        (receipt.id, "in stock again"),
        ("unheard-of", "is not the id of a receipt"),
    ):
        with pytest.raises(InputError, match=says), database.writing() as connection:
            ledger.void(connection, event_id, NOW_US)
    assert sequences(database) == [1, 2, 3, 4]


def test_void_when_taken_back_already_then_nothing_is_told(database: Database, ledger: Ledger) -> None:
    stock(database, epc_rma("R-1", 1))
    receipt = record(database, ledger, seen(1))[0]
    with database.writing() as connection:
        assert told(ledger.void(connection, receipt.id, NOW_US)) == ["reversal", "status"]
    with database.writing() as connection:
        assert ledger.void(connection, receipt.id, NOW_US + 1) == []


def test_inspect_when_received_then_the_decision_is_booked_and_told_once(
    database: Database, ledger: Ledger
) -> None:
    stock(database, epc_rma("R-1", 1))
    record(database, ledger, seen(1))
    with database.writing() as connection:
        events = ledger.inspect(connection, item(1), Grade.B, NOW_US)
        assert told(events) == ["disposition"]
        assert events[0].grade == "B"
        assert ledger.inspect(connection, item(1), Grade.B, NOW_US) == []
        shown = show_rma(connection, "R-1", NOW_US)
    assert shown is not None
    assert shown.lines[0].items[0].grade == "B"
    assert sequences(database) == [1, 2, 3]


def test_inspect_when_never_received_then_input_error(database: Database, ledger: Ledger) -> None:
    stock(database, epc_rma("R-1", 1))
    with pytest.raises(InputError, match="has not been received"), database.writing() as connection:
        ledger.inspect(connection, item(1), Grade.B, NOW_US)


def test_record_when_an_item_known_by_its_class_is_seen_again_in_the_batch_then_it_is_the_same(
    database: Database, ledger: Ledger
) -> None:
    """Its line is full by then, and another one still takes items of its GTIN."""
    with database.writing() as connection:
        two = [rma(name, line(name, gtin=gtin())) for name in ("R-1", "R-2")]
        rmas.upsert(connection, two, START_US)
        later_us = START_US + 600 * SECOND_US
        batch = [
            seen(1, START_US),
            seen(1, later_us, point=BENCH),
            seen(1, later_us + 600 * SECOND_US, point=SHELF),
        ]
        told = ledger.record(connection, batch, START_US)
    assert [(event.kind, event.rma) for event in told] == [
        ("receipt", "R-1"),
        ("status", "R-1"),
        ("restock", "R-1"),
        ("status", "R-1"),
    ]
