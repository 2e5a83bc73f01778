"""Tags that seem to belong to a door: there for days, and never anything but parked."""

from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.standing import Stood, stood
from rules.policy import DEFAULT_POLICY
from rules.vocabulary import Direction
from tests.gateway.store.samples import OTHER_DOCK, SECOND_US, START_US, seen, sgtin

DAY_US = 86_400 * SECOND_US
PARKED = Direction.PARKED


def test_stood_when_parked_for_days_then_proposed_unless_it_ever_moved(database: Database) -> None:
    seen_there = [
        seen(1, START_US, direction=PARKED),
        seen(1, START_US + 2 * DAY_US, direction=PARKED),
        seen(2, START_US, direction=PARKED),
        seen(2, START_US + 3 * DAY_US, direction=Direction.OUT),
        seen(3, START_US, direction=PARKED),
        seen(4, START_US, point=OTHER_DOCK, direction=PARKED),
        seen(4, START_US + 3 * DAY_US, point=OTHER_DOCK, direction=PARKED),
    ]
    ledger = Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY)
    with database.writing() as connection:
        ledger.record(connection, seen_there, START_US + 4 * DAY_US)
        half = SECOND_US // 2
        first = Stood("dock-1", sgtin(1), START_US, START_US + 2 * DAY_US + half)
        longest = Stood("dock-2", sgtin(4), START_US, START_US + 3 * DAY_US + half)
        assert stood(connection, 2 * DAY_US) == [longest, first]
        assert stood(connection, 2 * DAY_US, "dock-1") == [first]
        assert stood(connection, 5 * DAY_US) == []
