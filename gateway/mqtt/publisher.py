"""Keeps one connection to the broker for ever and does everything of ours on it: events, states, commands."""

import asyncio
import logging
from contextlib import suppress
from random import Random

from gateway.errors import UnavailableError
from gateway.mqtt.client import MqttClient
from gateway.mqtt.commands import Commands
from gateway.mqtt.delivery import Delivery
from gateway.mqtt.faults import BrokerError, SubscribeRefusedError
from gateway.mqtt.lease import Lease
from gateway.mqtt.marking import patiently
from gateway.mqtt.states import Boot, States
from gateway.mqtt.takeover import Takeover
from gateway.mqtt.topics import Topics
from gateway.mqtt.verbs import VERBS, Context
from gateway.settings import Settings
from gateway.stats import Stats
from gateway.store import outbox
from gateway.store.leases import Leases
from readers.backoff import Backoff
from readers.status import ReaderStatus

BACKLOG_SECONDS = 2.0
"""How often the outbox is counted for metrics."""
HEALTHY_SECONDS = 10.0
"""A connection that lasted this long was a good one: the next dial comes at once."""

_logger = logging.getLogger("gateway.mqtt")


class Publisher:
    """`run()` for ever beside the pipeline; `wake()` after each commit; `stop(timeout)` drains the outbox."""

    def __init__(
        self,
        settings: Settings,
        stats: Stats,
        context: Context,
        *,
        boot: Boot,
        random: Random,
    ) -> None:
        """`context` is what commands work with: database, ledger, clock, and who hears what they did."""
        database, now_us = context.database, context.now_us
        self._database = database
        self._settings = settings
        self._stats = stats
        self._now_us = now_us
        self._backoff = Backoff(random)
        topics = Topics.of(settings)
        self._states = States(topics, stats, boot)
        leases = Leases(settings.name, now_us)
        self._lease = Lease(database, leases, settings.name)
        self._delivery = self._delivering(random)
        self._commands = Commands(
            context,
            topics,
            stats,
            verbs=VERBS,
            on_done=self._delivery.wake,
            on_confirmed=self._delivery.confirmed,
        )
        self._takeover = Takeover(
            database, settings, stats, leases=leases, random=random, hear=self._commands.hear
        )
        self._stopping = asyncio.Event()
        self._finished = asyncio.Event()
        self._bound: asyncio.Timeout | None = None

    def _delivering(self, random: Random) -> Delivery:
        return Delivery(
            self._database,
            self._settings,
            self._stats,
            now_us=self._now_us,
            random=random,
            may_send=lambda: self._lease.is_held,
        )

    def wake(self) -> None:
        """Events were committed."""
        self._delivery.wake()

    def reader_state(self, status: ReaderStatus) -> None:
        """Publish a reader's state, retained; the latest of each goes out again on every connection."""
        self._states.reader_state(status)

    def reader_gone(self, reader: str) -> None:
        """A reader is no longer ours: nothing of it stays retained."""
        self._states.reader_gone(reader)

    def adopt(self, settings: Settings) -> None:
        """Other read points; the broker stays the same."""
        self._delivery.adopt(settings.read_points)

    async def run(self) -> None:
        """Connected whenever there is a broker, until `stop`. Raises `ConfigError` for unusable files."""
        try:
            async with asyncio.timeout(None) as self._bound, asyncio.TaskGroup() as group:
                helpers = [
                    group.create_task(self._delivery.marker.run(), name="mqtt-marker"),
                    group.create_task(self._count_backlog(), name="mqtt-backlog"),
                    group.create_task(self._lease.run(), name="mqtt-lease"),
                ]
                await self._keep_connected()
                await self._delivery.marker.idle()
                for helper in helpers:
                    helper.cancel()
                with suppress(UnavailableError):  # then it ends by itself
                    await self._lease.give_back()
        except TimeoutError:
            if self._bound is None or not self._bound.expired():
                raise
            _logger.warning("the broker did not take everything in time; the rest stays in the outbox")
        finally:
            self._finished.set()

    async def stop(self, timeout: float) -> None:  # noqa: ASYNC109 - a bound on the drain, not on this call
        """Send what is left, say offline, hang up; after `timeout` seconds the rest stays in the outbox."""
        self._stopping.set()
        self._delivery.stop()
        if self._bound is not None:
            self._bound.reschedule(asyncio.get_running_loop().time() + timeout)
            await self._finished.wait()

    async def _keep_connected(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            started = loop.time()
            try:
                await self._serve()
            except BrokerError as error:
                self._not_connected(error)
            if self._stopping.is_set():
                return
            if loop.time() - started >= HEALTHY_SECONDS:
                self._backoff.reset()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._backoff.next_delay()):
                    await self._stopping.wait()

    async def _serve(self) -> None:
        """One connection, from CONNECT to its end."""
        identity = f"returns-gateway-{self._settings.site}-{self._settings.name}"
        will = self._states.will()
        async with MqttClient(self._settings.mqtt, will=will, client_id=identity) as client:
            await self._states.publish_gateway(client, "online", self._now_us())
            self._stats.mqtt_connected, self._stats.mqtt_reason = True, None
            _logger.info("connected to the MQTT broker")
            try:
                async with asyncio.TaskGroup() as group:
                    helpers = [
                        group.create_task(client.until_lost(), name="mqtt-connection"),
                        group.create_task(self._states.run(client), name="mqtt-states"),
                        group.create_task(self._listen(client), name="mqtt-commands"),
                        group.create_task(self._takeover.run(client), name="mqtt-takeover"),
                    ]
                    await self._delivery.run(client)
                    for helper in helpers:
                        helper.cancel()
            except BaseExceptionGroup as errors:
                raise _lost(errors) from errors
            await self._states.publish_gateway(client, "offline", self._now_us())
        self._stats.mqtt_connected, self._stats.mqtt_reason = False, "stopped"

    async def _listen(self, client: MqttClient) -> None:
        """A broker that lets us publish but not hear is worth having: told, and events go out."""
        try:
            await self._commands.run(client)
        except SubscribeRefusedError as refusal:
            self._stats.mqtt_reason = str(refusal)
            _logger.warning("%s; no commands are heard", refusal)

    async def _count_backlog(self) -> None:
        while True:
            backlog = await patiently(
                lambda: self._database.read(
                    lambda connection: outbox.backlog(connection, self._settings.name)
                )
            )
            self._stats.outbox_pending, self._stats.outbox_oldest_us = backlog.count, backlog.oldest_us
            await asyncio.sleep(BACKLOG_SECONDS)

    def _not_connected(self, error: BrokerError) -> None:
        if self._stats.mqtt_reason != str(error):
            _logger.warning("%s", error)
        self._stats.mqtt_connected, self._stats.mqtt_reason = False, str(error)


def _lost(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The connection's end ends several tasks at once: one error says it; the rest are faults of ours."""
    others = errors.split(BrokerError)[1]
    if others is not None:
        return others
    leaf: BaseException = errors
    while isinstance(leaf, BaseExceptionGroup):
        leaf = leaf.exceptions[0]
    return leaf
