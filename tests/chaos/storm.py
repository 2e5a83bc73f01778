"""One run: items are laid down while daemon, broker and consumer are killed at random moments, by a seed."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg

from tests.chaos.dock import ITEMS_PER_SECOND, Dock
from tests.chaos.site import BENCH_POINT, DOCK_POINT, Bench, Gateway
from tests.chaos.verdict import Verdict, judge
from tests.chaos.wms import Wms
from tests.integration.broker import Broker
from tests.ports import free_port

STAY_SECONDS = 45.0
"""Long enough that no item is gone before some daemon has lived long enough to decide it."""
PER_SECOND = 6.0
STARTING_SHARE = 0.25
START_SECONDS = 30.0
UNAVAILABLE = 69
"""sysexits: the database was cut off while the daemon started."""
SETTLE_SECONDS = 90.0
"""After the last item: until everything has to be there."""
ASK_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is broken. The storm lasts as long as its kills take; items come all the while."""

    seed: int
    daemon_kills: int
    broker_kills: int
    consumer_crashes: int
    daemon_seconds: float = 3.0
    """A daemon serves no longer than that before it is killed; one in four is killed while it starts."""
    broker_seconds: tuple[float, float] = (1.0, 10.0)
    require_ack: bool = True
    database: str = ""
    """Empty: SQLite."""
    database_cuts: int = 0
    """PostgreSQL: how often every connection to it is cut, in the middle of whatever it was doing."""
    at_door: bool = False
    """Items are not laid on a bench but brought in through a dock door, load by load without a pause."""

    @property
    def seconds(self) -> float:
        """About how long the kills take, with the time the killed are away."""
        daemon = self.daemon_kills * (self.daemon_seconds / 2 + 1.5)
        return max(daemon, self.broker_kills * (sum(self.broker_seconds) / 2 + 0.75), 1.0)

    @property
    def items(self) -> int:
        return round(self.seconds * (ITEMS_PER_SECOND if self.at_door else PER_SECOND))

    def scene(self, directory: Path) -> Bench | Dock:
        if self.at_door:
            return Dock(directory, free_port(), self.items, self.seed)
        return Bench(directory, free_port(), self.items, PER_SECOND, STAY_SECONDS)


async def storm(plan: Plan, directory: Path, tell: Callable[[str], None] = print) -> Verdict:
    """Start everything, break it, let it settle, and judge what the consumer has."""
    (directory / "broker").mkdir()
    bench = plan.scene(directory)
    with Broker(directory / "broker") as broker:
        gateway = Gateway(
            directory / "gw-1",
            "gw-1",
            broker.port,
            bench.port,
            database=plan.database,
            require_ack=plan.require_ack,
            point=DOCK_POINT if plan.at_door else BENCH_POINT,
        )
        gateway.import_rmas(bench.expected)
        with Wms(broker.port, directory / "wms.db", acknowledges=plan.require_ack) as wms, bench.running():
            gateway.start()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(_kill_daemons(plan, gateway, tell))
                    group.create_task(_kill_brokers(plan, broker, tell))
                    group.create_task(_crash_consumers(plan, wms, tell))
                    group.create_task(_cut_databases(plan, gateway, tell))
                await _serving(plan, gateway)
                await _settle(plan, bench, wms, tell)
                code = await asyncio.to_thread(gateway.end)
                assert code == 0, f"the drain ended with {code}"
            finally:
                if gateway.process is not None:
                    gateway.end(signal.SIGKILL)
            stored = gateway.stored()
            await _hear(plan, wms, stored)
            return judge(
                wms.events(),
                stored,
                expected=bench.expected,
                strangers=bench.strangers,
                laid_down=bench.laid_down(),
                changed=len(wms.changed),
            )


async def _kill_daemons(plan: Plan, gateway: Gateway, tell: Callable[[str], None]) -> None:
    chance = Random(f"{plan.seed}/daemon")
    for number in range(1, plan.daemon_kills + 1):
        is_starting = chance.random() < STARTING_SHARE and not plan.at_door
        if not is_starting:
            await _serving(plan, gateway)
        await asyncio.sleep(chance.uniform(0.0, 1.0 if is_starting else plan.daemon_seconds))
        code = await asyncio.to_thread(gateway.end, signal.SIGKILL)
        is_refused = plan.database_cuts and is_starting and code == UNAVAILABLE
        assert code == -signal.SIGKILL or is_refused, f"the daemon ended by itself with {code}"
        tell(
            f"daemon killed {'while it started' if is_starting else 'in service'}, {number} of {plan.daemon_kills}"
        )
        await asyncio.sleep(chance.uniform(0.0, 1.0))
        gateway.start()


async def _serving(plan: Plan, gateway: Gateway) -> None:
    """A start that finds no database ends, and is tried again as systemd would."""

    async def is_well() -> bool:
        if plan.database_cuts and gateway.exit_code() == UNAVAILABLE:
            gateway.end()
            gateway.start()
        return await asyncio.to_thread(gateway.is_well)

    await _wait(is_well, START_SECONDS)


async def _kill_brokers(plan: Plan, broker: Broker, tell: Callable[[str], None]) -> None:
    chance = Random(f"{plan.seed}/broker")
    for number in range(1, plan.broker_kills + 1):
        await asyncio.sleep(chance.uniform(*plan.broker_seconds))
        await asyncio.to_thread(broker.kill)
        tell(f"broker killed, {number} of {plan.broker_kills}")
        await asyncio.sleep(chance.uniform(0.0, 1.5))
        await asyncio.to_thread(broker.start)


async def _crash_consumers(plan: Plan, wms: Wms, tell: Callable[[str], None]) -> None:
    chance = Random(f"{plan.seed}/consumer")
    for number in range(1, plan.consumer_crashes + 1):
        await asyncio.sleep(chance.uniform(0.5, 2.0) * plan.seconds / plan.consumer_crashes / 2)
        await asyncio.to_thread(wms.crash)
        tell(f"consumer crashed, {number} of {plan.consumer_crashes}")


async def _cut_databases(plan: Plan, gateway: Gateway, tell: Callable[[str], None]) -> None:
    chance = Random(f"{plan.seed}/database")
    for number in range(1, plan.database_cuts + 1):
        await asyncio.sleep(chance.uniform(0.0, 2.0) * plan.seconds / plan.database_cuts)
        await _wait(lambda: asyncio.to_thread(gateway.is_well), START_SECONDS)
        cut = await asyncio.to_thread(_cut, plan.database.replace("+psycopg", "", 1))
        tell(f"{cut} connections to the database cut, {number} of {plan.database_cuts}")


def _cut(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).rowcount


async def _settle(plan: Plan, bench: Bench | Dock, wms: Wms, tell: Callable[[str], None]) -> None:
    """Wait until each item was told and no number is missing; a consumer that does not acknowledge asks again."""
    asked = time.monotonic()

    async def is_whole() -> bool:
        nonlocal asked
        events = wms.events()
        numbers = {event.sequence for event in events}
        missing = next((n for n in range(1, len(numbers) + 2) if n not in numbers), 1)
        has_all = {*bench.expected, *bench.strangers} <= {event.epc for event in events}
        if (
            not plan.require_ack
            and time.monotonic() - asked > ASK_SECONDS
            and missing <= max(numbers, default=0)
        ):
            asked = time.monotonic()
            tell(f"consumer asks for {missing} and what followed")
            wms.ask_again(missing)
        return has_all and missing > max(numbers, default=0)

    await _wait(is_whole, bench.count / bench.per_second + SETTLE_SECONDS)
    if not plan.require_ack:  # what is missing at the very end shows no gap
        wms.ask_again(wms.count() + 1)
    await asyncio.sleep(ASK_SECONDS)


async def _hear(plan: Plan, wms: Wms, stored: set[tuple[str, int, str]]) -> None:
    """The broker may still be handing out what it has taken."""

    async def has_all() -> bool:
        return wms.count() >= len(stored)

    await _wait(has_all, 10.0)


async def _wait(condition: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Give up silently: what is missing is judged."""
    deadline = time.monotonic() + seconds
    while not await condition() and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
