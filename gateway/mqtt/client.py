"""A publish is done when the broker said yes, and has failed when it said no or is gone.

aiomqtt's own `publish` takes any PUBACK for a yes and waits in vain when the connection has died, and its
queue of incoming messages loses them without a count.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from gateway.mqtt.connection import Connection, fail
from gateway.mqtt.credentials import read_password, tls_context
from gateway.mqtt.faults import BrokerError, PublishRefusedError
from gateway.mqtt.messages import Incoming, Will
from gateway.settings import MqttSettings

MAX_WAITING = 256
"""Incoming QoS 0 messages, which the broker cannot hold back, are dropped and counted above it."""
MAX_WAITING_BYTES = 16 * 1024 * 1024
"""Incoming messages of any kind are above it. mosquitto 2.0.11 was seen to send three times what our Receive
Maximum allows, so that QoS 1 has room for more than that."""
FAILURE = 0x80
"""Reason codes from here on are failures (MQTT 5.0, 2.4)."""
MESSAGE_OVERHEAD_BYTES = 1024
"""About what a message takes in memory beside its payload."""
PACKET_OVERHEAD_BYTES = 128
"""More than a PUBLISH packet has around topic, payload and correlation data."""


@dataclass(frozen=True, slots=True)
class _Outgoing:
    topic: str
    payload: bytes
    content_type: str
    retain: bool
    correlation: bytes | None
    accepted: asyncio.Future[None]


class MqttClient:
    """One MQTT 5 connection: `async with MqttClient(settings) as client`. Not reused after it was lost.

    Clean start and no session expiry: what must survive a connection is in the outbox, not in the session.
    Raises `BrokerError` when the broker cannot be used and `ConfigError` when a credential file cannot.
    """

    def __init__(
        self, settings: MqttSettings, *, will: Will | None = None, client_id: str | None = None
    ) -> None:
        self._dropped = 0
        self._settings = settings
        self._will = will
        self._client_id = client_id
        self._connection: Connection
        self._unanswered: dict[int, _Outgoing] = {}
        self._waiting: deque[_Outgoing] = deque()
        self._incoming: deque[Incoming] = deque()
        self._incoming_bytes = 0
        self._arrived = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._connection = Connection(
            self._settings,
            will=self._will,
            client_id=self._client_id,
            tls=await asyncio.to_thread(tls_context, self._settings),
            password=await asyncio.to_thread(read_password, self._settings),
            on_answer=self._on_answer,
            on_incoming=self._on_incoming,
        )
        self._connection.lost.add_done_callback(self._on_lost)
        await self._connection.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """After an error the broker publishes the will: we did not leave of our own accord."""
        self._connection.close(clean=error is None)

    def send(
        self,
        topic: str,
        payload: bytes,
        *,
        content_type: str,
        retain: bool = False,
        correlation: bytes | None = None,
    ) -> asyncio.Future[None]:
        """Publish at QoS 1, in the order of the calls; the future is done when the broker said yes.

        It fails with `PublishRefusedError` or `BrokerError`. What the broker's Receive Maximum does not allow
        on the wire waits here; the caller bounds how many.
        """
        accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        message = _Outgoing(topic, payload, content_type, retain, correlation, accepted)
        self._waiting.append(message)
        self._transmit_waiting()
        return accepted

    async def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        content_type: str,
        retain: bool = False,
        correlation: bytes | None = None,
    ) -> None:
        """Return when the broker said yes; raises as the future of `send` does."""
        await self.send(topic, payload, content_type=content_type, retain=retain, correlation=correlation)

    async def subscribe(self, topic_filter: str) -> None:
        """Hear a topic filter at QoS 1; raises `SubscribeRefusedError`."""
        await self._connection.listen(topic_filter)

    async def receive(self, limit: int) -> list[Incoming]:
        """At least one message, at most `limit`; raises `BrokerError` when the connection is lost."""
        while not self._incoming:
            self._arrived.clear()
            await self._connection.unless_lost(self._arrived.wait())
        messages = [self._incoming.popleft() for _ in range(min(limit, len(self._incoming)))]
        self._incoming_bytes -= sum(len(message.payload) + MESSAGE_OVERHEAD_BYTES for message in messages)
        return messages

    def done(self, message: Incoming) -> None:
        """An incoming message has been dealt with; the broker may send another."""
        self._connection.acknowledge(message)

    def take_dropped(self) -> int:
        """How many incoming messages found no room since the last call."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    async def until_lost(self) -> None:
        """Wait for the connection's end; raises `BrokerError`."""
        await asyncio.shield(self._connection.lost)

    def _transmit_waiting(self) -> None:
        connection = self._connection
        while self._waiting and len(self._unanswered) < connection.receive_maximum:
            message = self._waiting.popleft()
            size = len(message.topic) + len(message.payload) + PACKET_OVERHEAD_BYTES
            if size > connection.maximum_bytes:
                words = f"{size} bytes are more than the broker takes"
                fail(message.accepted, PublishRefusedError(message.topic, words))
                continue
            try:
                connection.require()
                mid = connection.transmit(
                    message.topic,
                    message.payload,
                    content_type=message.content_type,
                    retain=message.retain,
                    correlation=message.correlation,
                )
            except BrokerError as error:
                fail(message.accepted, error)
            else:
                self._unanswered[mid] = message

    def _on_answer(self, mid: int, code: int, words: str) -> None:
        message = self._unanswered.pop(mid, None)
        if message is None:
            return
        if code >= FAILURE:
            fail(message.accepted, PublishRefusedError(message.topic, f"{words} (0x{code:02X})"))
        elif not message.accepted.done():
            message.accepted.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._transmit_waiting)

    def _on_incoming(self, message: Incoming) -> None:
        size = len(message.payload) + MESSAGE_OVERHEAD_BYTES
        has_room = self._incoming_bytes + size <= MAX_WAITING_BYTES
        if not has_room or (message.qos == 0 and len(self._incoming) >= MAX_WAITING):
            self._dropped += 1
            self._connection.acknowledge(message)
            return
        self._incoming_bytes += size
        self._incoming.append(message)
        self._arrived.set()

    def _on_lost(self, lost: asyncio.Future[None]) -> None:
        error = lost.exception()
        if error is None:
            return
        for message in (*self._unanswered.values(), *self._waiting):
            fail(message.accepted, error)
        self._unanswered.clear()
        self._waiting.clear()
