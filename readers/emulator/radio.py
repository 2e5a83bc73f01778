"""The air between antennas and tags: path loss, antenna pattern, fading that is fixed in space, Gen2 rounds.

One-way link: P_tx + G_reader(angle) + G_tag - 20 log10 d - polarisation + Rician fading. Fading comes from
six scatterers per antenna, so it ripples along a path and is a constant for a tag at rest. A round asks every
tag in reach once.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from readers.emulator.geometry import Antenna, Path, Point

WAVELENGTH_M = 0.328
PATH_LOSS_1M_DB = 31.7
POLARISATION_LOSS_DB = 3.0
PANEL_GAIN_DBI = 5.9
BACK_LOBE = 2.0
"""The pattern 12·(angle/beam)² dB stops falling here."""
READ_SLOPE_DB = 0.8
REACH_DB = 3.0
"""A tag this far below its threshold still costs the round a slot."""


@dataclass(frozen=True, slots=True)
class Room:
    """What the air is like at one door."""

    k_factor: float = 3.0
    scatterers: int = 6
    diffuse_db: float = -8.0
    """What reaches a tag anywhere in the room by way of walls and floor, relative to 1 m from the antenna."""
    tx_power_dbm: float = 30.0
    threshold_dbm: float = -11.0
    """At the tag; what is weaker is rarely read."""
    rssi_offset_db: float = 5.0
    rssi_slope: float = 1.0
    """Below 1 where the reader compresses levels."""
    rssi_noise_db: float = 0.2
    rssi_step_db: float = 1.0
    two_way_loss_db: float = 30.0


@dataclass(frozen=True, slots=True)
class Shadow:
    """A body or a mast beside the load: it stands between tag and antenna on one side of the passage."""

    loss_db: float = 0.0
    behind: bool = True
    """It hides the tag while the load is still short of the antenna (False) or once it is past it (True)."""
    softness_m: float = 0.3


@dataclass(slots=True, eq=False)
class Tag:
    """A tag on its way. `path` is the load's; the offset is where on the load it sits."""

    epc: bytes
    path: Path
    offset: Point
    gain_db: float = 0.0
    loss_db: float = 0.0
    """Liquid, metal or other boxes around it, one way."""
    heading: int = 1
    """+1 in, -1 out: which way the load points."""
    shadow: Shadow = field(default_factory=Shadow)
    phases: tuple[float, ...] = ()
    unrest_db: float = 0.0
    """A tag at rest that people walking by disturb: depth of the dips, one way."""
    appears_seconds: float = -math.inf
    leaves_seconds: float = math.inf

    def position(self, seconds: float) -> Point:
        x, y = self.path.at(seconds)
        return Point(x + self.offset.x, y + self.heading * self.offset.y, self.offset.z)

    def moves_at(self, seconds: float) -> bool:
        return self.path.start_seconds < seconds < self.path.end_seconds


class Sighting(NamedTuple):
    """A read on the air."""

    seconds: float
    port: int
    tag: Tag
    rssi_dbm: float


class Air:
    """One door's antennas in one room."""

    def __init__(self, antennas: Sequence[Antenna], room: Room, rng: Random) -> None:
        self.antennas = tuple(antennas)
        self.room = room
        self._scatterers = {antenna.port: _scatterers(antenna, room, rng) for antenna in antennas}
        self._at_rest: dict[tuple[int, bytes, float], float] = {}

    def link_db(self, antenna: Antenna, tag: Tag, seconds: float) -> float:
        """One-way gain from the reader's port to the tag's chip."""
        if tag.moves_at(seconds):
            return self._link_at(antenna, tag, tag.position(seconds))
        resting_since = tag.path.end_seconds if seconds >= tag.path.end_seconds else tag.path.start_seconds
        key = (antenna.port, tag.epc, resting_since)
        link = self._at_rest.get(key)
        if link is None:
            link = self._at_rest[key] = self._link_at(antenna, tag, tag.position(seconds))
        if tag.unrest_db:
            link -= (
                tag.unrest_db * (0.5 + 0.5 * math.sin(2.1 * seconds + len(tag.phases) + antenna.port)) ** 2
            )
        return link

    def rssi_dbm(self, antenna: Antenna, link_db: float, rng: Random) -> float:
        """What the reader reports for a tag with this one-way link."""
        room = self.room
        two_way = room.tx_power_dbm + 2 * link_db - room.two_way_loss_db
        level = room.rssi_offset_db + antenna.rssi_offset_db + room.rssi_slope * two_way
        level += rng.gauss(0.0, room.rssi_noise_db)
        return max(-120, min(0, round(level / room.rssi_step_db) * room.rssi_step_db))

    def _link_at(self, antenna: Antenna, tag: Tag, position: Point) -> float:
        dx, dy, dz = (there - here for there, here in zip(position, antenna.position, strict=True))
        distance = max(math.sqrt(dx * dx + dy * dy + dz * dz), 0.1)
        squint = math.radians(antenna.squint_degrees)
        cosine = (dx * math.cos(squint) + dy * math.sin(squint)) / distance
        angle = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
        pattern = 12.0 * min((angle / antenna.beam_degrees) ** 2, BACK_LOBE)
        direct_db = -pattern - 20.0 * math.log10(distance) - _shadow_db(tag, dy)
        gain = PANEL_GAIN_DBI + antenna.gain_db + tag.gain_db - tag.loss_db
        return (
            gain - PATH_LOSS_1M_DB - POLARISATION_LOSS_DB + self._faded_db(antenna, tag, position, direct_db)
        )

    def _faded_db(self, antenna: Antenna, tag: Tag, position: Point, direct_db: float) -> float:
        """The direct ray and what comes by way of the scatterers, added as waves."""
        room = self.room
        wave = 2.0 * math.pi / WAVELENGTH_M
        direct = 10.0 ** (direct_db / 10.0)
        around = direct / room.k_factor + 10.0 ** (room.diffuse_db / 10.0)
        each = math.sqrt(around / max(1, room.scatterers))
        x, y, z = position
        distance = math.dist(position, antenna.position)
        real, imaginary = math.sqrt(direct), 0.0
        for (sx, sy, sz, extra, phase), own in zip(self._scatterers[antenna.port], tag.phases, strict=False):
            detour = math.sqrt((x - sx) ** 2 + (y - sy) ** 2 + (z - sz) ** 2) + extra - distance
            turn = wave * detour + phase + own
            real += each * math.cos(turn)
            imaginary += each * math.sin(turn)
        return 10.0 * math.log10(max(real * real + imaginary * imaginary, 1e-7))


def inventory(
    air: Air, tags: Sequence[Tag], rng: Random, *, slots_per_second: float, until_seconds: float
) -> Iterator[Sighting]:
    """All reads of one reader in time order: antennas in turn, each asking the tags in reach by rounds."""
    slot_seconds = 1.0 / slots_per_second
    seconds = 0.0
    while seconds < until_seconds:
        for antenna in air.antennas:
            dwell_end = seconds + rng.uniform(0.35, 0.6) * antenna.dwell_share
            while seconds < dwell_end:
                reach = _in_reach(air, antenna, tags, seconds)
                rng.shuffle(reach)
                for tag in reach:
                    seconds += slot_seconds * rng.uniform(0.7, 1.3)
                    link = air.link_db(antenna, tag, seconds)
                    margin = air.room.tx_power_dbm + link - air.room.threshold_dbm
                    if rng.random() < _logistic(margin / READ_SLOPE_DB):
                        yield Sighting(seconds, antenna.port, tag, air.rssi_dbm(antenna, link, rng))
                    if seconds >= dwell_end:
                        break
                if not reach:
                    seconds = min(dwell_end, seconds + max(slot_seconds, 0.02)) + 1e-9


def _in_reach(air: Air, antenna: Antenna, tags: Sequence[Tag], seconds: float) -> list[Tag]:
    lowest = air.room.threshold_dbm - air.room.tx_power_dbm - REACH_DB
    return [
        tag
        for tag in tags
        if tag.appears_seconds <= seconds <= tag.leaves_seconds
        and air.link_db(antenna, tag, seconds) > lowest
    ]


def _scatterers(antenna: Antenna, room: Room, rng: Random) -> list[tuple[float, float, float, float, float]]:
    """(x, y, z, distance to the antenna, phase) of each reflecting thing near the door."""
    found = []
    for _ in range(room.scatterers):
        x, y, z = rng.uniform(-0.5, 4.0), rng.uniform(-4.0, 4.0), rng.uniform(0.0, 3.0)
        found.append((x, y, z, math.dist((x, y, z), antenna.position), rng.uniform(0.0, 2.0 * math.pi)))
    return found


def _shadow_db(tag: Tag, past_m: float) -> float:
    shadow = tag.shadow
    if shadow.loss_db == 0.0:
        return 0.0
    ahead = past_m * tag.heading * (1 if shadow.behind else -1)
    return shadow.loss_db * _logistic(ahead / shadow.softness_m)


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value)) if value > -60 else 0.0
