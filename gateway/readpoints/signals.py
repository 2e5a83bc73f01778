"""Lamps and buzzers at the doors: which event, or fault, switches on which output of which reader."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from gateway.settings import Settings
from gateway.stats import Stats
from readers.settings import ReaderSettings
from rules.events import Event
from rules.vocabulary import EventKind

LATE_US = 10_000_000
"""A lamp tells of what is at the door now: what happened longer ago than this switches nothing on."""
WATCH_SECONDS = 1.0
"""How soon a fault lamp follows the fault."""
MATCHED = (EventKind.RECEIPT, EventKind.RESTOCK)


class Switch(Protocol):
    """`readers.fleet.Fleet.set_output`."""

    def __call__(self, reader: str, port: int, *, is_high: bool, seconds: float | None = None) -> bool: ...


class Signals:
    """`tell` is one of the pipeline's listeners; times are microseconds since 1970 UTC."""

    def __init__(self, settings: Settings, switch: Switch, now_us: Callable[[], int]) -> None:
        self._switch = switch
        self._now_us = now_us
        self._lit: set[str] = set()
        """Readers whose fault output is on."""
        self._readers: dict[str, list[ReaderSettings]] = {}
        self.adopt(settings)

    def adopt(self, settings: Settings) -> None:
        """Other readers, read points or outputs."""
        self._readers = {
            point.id: [
                reader
                for reader in settings.readers
                if any((route.reader, route.read_point) == (reader.id, point.id) for route in settings.routes)
            ]
            for point in settings.read_points
        }

    def tell(self, events: Sequence[Event]) -> None:
        for event in events:
            if self._is_present(event):
                for reader in self._readers.get(event.read_point or "", ()):
                    self._signal(event, reader)

    async def run(self, stats: Stats) -> None:
        """For ever: fault lamps follow what is stored."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self.watch(is_faulty=stats.storage_fault is not None)

    def watch(self, *, is_faulty: bool) -> None:
        """Every second or so: whether decisions can be stored; a reader that was away follows later."""
        for reader in self._all():
            if reader.gpo_fault is None or is_faulty == (reader.id in self._lit):
                continue
            if self._switch(reader.id, reader.gpo_fault, is_high=is_faulty):
                (self._lit.add if is_faulty else self._lit.discard)(reader.id)

    def _is_present(self, event: Event) -> bool:
        """An item was seen, and just now."""
        seen = event.evidence
        return seen is not None and not seen.late and self._now_us() - event.time_us <= LATE_US

    def _signal(self, event: Event, reader: ReaderSettings) -> None:
        """What a rule wants of an output goes before what it usually does."""
        wanted: dict[int, float] = {}
        port = _usual_port(event.kind, reader)
        if port is not None:
            wanted[port] = reader.gpo_seconds
        if event.gpo is not None:
            wanted[event.gpo.port] = event.gpo.seconds
        for number, seconds in wanted.items():
            self._switch(reader.id, number, is_high=True, seconds=seconds)

    def _all(self) -> Iterable[ReaderSettings]:
        return {reader.id: reader for readers in self._readers.values() for reader in readers}.values()


def _usual_port(kind: EventKind, reader: ReaderSettings) -> int | None:
    if kind in MATCHED:
        return reader.gpo_matched
    return reader.gpo_exception if kind is EventKind.EXCEPTION else None
