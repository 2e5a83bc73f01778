"""Visits: what belongs together, also over a restart."""

import pytest

from gateway.store import visits
from gateway.store.database import Database
from gateway.store.visits import Visits
from rules.observation import Observation
from rules.vocabulary import Direction
from tests.gateway.store.samples import BENCH, SECOND_US, START_US, seen


def join(database: Database, *batch: Observation) -> list[int]:
    """First seen of those that are new, in seconds after the start; every call is a restart."""
    with database.writing() as connection:
        known = Visits(connection, batch)
        new = known.new(connection, batch)
        known.store(connection)
    return [(observation.evidence.first_seen_us - START_US) // SECOND_US for observation in new]


def at(seconds: int, item: int = 1, direction: Direction | None = None) -> Observation:
    return seen(item, START_US + seconds * SECOND_US, point=BENCH, direction=direction)


@pytest.mark.parametrize(
    ("pause", "joined"), [(0, []), (1, [100]), (10, [100]), (30, [100]), (31, [131]), (500, [600])]
)
def test_joined_when_seen_again_then_by_the_quiet_time(
    database: Database, pause: int, joined: list[int]
) -> None:
    assert join(database, at(100)) == [100]
    assert join(database, at(100 + pause)) == joined


def test_joined_when_a_visit_goes_on_in_steps_then_it_stays_one(database: Database) -> None:
    assert [join(database, at(100 + step)) for step in (0, 20, 40, 60)] == [[100]] * 4


def test_prolong_when_an_item_lies_for_long_then_its_visit_goes_on_after_a_restart(
    database: Database,
) -> None:
    first = at(100)
    lasting = {first.epc.identity: START_US + 400 * SECOND_US, "unknown": START_US}
    assert join(database, first) == [100]
    with database.writing() as connection:
        visits.prolong(connection, {BENCH.id: lasting})
        visits.prolong(connection, {BENCH.id: {first.epc.identity: START_US}})
        visits.prolong(connection, {"elsewhere": {first.epc.identity: START_US + 900 * SECOND_US}})
        visits.prolong(connection, {BENCH.id: {}})
    assert join(database, at(429)) == [100]
    assert join(database, at(480)) == [480]


def test_joined_when_told_late_then_the_later_visit_is_untouched(database: Database) -> None:
    join(database, at(500))
    assert join(database, at(100)) == [100]
    assert join(database, at(510)) == [500]


def test_joined_when_the_direction_changes_then_a_new_visit(database: Database) -> None:
    batch = [
        at(100, direction=Direction.IN),
        at(110, direction=Direction.OUT),
        at(120, direction=Direction.IN),
    ]
    assert join(database, *batch) == [100, 110, 120]


def test_joined_when_items_differ_then_each_has_its_own(database: Database) -> None:
    assert join(database, at(100, 1), at(110, 2), at(115, 1)) == [100, 110, 100]


def test_joined_when_an_earlier_way_is_told_late_then_the_later_one_is_untouched(database: Database) -> None:
    join(database, at(100, direction=Direction.IN), at(110, direction=Direction.OUT))
    assert join(database, at(100, direction=Direction.IN)) == [100]
    assert join(database, at(112, direction=Direction.OUT)) == [110]


def test_prune_when_old_then_forgotten(database: Database) -> None:
    join(database, at(100, 1), at(200, 2))
    with database.writing() as connection:
        assert visits.prune(connection, START_US + 150 * SECOND_US) == 1
    assert join(database, at(110, 1), at(210, 2)) == [110, 200]
