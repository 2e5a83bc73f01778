"""Features are relative, the rule is readable, the model is a plain function of its weights."""

import json
import math
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from crossings import START, Read, passage, way

from rules.portal.direction import Judge, by_rule
from rules.portal.evidence import Trace
from rules.portal.features import NAMES, features
from rules.portal.load import (
    Mover,
    _changed_over,
    _Kin,
    _merged,
    _split,
    joined,
    kinship,
    loads,
    mean_course,
)
from rules.portal.model import Model, Network
from rules.portal.profile import Profile
from rules.vocabulary import Direction

EPCS = [bytes([0x30, *([0] * 10), number]) for number in range(1, 7)]
WEIGHTS = Path(__file__).parents[3] / "rules" / "portal" / "weights.json"


def profiles(reads: list[Read], *, louder: int = 0, slower: int = 1) -> list[Profile]:
    traces = {}
    for seen, _, epc, side, antenna, rssi in sorted(reads):
        trace = traces.setdefault(epc, Trace(epc, START + seen * slower))
        trace.add(START + seen * slower, side, antenna, rssi + louder, 1)
    return [Profile(trace) for trace in traces.values()]


def movers(*ways: list[float], start: float = 1.0) -> list[Mover]:
    found = []
    for number, course in enumerate(ways):
        epcs = [bytes([0x30 + number, *epc[1:]]) for epc in EPCS]
        found += [Mover(profile) for profile in profiles(passage(course, epcs, start=start))]
    return found


def test_features_when_the_reader_is_louder_and_the_load_slower_then_they_are_the_same() -> None:
    reads = passage(way(-2.5, 2.5), EPCS)
    usual, other = features(profiles(reads)), features(profiles(reads, louder=7, slower=2))
    assert usual == pytest.approx(other, abs=1e-6)
    assert len(usual) == len(NAMES)


def test_features_when_the_way_is_gone_backwards_then_lag_and_loop_change_their_sign() -> None:
    there = dict(zip(NAMES, features(profiles(passage(way(-2.5, 2.5), EPCS))), strict=True))
    back = dict(zip(NAMES, features(profiles(passage(way(2.5, -2.5), EPCS))), strict=True))
    assert there["lag"] > 0.15 > -0.15 > back["lag"]
    assert there["loop"] > 0.05 > -0.05 > back["loop"]


def test_features_when_one_side_has_read_nothing_then_there_are_none() -> None:
    assert features(profiles([read for read in passage(way(-2.5, 2.5), EPCS) if read[3] == 1])) is None


@pytest.mark.parametrize(
    ("course", "direction"),
    [
        (way(-2.5, 2.5), Direction.IN),
        (way(2.5, -2.5), Direction.OUT),
        (way(-2.5, -1.2, -2.5), Direction.TURNED_BACK),
    ],
)
def test_by_rule_when_the_course_is_clean_then_it_is_right(course: list[float], direction: Direction) -> None:
    assert by_rule(features(profiles(passage(course, EPCS)))) is direction


def test_by_rule_when_both_antennas_have_it_at_once_then_it_went_past() -> None:
    row = [0.0] * len(NAMES)
    row[NAMES.index("lag")] = 0.12
    assert by_rule(row) is Direction.PAST


def test_loads_when_two_loads_cross_then_they_are_told_apart() -> None:
    found = loads(movers(way(-2.5, 2.5), way(2.5, -2.5)))
    owners = [{mover.profile.trace.epc[0] for mover in load} for load in found]
    assert all(len(owner) == 1 for owner in owners)
    assert {0x30, 0x31} == set.union(*owners)


def test_loads_when_one_goes_in_and_one_turns_back_then_they_are_told_apart() -> None:
    found = loads(movers(way(-2.5, 2.5), way(-2.5, 0.1, -2.5)))
    assert all(len({mover.profile.trace.epc[0] for mover in load}) == 1 for load in found)


def test_loads_when_one_comes_after_the_other_then_they_are_two() -> None:
    found = loads(movers(way(-2.5, 2.5)) + movers(way(-2.5, 2.5), start=20.0))
    assert len(found) == 2


def test_loads_when_nothing_moves_then_there_are_none() -> None:
    assert loads([]) == []
    assert joined(movers(way(-2.5, 2.5))[0], []) is None


def test_kinship_when_a_course_is_compared_with_itself_then_nothing_is_apart() -> None:
    course = movers(way(-2.5, 2.5))[0].course
    row = kinship(course, course)
    assert row[2:13] == [0.0] * 11
    assert mean_course([course, course]).sides == course.sides


def test_judge_when_a_load_went_in_then_each_tag_is_sure_and_says_why() -> None:
    load = movers(way(-2.5, 2.5))
    for mover in load:
        judgement = Judge(load).about(mover)
        assert judgement.direction is Direction.IN
        assert judgement.confidence > 0.9
        assert "the outside antenna had it" in judgement.reasons[0]
        assert "mostly outside, at the end mostly inside" in judgement.reasons[1]


def test_network_when_evaluated_then_it_is_tanh_layers_and_a_linear_one() -> None:
    network = Network(
        [{"weights": [[1.0, 2.0]], "bias": [0.5]}, {"weights": [[3.0], [-1.0]], "bias": [0.0, 1.0]}]
    )
    inner = math.tanh(0.1 * 1.0 + 0.2 * 2.0 + 0.5)
    assert network([0.1, 0.2]) == pytest.approx([3 * inner, 1 - inner])


def test_model_when_chances_are_asked_then_they_are_probabilities() -> None:
    model = Model(WEIGHTS.read_text(encoding="utf-8"))
    row = features(profiles(passage(way(-2.5, 2.5), EPCS)))
    assert sum(math.exp(chance) for chance in model.log_chances(row)) == pytest.approx(1.0)
    assert sum(math.exp(c) for c in model.verdict_log_chances([0.0] * 18)) == pytest.approx(1.0)


def test_model_when_trained_on_other_features_then_it_is_refused() -> None:
    document = json.loads(WEIGHTS.read_text(encoding="utf-8")) | {"inputs": ["lag"]}
    with pytest.raises(ValueError, match="other features"):
        Model(json.dumps(document))


def test_split_when_two_crossing_loads_were_taken_for_one_then_its_halves_are_strangers() -> None:
    kin = _Kin([mover.course for mover in movers(way(-2.5, 2.5), way(2.5, -2.5))])
    halves = _split(list(range(12)), kin)
    assert sorted(sorted(half) for half in halves) == [list(range(6)), list(range(6, 12))]


def test_split_when_all_go_the_same_way_then_the_load_stays_whole() -> None:
    kin = _Kin([mover.course for mover in movers(way(-2.5, 2.5))])
    assert _split([0, 1, 2, 3, 4, 5], kin) == [[0, 1, 2, 3, 4, 5]]
    assert _split([0, 1], kin) == [[0, 1]]


def test_split_when_one_tag_only_seems_to_go_another_way_then_the_load_stays_whole() -> None:
    load = movers(way(-2.5, 2.5))
    courses = [mover.course for mover in load]
    courses[3] = courses[3]._replace(log_chances=(-3.0, -3.0, -0.2, -3.0))
    assert _split([0, 1, 2, 3, 4, 5], _Kin(courses)) == [[0, 1, 2, 3, 4, 5]]


def test_changed_over_when_a_tag_is_in_the_wrong_load_then_it_goes_to_its_own() -> None:
    kin = _Kin([mover.course for mover in movers(way(-2.5, 2.5), way(2.5, -2.5))])
    found = [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9, 10, 11]]
    assert _changed_over(range(12), found, kin)
    assert sorted(found[0]) == [0, 1, 2, 3, 4, 5]
    assert not _changed_over(range(12), found, kin)


def test_merged_when_one_load_was_found_twice_then_it_is_one() -> None:
    kin = _Kin([mover.course for mover in movers(way(-2.5, 2.5))])
    assert [sorted(load) for load in _merged([[0, 1, 2], [3, 4, 5], []], kin)] == [[0, 1, 2, 3, 4, 5]]


def test_judge_when_one_side_has_read_nothing_then_the_direction_is_unclear() -> None:
    alone = [Mover(profile) for profile in profiles([r for r in passage(way(-2.5, 2.5), EPCS) if r[3] == 1])]
    judge = Judge(alone)
    assert not judge.is_judgeable
    assert judge.about(alone[0]).direction is Direction.UNCLEAR


def test_judge_when_a_load_turned_back_then_the_reasons_say_so() -> None:
    load = movers(way(-2.5, 0.3, -2.5, seconds=9))
    judgement = Judge(load).about(load[0])
    assert judgement.direction is Direction.TURNED_BACK
    assert judgement.reasons[-1] == "it came back the way it went"
