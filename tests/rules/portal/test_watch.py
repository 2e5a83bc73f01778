"""A door's watch: what waits unchanged is judged once, what is read on is judged again."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from crossings import EPCS, SECOND, START, passage, way

from rules.portal.door import Door
from rules.portal.evidence import INSIDE, Trace
from rules.portal.passage import Passage
from rules.portal.watch import MAX_JUDGES, SWEEP_SHARE, DoorWatch


def watched(door: Door) -> DoorWatch:
    watch = DoorWatch(door)
    for seen, _, epc, side, antenna, rssi in passage(way(-2.5, 2.5), EPCS):
        watch.traces.setdefault(epc, Trace(epc, START + seen)).add(START + seen, side, antenna, rssi, 1)
    watch.adopt()
    return watch


def judged(watch: DoorWatch) -> list[object]:
    (group,) = watch.groups([passage.mover() for passage in watch.open.values()])
    return list(watch.judgements(group, group))


def test_judgements_when_nothing_more_was_read_then_they_are_the_same_ones() -> None:
    watch = watched(Door("d"))
    first, second = judged(watch), judged(watch)
    assert all(before is after for before, after in zip(first, second, strict=True))


def test_judgements_when_a_member_was_read_again_then_they_are_made_anew() -> None:
    watch = watched(Door("d"))
    first = judged(watch)
    watch.open[EPCS[0]].trace.add(START + 9 * SECOND, INSIDE, 2, -60, 1)
    second = judged(watch)
    assert not any(before is after for before, after in zip(first, second, strict=True))
    watch.clear()
    assert watch.open == {}


def test_judgements_when_the_load_changes_for_ever_then_no_more_than_the_last_are_kept() -> None:
    watch = watched(Door("d"))
    for number in range(2 * MAX_JUDGES):
        watch.open[EPCS[0]].trace.add(START + 9 * SECOND + number, INSIDE, 2, -60, 1)
        judged(watch)
        assert len(watch._judged) <= MAX_JUDGES


def test_present_when_parked_tags_are_no_longer_read_then_they_are_not_counted() -> None:
    watch = DoorWatch(Door("d"))
    for number, last in enumerate((1.0, 5.9, 6.0)):
        epc = bytes([number])
        trace = watch.parked[epc] = watch.traces[epc] = Trace(epc, START)
        trace.add(START + round(last * SECOND), INSIDE, 2, -60, 1)
    assert watch.present(START + 6 * SECOND - 1) == 3
    assert watch.present(START + 6 * SECOND) == 2
    assert watch.present(START + 60 * SECOND) == 2, "nothing else was read either: the reader is silent"


def test_is_open_when_another_passage_of_the_tag_began_then_the_first_is_not() -> None:
    watch = watched(Door("d"))
    first = watch.open[EPCS[0]]
    assert watch.is_open(first)
    watch.close(first)
    assert not watch.is_open(first)
    again = watch.open[EPCS[0]] = Passage(Trace(EPCS[0], START), START)
    assert watch.is_open(again)
    assert not watch.is_open(first)


def test_observe_when_many_are_parked_then_all_are_looked_at_in_turn() -> None:
    door = Door("d")
    watch = DoorWatch(door)
    for number in range(40):
        epc = bytes([number])
        watch.parked[epc] = watch.traces[epc] = Trace(epc, START)
        watch.traces[epc].adopted = True
        watch.parked[epc].add(START + int(door.parked_seconds) * SECOND, INSIDE, 2, -60, 1)
    now_us = START + int(door.parked_seconds) * SECOND
    rounds = [len(watch.observe(now_us)) for _ in range(2 * SWEEP_SHARE)]
    assert max(rounds) <= -(-40 // SWEEP_SHARE)
    assert sum(rounds) == 40
