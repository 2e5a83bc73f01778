"""What the daemon counts: plain ints and small dicts, written where things happen, read once per scrape."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field

DECISION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
PUBLISH_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0)
LAG_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


class Histogram:
    """Counts per bucket, upper bounds inclusive, in seconds."""

    __slots__ = ("bounds", "counts", "total_seconds")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total_seconds = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total_seconds += seconds


def _counter() -> defaultdict[str, int]:
    return defaultdict(int)


def _pairs() -> defaultdict[tuple[str, str], int]:
    return defaultdict(int)


@dataclass(slots=True)
class Stats:
    """One per daemon. Keys are reader ids, read point ids and codes only: bounded by the configuration."""

    tag_reads: defaultdict[str, int] = field(default_factory=_counter)
    """By reader."""
    reads_dropped: defaultdict[str, int] = field(default_factory=_counter)
    """By reason."""
    reader_reconnects: defaultdict[tuple[str, str], int] = field(default_factory=_pairs)
    """By reader and reason."""
    gpi_changes: defaultdict[tuple[str, str], int] = field(default_factory=_pairs)
    """By reader and input port."""
    passages: defaultdict[tuple[str, str], int] = field(default_factory=_pairs)
    """By read point and verdict."""
    passage_reads: defaultdict[tuple[str, str], int] = field(default_factory=_pairs)
    """Reads of those passages, by the same."""
    receipts: defaultdict[tuple[str, str], int] = field(default_factory=_pairs)
    """By read point and how the item was matched: epc, serial or gtin."""
    restocks: defaultdict[str, int] = field(default_factory=_counter)
    """By read point."""
    exceptions: defaultdict[str, int] = field(default_factory=_counter)
    """By code."""
    events: defaultdict[str, int] = field(default_factory=_counter)
    """By kind."""
    decision_seconds: Histogram = field(default_factory=lambda: Histogram(DECISION_BUCKETS))
    publish_seconds: Histogram = field(default_factory=lambda: Histogram(PUBLISH_BUCKETS))
    event_loop_lag_seconds: Histogram = field(default_factory=lambda: Histogram(LAG_BUCKETS))
    published: int = 0
    publish_refused: int = 0
    commands: defaultdict[tuple[str, str], int] = field(default_factory=_pairs)
    """By verb and status."""
    mqtt_connected: bool = False
    mqtt_reason: str | None = "not yet connected"
    outbox_pending: int = 0
    outbox_oldest_us: int | None = None
    open_rmas: int = 0
    open_rma_lines: int = 0
    rma_overdue: int = 0
    rma_at_risk: int = 0
    disk_free_bytes: int | None = None
    """Where the database's file lies; None while unknown, and for PostgreSQL."""
    standstill: str | None = None
    """Which part does not go on, in words; None while all do."""
    storage_fault: str | None = None
    """Why the database takes no decisions just now, in words; None while it does."""
