"""The door tells each passage once, in time, at the right door, and takes back what turned out otherwise."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from crossings import SECOND, START, TICK, parked, passage, play, way

from rules.portal.evidence import NO_SIDE, Trace
from rules.portal.verdict import Door, Portal, Verdict
from rules.vocabulary import Direction

EPCS = [bytes([0x30, *([0] * 10), number]) for number in range(1, 7)]
IN = way(-2.5, 2.5)
OUT = way(2.5, -2.5)


def directions(told: list[tuple[float, Verdict]]) -> list[tuple[bytes, Direction]]:
    return sorted({(verdict.epc, verdict.direction) for _, verdict in told})


def test_due_when_a_load_goes_in_then_every_item_is_told_once_and_soon() -> None:
    told = play(Portal([Door("d")]), passage(IN, EPCS), until=30)
    assert directions(told) == [(epc, Direction.IN) for epc in EPCS]
    assert len(told) == len(EPCS)
    for second, verdict in told:
        assert verdict.confidence >= 0.8
        assert second - (verdict.last_us - START) / SECOND <= 1.5
        assert verdict.load_size == len(EPCS)
        assert verdict.antennas == (1, 2)
        assert verdict.reasons
        assert verdict.features["lag"] > 0.15


def test_passages_when_asked_before_the_next_due_then_what_was_just_read_is_among_them() -> None:
    portal = Portal([Door("d")])
    trace = portal.traces("d")[EPCS[0]] = Trace(EPCS[0], START)
    (found,) = portal.passages("d")
    assert found.trace is trace
    assert portal.due(START) == []
    assert list(portal.passages("d")) == [found]


def test_due_when_most_of_a_well_read_load_is_through_then_it_is_told_while_the_rest_is_read() -> None:
    slow = [*way(-2.5, 2.5), *[2.4] * 20]
    reads = passage(IN, EPCS[:4]) + passage(slow, EPCS[4:])
    told = play(Portal([Door("d")]), reads, until=30)
    assert directions(told) == [(epc, Direction.IN) for epc in EPCS]
    last = max(seen for seen, *_ in passage(slow, EPCS[4:])) / SECOND
    assert {verdict.epc for second, verdict in told if second <= last} == set(EPCS[:4])


def test_due_when_a_load_goes_out_then_it_is_told_as_out() -> None:
    told = play(Portal([Door("d")]), passage(OUT, EPCS), until=30)
    assert directions(told) == [(epc, Direction.OUT) for epc in EPCS]


def test_due_when_a_load_turns_back_then_it_has_not_come_in() -> None:
    told = play(Portal([Door("d")]), passage(way(-2.5, 0.2, -2.5, seconds=9), EPCS), until=30)
    assert {verdict.direction for _, verdict in told} <= {Direction.TURNED_BACK, Direction.PAST}
    assert len(told) == len(EPCS)


def test_due_when_the_same_reads_come_again_then_the_verdicts_are_the_same() -> None:
    reads = passage(IN, EPCS) + passage(OUT, [b"\x30" + bytes(10) + b"\x99"], start=3.0)
    assert play(Portal([Door("d")]), reads, until=30) == play(Portal([Door("d")]), reads, until=30)


def test_due_when_an_in_load_comes_back_after_it_was_told_then_it_is_told_as_out() -> None:
    reads = passage(IN, EPCS) + passage(OUT, EPCS, start=8.9)
    told = play(Portal([Door("d")]), reads, until=40)
    assert [verdict.direction for _, verdict in told if verdict.epc == EPCS[0]] == [
        Direction.IN,
        Direction.OUT,
    ]
    assert "came back out" in told[-1][1].reasons[0]


def test_due_when_a_tag_stands_in_the_field_then_it_is_parked_and_told_once() -> None:
    portal = Portal([Door("d")])
    told = play(portal, parked(EPCS[0], until=150))
    assert [(verdict.direction, verdict.load_size) for _, verdict in told] == [(Direction.PARKED, 1)]
    assert 60 <= told[0][0] <= 75
    assert portal.parked("d") == 1


def test_due_when_a_parked_tag_is_gone_for_long_then_it_is_forgotten() -> None:
    portal = Portal([Door("d")])
    play(portal, parked(EPCS[0], until=20), until=700)
    assert portal.parked("d") == 0
    assert portal.traces("d") == {}


def test_due_when_a_parked_tag_is_brought_in_then_only_its_way_counts() -> None:
    waiting = parked(EPCS[0], until=40, rssi=-73)
    told = play(Portal([Door("d")]), waiting + passage(IN, EPCS, start=40.2), until=70)
    assert directions(told) == [(epc, Direction.IN) for epc in EPCS]
    first = next(verdict for _, verdict in told if verdict.epc == EPCS[0])
    assert first.first_us > START + 35 * SECOND


def test_due_when_parked_tags_stand_beside_a_load_then_only_the_load_comes_in() -> None:
    still = [bytes([0x31] * 12), bytes([0x32] * 12)]
    reads = [read for epc in still for read in parked(epc, until=30)] + passage(IN, EPCS)
    told = play(Portal([Door("d")]), reads)
    assert {verdict.epc for _, verdict in told if verdict.direction is Direction.IN} == set(EPCS)


def test_ghost_reads_when_a_tag_was_read_once_then_counted_once_and_what_moved_is_not() -> None:
    portal = Portal([Door("d")])
    play(portal, [*passage(IN, EPCS[:2]), (2 * SECOND, "d", EPCS[5], 0, 1, -70)], until=40)
    assert [portal.ghost_reads(), portal.ghost_reads()] == [1, 0]


def test_due_when_a_ghost_was_read_once_then_nothing_is_told() -> None:
    portal = Portal([Door("d")])
    assert play(portal, [(SECOND, "d", EPCS[0], 0, 1, -60)], until=40) == []
    assert portal.traces("d") == {}


def test_due_when_an_item_was_read_too_seldom_to_show_motion_then_it_goes_with_its_load() -> None:
    reads = passage(IN, EPCS)
    stray = bytes([0x33] * 12)
    reads += [
        (2_700_000, "d", stray, 0, 1, -70),
        (4_900_000, "d", stray, 1, 2, -69),
        (5_400_000, "d", stray, 1, 2, -69),
    ]
    told = play(Portal([Door("d")]), reads, until=30)
    assert [verdict.direction for _, verdict in told if verdict.epc == stray] == [Direction.IN]


def test_due_when_an_item_was_last_read_long_before_its_load_is_told_then_it_waits_for_it() -> None:
    stray = bytes([0x33] * 12)
    reads = passage(way(-2.5, -0.4, -0.4, 2.5, seconds=12), EPCS)
    reads += [(round(second * SECOND), "d", stray, 0, 1, -70) for second in (4.6, 5.1, 5.7)]
    told = play(Portal([Door("d")]), reads, until=40)
    ((second, verdict),) = [found for found in told if found[1].epc == stray]
    assert verdict.direction is Direction.IN
    assert second > max(seen for seen, *_ in reads) / SECOND


@pytest.mark.parametrize(("standing", "told_as"), [(0, [Direction.IN]), (40, [])])
def test_due_when_an_item_was_read_once_then_it_goes_with_its_load_unless_many_tags_stand_there(
    standing: int, told_as: list[Direction]
) -> None:
    once, portal = bytes([0x34] * 12), Portal([Door("d")])
    reads = [*passage(IN, EPCS), (5_700_000, "d", once, 1, 2, -70)]
    for number in range(standing):
        reads += parked(bytes([0x35, number, *([0] * 10)]), until=30)
    told = play(portal, reads, until=40)
    assert [verdict.direction for _, verdict in told if verdict.epc == once] == told_as
    assert portal.ghost_reads() == 1 - len(told_as)
    assert portal.passages("d") == () or all(found.trace.epc != once for found in portal.passages("d"))


def test_due_when_an_item_was_read_once_where_nothing_passes_then_it_is_a_ghost() -> None:
    once, portal = bytes([0x34] * 12), Portal([Door("d")])
    told = play(portal, [*passage(IN, EPCS), (20_000_000, "d", once, 1, 2, -70)], until=40)
    assert {verdict.epc for _, verdict in told} == set(EPCS)
    assert portal.ghost_reads() == 1


@pytest.mark.parametrize("min_reads", [3, 4])
def test_due_when_an_item_moved_but_was_read_less_than_a_ghost_may_be_then_nothing_is_told(
    min_reads: int,
) -> None:
    reads = [(second * SECOND, "d", EPCS[0], 0, 1, rssi) for second, rssi in ((2, -70), (3, -60), (4, -65))]
    told = play(Portal([Door("d", min_reads=min_reads)]), reads, until=40)
    assert [verdict.epc for _, verdict in told] == [EPCS[0]] * (4 - min_reads)


def test_due_when_two_doors_read_a_load_then_it_is_told_at_the_stronger_one() -> None:
    portal = Portal([Door("d"), Door("e")])
    told = play(portal, passage(IN, EPCS) + passage(IN, EPCS, door="e", weaker=15), until=40)
    assert {verdict.door for _, verdict in told if verdict.direction is Direction.IN} == {"d"}
    assert sum(verdict.direction is Direction.IN for _, verdict in told) == len(EPCS)
    assert any(
        "belongs there" in reason or "told at door d" in reason
        for _, v in told
        if v.door == "e"
        for reason in v.reasons
    )


def test_due_when_loads_pass_two_doors_at_once_then_what_leaks_over_is_told_at_its_own_door() -> None:
    leaked = passage(IN, EPCS[3:4], weaker=14)
    reads = passage(IN, EPCS[:3]) + passage(IN, EPCS[3:], door="e") + leaked
    told = play(Portal([Door("d"), Door("e")]), reads, until=40)
    assert sorted((v.door, v.epc) for _, v in told if v.direction is Direction.IN) == [
        *(("d", epc) for epc in EPCS[:3]),
        *(("e", epc) for epc in EPCS[3:]),
    ]
    (strange,) = [v for _, v in told if v.door == "d" and v.epc == EPCS[3]]
    assert strange.direction is Direction.PAST
    assert "door e read it" in strange.reasons[0]


def test_due_when_an_item_of_the_next_door_is_read_seldom_beside_a_load_then_it_is_not_told_as_of_that_load() -> (
    None
):
    leaked = [(3_200_000, "d", EPCS[3], 0, 1, -71), (5_100_000, "d", EPCS[3], 1, 2, -70)]
    back = passage(way(-2.5, 0.2, -2.5, seconds=9), EPCS[3:], door="e")
    told = play(Portal([Door("d"), Door("e")]), passage(IN, EPCS[:3]) + back + leaked, until=40)
    assert {(v.door, v.epc) for _, v in told if v.direction is Direction.IN} == {
        ("d", epc) for epc in EPCS[:3]
    }


def test_due_when_the_right_door_has_closed_the_passage_then_the_other_one_still_knows_of_it() -> None:
    back = passage(way(-2.5, 0.2, -2.5, seconds=9), EPCS[:1], door="e")
    heard = [(2, 0, -70), (4, 0, -66), (6, 1, -64), (8, 1, -70), (9, 1, -72)]
    leaked = [(second * SECOND, "d", EPCS[0], side, side + 1, rssi) for second, side, rssi in heard]
    portal = Portal([Door("d"), Door("e")])
    told = play(portal, back + leaked, until=14)
    assert [v.door for _, v in told] == ["e"]
    assert portal.traces("e") == {}
    (verdict,) = portal.due(START + 40 * SECOND)
    assert (verdict.door, verdict.direction) == ("d", Direction.PAST)
    assert "door e read it" in verdict.reasons[0]


def test_due_when_a_tag_of_the_same_epc_stands_at_another_door_then_the_one_that_moves_comes_in() -> None:
    reads = passage(IN, EPCS) + parked(EPCS[0], door="e", until=30, rssi=-45)
    told = play(Portal([Door("d"), Door("e")]), reads, until=30)
    assert directions(told) == [(epc, Direction.IN) for epc in EPCS]
    assert {v.door for _, v in told} == {"d"}


def test_due_when_both_doors_read_an_item_as_well_then_it_is_told_where_its_load_is() -> None:
    reads = passage(IN, EPCS) + passage(IN, EPCS[:1], door="e", weaker=-1)
    told = play(Portal([Door("d"), Door("e")]), reads, until=40)
    assert [(v.door, v.direction) for _, v in told if v.epc != EPCS[0]] == [("d", Direction.IN)] * (
        len(EPCS) - 1
    )
    assert {v.door for _, v in told if v.epc == EPCS[0] and v.direction is Direction.IN} == {"d"}


@pytest.mark.parametrize(("level", "told_again"), [(-80, {Direction.IN}), (-30, set())])
def test_due_when_a_told_load_is_heard_for_longer_then_it_comes_in_unless_it_belongs_to_another_door(
    level: int, told_again: set[Direction]
) -> None:
    portal = Portal([Door("d"), Door("e")])
    told = Verdict("d", b"", Direction.PAST, 0.9, START, START + SECOND, 3, (1,), -70)
    for epc in EPCS:
        portal.resume("d", Trace(epc, START + SECOND), replace(told, epc=epc), (b"load",))
        there = portal.traces("e")[epc] = Trace(epc, START + 2 * SECOND)
        there.add(START + 5 * SECOND, 1, 2, level, 1)
        there.add(START + 6 * SECOND, 1, 2, level, 1)
    play(portal, passage(IN, EPCS), until=9)
    verdicts = portal.due(START + 13 * SECOND)
    assert {verdict.direction for verdict in verdicts if verdict.door == "d"} == told_again


def test_due_when_two_doors_see_different_loads_then_each_tells_its_own() -> None:
    reads = passage(IN, EPCS[:3]) + passage(IN, EPCS[3:], door="e")
    told = play(Portal([Door("d"), Door("e")]), reads, until=30)
    assert {(v.door, v.epc) for _, v in told if v.direction is Direction.IN} == {
        *(("d", epc) for epc in EPCS[:3]),
        *(("e", epc) for epc in EPCS[3:]),
    }


def test_due_when_antennas_have_no_sides_then_what_moves_comes_in_and_what_stands_does_not() -> None:
    reads = [(seen, door, epc, NO_SIDE, 1, rssi) for seen, door, epc, _, _, rssi in passage(IN, EPCS[:2])]
    still = [(seen, door, epc, NO_SIDE, 1, -60) for seen, door, epc, _, _, _ in parked(EPCS[2], until=20)]
    told = play(Portal([Door("d", has_sides=False)]), reads + still, until=20)
    assert directions(told) == [(epc, Direction.IN) for epc in EPCS[:2]]


def test_due_when_antennas_have_no_sides_then_each_item_is_told_when_its_own_passage_is_over() -> None:
    first, later = passage(IN, EPCS[:1]), passage(IN, EPCS[1:2], start=2.0)
    reads = [(seen, door, epc, NO_SIDE, 1, rssi) for seen, door, epc, _, _, rssi in first + later]
    door = Door("d", has_sides=False)
    told = play(Portal([door]), reads, until=20)
    assert directions(told) == [(epc, Direction.IN) for epc in EPCS[:2]]
    for when, verdict in told:
        unread = when - (verdict.last_us - START) / SECOND
        assert door.quiet_seconds <= unread <= door.quiet_seconds + TICK / SECOND
        assert verdict.load_size == 1


def test_due_when_another_door_hears_a_fixture_better_then_without_sides_it_is_parked_too() -> None:
    fixture = [
        (seen, door, EPCS[0], NO_SIDE, 1, rssi)
        for door, rssi in (("d", -70), ("e", -50))
        for seen, *_ in parked(EPCS[0], until=3)
    ]
    told = play(Portal([Door("d", has_sides=False), Door("e", has_sides=False)]), fixture, until=20)
    assert {(v.door, v.direction) for _, v in told} == {("d", Direction.PARKED), ("e", Direction.PARKED)}


def test_due_when_only_one_side_has_read_a_load_then_its_direction_is_unclear() -> None:
    reads = [read for read in passage(IN, EPCS) if read[3] == 0]
    told = play(Portal([Door("d")]), reads, until=40)
    assert {verdict.direction for _, verdict in told} == {Direction.UNCLEAR}
    assert "only one side" in told[0][1].reasons[0]


def test_flush_when_the_recording_ends_then_everything_open_is_told() -> None:
    portal = Portal([Door("d")])
    still = bytes([0x31] * 12)
    told = play(portal, passage(IN, EPCS) + parked(still, until=8))
    assert told == []
    verdicts = portal.flush(START + 8 * SECOND)
    assert {(verdict.epc, verdict.direction) for verdict in verdicts} == {
        (still, Direction.PARKED),
        *((epc, Direction.IN) for epc in EPCS),
    }
    assert portal.traces("d") == {}
    assert portal.flush(START + 9 * SECOND) == []


def test_due_when_time_begins_anew_after_a_flush_then_it_tells_as_at_first() -> None:
    portal, reads = Portal([Door("d")]), passage(IN, EPCS)
    play(portal, passage(IN, EPCS, start=600.0) + parked(bytes([0x31] * 12), until=700))
    portal.flush(START + 700 * SECOND)
    assert (portal.traces("d"), portal.parked("d"), list(portal.passages("d"))) == ({}, 0, [])
    assert play(portal, reads, until=30) == play(Portal([Door("d")]), reads, until=30)


def test_due_when_a_door_has_a_time_of_its_own_then_only_that_one_waits_no_longer() -> None:
    portal = Portal([Door("d"), Door("e")])
    assert play(portal, passage(IN, EPCS[:3]) + passage(IN, EPCS[3:], door="e"), until=8) == []
    told = portal.due(START + 8 * SECOND, {"e": START + 23 * SECOND})
    assert {(verdict.door, verdict.epc) for verdict in told} == {("e", epc) for epc in EPCS[3:]}


def test_adopt_when_one_door_changes_then_its_passages_are_told_and_the_others_go_on() -> None:
    portal = Portal([Door("d"), Door("e")])
    still = bytes([0x31] * 12)
    assert play(portal, passage(IN, EPCS) + parked(still, until=8)) == []
    traces = portal.traces("d")
    assert portal.adopt([Door("d"), Door("e", min_reads=7), Door("f")], START + 8 * SECOND) == []
    assert portal.traces("d") is traces
    assert portal.traces("f") == {}
    told = portal.adopt([Door("d", min_reads=7)], START + 8 * SECOND)
    assert {verdict.direction for verdict in told} == {Direction.IN, Direction.PARKED}
    assert portal.traces("d") == {}
    assert portal.adopt([], START + 9 * SECOND) == []


def test_flush_when_the_reader_reports_no_rssi_then_there_is_no_peak() -> None:
    portal = Portal([Door("d")])
    trace = portal.traces("d")[EPCS[0]] = Trace(EPCS[0], START)
    trace.pc = 0x3000
    trace.add(START, 0, 1, None, 1)
    trace.add(START + 5, 1, 2, None, 1)
    (verdict,) = portal.flush(START + SECOND)
    assert verdict.peak_rssi_dbm is None
    assert verdict.pc == 0x3000


@pytest.mark.parametrize("shift", [0, 60_000, 130_000, 190_000])
def test_due_when_ticks_fall_at_other_moments_then_the_directions_are_the_same(shift: int) -> None:
    reads = [(seen + shift, *rest) for seen, *rest in passage(IN, EPCS)]
    told = play(Portal([Door("d")]), reads, until=30)
    assert directions(told) == [(epc, Direction.IN) for epc in EPCS]


def resumed(portal: Portal, load: bytes = b"load") -> Portal:
    """Another portal that goes on with what is open at this one."""
    other = Portal([Door("d")])
    for item in portal.passages("d"):
        other.resume("d", item.trace, item.told, (load,) if item.told is not None else ())
    return other


def test_resume_when_a_load_is_half_through_then_it_is_told_as_if_nothing_had_happened() -> None:
    reads = passage(IN, EPCS)
    first = Portal([Door("d")])
    half = round(4.5 * SECOND)
    assert play(first, [read for read in reads if read[0] < half]) == []
    told = play(resumed(first), [read for read in reads if read[0] >= half], until=30)
    whole = play(Portal([Door("d")]), reads, until=30)
    assert [verdict for _, verdict in told] == [verdict for _, verdict in whole]


def test_resume_when_a_load_was_told_then_it_is_not_told_again_but_as_out_when_it_comes_back() -> None:
    first = Portal([Door("d")])
    told = play(first, passage(IN, EPCS), until=8.8)
    assert directions(told) == [(epc, Direction.IN) for epc in EPCS]
    assert play(resumed(first), [], until=30) == []
    back = passage(OUT, EPCS, start=8.9)
    again = play(resumed(first), back, until=40)
    whole = play(Portal([Door("d")]), passage(IN, EPCS) + back, until=40)
    assert [verdict for _, verdict in again] == [verdict for _, verdict in whole[len(told) :]]
    assert "came back out" in again[-1][1].reasons[0]
