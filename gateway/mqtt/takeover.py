"""Publishes what a dead gateway of the same database has left unsent: its ids, bytes and numbers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from random import Random

from gateway.mqtt.client import MqttClient
from gateway.mqtt.delivery import Delivery
from gateway.mqtt.lease import Lease
from gateway.mqtt.marking import patiently
from gateway.settings import Settings
from gateway.stats import Stats
from gateway.store.database import Database
from gateway.store.leases import Leases

LOOK_SECONDS = 3.0
"""How often one looks for a gateway that is silent."""
STINT_SECONDS = 60.0
"""The longest another's outbox is held in one go: its gateway may be back."""

_logger = logging.getLogger("gateway.mqtt")

Hear = Callable[[MqttClient, str], Awaitable[None]]


class Takeover:
    """One dead gateway at a time, for as long as a connection lasts."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        stats: Stats,
        *,
        leases: Leases,
        random: Random,
        hear: Hear,
    ) -> None:
        """`hear` listens for what consumers acknowledge of another gateway."""
        self._database = database
        self._settings = settings
        self._stats = stats
        self._leases = leases
        self._random = random
        self._hear = hear
        mqtt = settings.mqtt
        self._overdue_us = int(mqtt.resend_seconds * 1e6) if mqtt.require_ack else None

    async def run(self, client: MqttClient) -> None:
        """Until the connection is lost. Raises `BrokerError`."""
        while self._database.is_shared:
            await asyncio.sleep(LOOK_SECONDS)
            silent = await patiently(
                lambda: self._database.read(
                    lambda connection: self._leases.orphan(connection, unacknowledged_us=self._overdue_us)
                )
            )
            if silent is not None:
                await self._publish(client, silent)

    async def _publish(self, client: MqttClient, gateway: str) -> None:
        """All of it that waits, or as much as one stint allows; then it is its own gateway's again."""
        lease = Lease(self._database, self._leases, gateway)
        if not await patiently(lease.take):
            return
        _logger.warning("gateway %s is silent: publishing what it has not sent", gateway)
        if self._settings.mqtt.require_ack:
            await self._hear(client, gateway)
        delivery = Delivery(
            self._database,
            replace(self._settings, name=gateway),
            self._stats,
            now_us=self._leases.now_us,
            random=self._random,
            may_send=lambda: lease.is_held,
        )
        delivery.stop()
        async with asyncio.TaskGroup() as group:
            helpers = [
                group.create_task(delivery.marker.run(), name="takeover-marker"),
                group.create_task(lease.run(), name="takeover-lease"),
            ]
            with suppress(TimeoutError):
                async with asyncio.timeout(STINT_SECONDS):
                    await delivery.run(client)
            await delivery.marker.idle()
            for helper in helpers:
                helper.cancel()
        await patiently(lease.give_back)
