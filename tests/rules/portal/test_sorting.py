"""At a door: what moves is sorted into loads, what was read too seldom waits to go with one of them."""

import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest
from crossings import EPCS, SECOND, START, Read, movers, parked, passage, way

from rules.portal import sorting
from rules.portal.door import Door
from rules.portal.evidence import Trace
from rules.portal.seldom import crowding
from rules.portal.sorting import STRAY_QUIET_US, carrier, is_due, is_in_time, sort
from rules.portal.watch import DoorWatch

STRAY = bytes([0x33] * 12)
IN = way(-2.5, 2.5)


def watched(reads: Iterable[Read]) -> DoorWatch:
    watch = DoorWatch(Door("d"))
    for seen, _, epc, side, antenna, rssi in sorted(reads):
        trace = watch.traces.setdefault(epc, Trace(epc, START + seen))
        trace.add(START + seen, side, antenna, rssi, 1)
    watch.adopt()
    return watch


def at(seconds: float) -> int:
    return START + round(seconds * SECOND)


def test_sort_when_a_load_and_a_stray_passed_then_the_stray_waits_until_it_is_quiet() -> None:
    read = (6_900_000, "d", STRAY, 1, 2, -70)
    watch = watched([*passage(IN, EPCS), read])
    quiet_us = START + read[0] + STRAY_QUIET_US
    early = sort(watch, quiet_us - 1, is_asked=False)
    assert early is not None
    assert [sorted(found.trace.epc for found in load) for load in early.loads] == [EPCS]
    assert [is_due(stray, quiet_us - 1) for stray in early.strays] == [False]
    later = sort(watch, quiet_us, is_asked=False)
    assert later is not None
    assert [stray.trace.epc for stray in later.strays if is_due(stray, quiet_us)] == [STRAY]
    assert [len(load) for load in later.carriers] == [len(EPCS)]
    assert carrier(watch, later.strays[0].mover(), later.carriers) == later.carriers[0]


def test_sort_when_the_recording_ends_then_strays_wait_no_longer() -> None:
    watch = watched([*passage(IN, EPCS), (7_900_000, "d", STRAY, 1, 2, -70)])
    found = sort(watch, at(8), is_asked=True)
    assert found is not None
    assert [stray.trace.epc for stray in found.strays] == [STRAY]


def test_sort_when_nothing_is_quiet_then_there_is_nothing_to_judge() -> None:
    watch = watched(passage(IN, EPCS))
    assert sort(watch, at(7.9), is_asked=False) is None


def test_sort_when_tags_stand_in_the_field_then_the_crowd_counts_them() -> None:
    still = [read for number in (1, 2, 3) for read in parked(bytes([0x31, number, *([0] * 10)]), until=9)]
    watch = watched([*passage(IN, EPCS), *still])
    sort(watch, at(12), is_asked=True)
    assert watch.crowd == crowding(3, len(EPCS))


def test_in_time_when_a_tag_was_read_before_the_load_came_then_it_is_not() -> None:
    load, late = movers(IN), movers(IN, start=40.0)
    assert is_in_time(load[0], load)
    assert not is_in_time(late[0], load)


def test_sort_when_very_many_move_then_the_longest_unread_are_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "MOST_SORTED", 4)
    watch = watched([*passage(IN, EPCS[:4]), *passage(IN, EPCS[4:], start=2.0)])
    found = sort(watch, at(9), is_asked=True)
    assert found is not None
    assert sorted(one.trace.epc for load in found.loads for one in load) == EPCS[:4]
    assert found.movers == 4
