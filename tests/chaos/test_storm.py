"""The short form of `make chaos`: a few kills of each, on each database, in under a minute."""

from pathlib import Path

from tests.chaos.storm import Plan, storm
from tests.integration.postgres import Server

SHORT = Plan(
    seed=1, daemon_kills=3, broker_kills=2, consumer_crashes=1, daemon_seconds=1.5, broker_seconds=(1.0, 3.0)
)


async def test_daemon_broker_and_consumer_when_killed_at_random_then_each_item_is_told_once(
    tmp_path: Path,
) -> None:
    verdict = await storm(SHORT, tmp_path)
    assert verdict.passed, verdict
    assert verdict.events > verdict.items > 0


async def test_postgresql_when_everything_else_is_killed_then_each_item_is_told_once(
    tmp_path: Path, postgres: Server
) -> None:
    plan = Plan(
        2,
        daemon_kills=2,
        broker_kills=1,
        consumer_crashes=0,
        daemon_seconds=1.5,
        database=postgres.empty(),
        database_cuts=3,
    )
    verdict = await storm(plan, tmp_path)
    assert verdict.passed, verdict


async def test_daemon_when_killed_while_loads_come_in_through_a_door_then_each_item_is_told_once(
    tmp_path: Path,
) -> None:
    plan = Plan(3, daemon_kills=6, broker_kills=1, consumer_crashes=0, daemon_seconds=5.0, at_door=True)
    verdict = await storm(plan, tmp_path)
    assert verdict.passed, verdict
    assert verdict.items >= 24
