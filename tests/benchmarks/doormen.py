"""Ways to say which items came in: ours, and the obvious ones it has to be better than."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from readers.emulator.scenario import AirRead, Scenario
from rules.portal.direction import by_rule
from rules.portal.evidence import INSIDE, OUTSIDE, Trace
from rules.portal.features import features
from rules.portal.kinship import Mover
from rules.portal.load import loads
from rules.portal.profile import Profile
from rules.portal.verdict import Door, Portal, Verdict
from rules.vocabulary import Direction

TICK_US = 250_000
EPOCH_US = 1_700_000_000_000_000
MIN_CONFIDENCE = 0.8


@dataclass(slots=True)
class Answer:
    """What a method said about a scene."""

    receipts: list[tuple[bytes, str]] = field(default_factory=list)
    """EPC and door, as often as it was told."""
    outs: set[bytes] = field(default_factory=set)
    delays_seconds: list[float] = field(default_factory=list)
    """From the last read of the passage to its verdict."""


def reads_of(scene: Scenario, share: float, seed: int) -> list[AirRead]:
    """The scene's reads, thinned."""
    rng = random.Random(f"thin/{seed}")
    return [read for read in scene.reads() if share >= 1 or rng.random() < share]


def sides_of(scene: Scenario) -> dict[tuple[str, int], tuple[str, int]]:
    """(reader, antenna) → (door, side)."""
    found = {}
    for door in scene.doors:
        found[door.reader, door.outside.port] = (door.id, OUTSIDE)
        found[door.reader, door.inside.port] = (door.id, INSIDE)
    return found


def portal(scene: Scenario, reads: Iterable[AirRead]) -> Answer:
    """Our door, tick by tick, as the daemon and `replay` run it."""
    doors = Portal([Door(door.id) for door in scene.doors])
    sides = sides_of(scene)
    answer, next_us = Answer(), EPOCH_US
    told: list[tuple[int, Verdict]] = []
    for read in reads:
        seen_us = EPOCH_US + read.time_us
        while seen_us >= next_us:
            told += [(next_us, verdict) for verdict in doors.due(next_us)]
            next_us += TICK_US
        door, side = sides[read.reader, read.antenna]
        traces = doors.traces(door)
        trace = traces.get(read.epc)
        if trace is None:
            trace = traces[read.epc] = Trace(read.epc, seen_us)
        trace.add(seen_us, side, read.antenna, read.rssi_dbm, 1)
    for _ in range(80):
        told += [(next_us, verdict) for verdict in doors.due(next_us)]
        next_us += TICK_US
    told += [(next_us, verdict) for verdict in doors.flush(next_us)]
    for now_us, verdict in told:
        if verdict.direction in (Direction.IN, Direction.OUT):
            answer.delays_seconds.append((now_us - verdict.last_us) / 1e6)
        if verdict.confidence < MIN_CONFIDENCE:
            continue
        if verdict.direction is Direction.IN:
            answer.receipts.append((verdict.epc, verdict.door))
        elif verdict.direction is Direction.OUT:
            answer.outs.add(verdict.epc)
    return answer


def rule_by_load(scene: Scenario, reads: Iterable[AirRead]) -> Answer:
    """The same motion gate and loads, judged by the transparent rule instead of the model."""
    answer = Answer()
    for door, traces in _traces(scene, reads).items():
        profiles = [Profile(trace) for trace in traces.values() if trace.reads >= 2]
        for load in loads([Mover(profile) for profile in profiles if profile.has_moved]):
            row = features([mover.profile for mover in load])
            if row is not None and by_rule(row) is Direction.IN:
                answer.receipts += [(mover.profile.trace.epc, door) for mover in load]
    return answer


def any_read(scene: Scenario, reads: Iterable[AirRead]) -> Answer:
    """Whatever is read has come in."""
    sides = sides_of(scene)
    return Answer(list({read.epc: sides[read.reader, read.antenna][0] for read in reads}.items()))


def first_to_last(scene: Scenario, reads: Iterable[AirRead]) -> Answer:
    """First read outside, last read inside."""
    answer = Answer()
    for door, traces in _traces(scene, reads).items():
        for epc, trace in traces.items():
            samples = trace.samples()
            if samples[0][1] == OUTSIDE and samples[-1][1] == INSIDE:
                answer.receipts.append((epc, door))
    return answer


SLOPE_DB_PER_MS = -0.008
THRESHOLD_DB = 6.0
HOLDOFF_MS = 500.0
WINDOW_READS = 20


def edgex_mobility(scene: Scenario, reads: Iterable[AirRead]) -> Answer:
    """EdgeX's mobility profile with its default constants: a tag moves to the antenna that reads it clearly better."""
    answer = Answer()
    for door, traces in _traces(scene, reads).items():
        for epc, trace in traces.items():
            if _edgex_places(trace.samples()) == (OUTSIDE, INSIDE):
                answer.receipts.append((epc, door))
    return answer


def _edgex_places(samples: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """Where the tag was first and where it ended."""
    levels: dict[int, list[int]] = {OUTSIDE: [], INSIDE: []}
    last_us: dict[int, int] = {}
    first = place = samples[0][1]
    for seen_us, side, rssi in samples:
        levels[side] = [*levels[side][1 - WINDOW_READS :], rssi]
        last_us[side] = seen_us
        if side != place:
            waited_ms = (seen_us - last_us[place]) / 1000
            offset = min(THRESHOLD_DB, SLOPE_DB_PER_MS * (waited_ms - HOLDOFF_MS) + THRESHOLD_DB)
            here, there = levels[place], levels[side]
            if sum(there) / len(there) > sum(here) / len(here) + offset:
                place = side
    return first, place


def _traces(scene: Scenario, reads: Iterable[AirRead]) -> Mapping[str, dict[bytes, Trace]]:
    sides = sides_of(scene)
    doors: dict[str, dict[bytes, Trace]] = {door.id: {} for door in scene.doors}
    for read in reads:
        door, side = sides[read.reader, read.antenna]
        traces = doors[door]
        if read.epc not in traces:
            traces[read.epc] = Trace(read.epc, EPOCH_US + read.time_us)
        traces[read.epc].add(EPOCH_US + read.time_us, side, read.antenna, read.rssi_dbm, 1)
    return doors


METHODS = {
    "any read": any_read,
    "first → last antenna": first_to_last,
    "EdgeX mobility profile": edgex_mobility,
    "our loads, transparent rule": rule_by_load,
    "our door": portal,
}
