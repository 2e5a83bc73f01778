"""What is missing when an RMA is closed, and what a container held."""

from dataclasses import replace

import pytest

from gateway.errors import InputError
from gateway.store import rmas
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.rma_listing import list_rmas
from rules.epc import identify_hex
from rules.events import Event
from rules.rma import Rma
from tests.gateway.store.samples import SECOND_US, SHELF, START_US, gtin, item, line, rma, seen

TOTE = identify_hex("3114257BF400000001000000")
CAME_US = START_US + 60 * SECOND_US
NOW_US = START_US + 3600 * SECOND_US


def stock(database: Database, ledger: Ledger, *sent: Rma) -> None:
    with database.writing() as connection:
        ledger.put_rmas(connection, sent, START_US)


def told(events: list[Event]) -> list[tuple[object, object, object]]:
    return [(event.code or event.status or event.kind, event.line, event.detail) for event in events]


def test_close_when_items_are_missing_then_short_per_line_and_resolved_once(
    database: Database, ledger: Ledger
) -> None:
    lines = [line("R-1", number, 2, gtin=gtin(number)) for number in (1, 2, 3)]
    stock(database, ledger, rma("R-1", *lines))
    with database.writing() as connection:
        batch = [seen(item(1, 1)), seen(item(2, 1)), seen(item(1, 2))]
        ledger.record(connection, batch, START_US)
        stocked = [seen(one.epc, NOW_US - 1, point=SHELF) for one in batch]
        ledger.record(connection, stocked, NOW_US)
        was_open, events = ledger.close_rma(connection, "R-1", NOW_US)
        assert ledger.close_rma(connection, "R-1", NOW_US + 1) == (False, [])
    assert was_open
    assert told(events) == [
        ("short", 2, "expected 2, got 1, 1 missing"),
        ("short", 3, "expected 2, got 0, 2 missing"),
        ("resolved", None, None),
    ]
    assert [event.quantity for event in events[:2]] == [1, 2]


def test_close_when_an_item_is_in_work_then_resolved_comes_with_its_end(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, rma("R-1", line("R-1", quantity=2, gtin=gtin())))
    with database.writing() as connection:
        ledger.record(connection, [seen(1)], START_US)
        events = ledger.close_rma(connection, "R-1", NOW_US)[1]
        assert told(events) == [("short", 1, "expected 2, got 1, 1 missing")]
        end = ledger.record(connection, [seen(1, NOW_US, point=SHELF)], NOW_US)
    assert [event.status or event.kind for event in end] == ["restock", "resolved"]


def test_close_when_nothing_ever_came_or_it_is_unknown_then_nothing_is_told(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, rma("R-1", line("R-1", gtin=gtin())))
    with database.writing() as connection:
        assert ledger.close_rma(connection, "R-1", NOW_US) == (True, [])
    with pytest.raises(InputError, match="R-9 is not known"), database.writing() as connection:
        ledger.close_rma(connection, "R-9", NOW_US)


def test_expire_when_items_are_missing_then_short_and_expired_once_at_its_time(
    database: Database, ledger: Ledger
) -> None:
    lines = [line("R-1", number, 2, gtin=gtin(number)) for number in (1, 2)]
    stock(database, ledger, rma("R-1", *lines, expires_us=NOW_US))
    with database.writing() as connection:
        ledger.record(connection, [seen(item(1, 1)), seen(item(2, 1))], START_US)
        assert ledger.sweep(connection, NOW_US + 59 * SECOND_US) == []
        events = ledger.sweep(connection, NOW_US + 60 * SECOND_US)
        assert told(events) == [("short", 2, "expected 2, got 0, 2 missing"), ("expired", None, None)]
        assert {event.time_us for event in events} == {NOW_US}
        assert ledger.sweep(connection, NOW_US + 120 * SECOND_US) == []
        assert ledger.close_rma(connection, "R-1", NOW_US + 180 * SECOND_US) == (True, [])


def test_expire_when_all_that_came_has_its_end_then_resolved_even_if_the_sender_repeats_himself(
    database: Database, ledger: Ledger
) -> None:
    sent = rma("R-1", line("R-1", quantity=2, gtin=gtin()), expires_us=NOW_US)
    stock(database, ledger, sent)
    with database.writing() as connection:
        ledger.record(connection, [seen(1), seen(1, NOW_US - 9, point=SHELF)], NOW_US)
        events = ledger.record(connection, [seen(9, NOW_US + 9)], NOW_US + 9)
    assert [code for code, _, _ in told(events)] == ["short", "expired", "resolved", "rma_expired"]
    stock(database, ledger, replace(sent, customer="C-78"))
    with database.writing() as connection:
        assert ledger.sweep(connection, NOW_US + 120 * SECOND_US) == []
        assert [row.state for row in list_rmas(connection, NOW_US + 120 * SECOND_US)] == ["resolved"]


def test_expire_when_an_item_is_in_work_then_resolved_comes_with_its_end(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, rma("R-1", line("R-1", quantity=2, gtin=gtin()), expires_us=NOW_US))
    late_us = NOW_US + 120 * SECOND_US
    with database.writing() as connection:
        ledger.record(connection, [seen(1)], START_US)
        assert [code for code, _, _ in told(ledger.sweep(connection, late_us))] == ["short", "expired"]
        end = ledger.record(connection, [seen(1, late_us, point=SHELF)], late_us)
    assert [event.status or event.kind for event in end] == ["restock", "resolved"]


def test_expire_when_it_is_complete_or_nothing_came_then_no_short(database: Database, ledger: Ledger) -> None:
    whole, unused = (rma(name, line(name, gtin=gtin()), expires_us=NOW_US) for name in ("R-1", "R-2"))
    stock(database, ledger, whole, unused)
    with database.writing() as connection:
        ledger.record(connection, [seen(1)], START_US)
        events = ledger.sweep(connection, NOW_US + 60 * SECOND_US)
    assert [(event.status, event.rma, event.received) for event in events] == [("expired", "R-2", 0)]


def test_expire_when_the_rma_gets_more_time_then_it_expires_again_later(
    database: Database, ledger: Ledger
) -> None:
    sent = rma("R-1", line("R-1", quantity=2, gtin=gtin()), expires_us=NOW_US)
    stock(database, ledger, sent)
    more_us = NOW_US + 3600 * SECOND_US
    with database.writing() as connection:
        ledger.record(connection, [seen(1)], START_US)
        first = ledger.sweep(connection, NOW_US + 60 * SECOND_US)
        ledger.put_rmas(connection, [replace(sent, expires_us=more_us)], NOW_US + 120 * SECOND_US)
        assert (
            next(e.kind for e in ledger.record(connection, [seen(2, more_us - SECOND_US)], more_us))
            == "receipt"
        )
        ledger.put_rmas(connection, [replace(sent, expires_us=more_us, customer="C-78")], more_us)
        assert ledger.sweep(connection, more_us + 120 * SECOND_US) == []
    assert [code for code, _, _ in told(first)] == ["short", "expired"]


def test_expire_when_many_are_due_then_some_in_each_transaction_the_oldest_first(
    database: Database, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rmas, "SWEEP", 2)
    names = ["R-3", "R-1", "R-2"]
    stock(
        database,
        ledger,
        *(rma(name, line(name, gtin=gtin()), expires_us=NOW_US + at) for at, name in enumerate(names)),
    )
    swept: list[list[str | None]] = []
    for _ in range(3):
        with database.writing() as connection:
            swept.append([event.rma for event in ledger.sweep(connection, NOW_US + 120 * SECOND_US)])
    assert swept == [["R-3", "R-1"], ["R-2"], []]


def test_expire_when_many_that_lack_nothing_are_due_then_they_hold_up_no_other(
    database: Database, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rmas, "SWEEP", 1)
    whole, unused = (
        rma(name, line(name, gtin=gtin(number)), expires_us=NOW_US + number)
        for number, name in enumerate(("R-1", "R-2"), 1)
    )
    stock(database, ledger, whole, unused)
    with database.writing() as connection:
        ledger.record(connection, [seen(item(1, 1))], START_US)
        events = ledger.sweep(connection, NOW_US + 120 * SECOND_US)
    assert [(event.status, event.rma) for event in events] == [("expired", "R-2")]


def test_record_when_more_have_expired_than_are_told_at_once_then_none_hides_the_line_that_takes_it(
    database: Database, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rmas, "SWEEP", 2)
    over = [rma(f"R-{n}", line(f"R-{n}", gtin=gtin()), expires_us=NOW_US) for n in range(30)]
    stock(database, ledger, *over)
    with database.writing() as connection:
        ledger.put_rmas(connection, [rma("NEW", line("NEW", gtin=gtin()))], NOW_US)
        events = ledger.record(connection, [seen(1, NOW_US + SECOND_US)], NOW_US + SECOND_US)
    assert [event.rma for event in events if event.kind == "receipt"] == ["NEW"]
    assert sum(event.status == "expired" for event in events) == 30
