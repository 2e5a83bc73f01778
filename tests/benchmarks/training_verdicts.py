"""What the two hearings are trained on: every tag of the loads that were found in thinned scenes, right or wrong."""

import random
from collections.abc import Callable, Iterator, Sequence

from training_reads import MIRRORED, THINNED, Row, profiles, two_loads_at_once

from rules.portal.hearing import Hearing
from rules.portal.judge import Judge
from rules.portal.kinship import Mover, in_time_of, overlaps
from rules.portal.load import loads

VERSIONS = 6
TAG_CHANCES = (0, 4, 8, 18, 24, 29)
"""Where the chances of the four directions begin in `Judge.evidence`."""
VERDICT_CHANCES = (0, 4, 9, 15)
"""The same in `Hearing.signs`."""


def tag_rows(number: int) -> list[Row]:
    """Step 5, from one scene: every tag in the load it was found in."""
    return [
        (judge.evidence(mover), label, 1.0)
        for judges, label_of in judged(number)
        for judge in judges
        if judge.is_judgeable
        for mover, label in ((member, label_of(member)) for member in judge.load)
    ]


def verdict_rows(number: int) -> list[Row]:
    """Step 6, from one scene that step 5 has not seen: every tag, with its load, its kin and the other loads."""
    rows: list[Row] = []
    for judges, label_of in judged(number):
        for judge in judges:
            if judge.is_judgeable:
                hearing = Hearing(judge, [one for one in judges if one is not judge and _meet(one, judge)])
                rows += [(hearing.signs(member), label_of(member), 1.0) for member in judge.load]
    return rows


def judged(number: int) -> Iterator[tuple[list[Judge], Callable[[Mover], int]]]:
    """The loads found in thinned versions of one scene, and the class of each tag; half hold one load alone."""
    rng = random.Random(f"train-verdict/{number}")
    classes, every, owner = two_loads_at_once(number)
    for version in range(VERSIONS):
        kept = [read for read in every if version < VERSIONS // 2 or owner[read.epc] == version % 2]
        share = rng.choice(THINNED)
        seen = profiles([read for read in kept if share >= 1 or rng.random() < share])
        found = loads([Mover(profile) for profile in seen if profile.has_moved])
        judges = [
            Judge(group, in_time_of(group, [other for other in found if other is not group]))
            for group in found
        ]
        yield judges, lambda mover: classes[owner[mover.profile.trace.epc]]


def _meet(one: Judge, other: Judge) -> bool:
    courses = [mover.course for mover in other.load]
    return any(overlaps(mover.course, courses) for mover in one.load)


def mirrored(rows: list[Row], places: Sequence[int]) -> list[Row]:
    """Rows and their mirror images: in and out change places wherever four chances begin."""
    flipped = []
    for row, label, weight in rows:
        image = list(row)
        for start in places:
            image[start], image[start + 1] = row[start + 1], row[start]
        flipped.append((image, MIRRORED[label], weight))
    return rows + flipped
