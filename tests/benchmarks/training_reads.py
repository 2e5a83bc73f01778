"""Scenes to train the door's model on: their reads, thinned, cut and mirrored, and what each load did in truth."""

import random
from collections.abc import Sequence
from dataclasses import replace

from scenes import Family, mixed

from readers.emulator.loads import Move
from readers.emulator.scenario import AirRead, Scenario
from rules.portal.evidence import Trace
from rules.portal.profile import Profile

CLASSES = ("in", "out", "past", "turned_back")
CLASS_OF = {Move.IN: 0, Move.OUT: 1, Move.PAST: 2, Move.TURNED_BACK: 3, Move.PARKED: 2}
MIRRORED = (1, 0, 2, 3)
"""Played backwards, or with the sides changed over, in is out."""
THINNED = (1.0, 0.5, 0.33, 0.33, 0.2, 0.1, 0.05)
CLOSE_SECONDS = 0.7
"""Two loads that start within this time of one another are hard to tell apart."""

Row = tuple[list[float], int, float]
"""Inputs of a network, label, weight."""


def profiles(
    reads: Sequence[AirRead], *, flip: bool = False, swap: bool = False, least: int = 2
) -> list[Profile]:
    """One profile per tag read `least` times; `flip` reverses time, `swap` the sides of the door."""
    traces: dict[bytes, Trace] = {}
    end_us = reads[-1].time_us if reads else 0
    for read in reversed(reads) if flip else reads:
        seen_us = (end_us - read.time_us if flip else read.time_us) + 10**12
        trace = traces.get(read.epc)
        if trace is None:
            trace = traces[read.epc] = Trace(read.epc, seen_us)
        trace.add(seen_us, 2 - read.antenna if swap else read.antenna - 1, read.antenna, read.rssi_dbm, 1)
    return [Profile(trace) for trace in traces.values() if trace.reads >= least]


def two_loads(number: int) -> tuple[Scenario, list[AirRead], dict[bytes, int]]:
    scene = mixed(f"train-{number}", Family.GATE if number % 5 < 3 else Family.BROAD)
    owner = {epc: place for place, epcs in enumerate(scene.epcs) for epc in epcs}
    return scene, list(scene.reads()), owner


def two_loads_at_once(number: int) -> tuple[list[int], list[AirRead], dict[bytes, int]]:
    """A scene, in every other one with both loads at the door within a moment; each load's class."""
    scene = mixed(f"train-split-{number}", Family.GATE if number % 5 < 3 else Family.BROAD)
    if number % 2:
        one, other, *rest = scene.loads
        apart = random.Random(f"train-split-{number}").uniform(-CLOSE_SECONDS, CLOSE_SECONDS)
        other = replace(other, start_seconds=max(0.1, one.start_seconds + apart))
        scene = replace(scene, loads=(one, other, *rest))
    owner = {epc: place for place, epcs in enumerate(scene.epcs) for epc in epcs}
    return [CLASS_OF[load.move] for load in scene.loads], list(scene.reads()), owner


def cut(reads: list[AirRead], rng: random.Random) -> list[AirRead]:
    """Recordings may begin late and end early."""
    if not reads or rng.random() < 0.6:
        return reads
    start, end = reads[0].time_us, reads[-1].time_us
    first = start + (end - start) * rng.uniform(0, 0.15)
    last = end - (end - start) * rng.uniform(0, 0.12)
    return [read for read in reads if first <= read.time_us <= last]
