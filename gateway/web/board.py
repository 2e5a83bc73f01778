"""What the live page shows: readers, read points, the latest events, the outbox; as one JSON object."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.web.metrics import Sources
from rules.events import Event

LATEST = 50


class Board:
    """Keeps the latest events; the rest is read from the sources when somebody looks."""

    def __init__(self, site: str, gateway: str, sources: Sources) -> None:
        self._site = site
        self._gateway = gateway
        self._sources = sources
        self._latest: deque[Event] = deque(maxlen=LATEST)
        self.version = 0
        """Grows with every event, so that a watcher knows there is something new."""

    def add(self, events: Sequence[Event]) -> None:
        """Told after each commit."""
        if events:
            self._latest.extend(events)
            self.version += 1

    def state(self) -> Mapping[str, Any]:
        """The page's whole state; times in milliseconds since 1970, as browsers count."""
        stats = self._sources.stats
        return {
            "site": self._site,
            "gateway": self._gateway,
            "version": self._sources.version,
            "now_ms": self._sources.clock() // 1000,
            "readers": [
                {
                    "id": status.reader,
                    "address": status.address,
                    "state": status.state.value,
                    "since_ms": status.since_us // 1000,
                    "reason": status.reason,
                    "model": status.model,
                    "reads": stats.tag_reads[status.reader],
                    "last_report_ms": None
                    if status.last_report_us is None
                    else status.last_report_us // 1000,
                }
                for status in self._sources.readers()
            ],
            "read_points": self._read_points(),
            "events": [_row(event) for event in reversed(self._latest)],
            "open_rmas": stats.open_rmas,
            "open_rma_lines": stats.open_rma_lines,
            "outbox_pending": stats.outbox_pending,
            "mqtt_connected": stats.mqtt_connected,
            "mqtt_reason": stats.mqtt_reason,
            "storage_fault": stats.storage_fault,
        }

    def _read_points(self) -> list[Mapping[str, Any]]:
        stats = self._sources.stats
        parked = self._sources.parked()
        return [
            {
                "id": point,
                "tracked": tracked,
                "parked": parked.get(point),
                "receipts": sum(n for (where, _), n in stats.receipts.items() if where == point),
                "restocks": stats.restocks.get(point, 0),
                "passages": {verdict: n for (where, verdict), n in stats.passages.items() if where == point},
            }
            for point, tracked in self._sources.tracked().items()
        ]


def _row(event: Event) -> Mapping[str, Any]:
    return {
        "time_ms": event.time_us // 1000,
        "kind": event.kind.value,
        "read_point": event.read_point,
        "item": event.epc_uri or event.subject,
        "epc": event.epc,
        "rma": event.rma,
        "line": event.line,
        "received": event.received,
        "expected": event.expected,
        "text": (event.code.value if event.code else None) or event.status or event.detail,
        "confidence": event.confidence,
    }
