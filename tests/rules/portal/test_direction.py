"""Features are relative, the rule is readable, the model is a plain function of its weights."""

import json
import math
import sys
from operator import mul
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from crossings import EPCS, SECOND, passage, profiles, way

from rules.portal.direction import by_rule
from rules.portal.features import NAMES, features
from rules.portal.model import Model, Network
from rules.vocabulary import Direction

WEIGHTS = Path(__file__).parents[3] / "rules" / "portal" / "weights.json"


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


def test_network_when_evaluated_then_it_is_tanh_layers_and_a_linear_one() -> None:
    network = Network(
        [{"weights": [[1.0, 2.0]], "bias": [0.5]}, {"weights": [[3.0], [-1.0]], "bias": [0.0, 1.0]}]
    )
    inner = math.tanh(0.1 * 1.0 + 0.2 * 2.0 + 0.5)
    assert network([0.1, 0.2]) == pytest.approx([3 * inner, 1 - inner])


@given(
    st.integers(1, 40).flatmap(
        lambda size: st.tuples(
            *[st.lists(st.floats(-12, 12), min_size=size, max_size=size) for _ in range(3)]
        )
    )
)
def test_network_when_rows_are_anything_then_its_sums_are_dot_products(rows: tuple[list[float], ...]) -> None:
    first, second, row = rows
    network = Network([{"weights": [first, second], "bias": [0.5, -2.0]}])
    exact = [math.fsum((bias, *map(mul, weights, row))) for weights, bias in ((first, 0.5), (second, -2.0))]
    assert network(row) == pytest.approx(exact, abs=1e-11)


def test_features_when_levels_are_flat_or_reads_are_few_then_correlations_stay_within_one() -> None:
    reads = [(place * SECOND, "d", EPCS[0], place % 2, 1, -50) for place in range(4)]
    row = dict(zip(NAMES, features(profiles(reads)), strict=True))
    for name in ("trend_outside", "trend_inside", "bow_outside", "bow_inside"):
        assert -1.0 <= row[name] <= 1.0


def test_model_when_chances_are_asked_then_they_are_probabilities() -> None:
    model = Model(WEIGHTS.read_text(encoding="utf-8"))
    row = features(profiles(passage(way(-2.5, 2.5), EPCS)))
    assert sum(math.exp(chance) for chance in model.log_chances(row)) == pytest.approx(1.0)
    assert sum(math.exp(c) for c in model.tag_log_chances([0.0] * 34)) == pytest.approx(1.0)
    assert sum(math.exp(c) for c in model.verdict_log_chances([0.0] * 21)) == pytest.approx(1.0)


def test_model_when_trained_on_other_features_then_it_is_refused() -> None:
    document = json.loads(WEIGHTS.read_text(encoding="utf-8")) | {"inputs": ["lag"]}
    with pytest.raises(ValueError, match="other features"):
        Model(json.dumps(document))
