"""Things that move together: tags of the same time and the same course belong to one load.

Merging two loads that cross costs both their direction; splitting one only costs certainty. So a tag joins a load only
when it is more likely of its kin than not, on average over the load.
"""

import math
from collections.abc import Sequence
from operator import mul

from rules.portal.features import features
from rules.portal.model import MODEL
from rules.portal.profile import Profile

REPRESENTATIVES = 12
"""Of a large load only so many members are compared with a newcomer."""
ROUNDS = 3
"""After the first grouping every tag may change to the load it fits best."""
NO_LOG_CHANCES = [-1.386, -1.386, -1.386, -1.386]


class Mover:
    """A profile that takes part in the grouping, with what the model says about it alone."""

    __slots__ = ("log_chances", "profile")

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        row = features([profile])
        self.log_chances = MODEL.log_chances(row) if row is not None else NO_LOG_CHANCES


def kinship(one: Mover, other: Mover) -> list[float]:
    """How alike two courses are; seconds are counted in the pair's mean duration."""
    a, b = one.profile, other.profile
    span = (a.last_us - a.first_us + b.last_us - b.first_us) / 2 + 500_000
    counts = [min(len(a.heard[side]), len(b.heard[side])) for side in (0, 1)]
    apart = [_apart(a.centres_us[side], b.centres_us[side], span) for side in (0, 1)]
    same = sum(math.exp(x + y) for x, y in zip(one.log_chances, other.log_chances, strict=True))
    overlap = min(a.last_us, b.last_us) - max(a.first_us, b.first_us)
    union = max(a.last_us, b.last_us) - min(a.first_us, b.first_us) + 1
    first, last = abs(a.first_us - b.first_us) / span, abs(a.last_us - b.last_us) / span
    lags = [p.centres_us[1] - p.centres_us[0] for p in (a, b) if None not in p.centres_us]  # type: ignore[operator]
    lag = min(abs(lags[0] - lags[1]) / span, 1.0) if len(lags) == 2 else 0.3
    known = min(math.log10(len(a.samples)), math.log10(len(b.samples)), 1.7)
    return [
        1.0,
        apart[0],
        apart[1],
        max(apart),
        lag,
        min(first, 2.0),
        min(last, 2.0),
        min(overlap / union, 1.0),
        math.log(same + 0.02),
        known,
        known * max(apart),
        known * lag,
        known * math.log(same + 0.02),
        known * min(first + last, 2.0),
        float(min(counts) == 0),
    ]


def _apart(one: float | None, other: float | None, span: float) -> float:
    if one is None or other is None:
        return 0.2
    return min(abs(one - other) / span, 1.0)


class _Kin:
    """Log odds of two movers being of one load, each pair computed once."""

    def __init__(self, movers: Sequence[Mover]) -> None:
        self._movers = movers
        self._known: dict[tuple[int, int], float] = {}

    def odds(self, one: int, other: int) -> float:
        key = (one, other) if one < other else (other, one)
        odds = self._known.get(key)
        if odds is None:
            row = kinship(self._movers[key[0]], self._movers[key[1]])
            odds = max(-6.0, min(4.0, sum(map(mul, MODEL.kinship, row))))
            self._known[key] = odds
        return odds

    def fit(self, one: int, load: Sequence[int]) -> float:
        """Mean log odds towards a load's members."""
        others = [other for other in load if other != one][:REPRESENTATIVES]
        return sum(self.odds(one, other) for other in others) / len(others) if others else 0.0


def loads(movers: Sequence[Mover]) -> list[list[Mover]]:
    """Groups of movers; the best-read tags found them."""
    kin = _Kin(movers)
    order = sorted(
        range(len(movers)), key=lambda n: (-len(movers[n].profile.samples), movers[n].profile.trace.epc)
    )
    found: list[list[int]] = []
    for one in order:
        best = max(found, key=lambda load: kin.fit(one, load), default=None)
        if best is not None and kin.fit(one, best) > 0.0:
            best.append(one)
        else:
            found.append([one])
    for _ in range(ROUNDS):
        found = _merged(found, kin)
        if not _moved_over(order, found, kin):
            break
    return [[movers[n] for n in load] for load in found if load]


def _merged(found: list[list[int]], kin: _Kin) -> list[list[int]]:
    """Loads whose members are kin on average are one load."""
    kept: list[list[int]] = []
    for load in sorted((load for load in found if load), key=len, reverse=True):
        for other in kept:
            if sum(kin.fit(one, other) for one in load[:REPRESENTATIVES]) > 0.0:
                other.extend(load)
                break
        else:
            kept.append(load)
    return kept


def _moved_over(order: Sequence[int], found: list[list[int]], kin: _Kin) -> bool:
    changed = False
    for one in order:
        home = next(load for load in found if one in load)
        best = max(
            (load for load in found if load), key=lambda load: kin.fit(one, load) + (load is home) * 1e-6
        )
        if best is not home and kin.fit(one, best) > 0.0:
            home.remove(one)
            best.append(one)
            changed = True
    return changed
