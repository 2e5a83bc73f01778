"""What is told of a recording is counted against the truth, or against what is told as configured."""

from collections import Counter
from dataclasses import replace

from gateway.recorded.attendance import Attendance
from gateway.recorded.commissioning import (
    Trial,
    _confusion,
    _figures,
    _missed,
    _receipts,
    _right,
    _thinned,
    _trial,
)
from gateway.recorded.recording import RecordedRead
from gateway.recorded.score import Score
from gateway.settings import Settings
from rules.observation import Observation
from rules.vocabulary import Direction
from tests.gateway.store.samples import DOCK, OTHER_DOCK, START_US, item, seen

SETTINGS = Settings("dc1", read_points=(DOCK, OTHER_DOCK))


def told(*observations: Observation) -> set[tuple[str, str]]:
    return set(_receipts(observations))


def test_receipts_when_unsure_or_not_in_then_they_are_none() -> None:
    unsure = seen(2, confidence=0.7)
    assert told(seen(1), unsure, seen(3, direction=Direction.PAST)) == {(item(1).hex, "dock-1")}
    assert set(_receipts([unsure], 0.6)) == {(item(2).hex, "dock-1")}


def test_right_and_missed_when_the_truth_names_no_read_point_then_any_will_do() -> None:
    expected = {(item(1).hex, ""), (item(2).hex, "dock-1"), (item(3).hex, "")}
    right = _right(told(seen(1, point=OTHER_DOCK), seen(2, point=OTHER_DOCK)), expected)
    assert right == {(item(1).hex, "dock-2")}
    assert _missed(right, expected) == {(item(2).hex, "dock-1"), (item(3).hex, "")}


def test_confusion_when_several_things_were_said_of_an_item_then_in_counts() -> None:
    observations = [
        seen(1, direction=Direction.PARKED),
        seen(1),
        seen(2, confidence=0.6),
        seen(4, direction=Direction.OUT),
        seen(5, point=OTHER_DOCK),
    ]
    expected = {(item(1).hex, "dock-1"), (item(2).hex, ""), (item(3).hex, "")}
    assert _confusion(observations, expected) == Counter(
        {
            ("came in", "in"): 1,
            ("came in", "in, unsure"): 1,
            ("came in", "not seen"): 1,
            ("did not", "out"): 1,
            ("did not", "in"): 1,
        }
    )


def test_trial_when_counted_then_precision_and_recall_follow() -> None:
    expected = {(item(n).hex, "dock-1") for n in (1, 2, 3)}
    trial = _trial("min_reads", 3, False, told(seen(1), seen(2), seen(9)), expected)
    assert trial == Trial("min_reads", 3, False, Score(expected=3, right=2, wrong=1, duplicates=0))
    assert (trial.score.precision, trial.score.recall, trial.score.missed) == (2 / 3, 2 / 3, 1)
    nothing = _trial("min_reads", 99, False, (), set())
    assert (nothing.score.precision, nothing.score.recall) == (None, None)


def test_figures_when_passages_were_short_of_reads_then_their_share_is_told() -> None:
    few = seen(1)
    many = replace(seen(2), evidence=replace(few.evidence, reads=40))
    first, second = _figures(SETTINGS, Attendance(SETTINGS), [few, many, seen(3, direction=Direction.PARKED)])
    assert first.verdicts == {Direction.IN: 2, Direction.PARKED: 1}
    assert (first.reads_per_tag, first.few_share, first.confidences) == ([7, 40], 0.5, [0.99, 0.99])
    assert (second.id, second.reads_per_tag, second.few_share) == ("dock-2", [], 0.0)


def test_thinned_when_asked_twice_then_the_same_reads_stay() -> None:
    reads = [RecordedRead(START_US + n, "r", 1, b"\x30", -50) for n in range(1000)]
    kept = list(_thinned(reads, 0.25))
    assert kept == list(_thinned(reads, 0.25))
    assert 180 < len(kept) < 320
