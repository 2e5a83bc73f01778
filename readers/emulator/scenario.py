"""Who passes which door when: a scenario as reads on the air, together with the truth about every item.

A scenario file is TOML (docs/scenarios.md names every key): `seed`, `duration_seconds`, one `[[door]]` per
dock door, one `[[load]]` per thing that moves or stands, and `[faults]`. The same file gives the same reads.
"""

import heapq
import math
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path as FilePath
from random import Random
from typing import Any, NamedTuple, TypeVar

from readers.emulator.epcs import sgtin_96
from readers.emulator.geometry import Antenna, Point
from readers.emulator.loads import Load, Move, tags_of
from readers.emulator.radio import Air, Room, Shadow, Sighting, Tag, inventory

NEIGHBOUR_LOSS_DB = 18.0
NEIGHBOUR_SIGMA_DB = 4.0
DISTURBED_SHARE = 0.02
CLOCK_SIGMA_SECONDS = 0.05
CLOCK_DRIFT = 20e-6
CHANNELS = 50
GARMENT_REFERENCE = 900_000
OUTSIDE_ANTENNA = Antenna(1, Point(0.0, -0.55, 1.5))
INSIDE_ANTENNA = Antenna(2, Point(0.0, 0.95, 1.5))
USUAL_ROOM = Room(k_factor=4.0, diffuse_db=-22.0, threshold_dbm=-13.0, rssi_slope=0.45)
"""As measured at a real gate."""


class AirRead(NamedTuple):
    """One read as a reader would report it."""

    time_us: int
    """Since the scenario's start, on the reader's own clock."""
    reader: str
    antenna: int
    epc: bytes
    rssi_dbm: int
    channel: int


class Truth(NamedTuple):
    """What should be told about an item (CONTRACT section 6)."""

    epc: str
    kind: str
    read_point: str


@dataclass(frozen=True, slots=True)
class SceneDoor:
    """A dock door with one reader and an antenna on each side of it."""

    id: str
    reader: str
    outside: Antenna = OUTSIDE_ANTENNA
    inside: Antenna = INSIDE_ANTENNA
    room: Room = USUAL_ROOM
    reads_per_second: float = 300.0


@dataclass(frozen=True, slots=True)
class SceneFaults:
    """What goes wrong on the air."""

    ghosts_per_minute: float = 0.0
    """Reads of EPCs that no tag has."""
    clones: int = 0
    """Tags parked at the last door with the EPC of an item of the first load."""
    clock_skew: bool = False


class ScenarioError(ValueError):
    """The scenario file is faulty: says which key."""


@dataclass(frozen=True)
class Scenario:
    """Doors, loads and faults; `reads` and `truth` follow from them and the seed."""

    doors: tuple[SceneDoor, ...]
    loads: tuple[Load, ...]
    seed: int = 1
    duration_seconds: float = 30.0
    faults: SceneFaults = field(default_factory=SceneFaults)

    @property
    def readers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(door.reader for door in self.doors))

    @cached_property
    def epcs(self) -> tuple[tuple[bytes, ...], ...]:
        """The EPCs of every load, in the order of `loads`."""
        named: dict[str, tuple[bytes, ...]] = {}
        found = []
        serial = self.seed % 100_000 * 1_000_000
        for load in self.loads:
            if load.again:
                if load.again not in named:
                    raise ScenarioError(f"load '{load.name}': no earlier load is named '{load.again}'")
                epcs = named[load.again]
            else:
                reference = GARMENT_REFERENCE if load.garment else 12_345
                epcs = tuple(sgtin_96(reference, serial + number) for number in range(load.items))
                serial += load.items
            named[load.name] = epcs
            found.append(epcs)
        return tuple(found)

    def truth(self) -> tuple[Truth, ...]:
        """A receipt for each item that was brought in; a reversal where it went out again later."""
        told: dict[tuple[bytes, str], Truth] = {}
        for load, epcs in sorted(
            zip(self.loads, self.epcs, strict=True), key=lambda pair: pair[0].start_seconds
        ):
            for epc in epcs:
                if load.move is Move.IN and not load.garment:
                    told.setdefault((epc, "receipt"), Truth(epc.hex().upper(), "receipt", load.door))
                elif load.move is Move.OUT and (epc, "receipt") in told:
                    told.setdefault((epc, "reversal"), Truth(epc.hex().upper(), "reversal", load.door))
        return tuple(told.values())

    def reads(self, reader: str | None = None) -> Iterator[AirRead]:
        """All reads of one reader, or of all of them, in time order."""
        names = self.readers if reader is None else (reader,)
        streams = [self._door_reads(door) for door in self.doors if door.reader in names]
        return heapq.merge(*streams, key=lambda read: read.time_us)

    def _door_reads(self, door: SceneDoor) -> Iterator[AirRead]:
        rng = Random(f"{self.seed}/{door.id}")  # noqa: S311 (a radio channel, no secret)
        skew_us, drift = 0.0, 0.0
        if self.faults.clock_skew:
            skew_us, drift = rng.gauss(0.0, CLOCK_SIGMA_SECONDS) * 1e6, rng.uniform(-CLOCK_DRIFT, CLOCK_DRIFT)
        air = Air((door.outside, door.inside), door.room, rng)
        tags = self._tags_at(door, rng)
        for sighting in self._with_ghosts(air, tags, rng, door):
            time_us = round(sighting.seconds * 1e6 * (1 + drift) + skew_us)
            channel = int(sighting.seconds / 0.2) * 7 % CHANNELS + 1
            yield AirRead(
                time_us, door.reader, sighting.port, sighting.tag.epc, round(sighting.rssi_dbm), channel
            )

    def _with_ghosts(self, air: Air, tags: list[Tag], rng: Random, door: SceneDoor) -> Iterator[Sighting]:
        chance = self.faults.ghosts_per_minute / 60.0 / door.reads_per_second
        rate, until = door.reads_per_second, self.duration_seconds
        for sighting in inventory(air, tags, rng, slots_per_second=rate, until_seconds=until):
            yield sighting
            if chance and rng.random() < chance:
                ghost = replace(sighting.tag, epc=rng.randbytes(12))
                yield sighting._replace(tag=ghost, seconds=sighting.seconds + 1e-6)

    def _tags_at(self, door: SceneDoor, rng: Random) -> list[Tag]:
        """The tags this door's antennas can see: its own loads, and those of its neighbours, much weaker."""
        places = {other.id: place for place, other in enumerate(self.doors)}
        found: list[Tag] = []
        for load, epcs in zip(self.loads, self.epcs, strict=True):
            if load.door not in places:
                raise ScenarioError(f"load '{load.name}': no door is named '{load.door}'")
            away = abs(places[load.door] - places[door.id])
            if away > 1:
                continue
            tags = tags_of(load, list(epcs), door.room, Random(f"{self.seed}/{load.name}/{epcs[:1]}"))  # noqa: S311
            for tag in tags:
                tag.loss_db += max(0.0, rng.gauss(NEIGHBOUR_LOSS_DB, NEIGHBOUR_SIGMA_DB)) if away else 0.0
                if load.move is Move.PARKED and rng.random() < DISTURBED_SHARE:
                    tag.unrest_db = rng.uniform(0.5, 2.0)
            found += tags
        if self.faults.clones and door is self.doors[-1] and self.loads:
            copied = Load(door.id, Move.PARKED, name="clones", items=self.faults.clones, near_y=0.8)
            found += tags_of(copied, list(self.epcs[0][: self.faults.clones]), door.room, rng)
        return found


def load_scenario(path: FilePath | str) -> Scenario:
    """Reads a scenario file; raises ScenarioError naming the key at fault."""
    try:
        document = tomllib.loads(FilePath(path).read_text(encoding="utf-8"))
        return _scenario(document)
    except (tomllib.TOMLDecodeError, ScenarioError, TypeError, ValueError) as error:
        raise ScenarioError(f"{path}: {error}") from error


def _scenario(document: dict[str, object]) -> Scenario:
    tables = {key: _tables(document.pop(key, []), key) for key in ("door", "load")}
    top = _known(document, "the scenario", ("seed", "duration_seconds", "faults"))
    doors = tuple(_door(table, place) for place, table in enumerate(tables["door"], 1))
    if not doors:
        raise ScenarioError("no [[door]]")
    loads = tuple(_load(table, f"load-{place}", doors[0].id) for place, table in enumerate(tables["load"], 1))
    for load in loads:
        if load.door not in {door.id for door in doors}:
            raise ScenarioError(f"[[load]] {load.name}: no door is named '{load.door}'")
    last = max((load.start_seconds for load in loads), default=0.0)
    return Scenario(
        doors,
        loads,
        int(_number(top.get("seed", 1), "seed")),
        _number(top.get("duration_seconds", math.ceil(last + 20.0)), "duration_seconds"),
        _built(SceneFaults, top.get("faults", {}), "[faults]"),
    )


def _door(table: dict[str, object], place: int) -> SceneDoor:
    where = f"[[door]] {place}"
    keys = ("id", "reader", "reads_per_second", "outside", "inside", "room")
    table = _known(table, where, keys)
    name = str(table.get("id", f"dock-{place}"))
    usual = SceneDoor(name, str(table.get("reader", f"{name}-reader")))
    return replace(
        usual,
        reads_per_second=_number(
            table.get("reads_per_second", usual.reads_per_second), f"{where}.reads_per_second"
        ),
        outside=_antenna(usual.outside, table.get("outside", {}), f"{where}.outside"),
        inside=_antenna(usual.inside, table.get("inside", {}), f"{where}.inside"),
        room=_built(Room, table.get("room", {}), f"{where}.room"),
    )


def _antenna(usual: Antenna, table: object, where: str) -> Antenna:
    """`port`, `y`, `height` and the gains; the rest stays as usual."""
    given = _known(
        table,
        where,
        ("port", "y", "height", "gain_db", "squint_degrees", "beam_degrees", "rssi_offset_db", "dwell_share"),
    )
    numbers = {key: _number(value, f"{where}.{key}") for key, value in given.items()}
    y, height = numbers.pop("y", usual.position.y), numbers.pop("height", usual.position.z)
    port = int(numbers.pop("port", usual.port))
    return replace(usual, port=port, position=Point(usual.position.x, y, height), **numbers)


def _load(table: dict[str, object], name: str, door: str) -> Load:
    given = dict(table)
    if "move" not in given:
        raise ScenarioError(f"[[load]] {name}: no move; one of {', '.join(Move)}")
    given["move"] = Move(str(given["move"]))
    given["shadow"] = _built(Shadow, given.get("shadow", {}), f"[[load]] {name}.shadow")
    return _built(Load, {"door": door, "name": name} | given, f"[[load]] {name}")


_Settings = TypeVar("_Settings", Room, Load, Shadow, SceneFaults)


def _built(kind: type[_Settings], table: object, where: str) -> _Settings:
    given: dict[str, Any] = _known(table, where, tuple(setting.name for setting in fields(kind)))
    made: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items()
    }
    for setting in fields(kind):
        value, usual = made.get(setting.name), setting.default
        if value is None or usual is MISSING:
            continue
        if isinstance(usual, float) and not isinstance(usual, bool):
            made[setting.name] = _number(value, f"{where}.{setting.name}")
        elif type(value) is not type(usual):
            raise ScenarioError(f"{where}.{setting.name} is no {type(usual).__name__}")
    return kind(**made)


def _known(table: object, where: str, keys: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(table, dict):
        raise ScenarioError(f"{where} is not a table")
    for key in table:
        if key not in keys:
            raise ScenarioError(f"unknown key '{key}' in {where}; known are {', '.join(keys)}")
    return table


def _tables(value: object, key: str) -> list[dict[str, object]]:
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise ScenarioError(f"write [[{key}]]")
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScenarioError(f"{where} is not a number")
    return float(value)
