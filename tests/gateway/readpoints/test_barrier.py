"""A door with a light barrier, on the reads' own time: when is what passed it told."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.readpoints.buffer import Buffer
from gateway.settings import AntennaRoute, Settings
from gateway.stats import Stats
from readers.settings import Level, ReaderSettings
from readers.tag import TagRow
from rules.observation import ReadPoint
from rules.vocabulary import BizStep, Direction, ReadPointKind

SECOND = 1_000_000
START = 1_700_000_000 * SECOND
EPC = bytes.fromhex("3074257BF7194E4000001A85")
OTHER_EPC = EPC[:-1] + b"\x86"
INPUT = 3
LAST_READ = 7.9
SETTINGS = Settings(
    "dc1",
    readers=(ReaderSettings("r1", "h", gpi_barrier=INPUT), ReaderSettings("r2", "h")),
    routes=tuple(
        AntennaRoute(reader, antenna, door, side)
        for reader, door in (("r1", "dock-1"), ("r2", "dock-2"))
        for antenna, side in ((1, "outside"), (2, "inside"))
    ),
    read_points=tuple(
        ReadPoint(door, ReadPointKind.PORTAL, BizStep.RECEIVING) for door in ("dock-1", "dock-2")
    ),
)

Change = tuple[float, int, bool]
"""Seconds from the start, input, level."""
Read = tuple[str, TagRow]


def crossing(epc: bytes = EPC, reader: str = "r1", every: int = 10) -> list[Read]:
    """An item comes in; read every so many tenths of a second, first from outside, then from inside."""
    reads: list[Read] = []
    for step in range(0, 80, every):
        outside, inside = abs(step - 30), abs(step - 50)
        antenna, distance = (1, outside) if step < 40 else (2, inside)
        seen_us = START + step * SECOND // 10
        reads.append((reader, (epc, antenna, -45 - distance // 2, seen_us, seen_us, 1, None)))
    return reads


def told(
    reads: Sequence[Read], changes: Sequence[Change], settings: Settings = SETTINGS, until: int = 60
) -> dict[bytes, float]:
    """When each item was told, in seconds from the start; the doors are asked every quarter of a second."""
    buffer = Buffer(settings, Stats())
    found: dict[bytes, float] = {}
    waiting, coming = sorted(reads, key=lambda read: read[1][4] or 0), sorted(changes)
    for quarter in range(4 * until):
        seconds = quarter / 4
        now_us = START + round(seconds * SECOND)
        while waiting and (waiting[0][1][4] or 0) <= now_us:
            reader, row = waiting.pop(0)
            buffer.on_reads(reader, [row], 0, row[4] or 0)
        while coming and coming[0][0] <= seconds:
            at, port, is_high = coming.pop(0)
            buffer.on_gpi("r1", port, is_high, START + round(at * SECOND))
        buffer.tick(now_us)
        for observation in buffer.take(now_us):
            assert observation.evidence.direction is Direction.IN
            found[bytes.fromhex(observation.epc.hex)] = seconds
    return found


def test_passage_when_barrier_is_free_and_quiet_then_it_is_told_at_once() -> None:
    seldom_read = crossing()
    without = told(seldom_read, [])[EPC]
    assert without > LAST_READ + 3
    assert told(seldom_read, [(3.0, INPUT, True), (6.0, INPUT, False)])[EPC] <= LAST_READ + 1.5


def test_passage_when_barrier_becomes_free_last_then_it_is_told_a_second_later() -> None:
    assert 10.0 <= told(crossing(), [(3.0, INPUT, True), (9.0, INPUT, False)])[EPC] <= 10.5


def test_passage_when_something_stands_in_the_barrier_then_it_goes_on() -> None:
    reads = crossing(every=1)
    assert told(reads, [])[EPC] < 12
    assert 25.0 <= told(reads, [(3.0, INPUT, True), (25.0, INPUT, False)])[EPC] <= 26.5


def test_passage_when_barrier_is_interrupted_for_ever_then_it_is_told_after_all() -> None:
    assert 33.0 <= told(crossing(every=1), [(3.0, INPUT, True)])[EPC] <= 34.0


def test_passage_when_barrier_is_interrupted_again_then_it_is_the_same_passage() -> None:
    changes = [(3.0, INPUT, True), (8.0, INPUT, False), (8.5, INPUT, True), (15.0, INPUT, False)]
    assert 16.0 <= told(crossing(every=1), changes)[EPC] <= 16.5


def test_passage_when_the_level_is_low_while_interrupted_then_that_is_understood() -> None:
    reader = replace(SETTINGS.readers[0], gpi_barrier_broken=Level.LOW)
    settings = replace(SETTINGS, readers=(reader, SETTINGS.readers[1]))
    changes = [(3.0, INPUT, False), (9.0, INPUT, True)]
    assert 10.0 <= told(crossing(), changes, settings)[EPC] <= 10.5


@pytest.mark.parametrize(
    "changes",
    [[(9.0, INPUT, False)], [(3.0, 1, True), (9.0, 1, False)]],
    ids=["it was never interrupted", "another input"],
)
def test_passage_when_nothing_stood_in_the_barrier_then_it_is_told_as_without(changes: list[Change]) -> None:
    assert told(crossing(), changes) == told(crossing(), [])


def test_passage_when_another_door_is_passed_too_then_that_one_is_told_as_without() -> None:
    reads = crossing() + crossing(OTHER_EPC, "r2")
    without = told(reads, [])
    found = told(reads, [(3.0, INPUT, True), (9.0, INPUT, False)])
    assert 10.0 <= found[EPC] <= 10.5 < without[EPC]
    assert found[OTHER_EPC] == without[OTHER_EPC]


def test_passage_when_the_next_load_is_coming_then_that_is_not_cut_short() -> None:
    second = [
        (reader, (OTHER_EPC, antenna, rssi, seen + 7 * SECOND, seen + 7 * SECOND, 1, None))
        for reader, (_, antenna, rssi, seen, _, _, _) in crossing(every=1)
        if seen is not None
    ]
    found = told(crossing(every=1) + second, [(3.0, INPUT, True), (8.0, INPUT, False)])
    assert found[OTHER_EPC] > 15
    assert found.keys() == {EPC, OTHER_EPC}


def test_barrier_when_no_portal_is_at_its_reader_then_it_is_nobodys() -> None:
    settings = replace(SETTINGS, routes=SETTINGS.routes[2:])
    Buffer(settings, Stats()).on_gpi("r1", INPUT, True, START)
