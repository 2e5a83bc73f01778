"""Random scenes at dock doors: the calibrated gate, a broad family of other rooms, and a harder one nobody trained on."""

import random
from dataclasses import replace
from enum import StrEnum

from readers.emulator.geometry import Antenna, Point
from readers.emulator.loads import Load, Move
from readers.emulator.radio import Room, Shadow
from readers.emulator.scenario import Scenario, SceneDoor, SceneFaults

MOVES: tuple[Move, ...] = (Move.IN, Move.OUT, Move.PAST, Move.TURNED_BACK, Move.PARKED)


class Family(StrEnum):
    GATE = "gate"
    """Calibrated to the published statistics of a real gate."""
    BROAD = "broad"
    """Other rooms, antennas, readers, speeds."""
    HARD = "hard"
    """Rests in the doorway, deep fading, heavy blockage, strong reflections: never trained on."""


def door(rng: random.Random, family: Family, name: str = "dock-1") -> SceneDoor:
    """A door's antennas, room and reader."""
    if family is Family.GATE:
        jitter, gains, k_range, diffuse = 0.15, (-1.0, 1.0), (3.0, 7.0), (-30.0, -19.0)
    elif family is Family.BROAD:
        jitter, gains, k_range, diffuse = 0.4, (-2.5, 2.5), (1.5, 10.0), (-28.0, -8.0)
    else:
        jitter, gains, k_range, diffuse = 0.5, (-4.0, 4.0), (1.0, 3.0), (-16.0, -6.0)
    wide = family is not Family.GATE
    middle = rng.uniform(-0.4, 0.4) if wide else 0.2 + rng.uniform(-jitter, jitter)
    half = rng.uniform(0.5, 1.1) if wide else 0.75
    height = rng.uniform(1.0, 2.4) if wide else 1.5
    outside = Antenna(
        1,
        Point(0.0, middle - half, height),
        gain_db=rng.uniform(*gains) - (1.0 if not wide else 0.0),
        squint_degrees=rng.uniform(-20, 20) if wide else rng.uniform(-8, 8),
        beam_degrees=rng.uniform(50, 80) if wide else 65,
        rssi_offset_db=rng.uniform(-3, 3),
        dwell_share=rng.uniform(0.3, 1.2) if wide else rng.uniform(0.3, 0.5),
    )
    inside = Antenna(
        2,
        Point(0.0 if rng.random() < 0.7 or not wide else 0.3, middle + half, height),
        gain_db=rng.uniform(*gains),
        squint_degrees=rng.uniform(-20, 20) if wide else rng.uniform(-8, 8),
        beam_degrees=rng.uniform(50, 80) if wide else 65,
        rssi_offset_db=rng.uniform(-3, 3),
        dwell_share=rng.uniform(0.5, 1.0),
    )
    room = Room(
        k_factor=rng.uniform(*k_range),
        diffuse_db=rng.uniform(*diffuse),
        threshold_dbm=rng.uniform(-18, -9) if wide else rng.uniform(-15, -11.5),
        rssi_slope=rng.uniform(0.35, 1.0) if wide else rng.uniform(0.36, 0.46),
        rssi_noise_db=rng.uniform(0.1, 0.5) if wide else 0.2,
        rssi_step_db=rng.choice((0.1, 0.5, 1.0)),
    )
    rate = rng.choice((65.0, 100.0, 200.0, 400.0)) if wide else 90.0
    return SceneDoor(name, f"{name}-reader", outside, inside, room, rate)


def load(rng: random.Random, family: Family, move: Move, at: SceneDoor, start_seconds: float = 0.5) -> Load:
    """One load of this kind at this door."""
    wide, hard = family is not Family.GATE, family is Family.HARD
    speed = rng.uniform(0.5, 1.6) if wide else rng.uniform(0.58, 0.72)
    rest = rng.uniform(0.0, 4.0) if hard and rng.random() < 0.4 else 0.0
    items = rng.randint(4, 12) if not wide else rng.choice((1, 2, 4, 6, 8, 12, 20))
    loss = rng.choice((0.0, rng.uniform(1, 4))) if not hard else rng.uniform(0, 8)
    found = Load(
        at.id,
        move,
        start_seconds,
        items,
        f"{move}-{rng.randrange(1 << 30)}",
        speed=speed,
        lane_x=rng.uniform(0.9, 1.8),
        reach_y=rng.uniform(2.2, 3.2),
        rest_y=rng.uniform(-0.6, 0.8),
        rest_seconds=rest,
        drift_x=rng.uniform(-0.5, 0.5),
        spread=(rng.uniform(0.1, 0.3), rng.uniform(0.1, 0.5), rng.uniform(0.1, 0.6)),
        height=rng.uniform(0.7, 1.4),
        blocked_share=rng.choice((0.0, 0.02, 0.1, 0.34)) if not hard else rng.choice((0.1, 0.34, 0.5)),
        shadow=Shadow(loss, rng.random() < 0.5, rng.uniform(0.1, 0.5)),
    )
    if move is Move.PARKED:
        return replace(found, near_inside=rng.random() < 0.5, near_y=rng.uniform(0.0, 2.5))
    if move is Move.PAST:
        near = rng.uniform(1.2, 2.6) if not wide else rng.uniform(1.0, 3.0)
        return replace(found, near_inside=rng.random() < 0.5, near_y=near, lane_x=rng.uniform(0.5, 1.8))
    if move is Move.TURNED_BACK:
        rest = max(rest, rng.uniform(0.3, 1.5))
        inside = rng.random() < 0.4
        turn = rng.uniform(-0.5, 0.7) if not inside else rng.uniform(-0.3, 0.9)
        return replace(found, near_inside=inside, rest_y=turn, rest_seconds=rest)
    return found


def single(seed: str, family: Family, move: Move | None = None) -> Scenario:
    """One load, as in one recorded run."""
    rng = random.Random(f"{seed}/{family}")
    at = door(rng, family)
    what = move or rng.choice(MOVES)
    only = load(rng, family, what, at)
    return Scenario((at,), (only,), rng.randrange(1 << 40), 14.0 if family is Family.GATE else 24.0)


def mixed(seed: str, family: Family, parked: int | None = None) -> Scenario:
    """Two loads at once at one door, among parked tags."""
    rng = random.Random(f"{seed}/{family}/mixed")
    at = door(rng, family)
    at = replace(at, reads_per_second=at.reads_per_second * 2.5)
    moving = [move for move in MOVES if move is not Move.PARKED]
    loads = [load(rng, family, rng.choice(moving), at, rng.uniform(0.5, 4.0)) for _ in range(2)]
    still = load(rng, family, Move.PARKED, at, 0.0)
    still = replace(still, items=parked if parked is not None else rng.randint(4, 24), spread=(0.6, 1.5, 0.6))
    return Scenario((at,), (*loads, still), rng.randrange(1 << 40), 18.0 if family is Family.GATE else 28.0)


def site(seed: str, doors: int, *, faults: bool = False) -> Scenario:
    """Several dock doors side by side, each with two loads one after the other and some parked tags."""
    rng = random.Random(f"{seed}/site/{doors}")
    places = tuple(
        replace(door(rng, Family.GATE, f"dock-{number}"), reads_per_second=rng.choice((200.0, 400.0)))
        for number in range(1, doors + 1)
    )
    loads: list[Load] = []
    for place in places:
        starts = rng.uniform(1, 8), rng.uniform(22, 28)
        loads += [load(rng, Family.GATE, rng.choice(MOVES[:4]), place, start) for start in starts]
        still = load(rng, Family.GATE, Move.PARKED, place)
        loads.append(replace(still, items=rng.randint(10, 30), spread=(0.6, 1.2, 0.6)))
    wrong = SceneFaults(ghosts_per_minute=30.0, clones=1, clock_skew=True) if faults else SceneFaults()
    return Scenario(places, tuple(loads), rng.randrange(1 << 40), 44.0, wrong)
