"""Loads of tagged items: how each kind of movement runs through a door, and where the tags sit on it."""

import math
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from readers.emulator.geometry import Leg, Path, Point, walk
from readers.emulator.radio import Room, Shadow, Tag

BLOCKED_LOSS_DB = 10.0
TAG_GAIN_SIGMA_DB = 1.9
NO_SHADOW = Shadow()
REACH_M = 2.7
"""A walk starts and ends about this far from the door's middle."""


class Move(StrEnum):
    IN = "in"
    OUT = "out"
    PAST = "past"
    TURNED_BACK = "turned_back"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Load:
    """Items that move together. Lengths in metres in the door's coordinates, speeds in m/s."""

    door: str
    move: Move
    start_seconds: float = 0.0
    items: int = 8
    name: str = ""
    speed: float = 0.7
    lane_x: float = 1.3
    reach_y: float = REACH_M
    rest_y: float = 0.0
    """Where it rests on the way, if it does; a turn-back turns here."""
    rest_seconds: float = 0.0
    near_inside: bool = False
    """Past and turned back: on the inside of the door."""
    near_y: float = 1.5
    """Past: how far from the door's middle it is driven along."""
    drift_x: float = 0.0
    """How much farther into the aisle it ends than it began."""
    spread: tuple[float, float, float] = (0.25, 0.3, 0.4)
    """Half sizes of the load: across, along, up."""
    height: float = 0.9
    blocked_share: float = 0.0
    shadow: Shadow = NO_SHADOW
    garment: bool = False
    """Worn by the staff: not an item of anybody's."""
    again: str = ""
    """The name of an earlier load whose items these are."""
    stay: bool = False
    """It stays where its way ends instead of leaving the field."""


def path_of(load: Load) -> Path:
    """The way of this load."""
    x, reach, outward = load.lane_x, load.reach_y, -1.0
    end_x = x + load.drift_x
    if load.move is Move.PARKED:
        side = 1.0 if load.near_inside else -1.0
        return Path([(load.start_seconds, x, side * load.near_y)])
    if load.move is Move.PAST:
        y = load.near_y if load.near_inside else -load.near_y
        heading = 1.0 if load.drift_x >= 0 else -1.0
        start, end = (x - heading * reach, y), (x + heading * reach, y + 0.3 * load.drift_x)
        middle = Leg((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, load.speed, load.rest_seconds)
        return walk(start, [middle, Leg(*end, load.speed)], load.start_seconds)
    if load.move is Move.TURNED_BACK:
        outward = 1.0 if load.near_inside else -1.0
        legs = [
            Leg(x, load.rest_y, load.speed, max(load.rest_seconds, 0.5)),
            Leg(end_x, outward * reach, load.speed),
        ]
        return walk((x, outward * reach), legs, load.start_seconds)
    outward = -1.0 if load.move is Move.IN else 1.0
    middle = Leg(x + load.drift_x / 2, load.rest_y, load.speed, load.rest_seconds)
    return walk((x, outward * reach), [middle, Leg(end_x, -outward * reach, load.speed)], load.start_seconds)


def tags_of(load: Load, epcs: list[bytes], room: Room, rng: Random) -> list[Tag]:
    """The load's tags, each at its place on the load, some of them blocked."""
    path = path_of(load)
    heading = -1 if load.move is Move.OUT or (load.move is Move.TURNED_BACK and load.near_inside) else 1
    leaves = math.inf if load.stay or load.move is Move.PARKED else path.end_seconds
    tags = []
    for epc in epcs:
        across, along, up = (rng.uniform(-half, half) for half in load.spread)
        blocked = rng.random() < load.blocked_share
        tags.append(
            Tag(
                epc,
                path,
                Point(across, along, max(0.1, load.height + up)),
                gain_db=rng.gauss(0.0, TAG_GAIN_SIGMA_DB),
                loss_db=BLOCKED_LOSS_DB if blocked else 0.0,
                heading=heading,
                shadow=load.shadow,
                phases=tuple(rng.uniform(0.0, 2.0 * math.pi) for _ in range(room.scatterers)),
                appears_seconds=path.start_seconds if load.move is not Move.PARKED else load.start_seconds,
                leaves_seconds=leaves,
            )
        )
    return tags
