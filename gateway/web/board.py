"""What the pages show while it happens: readers, read points, items, events, delivery; as JSON objects."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from gateway.settings import Settings
from gateway.web.metrics import Sources
from gateway.web.sightings import Sighting, sightings
from readers.status import ReaderStatus
from rules.events import Event
from rules.observation import Observation, ReadPoint

LATEST = 50
"""Events on the board."""
LATEST_AT_POINT = 24
"""Items on the screen of a read point."""

Json = Mapping[str, object]


class Board:
    """Keeps the latest items and events; the rest is read from the sources when somebody looks.

    Times are milliseconds since 1970, as browsers count.
    """

    def __init__(self, settings: Settings, sources: Sources) -> None:
        self._sources = sources
        self._events: deque[Event] = deque(maxlen=LATEST)
        self._items: dict[str, deque[Sighting]] = {}
        self.adopt(settings)
        self.news = asyncio.Event()
        """Set when there is something new; the next news has another one."""

    def adopt(self, settings: Settings) -> None:
        """Other readers or read points; what was seen at those that stay is kept."""
        self._settings = settings
        self._points = {point.id: point for point in settings.read_points}
        self._items = {point: self._items.get(point, deque(maxlen=LATEST_AT_POINT)) for point in self._points}

    def saw(self, observations: Sequence[Observation], events: Sequence[Event]) -> None:
        """Told after each commit: what was seen, and what it meant."""
        for sighting in sightings(observations, events):
            if sighting.read_point in self._items:
                self._items[sighting.read_point].append(sighting)
                self.ring()

    def add(self, events: Sequence[Event]) -> None:
        """Told of every committed event, whoever caused it."""
        if events:
            self._events.extend(events)
            self.ring()

    def ring(self) -> None:
        """Wakes who waits for news."""
        self.news.set()
        self.news = asyncio.Event()

    def has(self, read_point: str) -> bool:
        return read_point in self._points

    def state(self) -> Json:
        """The fleet board."""
        stats, sources = self._sources.stats, self._sources
        return {
            **self._head(),
            "readers": [self._reader(status) for status in sources.readers()],
            "read_points": self._read_points(),
            "inspecting": [
                asdict(sighting)
                for point in self._points.values()
                if point.biz_step == "inspecting"
                for sighting in reversed(self._items[point.id])
            ],
            "events": [_row(event) for event in reversed(self._events)],
            "exceptions": dict(stats.exceptions),
            "reads_dropped": dict(stats.reads_dropped),
            "open_rmas": stats.open_rmas,
            "open_rma_lines": stats.open_rma_lines,
            "rma_overdue": stats.rma_overdue,
            "outbox_pending": stats.outbox_pending,
            "outbox_oldest_ms": _ms(stats.outbox_oldest_us),
            "published": stats.published,
            "publish_refused": stats.publish_refused,
            "mqtt_connected": stats.mqtt_connected,
            "mqtt_reason": stats.mqtt_reason,
            "storage_fault": stats.storage_fault,
        }

    def point(self, read_point: str) -> Json:
        """The screen of one read point, which must be known."""
        point = self._points[read_point]
        readers = {route.reader for route in self._settings.routes if route.read_point == read_point}
        return {
            **self._head(),
            "id": point.id,
            "kind": point.kind.value,
            "biz_step": point.biz_step.value,
            "readers": [
                self._reader(status) for status in self._sources.readers() if status.reader in readers
            ],
            "items": [asdict(sighting) for sighting in reversed(self._items[read_point])],
            "storage_fault": self._sources.stats.storage_fault,
        }

    def _head(self) -> Json:
        return {
            "site": self._settings.site,
            "gateway": self._settings.name,
            "version": self._sources.version,
            "now_ms": self._sources.clock() // 1000,
        }

    def _reader(self, status: ReaderStatus) -> Json:
        return {
            "id": status.reader,
            "address": status.address,
            "state": status.state.value,
            "since_ms": _ms(status.since_us),
            "reason": status.reason,
            "next_try_ms": _ms(status.next_try_us),
            "model": status.model,
            "reads": self._sources.stats.tag_reads[status.reader],
            "last_report_ms": _ms(status.last_report_us),
            "clock_offset_seconds": status.clock_offset_seconds,
        }

    def _read_points(self) -> list[Json]:
        tracked, parked = self._sources.tracked(), self._sources.parked()
        return [
            self._read_point(point, tracked.get(point.id, 0), parked.get(point.id))
            for point in self._points.values()
        ]

    def _read_point(self, point: ReadPoint, tracked: int, parked: int | None) -> Json:
        stats = self._sources.stats
        latest = self._items[point.id]
        return {
            "id": point.id,
            "kind": point.kind.value,
            "biz_step": point.biz_step.value,
            "tracked": tracked,
            "parked": parked,
            "receipts": sum(n for (where, _), n in stats.receipts.items() if where == point.id),
            "restocks": stats.restocks.get(point.id, 0),
            "passages": {verdict: n for (where, verdict), n in stats.passages.items() if where == point.id},
            "last_item_ms": latest[-1].time_ms if latest else None,
        }


def _row(event: Event) -> Json:
    return {
        "id": event.id,
        "time_ms": _ms(event.time_us),
        "kind": event.kind.value,
        "read_point": event.read_point,
        "item": event.epc_uri or event.subject,
        "epc": event.epc,
        "rma": event.rma,
        "line": event.line,
        "received": event.received,
        "expected": event.expected,
        "reason": event.reason,
        "route": event.route,
        "grade": event.grade,
        "disposition": event.disposition,
        "code": event.code.value if event.code else None,
        "text": event.status or event.detail,
        "confidence": event.confidence,
    }


def _ms(time_us: int | None) -> int | None:
    return None if time_us is None else time_us // 1000
