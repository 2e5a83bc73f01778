"""Retained states: is the gateway there, and how is each reader; again on every connection."""

import asyncio
import json
import logging
from dataclasses import dataclass

from gateway.documents.cloudevents import rfc3339
from gateway.mqtt.client import MqttClient
from gateway.mqtt.faults import PublishRefusedError
from gateway.mqtt.messages import Will
from gateway.mqtt.topics import Topics
from gateway.stats import Stats
from readers.status import ReaderStatus

CONTENT_TYPE = "application/json"

_logger = logging.getLogger("gateway.mqtt")


@dataclass(frozen=True, slots=True)
class Boot:
    """One run of the daemon: another id after each start."""

    version: str
    id: str


class States:
    """Keeps the latest state of everything and has the broker keep it too. One entry per reader."""

    def __init__(self, topics: Topics, stats: Stats, boot: Boot) -> None:
        self._topics = topics
        self._stats = stats
        self._boot = boot
        self._readers: dict[str, ReaderStatus | None] = {}
        self._changed: dict[str, ReaderStatus | None] = {}
        self._has_changed = asyncio.Event()

    def reader_state(self, status: ReaderStatus) -> None:
        """A reader's state now; of several before the next publish only the last one goes out."""
        self._readers[status.reader] = status
        self._changed[status.reader] = status
        self._has_changed.set()

    def reader_gone(self, reader: str) -> None:
        """It is no longer ours: the broker forgets its state."""
        self._readers[reader] = self._changed[reader] = None
        self._has_changed.set()

    def will(self) -> Will:
        """Offline, as the broker tells it for us: nobody knows since when."""
        return Will(self._topics.state, self._gateway("offline", None))

    async def publish_gateway(self, client: MqttClient, state: str, now_us: int) -> None:
        """`online` or `offline`, since now."""
        await self._publish(client, self._topics.state, self._gateway(state, now_us))

    async def run(self, client: MqttClient) -> None:
        """All reader states to a broker that may know none of them, then each change, until cancelled."""
        self._changed = dict(self._readers)
        while True:
            self._has_changed.clear()
            changed, self._changed = self._changed, {}
            for reader, status in changed.items():
                await self._publish(client, self._topics.reader_state(reader), _reader(status))
            await self._has_changed.wait()

    async def _publish(self, client: MqttClient, topic: str, payload: bytes) -> None:
        """A refused state must not keep events from going out: it is counted and told."""
        try:
            await client.publish(topic, payload, content_type=CONTENT_TYPE, retain=True)
        except PublishRefusedError as error:
            self._stats.publish_refused += 1
            _logger.warning("%s", error)

    def _gateway(self, state: str, since_us: int | None) -> bytes:
        return _encode(
            {
                "gateway": self._topics.gateway,
                "state": state,
                "version": self._boot.version,
                "boot_id": self._boot.id,
                "since": None if since_us is None else rfc3339(since_us),
            }
        )


def _reader(status: ReaderStatus | None) -> bytes:
    """Nothing at all removes what is retained (MQTT 5.0, 3.3.1.3)."""
    if status is None:
        return b""
    return _encode(
        {
            "reader": status.reader,
            "state": status.state,
            "since": rfc3339(status.since_us),
            "reason": status.reason,
            "last_report": None if status.last_report_us is None else rfc3339(status.last_report_us),
            "clock_offset_seconds": status.clock_offset_seconds,
            "address": status.address,
            "model": status.model,
        }
    )


def _encode(document: dict[str, str | float | None]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
