"""A subscriber as a WMS would be one, made of bare aiomqtt: it hears, remembers and can come back."""

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.integration.broker import Broker

PATIENCE_SECONDS = 60 * float(os.environ.get("TEST_TIMEOUT_FACTOR", "1"))
"""For machines with much else to do; what is waited for comes within a second on an idle one."""


@dataclass(frozen=True, slots=True)
class Heard:
    topic: str
    payload: bytes
    retain: bool
    properties: Properties | None

    @property
    def json(self) -> Any:
        return json.loads(self.payload)


async def until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is true; what it is stands in the failure's traceback."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


class Listener:
    """`async with Listener(broker) as wms`: hears `topic` until the end, over a broker's restarts."""

    def __init__(
        self, broker: Broker, topic: str = "#", *, durable_as: str | None = None, **options: Any
    ) -> None:
        self.heard: list[Heard] = []
        self._broker = broker
        self._topic = topic
        self._durable_as = durable_as
        self._options = options
        self._ready = asyncio.Event()
        self._client: aiomqtt.Client
        self._task: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        await self.ready()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def ready(self) -> None:
        """Wait until it is subscribed, again if the broker was gone."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._ready.wait()

    def lost_broker(self) -> None:
        """The test is about to take the broker away."""
        self._ready.clear()

    def on(self, suffix: str) -> list[Heard]:
        """What was heard on topics that end like this."""
        return [heard for heard in self.heard if heard.topic.endswith(suffix)]

    async def say(self, topic: str, payload: bytes, *, qos: int = 1, **properties: Any) -> None:
        """Publish with MQTT 5 properties such as ResponseTopic."""
        extra = Properties(PacketTypes.PUBLISH)
        for name, value in properties.items():
            setattr(extra, name, value)
        await self._client.publish(topic, payload, qos=qos, properties=extra)

    async def _listen(self) -> None:
        expiry = Properties(PacketTypes.CONNECT)
        expiry.SessionExpiryInterval = 3600 if self._durable_as else 0
        while True:
            self._client = aiomqtt.Client(
                self._broker.host,
                self._broker.port,
                protocol=aiomqtt.ProtocolVersion.V5,
                identifier=self._durable_as,
                clean_start=self._durable_as is None,
                properties=expiry,
                **self._options,
            )
            try:
                with suppress(aiomqtt.MqttError):
                    await self._hear()
            finally:  # aiomqtt leaves the socket of a dial that failed to the garbage collector
                self._client._client._sock_close()
            await asyncio.sleep(0.1)

    async def _hear(self) -> None:
        async with self._client as client:
            client.pending_calls_threshold = 1_000
            await client.subscribe(self._topic, qos=1)
            self._ready.set()
            async for message in client.messages:
                self.heard.append(
                    Heard(message.topic.value, bytes(message.payload), message.retain, message.properties)
                )
