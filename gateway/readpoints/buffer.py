"""The hot path's memory: tag reads in, one observation per item and visit out; bounded, no await, no log."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from gateway.readpoints.admission import Admission
from gateway.readpoints.barrier import LightBarriers
from gateway.readpoints.doortime import BACKLOG_US, DoorTime
from gateway.readpoints.doorway import DoorWay, Resumed
from gateway.readpoints.observing import from_verdict, from_visit
from gateway.readpoints.visits import PresencePoint
from gateway.settings import AntennaRoute, Settings
from gateway.stats import Stats
from readers.tag import TagRow
from rules.observation import Observation, ReadPoint
from rules.portal.evidence import INSIDE, NO_SIDE, OUTSIDE, Trace
from rules.portal.passage import Passage
from rules.portal.verdict import Door, Portal, Verdict
from rules.vocabulary import ReadPointKind

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
        self._stats = stats
        self._wake = wake
        self.on_kept: Callable[[], object] = lambda: None
        """Hears of reads that a reader had kept for us: it has them no longer."""
        self._awaited = {reader.id for reader in settings.readers}
        """Not yet connected since the start: what they tell is what they kept."""
        self._held: list[Observation] = []
        self._admission = Admission()
        self._points: dict[str, ReadPoint] = {}
        self._portal = Portal(())
        self._doors: list[DoorWay] = []
        self._presences: list[PresencePoint] = []
        self._routes: dict[str, Route] = {}
        self._ticked_us = 0
        self._time = DoorTime()
        self._barriers = LightBarriers()
        self.adopt(settings, 0)

    def adopt(self, settings: Settings, now_us: int) -> None:
        """Other read points, antennas and limits from now on. What was read stays, where its read point does;
        a door that changed or went decides what is open by what is known.
        """
        self._max_held = settings.limits.held_observations
        self._admission.adopt(settings.limits.epcs, settings.limits.ignore_epcs)
        portals = [point for point in settings.read_points if point.kind is ReadPointKind.PORTAL]
        presences = [point for point in settings.read_points if point.kind is ReadPointKind.PRESENCE]
        kept = {point.id for point in presences}
        for presence in self._presences:
            if presence.point.id not in kept:
                self._observe(presence, len(presence.ready), now_us)
        self._conclude(self._portal.adopt([_door(point) for point in portals], now_us), now_us)
        self._points = {point.id: point for point in settings.read_points}
        self._doors = [self._door_way(point.id, settings.limits.tracked_tags) for point in portals]
        self._presences = [self._presence(point, settings.limits.tracked_tags) for point in presences]
        self._lay_routes(settings)
        self._barriers.adopt(settings)

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
                self._time.told(last_us + offset_us, received_us)
                self.on_kept()
        if self._awaited and reader in self._awaited:
            self.on_kept()
        for presence in route.presences:
            if presence.ready:
                self._wake()
                return

    def on_dropped(self, reader: str, reason: str, count: int) -> None:  # noqa: ARG002
        self._stats.reads_dropped[reason] += count

    def on_gpi(self, reader: str, port: int, is_high: bool, time_us: int) -> None:
        """An input of a reader changed: a light barrier, a button."""
        self._barriers.changed(reader, port, is_high=is_high, time_us=time_us)
        self._stats.gpi_changes[reader, str(port)] += 1

    def on_connected(self, reader: str, now_us: int) -> None:
        self._awaited.discard(reader)
        self._time.connected(reader, now_us)

    def on_reconnect(self, reader: str, reason: str) -> None:
        self._stats.reader_reconnects[reader, reason] += 1

    def tick(self, now_us: int) -> None:
        """Let visits end and doors judge: every quarter of a second of the reads' own time."""
        if now_us < self._ticked_us - SETBACK_US:
            self.flush(self._ticked_us)
            self._time = DoorTime()
        self._ticked_us = now_us
        if len(self._held) < self._max_held:
            self._conclude(self._due(now_us), now_us)
        for presence in self._presences:
            presence.tick(now_us)
        self._draw(self._max_held, now_us)
        for reason, count in self._admission.drain().items():
            self._stats.reads_dropped[reason] += count
        if ghosts := self._portal.ghost_reads():
            self._stats.reads_dropped["ghost"] += ghosts

    def is_passed(self) -> bool:
        """Whether something is on its way through a door."""
        return self._portal.is_passed()

    def is_settled(self) -> bool:
        """A silence of any length tells nothing more."""
        return not self._presences and self._portal.is_settled()

    def flush(self, now_us: int) -> None:
        """The end of a recording, or of the daemon: every open passage is judged by what is known."""
        self._conclude(self._portal.flush(now_us), now_us)

    def take(self, now_us: int, most: int = 1000) -> list[Observation]:
        """Up to `most` observations, oldest first; what is not taken stays."""
        self._draw(most, now_us)
        taken, self._held = self._held[:most], self._held[most:]
        return taken

    def give_back(self, observations: list[Observation]) -> None:
        """They could not be recorded now: keep them, first in line."""
        self._held[:0] = observations

    def waiting(self) -> Sequence[Observation]:
        """Those held, oldest first; what presence read points have seen since the last tick comes later."""
        return self._held

    def presences(self) -> Sequence[PresencePoint]:
        """The read points where things are put down."""
        return self._presences

    def passages(self) -> Iterator[tuple[str, Passage]]:
        """What is under way, by door."""
        for door in self._doors:
            for passage in self._portal.passages(door.id):
                yield door.id, passage

    def resume(self, passages: Iterable[Resumed], now_us: int) -> None:
        """Passages begun before a restart go on; what their readers kept for us meanwhile is part of them."""
        here = {door.id for door in self._doors}
        known = [passage for passage in passages if passage.door in here]
        for passage in known:
            self._portal.resume(passage.door, passage.trace, passage.told, passage.load)
        newest_us = max((passage.trace.last_us for passage in known), default=0)
        doors = {passage.door for passage in known}
        self._time.resume(newest_us, self._readers_of(doors), now_us)
        if newest_us > now_us + SETBACK_US:
            self.flush(newest_us)

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

    def _due(self, now_us: int) -> list[Verdict]:
        """While a backlog comes in, what a light barrier says is of another time."""
        door_us = self._time.at(now_us)
        if door_us < now_us:
            return self._portal.due(door_us)
        return self._portal.due(now_us, self._barriers.times_us(now_us, self.passages()))

    def _door_way(self, door: str, limit: int) -> DoorWay:
        return DoorWay(door, self._portal.traces(door), limit, self._admission)

    def _presence(self, point: ReadPoint, limit: int) -> PresencePoint:
        """The one there is with its settings of now, else a new one."""
        for presence in self._presences:
            if presence.point.id == point.id:
                presence.adopt(point, limit)
                return presence
        return PresencePoint(point, limit, self._admission)

    def _lay_routes(self, settings: Settings) -> None:
        """What a reader still says that went is nobody's."""
        zones: dict[str, Zone] = {door.id: door for door in self._doors}
        zones.update({presence.point.id: presence for presence in self._presences})
        nowhere = dict.fromkeys(self._routes, Route((), {}))
        self._routes = nowhere | {
            reader.id: Route((route for route in settings.routes if route.reader == reader.id), zones)
            for reader in settings.readers
        }

    def _draw(self, most: int, now_us: int) -> None:
        """Hold up to `most`, with what the presence read points have seen often enough."""
        for presence in self._presences:
            self._observe(presence, max(0, most - len(self._held)), now_us)

    def _observe(self, presence: PresencePoint, most: int, now_us: int) -> None:
        self._held += [from_visit(visit, presence.point, now_us) for visit in presence.take(most)]

    def _readers_of(self, doors: Container[str]) -> list[str]:
        return [
            reader
            for reader, route in self._routes.items()
            if any(isinstance(zone, DoorWay) and zone.id in doors for zone in route.by_antenna.values())
        ]

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
            self._held.append(from_verdict(verdict, self._points[verdict.door], now_us))


def _door(point: ReadPoint) -> Door:
    return Door(point.id, has_sides=point.has_sides, min_reads=point.min_reads)
