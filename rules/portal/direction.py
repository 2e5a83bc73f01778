"""Which way a load went: in, out, past the door, or in and back again."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rules.portal.evidence import INSIDE, OUTSIDE
from rules.portal.profile import Profile
from rules.vocabulary import Direction

CROSSING_LAG = 0.2
LAG_STEEPNESS = 40.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """A load's direction with its probability, and why."""

    direction: Direction
    confidence: float
    features: dict[str, float]
    reasons: tuple[str, ...]


def judge(load: Sequence[Profile]) -> Judgement:
    """By the lag between the antennas: the transparent rule."""
    first = min(profile.first_us for profile in load)
    last = max(profile.last_us for profile in load)
    lags = []
    for profile in load:
        outside, inside = profile.centre_us
        if outside is not None and inside is not None:
            lags.append((inside - outside) / max(last - first, 1))
    if not lags:
        return Judgement(Direction.UNCLEAR, 0.5, {}, ("it was read on one side of the door only",))
    lag = sum(lags) / len(lags)
    crossing = 1.0 / (1.0 + math.exp(-LAG_STEEPNESS * (abs(lag) - CROSSING_LAG)))
    features = {"lag": lag}
    if crossing < 0.5:
        return Judgement(
            Direction.PAST,
            1.0 - crossing,
            features,
            (f"both sides saw it at nearly the same time (lag {lag:.2f})",),
        )
    direction = Direction.IN if lag > 0 else Direction.OUT
    return Judgement(direction, crossing, features, (f"lag between the antennas {lag:+.2f} of the passage",))
