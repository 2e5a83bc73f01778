"""RMAs in: created, changed, kept, closed, expired; all or nothing."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, func, select

from gateway.errors import InputError
from gateway.store import rmas
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.rma_listing import list_rmas, show_rma
from gateway.store.rmas import Upserted
from gateway.store.tables import line_epcs, line_serials, rma_lines
from gateway.store.tables import rmas as rmas_table
from rules.vocabulary import LineStatus, RmaState
from tests.gateway.store.samples import START_US, epc_rma, gtin, line, rma, seen, sgtin

NOW_US = START_US + 5


def upsert(database: Database, *sent: object) -> Upserted:
    with database.writing() as connection:
        return rmas.upsert(connection, sent, NOW_US)  # type: ignore[arg-type]


def rows(database: Database, table: object) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def test_upsert_when_new_then_everything_is_stored(database: Database) -> None:
    sent = rma(
        "R-1",
        line(
            "R-1", 1, 3, gtin=gtin(), serials=frozenset({"7"}), epcs=frozenset({sgtin(8)}), reason="UNWANTED"
        ),
        line("R-1", 2, 2, gtin=gtin(2), sku="shoe"),
    )
    assert upsert(database, sent) == Upserted(created=1, lines=2)
    with database.reading() as connection:
        shown = show_rma(connection, "R-1", NOW_US)
    assert shown is not None
    assert (shown.summary.order, shown.summary.customer, shown.summary.opened_us) == (
        "SO-R-1",
        "C-77",
        START_US,
    )
    assert (shown.summary.state, shown.summary.expected, shown.summary.lines) == (RmaState.AUTHORIZED, 5, 2)
    first, second = shown.lines
    assert (first.serials, first.epcs, first.reason, first.expected) == (("7",), (sgtin(8),), "UNWANTED", 3)
    assert (second.gtin, second.sku, second.status) == (gtin(2), "shoe", LineStatus.OPEN)


def test_upsert_when_the_same_again_then_unchanged(database: Database) -> None:
    sent = epc_rma("R-1", 1, 2)
    upsert(database, sent)
    assert upsert(database, sent) == Upserted(unchanged=1, lines=1)


def test_upsert_when_an_rma_comes_twice_in_one_call_then_the_later_counts(database: Database) -> None:
    done = upsert(database, epc_rma("R-1", 1), epc_rma("R-2", 2), epc_rma("R-1", 3))
    assert done == Upserted(created=2, updated=1, lines=3)
    with database.reading() as connection:
        shown = show_rma(connection, "R-1", NOW_US)
    assert shown is not None
    assert shown.lines[0].epcs == (sgtin(3),)


def test_upsert_when_opening_is_not_given_then_the_first_sending_is_kept(database: Database) -> None:
    sent = epc_rma("R-1", 1, opened_us=None)
    upsert(database, sent)
    with database.writing() as connection:
        assert rmas.upsert(connection, [replace(sent, customer="C-78")], NOW_US + 99).updated == 1
        found = list_rmas(connection, NOW_US)
    assert [(summary.opened_us, summary.customer) for summary in found] == [(NOW_US, "C-78")]


def test_upsert_when_changed_then_received_is_kept(database: Database, ledger: Ledger) -> None:
    upsert(database, rma("R-1", line("R-1", 1, 3, gtin=gtin()), line("R-1", 2, 1, gtin=gtin(2))))
    with database.writing() as connection:
        ledger.record(connection, [seen(1), seen(2)], NOW_US)
    upsert(database, rma("R-1", line("R-1", 1, 5, gtin=gtin(), sku="new"), line("R-1", 3, 1, gtin=gtin(3))))
    with database.writing() as connection:
        shown = show_rma(connection, "R-1", NOW_US)
        assert shown is not None
        assert [(part.line, part.received, part.expected) for part in shown.lines] == [(1, 2, 5), (3, 0, 1)]
        assert (shown.summary.received, shown.summary.expected) == (2, 6)
        assert shown.lines[0].sku == "new"
        assert ledger.record(connection, [seen(1), seen(2)], NOW_US) == []


def test_upsert_when_a_received_line_is_dropped_then_it_expects_no_more(
    database: Database, ledger: Ledger
) -> None:
    upsert(database, rma("R-1", line("R-1", 1, 3, gtin=gtin())))
    with database.writing() as connection:
        ledger.record(connection, [seen(1)], NOW_US)
    upsert(database, rma("R-1", line("R-1", 2, 1, gtin=gtin(2))))
    with database.writing() as connection:
        shown = show_rma(connection, "R-1", NOW_US)
        assert shown is not None
        assert [(part.line, part.received, part.expected) for part in shown.lines] == [(1, 1, 1), (2, 0, 1)]
        assert (shown.summary.received, shown.summary.expected) == (1, 2)
        kinds = [event.kind for event in ledger.record(connection, [seen(2)], NOW_US)]
    assert kinds == ["exception"]


def test_upsert_when_names_change_then_the_old_ones_are_gone(database: Database) -> None:
    upsert(
        database, rma("R-1", line("R-1", gtin=gtin(), serials=frozenset({"1"}), epcs=frozenset({sgtin(1)})))
    )
    upsert(database, rma("R-1", line("R-1", gtin=gtin(), serials=frozenset({"2"}))))
    with database.reading() as connection:
        assert connection.execute(select(line_serials.c.serial)).scalars().all() == ["2"]
    assert rows(database, line_epcs) == 0


def test_close_when_open_then_once(database: Database, ledger: Ledger) -> None:
    upsert(database, epc_rma("R-1", 1))
    with database.writing() as connection:
        assert rmas.close_rma(connection, "R-1", NOW_US)
        assert not rmas.close_rma(connection, "R-1", NOW_US + 1)
        assert [summary.state for summary in list_rmas(connection, NOW_US)] == [RmaState.CLOSED]
        codes = [event.code for event in ledger.record(connection, [seen(1)], NOW_US)]
    assert codes == ["rma_closed"]


def test_close_when_unknown_then_input_error(database: Database) -> None:
    with pytest.raises(InputError, match="rma: R-9 is not known"), database.writing() as connection:
        rmas.close_rma(connection, "R-9", NOW_US)


@pytest.mark.parametrize(("again", "state"), [("same", RmaState.CLOSED), ("changed", RmaState.AUTHORIZED)])
def test_upsert_when_closed_then_only_other_words_open_it(database: Database, again: str, state: str) -> None:
    sent = epc_rma("R-1", 1)
    upsert(database, sent)
    with database.writing() as connection:
        rmas.close_rma(connection, "R-1", NOW_US)
    upsert(database, sent if again == "same" else replace(sent, customer="C-78"))
    with database.reading() as connection:
        assert [summary.state for summary in list_rmas(connection, NOW_US)] == [state]
        assert _is_open(connection) is (state is RmaState.AUTHORIZED)


def _is_open(connection: Connection) -> bool:
    return bool(connection.execute(select(rma_lines.c.is_open)).scalar_one())


def test_expire_when_due_then_its_lines_leave_the_search(database: Database, ledger: Ledger) -> None:
    expired = [rma(f"OLD-{n}", line(f"OLD-{n}", gtin=gtin()), expires_us=START_US + 10) for n in range(50)]
    upsert(database, *expired, rma("NEW", line("NEW", gtin=gtin()), opened_us=START_US + 1))
    with database.writing() as connection:
        events = ledger.record(connection, [seen(1)], NOW_US)
        assert [(event.kind, event.rma) for event in events[50:]] == [("receipt", "NEW"), ("status", "NEW")]
        assert {event.status for event in events[:50]} == {"expired"}
        assert not rmas.expire_some(connection, START_US + 10)
        assert len(list_rmas(connection, NOW_US + 99, state=RmaState.EXPIRED)) == 50


def test_expire_when_extended_then_it_takes_items_again(database: Database, ledger: Ledger) -> None:
    sent = epc_rma("R-1", 1, expires_us=START_US + 10)
    upsert(database, sent)
    with database.writing() as connection:
        assert rmas.expire_some(connection, START_US + 11) == ["R-1"]
    upsert(database, replace(sent, expires_us=START_US + 10**12))
    with database.writing() as connection:
        kinds = [event.kind for event in ledger.record(connection, [seen(1)], NOW_US)]
    assert kinds[0] == "receipt"


def test_upsert_when_a_later_rma_fails_then_nothing_is_stored(database: Database) -> None:
    def stream() -> object:
        for number in range(12_000):
            yield epc_rma(f"R-{number}", number + 1)
        raise InputError(("file:12001: broken",))

    with pytest.raises(InputError), database.writing() as connection:
        rmas.upsert(connection, stream(), NOW_US)  # type: ignore[arg-type]
    assert rows(database, rmas_table) == 0


def test_list_when_paged_and_filtered_then_each_comes_once(database: Database, ledger: Ledger) -> None:
    upsert(database, *(epc_rma(f"R-{number}", 2 * number, 2 * number + 1) for number in range(1, 8)))
    with database.writing() as connection:
        ledger.record(connection, [seen(2), seen(4), seen(5)], NOW_US)
        pages = [list_rmas(connection, NOW_US, limit=3)]
        while pages[-1]:
            pages.append(list_rmas(connection, NOW_US, limit=3, after=pages[-1][-1].rma))
        by_state = {state: [s.rma for s in list_rmas(connection, NOW_US, state=state)] for state in RmaState}
    assert [summary.rma for page in pages for summary in page] == [f"R-{number}" for number in range(1, 8)]
    assert by_state[RmaState.PARTIALLY_RECEIVED] == ["R-1"]
    assert by_state[RmaState.RECEIVED] == ["R-2"]
    assert by_state[RmaState.AUTHORIZED] == ["R-3", "R-4", "R-5", "R-6", "R-7"]
    assert by_state[RmaState.CLOSED] == by_state[RmaState.EXPIRED] == []


def test_show_when_unknown_then_none(database: Database) -> None:
    with database.reading() as connection:
        assert show_rma(connection, "R-1", NOW_US) is None
