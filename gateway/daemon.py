"""Composition root: builds the daemon, keeps its tasks in one group, and drains it in order."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from random import Random
from time import monotonic_ns, time_ns

from gateway.config.files import database_url, read_secret
from gateway.errors import ConfigError, UnavailableError
from gateway.keeping.keeper import Keeper, journal_path
from gateway.keeping.lasting import Lasting
from gateway.keeping.setaside import SetAsideFile
from gateway.mqtt.publisher import Publisher
from gateway.mqtt.states import Boot
from gateway.mqtt.verbs import Context
from gateway.pipeline import TICK_SECONDS, Listener, Pipeline, count_events
from gateway.readpoints.buffer import Buffer
from gateway.readpoints.signals import Signals
from gateway.recorder import Recorder
from gateway.regulars import Regulars
from gateway.running.housekeeping import Housekeeping
from gateway.running.intake import Intake
from gateway.running.notify import Notifier
from gateway.running.opening import opened
from gateway.running.overhearing import Overhearing
from gateway.running.progress import Progress
from gateway.running.reloading import Configuration, Source, judged, refuse, tell
from gateway.running.tasks import end, first_cause
from gateway.settings import Settings
from gateway.stats import Stats
from gateway.store.database import Database
from gateway.store.ledger import ledger_of
from gateway.web.access import Guard
from gateway.web.board import Board
from gateway.web.desk import Desk
from gateway.web.metrics import Sources
from gateway.web.parked import ParkedDesk
from gateway.web.search import SearchDesk
from gateway.web.server import WebServer
from readers.fleet import Fleet
from rules.events import Event
from rules.observation import Observation
from rules.policy import Policy

PASSAGE_SECONDS = 5.0
READERS_SECONDS = 3.0
PIPELINE_SECONDS = 10.0
PUBLISHER_SECONDS = 5.0
"""What each stage may take to stop; together well below systemd's TimeoutStopSec."""

log = logging.getLogger(__name__)


def now_us() -> int:
    """The host's clock in microseconds since 1970 UTC."""
    return time_ns() // 1000


class Daemon:
    """One gateway. `run` serves until `stop`, then drains: readers, buffer, pipeline, publisher, store."""

    def __init__(
        self,
        settings: Settings,
        policy: Policy,
        *,
        directory: Path = Path(),
        source: Source | None = None,
        listeners: Sequence[Listener] = (),
    ) -> None:
        """`listeners` hear of every committed event, on the loop; `directory` takes files of a gateway that
        has neither a SQLite file nor a state directory; without a `source` nothing is reloaded.
        """
        self.settings = settings
        self.stats = Stats()
        self._database = Database(database_url(settings.database))
        self._ledger = ledger_of(settings, policy)
        self._recorder = Recorder(self._database, self._ledger, now_us)
        self._notifier = Notifier()
        self._stopping = asyncio.Event()
        self._source = source
        self._reload_asked = asyncio.Event()
        self._regulars = Regulars(self.stats)
        observed = asyncio.Event()
        self._buffer = Buffer(settings, self.stats, observed.set)
        self._publisher = self._publishing()
        self._fleet = Fleet(settings.readers, Intake(self._buffer, self._publisher, now_us))
        sources = self._sources()
        self._board = Board(settings, sources)
        self._signals = Signals(settings, self._fleet.set_output, now_us)
        self._listeners = (self._board.add, self._tell, self._signals.tell, *listeners)
        self._web = WebServer(settings.web.listen, sources, self._board, self._desks())
        journal = journal_path(settings, directory)
        aside = SetAsideFile(journal.with_suffix(".set-aside.jsonl"), now_us)
        self._pipeline = self._deciding(observed, aside)
        self._keeper = Keeper(journal, self._buffer, settings, lambda: self._pipeline.recording)
        self._overhearing = Overhearing(self._database, self._ledger, self._told_by_people)
        self._housekeeping = self._keeping_house()
        self._progress = Progress(self._pipeline, self._database, self._fleet, self.stats)

    @property
    def page(self) -> str:
        """Address of the live page, once it is served."""
        return f"http://{self._web.address}/"

    def stop(self) -> None:
        self._stopping.set()

    def reload(self) -> None:
        """Have the configuration taken anew, once the gateway is ready."""
        self._reload_asked.set()

    def adopt(self, settings: Settings, policy: Policy) -> None:
        """Another configuration from now on; what needs a restart is as it was."""
        gone = {reader.id: reader for reader in self.settings.readers}
        self.settings = settings
        self._ledger.policy, self._ledger.service = policy, settings.service.level
        for part in (self._publisher, self._board, self._signals, self._housekeeping):
            part.adopt(settings)
        self._buffer.adopt(settings, now_us())
        for reader in settings.readers:
            if gone.pop(reader.id, None) != reader:
                self._fleet.add(reader)
        for name in gone:
            self._fleet.remove(name)
            self._publisher.reader_gone(name)

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """`ready` is called once reads can come in. Raises GatewayError when it cannot start or go on."""
        try:
            await self._web.start()
            await asyncio.to_thread(self._keeper.restore, now_us())
            await self._serve(ready)
        except BaseExceptionGroup as group:
            raise first_cause(group) from group
        finally:
            await self._web.close()
            await asyncio.to_thread(self._database.close)

    def _publishing(self) -> Publisher:
        return Publisher(
            self.settings,
            self.stats,
            Context(self._database, self._ledger, now_us, self._told_by_people),
            boot=Boot(version("returns-gateway"), str(uuid.uuid4())),
            random=Random(),  # noqa: S311 - spreads retries, guards nothing
        )

    def _deciding(self, observed: asyncio.Event, aside: SetAsideFile) -> Pipeline:
        return Pipeline(
            self._buffer,
            self._record,
            self.stats,
            now_us,
            wake=observed,
            listeners=self._listeners,
            set_aside=aside.add,
        )

    def _keeping_house(self) -> Housekeeping:
        return Housekeeping(
            self._database,
            self.settings,
            self.stats,
            ledger=self._ledger,
            clock=now_us,
            on_events=self._told_by_people,
            on_regulars=self._regulars.adopt,
        )

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

    def _desks(self) -> tuple[Desk, SearchDesk, ParkedDesk]:
        """Where people ask and decide on the pages. Raises ConfigError for an unusable token file."""
        file = self.settings.web.token_file
        guard = Guard(None if file is None else read_secret("web.token_file", file))
        return (
            Desk(self._database, self._ledger, guard, now_us=now_us, told=self._told_by_people),
            SearchDesk(self._database, now_us),
            ParkedDesk(
                self._database,
                guard,
                now_us,
                standing=self._buffer.standing,
                has=self._board.has,
                changed=self._regulars.adopt,
            ),
        )

    def _told_by_people(self, events: Sequence[Event]) -> None:
        """What people and other programs decided is counted and told like what was read."""
        count_events(self.stats, events)
        for listener in self._listeners:
            listener(events)

    async def _serve(self, ready: Callable[[], None]) -> None:
        async with asyncio.TaskGroup() as group:
            publisher = group.create_task(self._publisher.run(), name="publisher")
            pipeline = [
                group.create_task(self._pipeline.tick(), name="ticker"),
                group.create_task(self._pipeline.run(), name="pipeline"),
            ]
            helpers = [
                group.create_task(self._housekeeping.run(), name="housekeeping"),
                group.create_task(self._overhearing.run(), name="overhearing"),
                group.create_task(self._keeper.run(), name="keeper"),
                group.create_task(Lasting(self._database, self._buffer, now_us).run(), name="lasting visits"),
                group.create_task(self._signals.run(self.stats), name="fault lamps"),
                group.create_task(self._begin(ready), name="reloading"),
            ]
            fleet = group.create_task(self._fleet.run(), name="fleet")
            lasting = (publisher, *pipeline, *helpers, fleet)
            watch = self._progress.watch(self._notifier, lasting)
            helpers.append(group.create_task(watch, name="watchdog"))
            await self._stopping.wait()
            self._notifier.stopping()
            log.info("stopping: readers first, then what they read, then what must be told")
            await self._let_pass()
            await end([fleet], READERS_SECONDS)
            await end([*pipeline, *helpers], READERS_SECONDS)
            await self._drain()
            await self._keeper.close()
            await self._publisher.stop(PUBLISHER_SECONDS)
            await publisher

    async def _begin(self, ready: Callable[[], None]) -> None:
        """What is read before the database is there waits in memory."""
        await opened(self._database, self.stats, self._notifier, self._housekeeping.count)
        self._notifier.ready(self._status)
        log.info("gateway %s/%s runs, page %s", self.settings.site, self.settings.name, self.page)
        ready()
        await self._recorder.rehearse()
        while True:
            await self._reload_asked.wait()
            self._reload_asked.clear()
            self._notifier.reloading(monotonic_ns() // 1000)
            await self._reload()
            self._notifier.ready(self._status)

    @property
    def _status(self) -> str:
        return f"{len(self.settings.readers)} readers, page {self.page}"

    async def _reload(self) -> None:
        """Take the configuration anew, all of it or nothing."""
        if self._source is None:
            return
        before = Configuration(self.settings, self._ledger.policy)
        try:
            found = judged(before, after := await asyncio.to_thread(self._source.load))
        except ConfigError as error:
            refuse(error)
            return
        self._source.start_logging(after.settings.log)
        self.adopt(after.settings, after.policy)
        tell(before, after, found)

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
            log.error("%d decisions wait for the next start: %s", self._buffer.held(), reason)

    async def _record(self, observations: Sequence[Observation]) -> Sequence[Event]:
        items = self._regulars.without(observations)
        events = await self._recorder.record(items)
        self._board.saw(items, events)
        return events

    def _tell(self, events: Sequence[Event]) -> None:
        if events:
            self._publisher.wake()
            self._housekeeping.wake()
