"""Commands and acknowledgements in, answers out.

Bounded by back-pressure: a message is acknowledged to the broker only when it has been dealt with, and the
broker holds back what comes beyond that. QoS 0 cannot be held back: what finds no room is dropped, counted.
Nothing from outside becomes a topic but a checked response topic.
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from gateway.documents.cloudevents import SEQUENCE_DIGITS
from gateway.errors import GatewayError, InputError
from gateway.mqtt.client import MqttClient
from gateway.mqtt.faults import PublishRefusedError, SubscribeRefusedError
from gateway.mqtt.marking import patiently
from gateway.mqtt.messages import Incoming
from gateway.mqtt.payloads import only, read_object, text
from gateway.mqtt.topics import Topics
from gateway.mqtt.verbs import Context, Detail, Verb
from gateway.stats import Stats
from gateway.store import outbox

CONTENT_TYPE = "application/json"
BATCH = 64
"""Commands worked on together: their writes share one commit."""
MAX_ERROR = 4_000
"""Characters of an answer's error."""
MAX_TOPIC_BYTES = 256
UNKNOWN = "unknown"
"""In the counters, the verb of commands that do not exist."""

_logger = logging.getLogger("gateway.mqtt")


class Commands:
    """Hears the site's commands and this gateway's acknowledgements for as long as a connection lasts."""

    def __init__(
        self,
        context: Context,
        topics: Topics,
        stats: Stats,
        *,
        verbs: Mapping[str, Verb],
        on_done: Callable[[], None],
        on_confirmed: Callable[[], None],
    ) -> None:
        self._context = context
        self._topics = topics
        self._stats = stats
        self._verbs = verbs
        self._on_done = on_done
        self._on_confirmed = on_confirmed

    async def run(self, client: MqttClient) -> None:
        """Until the connection is lost. Raises `SubscribeRefusedError`."""
        await client.subscribe(self._topics.commands)
        await client.subscribe(self._topics.acknowledgements(self._topics.gateway))
        while True:
            messages = await client.receive(BATCH)
            await self._confirm([message for message in messages if self._topics.verb(message.topic) is None])
            commands = [message for message in messages if self._topics.verb(message.topic) is not None]
            if commands:
                answers = await asyncio.gather(*(self._answer(message) for message in commands))
                self._on_done()
                await self._respond(client, answers)
            for message in messages:
                client.done(message)
            self._count_dropped(client)

    async def hear(self, client: MqttClient, gateway: str) -> None:
        """Acknowledgements of another gateway's events, which we publish for it; where the broker forbids it
        they are sent again until that gateway is back.
        """
        try:
            await client.subscribe(self._topics.acknowledgements(gateway))
        except SubscribeRefusedError as refusal:
            _logger.warning("%s; its events are not acknowledged to us", refusal)

    async def _answer(self, message: Incoming) -> tuple[str, bytes, bytes | None]:
        """Topic, payload and correlation data of the answer to one command."""
        verb = self._topics.verb(message.topic) or UNKNOWN
        topic, error, detail = self._topics.response, None, Detail()
        try:
            topic = self._response_topic(message)
            if verb not in self._verbs:
                raise InputError((f"there is no command {verb[:64]!r}; there are {', '.join(self._verbs)}",))
            document = await asyncio.to_thread(read_object, message.payload)
            detail = await self._verbs[verb](self._context, document)
        except GatewayError as fault:
            error = str(fault)[:MAX_ERROR]
        status = "ok" if error is None else "error"
        self._stats.commands[verb if verb in self._verbs else UNKNOWN, status] += 1
        answer = {"verb": verb, "status": status, "error": error, "detail": detail}
        payload = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        return topic, payload, message.correlation_data

    async def _respond(self, client: MqttClient, answers: Sequence[tuple[str, bytes, bytes | None]]) -> None:
        """An answer that the broker refuses is nobody's loss but the asker's: counted."""
        sent = [
            client.send(topic, payload, content_type=CONTENT_TYPE, correlation=correlation)
            for topic, payload, correlation in answers
        ]
        for accepted in sent:
            try:
                await accepted
            except PublishRefusedError as refusal:
                self._stats.publish_refused += 1
                _logger.warning("%s", refusal)

    def _response_topic(self, message: Incoming) -> str:
        """Where the sender wants the answer. Never into our own topics, where it could pass for an event."""
        topic = message.response_topic
        if topic is None or topic == self._topics.response:
            return self._topics.response
        if not is_plain_topic(topic):
            raise InputError(
                ("response topic: no wildcards, no control characters, not $…, at most 256 bytes",)
            )
        if self._topics.is_ours(topic):
            raise InputError((f"response topic: must not lie under {self._topics.site_prefix}",))
        return topic

    async def _confirm(self, messages: Sequence[Incoming]) -> None:
        """All acknowledgements of a batch in one write; a faulty one is counted and changes nothing."""
        ids: list[str] = []
        up_to: Counter[str] = Counter()
        for message in messages:
            try:
                event_id, sequence = parse_acknowledgement(message.payload)
            except InputError as error:
                self._stats.commands["ack", "error"] += 1
                _logger.warning("acknowledgement ignored: %s", error)
                continue
            self._stats.commands["ack", "ok"] += 1
            gateway = self._topics.acknowledged(message.topic)
            up_to[gateway] = max(up_to[gateway], sequence)
            if event_id is not None:
                ids.append(event_id)
        if ids or any(up_to.values()):
            database = self._context.database
            await patiently(lambda: database.write(lambda connection: outbox.confirm(connection, ids, up_to)))
            self._on_confirmed()

    def _count_dropped(self, client: MqttClient) -> None:
        dropped = client.take_dropped()
        if dropped:
            self._stats.commands[UNKNOWN, "dropped"] += dropped


def is_plain_topic(topic: str) -> bool:
    """A topic name anyone may publish to: MQTT 5.0, 4.7, and of sane length."""
    return (
        0 < len(topic.encode("utf-8", "replace")) <= MAX_TOPIC_BYTES
        and topic.isprintable()
        and not topic.startswith("$")
        and "+" not in topic
        and "#" not in topic
    )


def parse_acknowledgement(payload: bytes) -> tuple[str | None, int]:
    """The acknowledged event id, or the sequence number up to which all is acknowledged, else 0."""
    document = read_object(payload)
    only(document, {"id", "sequence"})
    if len(document) != 1:
        raise InputError(("either id or sequence is expected",))
    if "id" in document:
        return text(document, "id"), 0
    sequence = document["sequence"]
    digits = str(sequence) if isinstance(sequence, int) else text(document, "sequence")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= SEQUENCE_DIGITS):
        raise InputError((f"sequence: up to {SEQUENCE_DIGITS} digits are expected",))
    return None, int(digits)
