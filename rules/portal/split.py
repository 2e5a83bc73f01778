"""Two loads that passed the door at the same moment look like one, until their directions tell them apart.

Tags that seem to have gone another way than most are the first guess at one half; then every tag goes to the
half it fits better. A small network says whether the halves are two loads: by what each half says of its
direction, and by how strange the members of one half would be in the other.
"""

import math
from collections.abc import Sequence

from rules.portal.kin import Kin
from rules.portal.kinship import together
from rules.portal.mean import mean_course
from rules.portal.model import MODEL

SMALLEST_HALF = 2
CORE = 24
"""Of a large load the best-read members decide; the others follow."""
ROUNDS = 3
ENOUGH_ODDS = -1.0
"""To take one load for two costs little, to take two for one costs the direction of one of them."""
UNSURE = -1.2
"""A tag whose likeliest direction is less likely than this (log) names none."""

Halves = list[list[int]]


def split(load: list[int], kin: Kin) -> list[list[int]]:
    """The load, or the two loads in it; members are named by their places in `kin`."""
    core = sorted(load, key=lambda one: -len(kin.movers[one].profile.samples))[:CORE]
    halves = proposal(core, kin)
    if not halves or MODEL.split(signs(halves, kin))[0] <= ENOUGH_ODDS:
        return [load]
    return halves if len(core) == len(load) else [half for half in _homes(load, halves, kin) if half]


def proposal(core: Sequence[int], kin: Kin) -> Halves:
    """The likeliest two loads of one, each tag where it fits better; none where all seem to go one way."""
    few = _few(core, kin)
    halves = [few, [one for one in core if one not in few]]
    for _ in range(ROUNDS):
        if min(map(len, halves)) < SMALLEST_HALF:
            return []
        before, halves = halves, _homes(core, halves, kin)
        if halves == before:
            break
    return halves if min(map(len, halves)) >= SMALLEST_HALF else []


def signs(halves: Halves, kin: Kin) -> list[float]:
    """What the network judges a proposal by."""
    load = [*halves[0], *halves[1]]
    whole = _together(load, kin)
    ours, theirs = (_together(half, kin) for half in halves)
    named = [max(range(4), key=said.__getitem__) for said in (ours, theirs)]
    fits = sorted((_fit(half, other, kin) for half, other in (halves, halves[::-1])), key=lambda fit: fit[1])
    reads = sum(len(kin.movers[one].profile.samples) for one in load)
    return [
        max(whole),
        max(ours),
        max(theirs),
        math.log(sum(math.exp(x + y) for x, y in zip(ours, theirs, strict=True)) + 0.01),
        max(-6.0, min(whole[name] for name in named)),
        *fits[0],
        *fits[1],
        math.log(len(load)),
        math.log(min(map(len, halves))),
        math.log10(reads / len(load)),
    ]


def _few(core: Sequence[int], kin: Kin) -> list[int]:
    """The tags that seem to have gone the way that the second most of them seem to have gone."""
    ways: dict[int, list[int]] = {}
    for one in core:
        chances = kin.courses[one].log_chances
        if max(chances) > UNSURE:
            ways.setdefault(max(range(4), key=chances.__getitem__), []).append(one)
    by_size = sorted(ways.values(), key=len, reverse=True)
    return by_size[1] if len(by_size) > 1 else []


def _homes(load: Sequence[int], halves: Halves, kin: Kin) -> Halves:
    """Every tag in the half whose mean course it fits better."""
    means = [(mean_course([kin.courses[one] for one in half]), len(half)) for half in halves]
    homes: Halves = [[], []]
    for one in load:
        fits = [kin.fit(one, mean, size) for mean, size in means]
        homes[0 if fits[0] >= fits[1] else 1].append(one)
    return homes


def _together(part: Sequence[int], kin: Kin) -> Sequence[float]:
    return together(kin.movers[one] for one in part).log_chances


def _fit(half: Sequence[int], other: Sequence[int], kin: Kin) -> tuple[float, float, float]:
    """Mean log odds of the members of a half: in it, in the other one, and the difference."""
    own = sum(kin.member_odds(one, half) for one in half) / len(half)
    strange = sum(kin.member_odds(one, other) for one in half) / len(half)
    return own, strange, own - strange
