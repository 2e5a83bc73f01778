"""A gateway killed at any moment goes on where it was: the same passages, decided the same, told once."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from random import Random

import pytest

from gateway.keeping import undecided
from gateway.keeping.undecided import Notes, Record, Undecided
from gateway.readpoints.buffer import Buffer
from gateway.settings import AntennaRoute, Settings
from gateway.stats import Stats
from readers.emulator.loads import Load, Move
from readers.emulator.scenario import Scenario, SceneDoor
from readers.settings import ReaderSettings
from readers.tag import OddEpc, TagRow
from rules.observation import Observation, ReadPoint
from rules.vocabulary import BizStep, ReadPointKind

SECOND = 1_000_000
START = 1_700_000_000 * SECOND
TICK = SECOND // 4
DOCK = ReadPoint("dock", ReadPointKind.PORTAL, BizStep.RECEIVING)
BENCH = ReadPoint("bench", ReadPointKind.PRESENCE, BizStep.INSPECTING)
SETTINGS = Settings(
    "dc1",
    "gw-1",
    readers=(ReaderSettings("r", "h"), ReaderSettings("b", "h")),
    routes=(
        AntennaRoute("r", 1, "dock", "outside"),
        AntennaRoute("r", 2, "dock", "inside"),
        AntennaRoute("b", 1, "bench"),
    ),
    read_points=(DOCK, BENCH),
)
POINTS = {"dock": DOCK, "bench": BENCH}
ODD = OddEpc.of(bytes.fromhex("3074257BF7194E4000001A80"), 93)
SCENE = Scenario(
    (SceneDoor("dock", "r"),),
    (
        Load("dock", Move.PARKED, items=3, name="parked", near_y=1.4, near_inside=True),
        Load("dock", Move.IN, 2.0, items=9, name="in"),
        Load("dock", Move.OUT, 12.0, items=4, name="out"),
        Load("dock", Move.OUT, 22.0, items=3, again="in", name="back"),
    ),
    3,
    40.0,
)


def ticks() -> Iterator[tuple[int, list[TagRow]]]:
    """Each tick of the scene with the reads before it."""
    reads = {
        tick: [(read.epc, read.antenna, read.rssi_dbm, None, START + read.time_us, 1, None) for read in some]
        for tick, some in groupby(SCENE.reads(), key=lambda read: read.time_us // TICK)
    }
    for tick in range(max(reads) + 80):
        yield START + (tick + 1) * TICK, list(reads.get(tick, ()))


class Life:
    """One gateway at the door, and the records it has left."""

    def __init__(self, records: list[Record] | None = None, now_us: int = START) -> None:
        self.buffer = Buffer(SETTINGS, Stats())
        self.notes = Notes()
        self.records: list[Record] = []
        left = Undecided()
        for record in json.loads(json.dumps(records or [])):
            left.add(record)
        self.buffer.give_back(left.observations(POINTS))
        if left.passages:
            self.buffer.resume(left.passages.values(), now_us)
            for reader in ("r", "b"):
                self.buffer.on_connected(reader, now_us - 10 * SECOND)
        self.take_down()

    def take_down(self) -> None:
        while records := self.notes.changes(self.buffer.passages(), self.buffer.waiting()):
            self.records += records

    def tick(self, now_us: int, rows: list[TagRow]) -> None:
        self.buffer.on_reads("r", rows, 0, now_us)
        self.buffer.tick(now_us)
        self.take_down()


def decided(*, lives_seconds: tuple[float, float] | None, stored: bool, seed: int = 1) -> list[Observation]:
    """All observations of the scene; the gateway dies now and then, `stored` or not what it had decided."""
    chance = Random(seed)
    life = Life()
    found: list[Observation] = []
    dies_us = START + int(chance.uniform(*lives_seconds) * SECOND) if lives_seconds else None
    for now_us, rows in ticks():
        life.tick(now_us, rows)
        if stored:
            found += life.buffer.take(now_us)
            life.take_down()
        if dies_us is not None and now_us >= dies_us:
            life = Life(life.records, now_us)
            dies_us = now_us + int(chance.uniform(*(lives_seconds or (1.0, 1.0))) * SECOND)
    return found + life.buffer.take(now_us, 1000)


@cache
def undisturbed() -> list[Observation]:
    return [item for item in decided(lives_seconds=None, stored=True) if item.evidence.direction != "parked"]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("stored", [True, False])
def test_gateway_when_it_dies_again_and_again_then_it_decides_as_if_it_had_lived(
    stored: bool, seed: int
) -> None:
    whole = undisturbed()
    died = [
        item
        for item in decided(lives_seconds=(0.25, 9.0), stored=stored, seed=seed)
        if item.evidence.direction != "parked"
    ]
    assert Counter((item.epc.hex, item.evidence.direction) for item in died) == Counter(
        (item.epc.hex, item.evidence.direction) for item in whole
    )
    reads = {(item.epc.hex, item.evidence.first_seen_us): item.evidence.reads for item in whole}
    assert all(item.evidence.reads >= reads.get(_key(item), 0) for item in died)
    assert {_key(item) for item in died} == set(reads)
    assert {_key(item)[0] for item in died} >= {epc.hex().upper() for load in SCENE.epcs[1:] for epc in load}


def _key(item: Observation) -> tuple[str, int]:
    return item.epc.hex, item.evidence.first_seen_us


def test_changes_when_nothing_is_read_then_there_are_none() -> None:
    life = Life()
    life.tick(START + TICK, [(ODD, 1, -50, None, START, 3, None)])
    assert [record[0] for record in life.records] == ["read"]
    life.tick(START + 2 * TICK, [])
    assert len(life.records) == 1
    assert not life.notes.is_empty


def test_changes_when_a_passage_goes_on_then_only_its_new_reads_are_taken_down() -> None:
    life = Life()
    for number in range(1, 400):
        life.tick(START + number * TICK, [(ODD, 1, -50 - number % 9, None, START + number * TICK, 1, None)])
    sizes = [len(record[6]) // 16 for record in life.records if record[0] == "read"]
    assert sizes[:3] == [1, 1, 1]
    assert sorted(sizes)[len(sizes) // 2] <= 1
    again = Life(life.records, START + 400 * TICK).buffer
    ((_, passage),) = again.passages()
    ((_, before),) = life.buffer.passages()
    assert passage.trace.samples() == before.trace.samples()
    assert passage.trace.tally() == before.trace.tally()
    assert isinstance(passage.trace.epc, OddEpc)
    assert passage.trace.epc.bits == 93


def test_changes_when_the_same_tag_opens_another_passage_then_the_first_is_gone() -> None:
    life = Life()
    life.tick(START + TICK, [(ODD, 1, -50, None, START, 3, None)])
    life.buffer.flush(START + TICK)
    life.buffer.take(START + TICK)
    later = START + 9 * SECOND
    life.tick(later, [(ODD, 2, -40, None, later, 1, None)])
    ((_, passage),) = Life(life.records, later).buffer.passages()
    assert passage.trace.tally() == next(life.buffer.passages())[1].trace.tally()
    assert passage.trace.reads == 1


def test_observations_when_stored_then_they_are_not_given_again() -> None:
    life = Life()
    life.buffer.on_reads("b", [(ODD, 1, -50, None, START, 2, None)], 0, START)
    life.tick(START + TICK, [])
    (restored,) = Life(life.records).buffer.take(START + TICK)
    (taken,) = life.buffer.take(START + TICK)
    assert restored == taken
    assert restored.epc.bits == 93
    life.take_down()
    assert life.notes.is_empty
    assert Life(life.records).buffer.held() == 0


def test_observations_when_their_read_point_is_gone_then_they_are_left_out() -> None:
    life = Life()
    life.buffer.on_reads("b", [(ODD, 1, -50, None, START, 2, None)], 0, START)
    life.tick(START + TICK, [])
    left = Undecided()
    for record in life.records:
        left.add(record)
    assert left.observations({"dock": DOCK}) == []
    assert len(left.observations(POINTS)) == 1


def test_changes_when_a_flood_comes_in_then_one_step_and_the_whole_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(undecided, "MAX_PASSAGES", 50)
    monkeypatch.setattr(undecided, "PASSAGES_AT_ONCE", 20)
    monkeypatch.setattr(undecided, "MAX_OBSERVATIONS", 30)
    monkeypatch.setattr(undecided, "OBSERVATIONS_AT_ONCE", 8)
    buffer, notes = Buffer(SETTINGS, Stats()), Notes()
    flood = [(number.to_bytes(12), 1, -50, None, START, 2, None) for number in range(1, 201)]
    buffer.on_reads("r", list(flood), 0, START)
    buffer.on_reads("b", list(flood), 0, START)
    buffer.tick(START)
    steps = []
    while records := notes.changes(buffer.passages(), buffer.waiting()):
        steps.append(Counter(record[0] for record in records))
    assert max(step["read"] for step in steps) <= 20
    assert max(step["held"] for step in steps) <= 8
    assert sum(steps, Counter()) == {"read": 50, "held": 30}
