"""The hot path's memory: tag reads in, one observation per item and visit out; bounded, no await, no log."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from gateway.admission import Admission
from gateway.doorway import DoorWay
from gateway.settings import AntennaRoute, Settings
from gateway.stats import Stats
from gateway.visits import PresencePoint, Visit
from readers.tag import TagRow, epc_bits
from rules.epc import identify
from rules.observation import Evidence, Observation, ReadPoint
from rules.portal.evidence import INSIDE, NO_SIDE, OUTSIDE, Trace
from rules.portal.verdict import Door, Portal, Verdict
from rules.vocabulary import Direction, ReadPointKind

LATE_US = 60_000_000
"""Reads older than this when they are decided are a reader's backlog, not what happens at the door now."""
BACKLOG_US = 2_000_000
"""A batch whose newest read is older than this comes out of a reader's memory."""
BACKLOG_PAUSE_US = 1_000_000
"""A backlog has ended when no more of it has come for this long."""
SETBACK_US = 1_000_000
"""A host clock set back further than this would keep passages open until the old time comes again."""
SIDES = {"outside": OUTSIDE, "inside": INSIDE, None: NO_SIDE}

Zone = DoorWay | PresencePoint


class Route:
    """Where the reads of one reader go: by antenna to a zone, and there to a side."""

    __slots__ = ("by_antenna", "only", "presences", "sides")

    def __init__(self, antennas: Iterable[AntennaRoute], zones: Mapping[str, Zone]) -> None:
        routes = tuple(antennas)
        self.sides: dict[int | None, int] = {route.antenna: SIDES[route.side] for route in routes}
        self.by_antenna: dict[int | None, Zone] = {route.antenna: zones[route.read_point] for route in routes}
        self.presences = [zone for zone in set(self.by_antenna.values()) if isinstance(zone, PresencePoint)]
        self.only: Zone | None = None
        if len({route.read_point for route in routes}) == 1:
            self.only = zones[routes[0].read_point]
            self.sides.update({0: NO_SIDE, None: NO_SIDE})
            """Readers that do not say which antenna it was still serve a read point of their own."""


class Buffer:
    """All read points of the site. The fleet's reads come in; the pipeline ticks it and takes from it."""

    def __init__(self, settings: Settings, stats: Stats, wake: Callable[[], None] = lambda: None) -> None:
        """`wake` is called when a presence read point has observed an item: nobody need wait for the tick."""
        limits = settings.limits
        self._stats = stats
        self._wake = wake
        self._max_held = limits.held_observations
        self._held: list[Observation] = []
        self._admission = Admission(limits.epcs, limits.ignore_epcs)
        self._points = {point.id: point for point in settings.read_points}
        portals = [point for point in settings.read_points if point.kind is ReadPointKind.PORTAL]
        self._portal = Portal([_door(point) for point in portals])
        self._doors = [
            DoorWay(point.id, self._portal.traces(point.id), limits.tracked_tags, self._admission)
            for point in portals
        ]
        self._presences = [
            PresencePoint(point, limits.tracked_tags, self._admission)
            for point in settings.read_points
            if point.kind is ReadPointKind.PRESENCE
        ]
        zones: dict[str, Zone] = {door.id: door for door in self._doors}
        zones.update({presence.point.id: presence for presence in self._presences})
        self._routes = {
            reader.id: Route((route for route in settings.routes if route.reader == reader.id), zones)
            for reader in settings.readers
        }
        self._ticked_us = 0
        self._backlog_us = 0
        self._backlog_ends_us = 0

    def on_reads(self, reader: str, rows: list[TagRow], offset_us: int, received_us: int) -> None:
        """Take what a reader has read; the hot path. `offset_us` is host clock minus reader clock."""
        self._stats.tag_reads[reader] += len(rows)
        route = self._routes[reader]
        if route.only is not None:
            route.only.add(rows, route.sides, offset_us, received_us)
        else:
            self._scatter(route, rows, offset_us, received_us)
        if rows:
            last_us = rows[-1][4]
            if last_us is not None and received_us - (last_us + offset_us) > BACKLOG_US:
                self._backlog_us = last_us + offset_us
                self._backlog_ends_us = received_us + BACKLOG_PAUSE_US
        for presence in route.presences:
            if presence.ready:
                self._wake()
                return

    def on_dropped(self, reader: str, reason: str, count: int) -> None:  # noqa: ARG002
        self._stats.reads_dropped[reason] += count

    def on_gpi(self, reader: str, port: int, is_high: bool, time_us: int) -> None:  # noqa: ARG002
        """An input of a reader changed: a light barrier, a button."""
        self._stats.gpi_changes[reader, str(port)] += 1

    def on_reconnect(self, reader: str, reason: str) -> None:
        self._stats.reader_reconnects[reader, reason] += 1

    def tick(self, now_us: int) -> None:
        """Let visits end and doors judge: every quarter of a second of the reads' own time."""
        if now_us < self._ticked_us - SETBACK_US:
            self.flush(self._ticked_us)
        self._ticked_us = now_us
        if len(self._held) < self._max_held:
            door_us = min(now_us, self._backlog_us) if now_us < self._backlog_ends_us else now_us
            self._conclude(self._portal.due(door_us), now_us)
        for presence in self._presences:
            presence.tick(now_us)
        for reason, count in self._admission.drain().items():
            self._stats.reads_dropped[reason] += count

    def is_passed(self) -> bool:
        """Whether something is on its way through a door."""
        return self._portal.is_passed()

    def flush(self, now_us: int) -> None:
        """The end of a recording, or of the daemon: every open passage is judged by what is known."""
        self._conclude(self._portal.flush(now_us), now_us)

    def take(self, now_us: int, most: int = 1000) -> list[Observation]:
        """Up to `most` observations, oldest first; what is not taken stays."""
        for presence in self._presences:
            room = max(0, most - len(self._held))
            self._held += [_from_visit(visit, presence.point, now_us) for visit in presence.take(room)]
        taken, self._held = self._held[:most], self._held[most:]
        return taken

    def give_back(self, observations: list[Observation]) -> None:
        """They could not be recorded now: keep them, first in line."""
        self._held[:0] = observations

    def held(self) -> int:
        """Observations that wait to be taken."""
        return len(self._held) + sum(len(presence.ready) for presence in self._presences)

    def tracked(self) -> dict[str, int]:
        """Tags in memory by read point."""
        counts = {door.id: len(door) for door in self._doors}
        counts.update({presence.point.id: len(presence) for presence in self._presences})
        return counts

    def parked(self) -> dict[str, int]:
        """Tags that stand in the field without moving, by portal."""
        return {door.id: self._portal.parked(door.id) for door in self._doors}

    def standing(self, most: int = 200) -> dict[str, list[Trace]]:
        """Those tags, by portal, the longest parked first."""
        return {door.id: list(islice(self._portal.standing(door.id), most)) for door in self._doors}

    def _scatter(self, route: Route, rows: list[TagRow], offset_us: int, received_us: int) -> None:
        """A reader whose antennas serve several read points: each row to its own."""
        parts: dict[Zone, list[TagRow]] = {}
        for row in rows:
            zone = route.by_antenna.get(row[1])
            if zone is None:
                self._admission.unassigned += 1
            else:
                parts.setdefault(zone, []).append(row)
        for zone, part in parts.items():
            zone.add(part, route.sides, offset_us, received_us)

    def _conclude(self, verdicts: Iterable[Verdict], now_us: int) -> None:
        for verdict in verdicts:
            self._stats.passages[verdict.door, verdict.direction] += 1
            self._stats.passage_reads[verdict.door, verdict.direction] += verdict.reads
            self._held.append(_from_verdict(verdict, self._points[verdict.door], now_us))


def _door(point: ReadPoint) -> Door:
    return Door(point.id, has_sides=point.has_sides, min_reads=point.min_reads)


def _from_visit(visit: Visit, point: ReadPoint, now_us: int) -> Observation:
    evidence = Evidence(
        reads=visit.reads,
        antennas=tuple(n for n in range(visit.antennas.bit_length()) if visit.antennas >> n & 1),
        first_seen_us=visit.first_us,
        last_seen_us=visit.last_us,
        peak_rssi_dbm=visit.peak_rssi_dbm,
        direction=Direction.PRESENT,
        late=now_us - visit.last_us > LATE_US,
    )
    epc = identify(visit.epc, bits=epc_bits(visit.epc), pc=visit.pc)
    return Observation(epc, point, evidence, 1.0, (f"{visit.reads} reads in the field",))


def _from_verdict(verdict: Verdict, point: ReadPoint, now_us: int) -> Observation:
    evidence = Evidence(
        reads=verdict.reads,
        antennas=verdict.antennas,
        first_seen_us=verdict.first_us,
        last_seen_us=verdict.last_us,
        peak_rssi_dbm=verdict.peak_rssi_dbm,
        direction=verdict.direction,
        late=now_us - verdict.last_us > LATE_US,
    )
    epc = identify(verdict.epc, bits=epc_bits(verdict.epc), pc=verdict.pc)
    return Observation(epc, point, evidence, verdict.confidence, verdict.reasons)
