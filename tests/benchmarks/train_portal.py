"""Trains the door's small model on simulated scenes and writes rules/portal/weights.json.

    python tests/benchmarks/train_portal.py [--runs 40000] [--scenes 1600] [--out rules/portal/weights.json]

Needs numpy; no other part of the project does. Six steps, each using those before it:
1. the course of a load, or of a single tag, to its direction: single runs, thinned, cut short, mirrored;
2. do two tags, or a tag and a load, belong together: scenes with two loads at once;
3. is a load that step 2 finds really two: scenes whose loads pass the door at nearly the same moment;
4. was a tag that was read seldom carried with a load, or did it stand in the field;
5. the direction of each tag by what it says, its load and its kin: the loads found so far, right or wrong;
6. the verdict on each tag once step 5 has said something of all: other scenes than those of step 5.
Every run has its own room, antennas, reader and loads, from the families `gate` and `broad`. Seeds begin with "train",
those of the benchmark with "test": no room is shared. The family `hard` is never trained on.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

import numpy as np  # noqa: E402
from network import document, fit  # noqa: E402
from scenes import Family, single  # noqa: E402
from training_reads import (  # noqa: E402
    CLASS_OF,
    CLASSES,
    MIRRORED,
    THINNED,
    Row,
    cut,
    profiles,
    two_loads,
    two_loads_at_once,
)
from training_verdicts import TAG_CHANCES, VERDICT_CHANCES, mirrored, tag_rows, verdict_rows  # noqa: E402

import rules.portal.hearing  # noqa: E402
import rules.portal.judge  # noqa: E402
from readers.emulator.loads import Move  # noqa: E402
from readers.emulator.scenario import AirRead, Scenario  # noqa: E402
from rules.portal import kinship, mean, seldom, split  # noqa: E402
from rules.portal.features import NAMES, features  # noqa: E402
from rules.portal.kin import Kin  # noqa: E402
from rules.portal.kinship import Mover  # noqa: E402
from rules.portal.load import alike, is_two_sided, loads  # noqa: E402
from rules.portal.mean import mean_course, membership  # noqa: E402
from rules.portal.model import Model  # noqa: E402
from rules.portal.seldom import crowding, is_seldom, is_stray  # noqa: E402
from rules.portal.split import proposal, signs  # noqa: E402

WEIGHTS = Path(__file__).parents[2] / "rules" / "portal" / "weights.json"
SAME_WAY_WEIGHT = 0.3
"""To take two loads for one is harmless where both go the same way."""
ONE_LOAD_SHARE = 0.2
NOT_CARRIED = len(CLASSES)
SCENES_FOR_TAGS = 3
"""Times as many scenes for step 5 as for the others."""


def course_rows(number: int) -> list[Row]:
    """Step 1, from one run: the whole load, a part of it, and two tags alone, in four thinned versions."""
    rng = random.Random(f"train-sampling/{number}")
    scene = single(f"train-{number}", Family.GATE if rng.random() < 0.5 else Family.BROAD)
    move = scene.loads[0].move
    if move is Move.PARKED and rng.random() < 0.8:
        return []
    every = list(scene.reads())
    rows: list[Row] = []
    for _ in range(4):
        kept, share = cut(every, rng), rng.choice(THINNED)
        kept = [read for read in kept if rng.random() < share]
        flip, swap = rng.random() < 0.5, rng.random() < 0.5
        moving = [profile for profile in profiles(kept, flip=flip, swap=swap) if profile.has_moved]
        rng.shuffle(moving)
        label = MIRRORED[CLASS_OF[move]] if flip != swap else CLASS_OF[move]
        for size in sorted({len(moving), rng.choice((2, 3, 4, 6))}) if moving else ():
            parts = [moving[:size], *([profile] for profile in moving[: 2 if size > 1 else 0])]
            for part in parts:
                row = features(part)
                if row is not None:
                    rows.append((row, label, min(len(part), 4) ** 0.5))
    return rows


def kin_rows(number: int) -> tuple[list[Row], list[Row]]:
    """Step 2, from one scene: pairs of tags, and tags with loads."""
    rng = random.Random(f"train-kin/{number}")
    scene, every, owner = two_loads(number)
    pairs: list[Row] = []
    fits: list[Row] = []
    for _ in range(3):
        movers = _movers(every, rng.choice((1.0, 0.5, 0.33, 0.33, 0.33, 0.2, 0.1)), rng)
        groups = [[m for m in movers if owner[m.profile.trace.epc] == place] for place in (0, 1)]
        if len(movers) < 3:
            continue
        for _ in range(50):
            one, other = rng.sample(movers, 2)
            places = owner[one.profile.trace.epc], owner[other.profile.trace.epc]
            if min(places) < 2:
                label, weight = _label(scene, *places)
                pairs.append((kinship.kinship(one.course, other.course), label, weight))
        for _ in range(30):
            one, place = rng.choice(movers), rng.randrange(2)
            others = [mover for mover in groups[place] if mover is not one]
            if others:
                some = rng.sample(others, rng.randint(1, len(others)))
                if len(some) > 3 and groups[1 - place] and rng.random() < 0.3:
                    some.append(rng.choice(groups[1 - place]))
                label, weight = _label(scene, owner[one.profile.trace.epc], place)
                fits.append(
                    (
                        membership(one.course, mean_course([mover.course for mover in some]), len(some)),
                        label,
                        weight,
                    )
                )
    return pairs, fits


def split_rows(number: int) -> list[Row]:
    """Step 3, from one scene: the likeliest two loads of each that was found."""
    rng = random.Random(f"train-split-sampling/{number}")
    classes, every, owner = two_loads_at_once(number)
    rows: list[Row] = []
    for share in (rng.choice((1.0, 0.5)), 0.33, rng.choice((0.33, 0.2))):
        alone = rng.randrange(2) if rng.random() < ONE_LOAD_SHARE else None
        kept = [read for read in every if rng.random() < share and owner[read.epc] != alone]
        kin = Kin([Mover(profile) for profile in profiles(kept) if profile.has_moved])
        of = [classes[owner[mover.profile.trace.epc]] for mover in kin.movers]
        for found in alike(kin) if kin.movers else ():
            halves = proposal(found, kin)
            if halves:
                parts = [found, *halves]
                whole, *rest = (len(part) - _most(of[one] for one in part) for part in parts)
                better = whole - sum(rest)
                rows.append((signs(halves, kin), int(better > 0), max(1, better) ** 0.5))
    return rows


def seldom_rows(number: int) -> list[Row]:
    """Step 4, from one scene: every tag read seldom, with each load that it may be of."""
    rng = random.Random(f"train-seldom/{number}")
    classes, every, owner = two_loads_at_once(number)
    parked = len(classes) - 1
    rows: list[Row] = []

    def kind(mover: Mover) -> int:
        place = owner.get(mover.profile.trace.epc, parked)
        return NOT_CARRIED if place == parked else classes[place]

    for version in range(6):
        kept = [read for read in every if version < 4 or owner[read.epc] == version % 2]
        share = rng.choice(THINNED)
        movers = [Mover(profile) for profile in profiles([r for r in kept if rng.random() < share], least=1)]
        moving = [mover for mover in movers if mover.profile.has_moved]
        alone = [mover for mover in movers if not mover.profile.has_moved and is_seldom(mover)]
        crowd = crowding(len(movers) - len(moving) - len(alone), len(moving))
        groups = loads(moving)
        alone += [group[0] for group in groups if is_stray(group)]
        for group in groups:
            usual = Counter(map(kind, group)).most_common(1)[0][0]
            for mover in (*alone, *filter(is_seldom, () if is_stray(group) else group)):
                others = [other for other in group if other is not mover]
                if is_two_sided(others):
                    rows.append((seldom.signs(mover, others, crowd), int(kind(mover) == usual), 1.0))
    return rows


def _most(classes: Iterable[int]) -> int:
    """How many are of the commonest class."""
    return max(Counter(classes).values())


def _movers(reads: Sequence[AirRead], share: float, rng: random.Random) -> list[Mover]:
    kept = [read for read in reads if share >= 1 or rng.random() < share]
    return [Mover(profile) for profile in profiles(kept) if profile.has_moved]


def _label(scene: Scenario, one: int, other: int) -> tuple[int, float]:
    if one == other:
        return 1, 1.0
    same_way = CLASS_OF[scene.loads[one].move] == CLASS_OF[scene.loads[other].move]
    return 0, SAME_WAY_WEIGHT if same_way else 1.0


def _after(seen: int, work: Callable[[int], list[Row]], number: int) -> list[Row]:
    """Of a scene beyond those that an earlier step has seen."""
    return work(seen + number)


def _fitted(rows: Sequence[Row], **settings: Any) -> list[dict[str, Any]]:
    inputs = np.array([row for row, _, _ in rows])
    labels = np.array([label for _, label, _ in rows])
    weights = np.array([weight for _, _, weight in rows])
    print(f"{len(rows)} rows of {inputs.shape[1]} numbers")
    return document(fit(inputs, labels, weights, **settings))


def _in_parallel(work: Callable[[int], Any], count: int, weights: dict[str, Any]) -> list[Any]:
    with ProcessPoolExecutor(initializer=partial(_use, json.dumps(weights))) as pool:
        return list(pool.map(work, range(count), chunksize=20))


def _use(text: str) -> None:
    """Let this process judge by the weights of the steps so far."""
    kinship.MODEL = mean.MODEL = split.MODEL = seldom.MODEL = Model(text)
    rules.portal.judge.MODEL = rules.portal.hearing.MODEL = kinship.MODEL


def _nothing(inputs: int, outputs: int) -> list[dict[str, Any]]:
    return [{"weights": [[0.0] * inputs] * outputs, "bias": [0.0] * outputs}]


def trained(runs: int, scenes: int) -> dict[str, Any]:
    """What rules/portal/weights.json holds."""
    weights: dict[str, Any] = {
        "inputs": list(NAMES),
        "classes": list(CLASSES),
        "course": _nothing(len(NAMES), 4),
        "kinship": _nothing(30, 1),
        "membership": _nothing(31, 1),
        "split": _nothing(14, 1),
        "seldom": _nothing(10, 1),
        "tag": _nothing(34, 4),
        "verdict": _nothing(21, 4),
    }

    def rows_of(work: Callable[[int], list[Row]], count: int) -> list[Row]:
        return [row for rows in _in_parallel(work, count, weights) for row in rows]

    courses = rows_of(course_rows, runs)
    weights["course"] = _fitted(courses, hidden=(64, 32), outputs=4, epochs=40, decay=3e-5)
    kin = _in_parallel(kin_rows, scenes, weights)
    pairs, fits = ([row for both in kin for row in both[place]] for place in (0, 1))
    weights["kinship"] = _fitted(pairs, hidden=(16,), outputs=1, epochs=20, decay=1e-4)
    weights["membership"] = _fitted(fits, hidden=(32,), outputs=1, epochs=30, decay=1e-4)
    splits = rows_of(split_rows, scenes)
    weights["split"] = _fitted(splits, hidden=(8,), outputs=1, epochs=300, decay=3e-4)
    carried = rows_of(seldom_rows, scenes)
    weights["seldom"] = _fitted(carried, hidden=(16,), outputs=1, epochs=120, decay=1e-4)
    verdict = {"outputs": 4, "decay": 2e-4, "noise": 0.1}
    seen = SCENES_FOR_TAGS * scenes
    tags = mirrored(rows_of(tag_rows, seen), TAG_CHANCES)
    weights["tag"] = _fitted(tags, hidden=(32,), epochs=30, **verdict)
    verdicts = mirrored(rows_of(partial(_after, seen, verdict_rows), scenes), VERDICT_CHANCES)
    weights["verdict"] = _fitted(verdicts, hidden=(24,), epochs=15, smoothing=0.0, **verdict)
    return weights


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40_000)
    parser.add_argument("--scenes", type=int, default=1_600)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args(arguments)
    weights = trained(options.runs, options.scenes)
    options.out.write_text(json.dumps(weights) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
