"""How long each tag stood in which field: from a recording, to find the tags that belong to a door."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.recorded.recording import RecordedRead
from gateway.settings import Settings
from readers.tag import epc_bits
from rules.epc import identify
from rules.observation import Observation
from rules.vocabulary import Direction, ReadPointKind

HOUR_US = 3_600_000_000
SPAN_US = HOUR_US // 4
"""Attendance is kept by quarters of an hour."""
CONSTANT = 0.8
"""Who belongs to a door was read in this share of the quarters between the first and the last read."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One tag that was seen to stand at a door; times in microseconds since 1970 UTC."""

    read_point: str
    epc: str
    first_us: int
    last_us: int
    reads: int
    is_proposed: bool
    """It stood there so long, and never went anywhere, that it seems to belong there."""

    @property
    def hours(self) -> float:
        return round((self.last_us - self.first_us) / HOUR_US, 2)


class _Presence:
    """One tag at one read point."""

    __slots__ = ("first_us", "last_us", "reads", "spans")

    def __init__(self, time_us: int) -> None:
        self.first_us = self.last_us = time_us
        self.reads = 0
        self.spans: set[int] = set()


class Attendance:
    """Fed with every read of a recording."""

    def __init__(self, settings: Settings) -> None:
        portals = {point.id for point in settings.read_points if point.kind is ReadPointKind.PORTAL}
        self._points = {
            (route.reader, route.antenna): route.read_point
            for route in settings.routes
            if route.read_point in portals
        }
        self._present: dict[str, dict[bytes, _Presence]] = defaultdict(dict)
        self.reads = 0
        self.first_us = 0
        self.last_us = 0

    def noting(self, reads: Iterable[RecordedRead]) -> Iterator[RecordedRead]:
        """The same reads, noted in passing."""
        for read in reads:
            self._note(read)
            yield read

    def at(self, read_point: str) -> tuple[int, int]:
        """Tags and reads there."""
        present = self._present[read_point].values()
        return len(present), sum(one.reads for one in present)

    def standing(self, seen: Iterable[Observation], parked_us: int) -> list[Standing]:
        """Tags of which nothing was said but that they stood there, the longest first.

        Proposed are those that did so for at least `parked_us`.
        """
        said: dict[tuple[str, str], set[Direction]] = defaultdict(set)
        for one in seen:
            said[one.read_point.id, one.epc.hex].add(one.evidence.direction)
        found = [
            _standing(point, epc, presence, parked_us)
            for point, present in self._present.items()
            for epc, presence in ((_digits(epc), presence) for epc, presence in present.items())
            if said.get((point, epc)) == {Direction.PARKED}
        ]
        return sorted(found, key=lambda one: (one.first_us - one.last_us, one.read_point, one.epc))

    def _note(self, read: RecordedRead) -> None:
        time_us = read.time_us
        self.reads += 1
        self.first_us = self.first_us or time_us
        self.last_us = time_us
        point = self._points.get((read.reader, read.antenna or 0))
        if point is None:
            return
        present = self._present[point]
        presence = present.get(read.epc)
        if presence is None:
            presence = present[read.epc] = _Presence(time_us)
        presence.reads += 1
        presence.last_us = time_us
        presence.spans.add(time_us // SPAN_US)


def _digits(epc: bytes) -> str:
    """As observations name it."""
    return identify(epc, bits=epc_bits(epc)).hex


def _standing(point: str, epc: str, presence: _Presence, parked_us: int) -> Standing:
    spans = presence.last_us // SPAN_US - presence.first_us // SPAN_US + 1
    stays = presence.last_us - presence.first_us >= parked_us and len(presence.spans) >= CONSTANT * spans
    return Standing(point, epc, presence.first_us, presence.last_us, presence.reads, stays)
