"""Composition root: builds the daemon, keeps its tasks in one group, and drains it in order."""

import asyncio
import gc
import logging
import signal
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from random import Random
from time import monotonic_ns, time_ns

from gateway.buffer import Buffer
from gateway.config_files import database_url, read_secret
from gateway.errors import ConfigError, GatewayError, UnavailableError
from gateway.housekeeping import Housekeeping
from gateway.mqtt.publisher import Publisher
from gateway.mqtt.states import Boot
from gateway.mqtt.verbs import Context
from gateway.notify import Notifier
from gateway.overhearing import Overhearing
from gateway.pipeline import TICK_SECONDS, Listener, Pipeline, count_events
from gateway.settings import Settings
from gateway.signals import Signals
from gateway.stats import Stats
from gateway.store.database import Database
from gateway.store.ledger import ledger_of
from gateway.web.access import Guard
from gateway.web.board import Board
from gateway.web.desk import Desk
from gateway.web.metrics import Sources
from gateway.web.server import WebServer
from readers.fleet import Fleet
from readers.status import ReaderStatus
from readers.tag import TagRow
from rules.events import Event
from rules.observation import Observation
from rules.policy import Policy
from rules.revision import revision

PASSAGE_SECONDS = 5.0
READERS_SECONDS = 3.0
PIPELINE_SECONDS = 10.0
PUBLISHER_SECONDS = 5.0
"""What each stage may take to stop; together well below systemd's TimeoutStopSec."""
SIGNAL_SECONDS = 1.0
"""How soon a fault lamp follows the fault."""
STUCK_SECONDS = 10.0
"""A loop that has not turned the buffer's clock for this long makes no progress."""

log = logging.getLogger(__name__)


def now_us() -> int:
    """The host's clock in microseconds since 1970 UTC."""
    return time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Intake:
    """What the fleet hears of: reads and losses go to the buffer, states to the publisher too."""

    buffer: Buffer
    publisher: Publisher

    def on_reads(self, reader: str, rows: list[TagRow], offset_us: int, received_us: int) -> None:
        self.buffer.on_reads(reader, rows, offset_us, received_us)

    def on_status(self, status: ReaderStatus) -> None:
        self.publisher.reader_state(status)

    def on_dropped(self, reader: str, reason: str, count: int) -> None:
        self.buffer.on_dropped(reader, reason, count)

    def on_gpi(self, reader: str, port: int, is_high: bool, time_us: int) -> None:
        self.buffer.on_gpi(reader, port, is_high, time_us)

    def on_reconnect(self, reader: str, reason: str) -> None:
        self.buffer.on_reconnect(reader, reason)


class Daemon:
    """One gateway. `run` serves until `stop`, then drains: readers, buffer, pipeline, publisher, store."""

    def __init__(self, settings: Settings, policy: Policy, *, listeners: Sequence[Listener] = ()) -> None:
        """`listeners` hear of every committed event, on the loop."""
        self.settings = settings
        self.stats = Stats()
        self._database = Database(database_url(settings.database))
        self._ledger = ledger_of(settings, policy)
        self._notifier = Notifier()
        self._stopping = asyncio.Event()
        observed = asyncio.Event()
        self._buffer = Buffer(settings, self.stats, observed.set)
        self._publisher = Publisher(
            settings,
            self.stats,
            Context(self._database, self._ledger, now_us, self._told_by_people),
            boot=Boot(version("returns-gateway"), str(uuid.uuid4())),
            random=Random(),  # noqa: S311 - spreads retries, guards nothing
        )
        self._fleet = Fleet(settings.readers, Intake(self._buffer, self._publisher))
        sources = self._sources()
        self._board = Board(settings, sources)
        self._signals = Signals(settings, self._fleet.set_output, now_us)
        self._listeners = (self._board.add, self._tell, self._signals.tell, *listeners)
        self._web = WebServer(settings.web.listen, sources, self._board, self._desk())
        self._pipeline = Pipeline(
            self._buffer, self._record, self.stats, now_us, wake=observed, listeners=self._listeners
        )
        self._overhearing = Overhearing(self._database, self._ledger, self._told_by_people)
        self._housekeeping = Housekeeping(
            self._database,
            settings,
            self.stats,
            ledger=self._ledger,
            clock=now_us,
            on_events=self._told_by_people,
        )

    @property
    def page(self) -> str:
        """Address of the live page, once it is served."""
        return f"http://{self._web.address}/"

    def stop(self) -> None:
        self._stopping.set()

    def adopt(self, policy: Policy) -> None:
        """New disposition rules, from the next decision on."""
        self._ledger.policy = policy

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """`ready` is called once reads can come in. Raises GatewayError when it cannot start or go on."""
        try:
            await asyncio.to_thread(self._database.open)
            await self._housekeeping.count()
            await self._web.start()
            await self._serve(ready)
        except BaseExceptionGroup as group:
            raise _first_cause(group) from group
        finally:
            await self._web.close()
            await asyncio.to_thread(self._database.close)

    def _sources(self) -> Sources:
        """Where the page and the metrics look."""
        return Sources(
            self.stats,
            lambda: self._fleet.statuses,
            lambda: self._fleet.reports,
            self._buffer.tracked,
            self._buffer.parked,
            now_us,
            version("returns-gateway"),
        )

    def _desk(self) -> Desk:
        """Where people decide on the pages. Raises ConfigError for an unusable token file."""
        file = self.settings.web.token_file
        token = None if file is None else read_secret("web.token_file", file)
        return Desk(
            self._database,
            self._ledger,
            Guard(token),
            now_us=now_us,
            told=self._told_by_people,
            standing=self._buffer.standing,
        )

    def _told_by_people(self, events: Sequence[Event]) -> None:
        """What people and other programs decided is counted and told like what was read."""
        count_events(self.stats, events)
        for listener in self._listeners:
            listener(events)

    async def _serve(self, ready: Callable[[], None]) -> None:
        _spare_the_collector()
        async with asyncio.TaskGroup() as group:
            publisher = group.create_task(self._publisher.run(), name="publisher")
            pipeline = [
                group.create_task(self._pipeline.tick(), name="ticker"),
                group.create_task(self._pipeline.run(), name="pipeline"),
            ]
            helpers = [
                group.create_task(self._housekeeping.run(), name="housekeeping"),
                group.create_task(self._overhearing.run(), name="overhearing"),
                group.create_task(self._watch(), name="watchdog"),
                group.create_task(self._signal_faults(), name="fault lamps"),
            ]
            fleet = group.create_task(self._fleet.run(), name="fleet")
            self._notifier.ready(f"{len(self.settings.readers)} readers, page {self.page}")
            log.info("gateway %s/%s runs, page %s", self.settings.site, self.settings.name, self.page)
            ready()
            await self._stopping.wait()
            self._notifier.stopping()
            log.info("stopping: readers first, then what they read, then what must be told")
            await self._let_pass()
            await _end([fleet], READERS_SECONDS)
            await _end([*pipeline, *helpers], READERS_SECONDS)
            await self._drain()
            await self._publisher.stop(PUBLISHER_SECONDS)
            await publisher

    async def _let_pass(self) -> None:
        """What is just passing a door gets its time: half a passage cannot be judged."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PASSAGE_SECONDS):
                while self._buffer.is_passed():  # noqa: ASYNC110 - a tick of the buffer ends it
                    await asyncio.sleep(TICK_SECONDS)

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(PIPELINE_SECONDS):
                await self._pipeline.drain()
        except (UnavailableError, TimeoutError) as error:
            reason = str(error) or f"the database did not take them within {PIPELINE_SECONDS:g} s"
            log.error("%d decisions could not be stored before the stop: %s", self._buffer.held(), reason)

    async def _record(self, observations: Sequence[Observation]) -> Sequence[Event]:
        events = await self._database.write(
            lambda connection: self._ledger.record(connection, observations, now_us())
        )
        self._board.saw(observations, events)
        return events

    def _tell(self, events: Sequence[Event]) -> None:
        if events:
            self._publisher.wake()
            self._housekeeping.wake()

    async def _signal_faults(self) -> None:
        while True:
            await asyncio.sleep(SIGNAL_SECONDS)
            self._signals.watch(is_faulty=self.stats.storage_fault is not None)

    async def _watch(self) -> None:
        """Tell systemd we live, as long as the loop turns the buffer's clock."""
        if self._notifier.watchdog_seconds is None:
            return
        while True:
            await asyncio.sleep(self._notifier.watchdog_seconds / 2)
            if now_us() - self._pipeline.ticked_us < STUCK_SECONDS * 1_000_000:
                self._notifier.alive()

    def reload(self, load: Callable[[], Policy]) -> None:
        """SIGHUP: take the rules anew, or keep the old ones and say why."""
        self._notifier.reloading(monotonic_ns() // 1000)
        try:
            policy = load()
        except ConfigError as error:
            log.error("the rules stay as they were: %s", error)
        else:
            log.info("rules %s are in force: %s", policy.ruleset, revision(self._ledger.policy, policy))
            self.adopt(policy)
        self._notifier.ready(f"{len(self.settings.readers)} readers, page {self.page}")


async def serve(settings: Settings, load: Callable[[], Policy]) -> None:
    """Run the daemon until SIGTERM or SIGINT; SIGHUP takes the rules anew. Raises GatewayError."""
    daemon = Daemon(settings, load())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stop)
    loop.add_signal_handler(signal.SIGHUP, partial(daemon.reload, load))
    await daemon.run()


async def _end(tasks: Sequence[asyncio.Task[None]], seconds: float) -> None:
    for task in tasks:
        task.cancel()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*tasks, return_exceptions=True)


def _first_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What an operator must know of a group that failed: our own word for it where there is one."""
    known = group.subgroup(GatewayError)
    cause: BaseException = known or group
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    return cause


def _spare_the_collector() -> None:
    """Long-lived tags must not be walked over and over: measured, the worst stall fell from 82 to 13 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
