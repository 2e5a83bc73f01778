"""One gateway at a time publishes an outbox, and a silent one's is found by the others."""

from time import time_ns

import pytest
from sqlalchemy import Connection, update

from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.leases import LEASE_SECONDS, Leases
from gateway.store.outbox import Draft
from gateway.store.tables import gateways
from gateway.store.tables import outbox as outbox_table

SECOND_US = 1_000_000
TERM = int(LEASE_SECONDS)
NOW = 1_700_000_000_000_000


class Hands:
    """Two gateways at one database, by one clock."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now_us = NOW
        self.one = Leases("gw-1", lambda: self.now_us)
        self.two = Leases("gw-2", lambda: self.now_us)

    def let_pass(self, seconds: int) -> None:
        """On a server, whose clock is its own, the leases become older instead."""
        if self.database.is_shared:
            with self.database.writing() as connection:
                older = gateways.c.lease_until_us - seconds * SECOND_US
                connection.execute(update(gateways).values(lease_until_us=older))
        self.now_us += seconds * SECOND_US

    def take(self, leases: Leases, gateway: str) -> bool:
        with self.database.writing() as connection:
            return leases.take(connection, gateway)

    def give_back(self, leases: Leases, gateway: str) -> None:
        with self.database.writing() as connection:
            leases.give_back(connection, gateway)

    def orphan(self, leases: Leases, unacknowledged_us: int | None = None) -> str | None:
        with self.database.reading() as connection:
            return leases.orphan(connection, unacknowledged_us=unacknowledged_us)

    def store(self, gateway: str, number: int) -> None:
        def append(connection: Connection) -> None:
            first = outbox.reserve(connection, gateway, 1)
            draft = Draft(f"{gateway}-{number}", "receipt", "t", "c", NOW)
            outbox.append(connection, gateway, [(draft, b"{}")], first=first, now_us=self.now_us)

        with self.database.writing() as connection:
            append(connection)


@pytest.fixture
def hands(database: Database) -> Hands:
    return Hands(database)


def test_take_when_nobody_has_it_then_it_is_had_and_kept_by_renewing(hands: Hands) -> None:
    assert hands.take(hands.one, "gw-1")
    hands.let_pass(TERM - 5)
    assert hands.take(hands.one, "gw-1")
    hands.let_pass(TERM - 5)
    assert not hands.take(hands.two, "gw-1")
    hands.let_pass(6)
    assert hands.take(hands.two, "gw-1")
    assert not hands.take(hands.one, "gw-1")


def test_take_when_the_gateway_has_told_events_before_then_its_numbers_stay(hands: Hands) -> None:
    hands.store("gw-1", 1)
    assert hands.take(hands.one, "gw-1")
    hands.store("gw-1", 2)
    with hands.database.reading() as connection:
        assert outbox.last_sequence(connection, "gw-1") == 2


def test_orphan_when_a_gateway_is_silent_and_has_messages_then_only_others_find_it(hands: Hands) -> None:
    assert hands.take(hands.one, "gw-1")
    assert hands.take(hands.two, "gw-2")
    hands.store("gw-1", 1)
    assert hands.orphan(hands.two) is None
    hands.let_pass(TERM + 1)
    assert hands.orphan(hands.two) == "gw-1"
    assert hands.orphan(hands.one) is None
    with hands.database.writing() as connection:
        outbox.mark_sent(connection, "gw-1", [1], NOW)
    assert hands.orphan(hands.two) is None
    assert hands.orphan(hands.two, SECOND_US * (TERM + 2)) is None
    assert hands.orphan(hands.two, SECOND_US) == "gw-1"
    with hands.database.writing() as connection:
        outbox.confirm(connection, [], {"gw-1": 1})
    assert hands.orphan(hands.two, SECOND_US) is None


def test_orphan_when_a_gateway_died_before_it_had_a_lease_then_it_is_found_once_its_messages_are_old(
    hands: Hands,
) -> None:
    hands.now_us = time_ns() // 1000
    hands.store("gw-1", 1)
    assert hands.orphan(hands.two) is None
    with hands.database.writing() as connection:
        older = outbox_table.c.stored_us - (TERM + 1) * SECOND_US
        connection.execute(update(outbox_table).values(stored_us=older))
    assert hands.orphan(hands.two) == "gw-1"
    assert hands.orphan(hands.one) is None


def test_give_back_when_another_held_it_then_its_own_gateway_has_a_term_to_take_it(hands: Hands) -> None:
    assert hands.take(hands.one, "gw-1")
    hands.store("gw-1", 1)
    hands.let_pass(TERM + 1)
    assert hands.take(hands.two, "gw-1")
    hands.give_back(hands.two, "gw-1")
    assert hands.orphan(hands.two) is None
    assert not hands.take(hands.two, "gw-1")
    assert hands.take(hands.one, "gw-1")
    hands.give_back(hands.two, "gw-1")
    assert not hands.take(hands.two, "gw-1")


def test_give_back_when_it_is_ones_own_then_anybody_may_have_it_at_once(hands: Hands) -> None:
    assert hands.take(hands.one, "gw-1")
    hands.store("gw-1", 1)
    hands.give_back(hands.one, "gw-1")
    assert hands.orphan(hands.two) == "gw-1"
    assert hands.take(hands.two, "gw-1")
