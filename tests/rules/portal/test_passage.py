"""A door's watch: what waits unchanged is judged once, what is read on is judged again."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from crossings import EPCS, SECOND, START, passage, way

from rules.portal.door import Door
from rules.portal.evidence import INSIDE, Trace
from rules.portal.passage import MAX_JUDGES, DoorWatch


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
