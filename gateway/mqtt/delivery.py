"""From the outbox to the broker, in order: a sliding window of publishes, each marked when taken.

Order and refusal: messages go out by sequence, and two about the same item are never on the wire together, so
an item's events arrive in order. After a time without the right to publish, the first sent is the first that
was not. When the broker refuses one (its ACL, a quota), nothing later is sent: the refused message is held
and tried again with growing pauses until the broker takes it, and the sequence a consumer sees has no gap
that fills up later. The alarm names topic and reason.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from gateway.documents import epcis
from gateway.documents.cloudevents import subject_of
from gateway.documents.epcis import encode_epcis, epcis_topic
from gateway.mqtt.client import MqttClient
from gateway.mqtt.faults import BrokerError, PublishRefusedError
from gateway.mqtt.marking import Marker, patiently
from gateway.settings import Settings
from gateway.stats import Stats
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.outbox import Message
from readers.backoff import Backoff
from rules.observation import ReadPoint

CHUNK = 500
"""Messages read from the outbox at a time."""
POLL_SECONDS = 1.0
"""How often the outbox is searched from its start: for replays and for what other processes stored."""
PUBACK_SECONDS = 20.0
"""A broker that answers pings but no publish for this long is left."""

_logger = logging.getLogger("gateway.mqtt")


@dataclass(frozen=True, slots=True)
class _InFlight:
    message: Message
    subject: bytes
    accepted: tuple[asyncio.Future[None], ...]
    """Of the event, and of its EPCIS document where there is one."""


class Delivery:
    """Sends one gateway's outbox over one connection after another; at most `in_flight` are unanswered."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        stats: Stats,
        *,
        now_us: Callable[[], int],
        random: Random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        may_send: Callable[[], bool] = lambda: True,
    ) -> None:
        """`may_send` is asked before each message: the right to publish this outbox may end."""
        self._database = database
        self._gateway = settings.name
        self._settings = settings.mqtt
        self._stats = stats
        self.marker = Marker(database, settings.name, now_us)
        """Runs beside `run`, for longer than one connection."""
        self._now_us = now_us
        self._random = random
        self._sleep = sleep
        self._may_send = may_send
        self._window: deque[_InFlight] = deque()
        self._subjects: set[bytes] = set()
        self._cursor = 0
        self._survey_at = 0.0
        self._resend_at = 0.0
        self._is_barred = False
        """A message was passed over for want of the right to publish: none may overtake it."""
        self._refusal: str | None = None
        """What the broker last said when it refused a message."""
        self._is_stopping = False
        self._woken = asyncio.Event()
        self.adopt(settings.read_points)

    def adopt(self, read_points: Sequence[ReadPoint]) -> None:
        """Where they are, for EPCIS."""
        self._sglns = {point.id: point.sgln for point in read_points}

    def wake(self) -> None:
        """There is something new in the outbox."""
        self._woken.set()

    def confirmed(self) -> None:
        """A consumer acknowledges again: what else it has not acknowledged need not wait to be sent again."""
        self._resend_at = 0.0

    def stop(self) -> None:
        """Have `run` return as soon as everything is sent."""
        self._is_stopping = True
        self._woken.set()

    async def run(self, client: MqttClient) -> None:
        """Send what is pending and what comes; returns when stopped and all is sent. Raises `BrokerError`."""
        self._window.clear()
        self._subjects.clear()
        self._is_barred = True
        while True:
            self._woken.clear()
            is_last = self._is_stopping  # before the search: what was stored before `stop` must be found
            if self._is_barred:
                await self._start_over(client)
            messages = await self._next_messages()
            for message in messages:
                await self._send(client, message)
            if messages:
                continue
            while self._window:
                await self._settle_oldest(client)
            if is_last:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()

    async def _start_over(self, client: MqttClient) -> None:
        """From the first message that was not sent, once what was has been settled."""
        while self._window:
            await self._settle_oldest(client)
        await self.marker.idle()
        self._cursor = 0
        self._is_barred = False

    async def _next_messages(self) -> list[Message]:
        """What follows the last ones; now and then from the start, once nothing of it is on its way."""
        now = time.monotonic()
        if now >= self._survey_at and not self._window and self.marker.is_idle:
            self._survey_at = now + POLL_SECONDS
            self._cursor = 0
        if not self._may_send():
            return []
        messages = await patiently(
            lambda: self._database.read(
                lambda connection: outbox.pending(connection, self._gateway, self._cursor, CHUNK)
            )
        )
        if messages:
            self._cursor = messages[-1].sequence
            return messages
        return await self._unconfirmed(now) if self._settings.require_ack else []

    async def _unconfirmed(self, now: float) -> list[Message]:
        """What no consumer has acknowledged in time: one chunk at a time, and no more while nobody does."""
        if now < self._resend_at or self._window or not self.marker.is_idle:
            return []
        before_us = self._now_us() - round(self._settings.resend_seconds * 1e6)
        messages = await patiently(
            lambda: self._database.read(
                lambda connection: outbox.unconfirmed(connection, self._gateway, before_us, CHUNK)
            )
        )
        self._resend_at = now + (self._settings.resend_seconds if messages else POLL_SECONDS)
        return messages

    async def _send(self, client: MqttClient, message: Message) -> None:
        if self._is_barred:
            return
        subject = subject_of(message.payload)
        while self._window and (len(self._window) >= self._settings.in_flight or subject in self._subjects):
            await self._settle_oldest(client)
        if self.marker.is_full:
            await self.marker.idle()
        self._is_barred = self._is_barred or not self._may_send()
        if self._is_barred:
            return
        self._window.append(_InFlight(message, subject, self._publish(client, message)))
        if subject:
            self._subjects.add(subject)

    async def _settle_oldest(self, client: MqttClient) -> None:
        try:
            await self._settle(self._window[0])
            while self._window and all(accepted.done() for accepted in self._window[0].accepted):
                await self._settle(self._window[0])
        except PublishRefusedError as refusal:
            await self._hold(client, refusal)

    async def _settle(self, flight: _InFlight) -> None:
        """Wait for the broker's answer to the oldest; raises `PublishRefusedError` and leaves it there."""
        await _answers(flight.accepted)
        self._window.popleft()
        self._subjects.discard(flight.subject)
        self._taken(flight.message)

    async def _hold(self, client: MqttClient, refusal: PublishRefusedError) -> None:
        """Let the rest of the window be answered, then insist on what was refused, in order."""
        held: list[Message] = []
        for flight in self._window:
            try:
                await _answers(flight.accepted)
                self._taken(flight.message)
            except PublishRefusedError:
                held.append(flight.message)
        self._window.clear()
        self._subjects.clear()
        self._refused(refusal, len(held))
        for message in held:
            await self._insist(client, message)

    async def _insist(self, client: MqttClient, message: Message) -> None:
        """Until the broker takes it or the right to publish ends."""
        backoff = Backoff(self._random)
        while not self._is_barred:
            await self._sleep(backoff.next_delay())
            if not self._may_send():
                self._is_barred = True
                return
            try:
                await _answers(self._publish(client, message))
            except PublishRefusedError as refusal:
                self._refused(refusal, 1)
            else:
                self._taken(message)
                return

    def _publish(self, client: MqttClient, message: Message) -> tuple[asyncio.Future[None], ...]:
        accepted = client.send(message.topic, message.payload, content_type=message.content_type)
        document = encode_epcis(message.payload, self._sglns) if self._settings.epcis else None
        if document is None:
            return (accepted,)
        topic = epcis_topic(message.topic)
        return (accepted, client.send(topic, document, content_type=epcis.CONTENT_TYPE))

    def _taken(self, message: Message) -> None:
        self.marker.add(message.sequence)
        if self._stats.mqtt_reason == self._refusal:
            self._stats.mqtt_reason = None
        self._stats.published += 1
        self._stats.publish_seconds.observe(max(0.0, (self._now_us() - message.stored_us) / 1e6))

    def _refused(self, refusal: PublishRefusedError, count: int) -> None:
        self._stats.publish_refused += count
        self._refusal = str(refusal)
        if self._stats.mqtt_reason != self._refusal:
            _logger.error("%s; holding this event and all later ones until the broker takes it", refusal)
        self._stats.mqtt_reason = self._refusal


async def _answers(sent: Sequence[asyncio.Future[None]]) -> None:
    """Return when the broker took all of it; raises `PublishRefusedError` or `BrokerError`."""
    for accepted in sent:
        if accepted.done():
            accepted.result()
            continue
        try:
            async with asyncio.timeout(PUBACK_SECONDS):  # wait_for may swallow a cancellation
                await accepted
        except TimeoutError as error:
            raise BrokerError(f"the broker answered no publish for {PUBACK_SECONDS:g} s") from error
