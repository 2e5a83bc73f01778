"""One connection to the broker, joined to the event loop: the one importer of aiomqtt and paho.

aiomqtt joins paho to the loop. Its `publish` and message queue are not used (`client` says why), its socket
callbacks are replaced: they may watch a file descriptor that belongs to somebody else by then.
"""
# ruff: noqa: ARG002 - paho's callbacks have fixed signatures

import asyncio
import logging
import ssl
import threading
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TypeVar

import aiomqtt
import paho.mqtt.client as paho
from aiomqtt.exceptions import MqttConnectError
from aiomqtt.types import PahoSocket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gateway.mqtt.faults import (
    LOST_ADVICE,
    BrokerError,
    SubscribeRefusedError,
    address,
    closed_early,
    connack_fault,
    connect_fault,
)
from gateway.mqtt.messages import Incoming, Will
from gateway.settings import MqttSettings

KEEPALIVE_SECONDS = 3
"""A frozen broker is noticed after at most twice this and two seconds: silence, then an unanswered ping."""
CONNACK_SECONDS = 5.0
SUBACK_SECONDS = 15.0
KEEPALIVE_TIMEOUT = 0x8D
"""What paho says when the broker was silent for too long."""
RECEIVE_MAXIMUM = 64
"""Incoming QoS 1 messages we hold unacknowledged; the broker keeps the rest."""
MAX_INCOMING_BYTES = 4 * 1024 * 1024
"""The broker discards larger messages to us (MQTT 5.0, 3.1.2.11.4)."""

_LOGGER = logging.getLogger("gateway.mqtt.wire")
_T = TypeVar("_T")


class Connection(aiomqtt.Client):
    """An MQTT 5 connection whose end is always noticed (`lost`) and that leaves nothing behind.

    `on_answer(mid, code, words)` tells each PUBACK, `on_incoming` each message; both in the loop's thread.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        will: Will | None,
        client_id: str | None,
        tls: ssl.SSLContext | None,
        password: str | None,
        on_answer: Callable[[int, int, str], None],
        on_incoming: Callable[[Incoming], None],
    ) -> None:
        super().__init__(
            settings.host,
            settings.port,
            username=settings.username,
            password=password,
            identifier=client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=True,
            keepalive=KEEPALIVE_SECONDS,
            timeout=SUBACK_SECONDS,
            tls_context=tls,
            properties=_connect_properties(),
            logger=_LOGGER,
        )
        self._settings = settings
        self._thread = threading.get_ident()
        self._on_answer = on_answer
        self._on_incoming = on_incoming
        self._client.max_inflight_messages_set(0)
        self._client.manual_ack_set(True)
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self.receive_maximum = 65535
        self.maximum_bytes = 256 * 1024 * 1024
        self._disconnected.add_done_callback(self._on_broken)
        if will is not None:
            self._client.will_set(will.topic, will.payload, qos=1, retain=True)

    async def open(self) -> None:
        """Dial and wait for CONNACK; raises `BrokerError`."""
        dial = self._loop.run_in_executor(None, self._client_connect)
        is_open = False
        try:
            await asyncio.shield(dial)
            async with asyncio.timeout(CONNACK_SECONDS):
                await asyncio.shield(self._connected)
            is_open = True
        except MqttConnectError as error:
            code = error.rc if isinstance(error.rc, ReasonCode) else ReasonCode(PacketTypes.CONNACK)
            raise connack_fault(self._settings, code.value, str(code)) from error
        except (OSError, ValueError) as error:
            raise connect_fault(self._settings, error) from error
        finally:
            if not is_open:  # when cancelled, the dialling thread is still at it: hang up after it
                dial.add_done_callback(lambda _: self.close(clean=False))

    def close(self, *, clean: bool) -> None:
        """Hang up at once. Clean means with a DISCONNECT, on which the broker forgets the will."""
        if clean and self._client.socket() is not None:
            self._client.disconnect()
            self._client.loop_write()
        left = self._client.socket()
        if left is not None and left.fileno() >= 0:
            self._loop.remove_reader(left.fileno())
            self._loop.remove_writer(left.fileno())
            left.close()
        if self._misc_task is not None:
            self._misc_task.cancel()
        self._end("closed")

    def transmit(
        self, topic: str, payload: bytes, *, content_type: str, retain: bool, correlation: bytes | None
    ) -> int:
        """Publish at QoS 1; gives the packet id that `on_answer` will tell. Raises `BrokerError`."""
        properties = (
            _content_type(content_type)
            if correlation is None
            else _publish_properties(content_type, correlation)
        )
        info = self._client.publish(topic, payload, 1, retain, properties)
        if info.rc != paho.MQTT_ERR_SUCCESS:
            raise self.lost_error(paho.error_string(info.rc))
        return info.mid

    async def listen(self, topic_filter: str) -> None:
        """Subscribe at QoS 1. Retained messages are not asked for: a retained command is an old command."""
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        for code in await self.unless_lost(self.subscribe(topic_filter, options=options)):
            if isinstance(code, ReasonCode) and code.is_failure:
                raise SubscribeRefusedError(topic_filter, str(code))

    def acknowledge(self, message: Incoming) -> None:
        """Only now does the broker send one more QoS 1 message in its place."""
        if message.qos and not self.lost.done():
            self._client.ack(message.mid, message.qos)

    def require(self) -> None:
        """Raise `BrokerError` when the connection is gone."""
        if self.lost.done():
            self.lost.result()

    async def unless_lost(self, waiting: Awaitable[_T]) -> _T:
        """The result of `waiting`, or `BrokerError` as soon as the connection is gone."""
        task = asyncio.ensure_future(waiting)
        try:
            await asyncio.wait((task, self.lost), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                self.require()
            return await task
        except aiomqtt.MqttError as error:
            raise self.lost_error(str(error)) from error
        finally:
            task.cancel()

    def lost_error(self, reason: str) -> BrokerError:
        return BrokerError(f"MQTT broker {address(self._settings)}: connection lost: {reason}")

    def _end(self, reason: str) -> None:
        for future, error in (
            (self._connected, closed_early(self._settings)),
            (self.lost, self.lost_error(reason)),
        ):
            if not future.done():
                fail(future, error)

    def _on_broken(self, broken: asyncio.Future[None]) -> None:
        """A callback of paho failed: the connection is not usable any more."""
        self._end("closed" if broken.cancelled() else str(broken.exception() or "closed"))

    def _on_connect(
        self,
        client: paho.Client,
        userdata: object,
        flags: paho.ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        self.receive_maximum = getattr(properties, "ReceiveMaximum", self.receive_maximum)
        self.maximum_bytes = getattr(properties, "MaximumPacketSize", self.maximum_bytes)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: object,
        flags: paho.DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        if reason_code.value == KEEPALIVE_TIMEOUT and not self._connected.done():
            fail(self._connected, connect_fault(self._settings, TimeoutError()))
        self._end(LOST_ADVICE.get(reason_code.value, str(reason_code)))

    def _on_publish(
        self,
        client: paho.Client,
        userdata: object,
        mid: int,
        reason_code: ReasonCode,
        properties: Properties,
    ) -> None:
        self._on_answer(mid, reason_code.value, str(reason_code))

    def _on_subscribe(
        self,
        client: paho.Client,
        userdata: object,
        mid: int,
        reason_codes: list[ReasonCode],
        properties: Properties | None = None,
    ) -> None:
        """An answer nobody waits for any more is none of our business: we were stopped meanwhile."""
        if mid in self._pending_subscribes:
            super()._on_subscribe(client, userdata, mid, reason_codes, properties)

    def _on_message(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:
        self._on_incoming(
            Incoming(
                topic=message.topic,
                payload=bytes(message.payload),
                response_topic=getattr(message.properties, "ResponseTopic", None),
                correlation_data=getattr(message.properties, "CorrelationData", None),
                mid=message.mid,
                qos=message.qos,
            )
        )

    def _on_socket_register_write(self, client: paho.Client, userdata: object, sock: PahoSocket) -> None:
        if threading.get_ident() == self._thread:
            self._watch_writes(client, sock)
        else:
            self._loop.call_soon_threadsafe(self._watch_writes, client, sock)

    def _watch_writes(self, client: paho.Client, sock: PahoSocket) -> None:
        if sock.fileno() >= 0:
            self._loop.add_writer(sock.fileno(), client.loop_write)

    def _on_socket_unregister_write(self, client: paho.Client, userdata: object, sock: PahoSocket) -> None:
        if sock.fileno() >= 0:
            self._loop.remove_writer(sock.fileno())


def fail(future: asyncio.Future[None], error: BaseException) -> None:
    """Fail a future that nobody may be waiting for any more."""
    if not future.done():
        future.set_exception(error)
        future.exception()


def _connect_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 0
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    properties.MaximumPacketSize = MAX_INCOMING_BYTES
    return properties


def _publish_properties(content_type: str, correlation: bytes) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = content_type
    properties.CorrelationData = correlation
    return properties


@lru_cache(maxsize=16)
def _content_type(content_type: str) -> Properties:
    """Shared by all messages of a kind."""
    return _PackedOnce(content_type)


class _PackedOnce(Properties):
    """Paho makes and packs properties for each message, which costs as much as the rest of publishing it."""

    def __init__(self, content_type: str) -> None:
        super().__init__(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        self.ContentType = content_type
        self.__dict__["packed"] = super().pack()  # type: ignore[no-untyped-call]

    def pack(self) -> bytes:
        packed: bytes = self.__dict__["packed"]
        return packed
