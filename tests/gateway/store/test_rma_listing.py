"""The states an RMA is seen in, from its opening to its closing."""

from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.rma_listing import LISTED, list_rmas
from rules.calendar import ServiceLevel
from rules.epc import identify_hex
from rules.lifecycle import RMA_STEPS
from rules.policy import parse_policy
from rules.vocabulary import Grade, RmaState
from tests.gateway.store.samples import SECOND_US, SHELF, START_US, epc_rma, item, left, line, rma, seen

HOUR_US = 3600 * SECOND_US
RECYCLE = {"id": "f", "phase": "inspection", "when": {"grade": "F"}, "then": {"disposition": "recycle"}}


class Watched:
    """One RMA of two items, looked at after each step."""

    def __init__(self, database: Database, ledger: Ledger, **fields: object) -> None:
        self.database, self.ledger, self.now_us = database, ledger, START_US
        self.states: list[str] = []
        ledger.policy = parse_policy({"version": 1, "rule": [RECYCLE]}, {})
        with database.writing() as connection:
            ledger.put_rmas(connection, [epc_rma("R-1", 1, 2, **fields)], START_US)
        self.look()

    def look(self) -> None:
        with self.database.reading() as connection:
            (found,) = list_rmas(connection, self.now_us)
            assert [one.rma for one in list_rmas(connection, self.now_us, state=found.state)] == ["R-1"]
            others = [state for state in LISTED if state is not found.state]
            assert not [one for state in others for one in list_rmas(connection, self.now_us, state=state)]
        if not self.states or self.states[-1] != found.state:
            self.states.append(found.state)

    def see(self, *serials: int, leave: bool = False, shelf: bool = False) -> None:
        self.now_us += HOUR_US
        visits = [
            left(serial, self.now_us)
            if leave
            else seen(serial, self.now_us, **({"point": SHELF} if shelf else {}))
            for serial in serials
        ]
        with self.database.writing() as connection:
            self.ledger.record(connection, visits, self.now_us)
        self.look()

    def grade(self, serial: int, grade: Grade) -> None:
        with self.database.writing() as connection:
            self.ledger.inspect(connection, item(serial), grade, self.now_us)
        self.look()

    def wait_until(self, now_us: int) -> None:
        self.now_us = now_us
        with self.database.writing() as connection:
            self.ledger.sweep(connection, self.now_us)
        self.look()

    def close(self) -> None:
        with self.database.writing() as connection:
            self.ledger.close_rma(connection, "R-1", self.now_us)
        self.look()


def test_state_when_all_goes_well_then_each_step_is_seen(database: Database, ledger: Ledger) -> None:
    watched = Watched(database, ledger)
    watched.see(1)
    watched.see(1, leave=True)
    watched.see(1)
    watched.see(2)
    watched.grade(1, Grade.C)
    watched.grade(1, Grade.F)
    watched.grade(2, Grade.F)
    watched.see(1, leave=True)
    watched.see(2, leave=True)
    watched.close()
    assert watched.states == [
        "authorized",
        "partially_received",
        "authorized",
        "partially_received",
        "received",
        "inspecting",
        "dispositioned",
        "resolved",
        "closed",
    ]
    for before, after in zip(watched.states, watched.states[1:], strict=False):
        assert RmaState(after) in RMA_STEPS[RmaState(before)].values()


def test_state_when_it_is_late_then_overdue_until_resolved(database: Database, ledger: Ledger) -> None:
    watched = Watched(database, ledger, expires_us=START_US + 90 * 24 * HOUR_US)
    watched.see(1)
    watched.wait_until(ServiceLevel().due_us(START_US) + HOUR_US)
    watched.see(1, 2)
    watched.see(1, 2, shelf=True)
    watched.wait_until(START_US + 100 * 24 * HOUR_US)
    assert watched.states == ["authorized", "partially_received", "overdue", "resolved"]


def test_state_when_it_expires_incomplete_then_expired_and_else_as_before(
    database: Database, ledger: Ledger
) -> None:
    watched = Watched(database, ledger, expires_us=START_US + 10 * HOUR_US)
    watched.see(1)
    watched.wait_until(START_US + 11 * HOUR_US)
    assert watched.states == ["authorized", "partially_received", "expired"]


def test_state_when_only_a_tote_was_awaited_then_nothing_more_is(database: Database, ledger: Ledger) -> None:
    tote = identify_hex("3114257BF400000001000000")
    with database.writing() as connection:
        ledger.put_rmas(connection, [rma("R-1", line("R-1", epcs=frozenset({tote.hex})))], START_US)
        ledger.record(connection, [seen(tote)], START_US)
        assert [one.state for one in list_rmas(connection, START_US)] == ["resolved"]
