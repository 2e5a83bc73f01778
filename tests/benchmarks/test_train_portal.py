"""The committed trainer makes weights that the door can judge by, from the committed simulator."""

import json
import math
import sys
from importlib import import_module
from pathlib import Path

import pytest

from rules.portal.features import NAMES
from rules.portal.hearing import Hearing
from rules.portal.judge import Judge
from rules.portal.kinship import Mover
from rules.portal.model import MODEL, Model

sys.path.insert(0, str(Path(__file__).parent))


def test_main_when_trained_on_a_few_scenes_then_the_weights_have_the_shape_of_the_committed_ones(
    tmp_path: Path,
) -> None:
    trainer = import_module("train_portal")
    out = tmp_path / "weights.json"
    trainer.main(["--runs", "24", "--scenes", "4", "--out", str(out)])
    made, committed = (json.loads(path.read_text()) for path in (out, trainer.WEIGHTS))
    assert made["inputs"] == committed["inputs"] == list(NAMES)
    assert made["classes"] == committed["classes"]
    for network in ("course", "kinship", "membership", "split", "seldom", "tag", "verdict"):
        shapes = [
            [(len(layer["weights"]), len(layer["weights"][0]), len(layer["bias"])) for layer in some[network]]
            for some in (made, committed)
        ]
        assert shapes[0] == shapes[1]
    row = [0.1] * len(NAMES)
    chances = Model(out.read_text()).log_chances(row)
    assert len(chances) == 4
    assert chances != MODEL.log_chances(row)


def test_profiles_when_a_run_is_played_backwards_then_in_looks_like_out() -> None:
    trainer, scenes = import_module("train_portal"), import_module("scenes")
    scene = scenes.single("mirror-1", scenes.Family.GATE, trainer.Move.IN)
    reads = list(scene.reads())
    told = []
    for flip in (False, True):
        moving = [profile for profile in trainer.profiles(reads, flip=flip) if profile.has_moved]
        judge = Judge([Mover(profile) for profile in moving])
        told.append({str(Hearing(judge).about(mover).direction) for mover in judge.load})
    assert told == [{"in"}, {"out"}]


def test_mirrored_when_rows_are_of_the_two_hearings_then_four_chances_begin_at_each_place() -> None:
    training, scenes = import_module("training_verdicts"), import_module("scenes")
    reads = list(scenes.single("mirror-2", scenes.Family.GATE, import_module("train_portal").Move.IN).reads())
    moving = [profile for profile in import_module("training_reads").profiles(reads) if profile.has_moved]
    judge = Judge([Mover(profile) for profile in moving])
    for row, places in (
        (judge.evidence(judge.load[0]), training.TAG_CHANCES),
        (Hearing(judge, [judge]).signs(judge.load[0]), training.VERDICT_CHANCES),
    ):
        for place in places:
            four = row[place : place + 4]
            chances = [math.exp(value) for value in four] if min(four) < 0 else four
            assert sum(chances) == pytest.approx(1.0, abs=0.2)
        ((_, label, _), (image, other, _)) = training.mirrored([(row, 0, 1.0)], places)
        assert (label, other) == (0, 1)
        assert [image[place] for place in places] == [row[place + 1] for place in places]
        assert sorted(image) == sorted(row)
