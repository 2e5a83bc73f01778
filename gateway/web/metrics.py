"""Prometheus metrics: one collector that reads the daemon's plain counters at scrape time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.stats import Histogram, Stats
from readers.status import ReaderState, ReaderStatus

PREFIX = "returns_gateway_"
MICRO = 1_000_000

Labels = TypeVar("Labels", bound=tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the figures come from; each is called on the loop at scrape time."""

    stats: Stats
    readers: Callable[[], Iterable[ReaderStatus]]
    reports: Callable[[], Mapping[str, int]]
    tracked: Callable[[], Mapping[str, int]]
    parked: Callable[[], Mapping[str, int]]
    clock: Callable[[], int]
    """Microseconds since 1970 UTC."""
    version: str


class Metrics:
    """The registry of one daemon."""

    def __init__(self, sources: Sources) -> None:
        self._registry = CollectorRegistry()
        self._ours = _GatewayCollector(sources)
        self._registry.register(self._ours)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def families(self) -> Iterator[Metric]:
        """What is ours, for those who write about it."""
        return self._ours.collect()

    def text(self) -> bytes:
        """The exposition format, text version 0.0.4."""
        return generate_latest(self._registry)


class _GatewayCollector(Collector):
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        yield from self._reads()
        yield from self._readers()
        yield from self._decisions()
        yield from self._delivery()
        yield _gauge(
            "build_info", "Always 1; the version is in the label.", {(self._sources.version,): 1}, "version"
        )

    def _reads(self) -> Iterator[Metric]:
        stats = self._sources.stats
        yield _counter("tag_reads", "Tag reads decoded.", _single(stats.tag_reads), "reader")
        yield _counter(
            "tag_reports", "RO_ACCESS_REPORT messages decoded.", _single(self._sources.reports()), "reader"
        )
        yield _counter(
            "reads_dropped",
            "Reads and messages that went no further.",
            _single(stats.reads_dropped),
            "reason",
        )
        yield _gauge("tracked_tags", "Tags in memory.", _single(self._sources.tracked()), "read_point")
        yield _gauge(
            "parked_tags",
            "Tags in a door's field that do not move.",
            _single(self._sources.parked()),
            "read_point",
        )

    def _readers(self) -> Iterator[Metric]:
        readers = list(self._sources.readers())
        connected = {(r.reader,): float(r.state is ReaderState.CONNECTED) for r in readers}
        yield _gauge("reader_connected", "1 while the reader inventories for us.", connected, "reader")
        reports = {(r.reader,): r.last_report_us / MICRO for r in readers if r.last_report_us is not None}
        yield _gauge("reader_last_report_timestamp_seconds", "When the last report came.", reports, "reader")
        offsets = {(r.reader,): r.clock_offset_seconds for r in readers if r.clock_offset_seconds is not None}
        yield _gauge("reader_clock_offset_seconds", "Host clock minus reader clock.", offsets, "reader")
        reconnects = self._sources.stats.reader_reconnects
        yield _counter("reader_reconnects", "Connections lost or refused.", reconnects, "reader", "reason")
        inputs = self._sources.stats.gpi_changes
        yield _counter("gpi_changes", "Changes of a reader's inputs.", inputs, "reader", "port")

    def _decisions(self) -> Iterator[Metric]:
        stats = self._sources.stats
        yield _counter("passages", "Passages judged at doors.", stats.passages, "read_point", "verdict")
        yield _counter(
            "passage_reads", "Reads of those passages.", stats.passage_reads, "read_point", "verdict"
        )
        yield _counter("events", "Events stored.", _single(stats.events), "kind")
        yield _counter("receipts", "Receipts stored.", stats.receipts, "read_point", "match")
        yield _counter("restocks", "Restocks stored.", _single(stats.restocks), "read_point")
        yield _counter("exceptions", "Exceptions stored.", _single(stats.exceptions), "code")
        yield _gauge("open_rmas", "RMAs that expect items.", {(): stats.open_rmas})
        yield _gauge("open_rma_lines", "RMA lines that expect items.", {(): stats.open_rma_lines})
        yield _gauge("rma_overdue", "RMAs past their service level.", {(): stats.rma_overdue})
        yield _gauge("rma_at_risk", "RMAs that become overdue within a day.", {(): stats.rma_at_risk})
        yield _histogram(
            "decision_seconds", "Last read of the passage to event stored.", stats.decision_seconds
        )
        yield _gauge(
            "storage_faulty",
            "1 while the database takes no decisions.",
            {(): float(stats.storage_fault is not None)},
        )
        free = {} if stats.disk_free_bytes is None else {(): float(stats.disk_free_bytes)}
        yield _gauge("disk_free_bytes", "Free space where the SQLite database lies.", free)

    def _delivery(self) -> Iterator[Metric]:
        stats = self._sources.stats
        oldest_us = stats.outbox_oldest_us
        age = 0.0 if oldest_us is None else max(0.0, (self._sources.clock() - oldest_us) / MICRO)
        yield _gauge(
            "mqtt_connected", "1 while the broker takes messages.", {(): float(stats.mqtt_connected)}
        )
        yield _gauge("outbox_pending", "Events stored and not yet published.", {(): stats.outbox_pending})
        yield _gauge("outbox_oldest_seconds", "Age of the oldest of them.", {(): age})
        yield _counter("published", "Events the broker has taken (PUBACK).", {(): stats.published})
        yield _counter("publish_refused", "Publishes the broker refused.", {(): stats.publish_refused})
        yield _counter("commands", "Commands answered.", stats.commands, "verb", "status")
        yield _histogram("publish_seconds", "Event stored to PUBACK.", stats.publish_seconds)
        yield _histogram(
            "event_loop_lag_seconds", "How late the loop's timer was.", stats.event_loop_lag_seconds
        )


def _single(values: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    return {(label,): value for label, value in values.items()}


def _counter(name: str, text: str, values: Mapping[Labels, float], *labels: str) -> Metric:
    family = CounterMetricFamily(PREFIX + name, text, labels=labels)
    for label, value in values.items():
        family.add_metric(label, value)
    return family


def _gauge(name: str, text: str, values: Mapping[Labels, float], *labels: str) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, text, labels=labels)
    for label, value in values.items():
        family.add_metric(label, value)
    return family


def _histogram(name: str, text: str, histogram: Histogram) -> Metric:
    family = HistogramMetricFamily(PREFIX + name, text)
    buckets: list[tuple[str, float]] = []
    total = 0
    for bound, count in zip((*map(str, histogram.bounds), "+Inf"), histogram.counts, strict=True):
        total += count
        buckets.append((bound, total))
    family.add_metric([], buckets, histogram.total_seconds)
    return family
