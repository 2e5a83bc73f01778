"""Which way something went: in, out, past the door, or in and back, with a probability and the reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules.portal.features import BINS, NAMES
from rules.portal.model import MODEL
from rules.portal.motion import ENOUGH_READS
from rules.portal.profile import Motion
from rules.vocabulary import Direction

SHOWN = ("lag", "loop", "first_lag", "last_lag", "spread")
"""Features that go with a verdict."""
RULE_LAG = 0.18
"""The transparent rule: a crossing's energy centroids lie this share of the passage apart."""
RULE_LOOP = 0.05
DIRECTIONS = tuple(Direction(name) for name in MODEL.classes)

_SHOWN = [(name, NAMES.index(name)) for name in SHOWN]
_LAG, _LOOP = NAMES.index("lag"), NAMES.index("loop")
_FIRST, _LAST = NAMES.index("balance_0"), NAMES.index(f"balance_{BINS - 1}")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A direction with its probability, and why."""

    direction: Direction
    confidence: float
    features: dict[str, float]
    reasons: tuple[str, ...]


NOT_MOVED = Judgement(Direction.PARKED, 0.99, {}, ("its level never changed: it stood in the field",))


def judgement(chances: Sequence[float], row: Sequence[float], size: int) -> Judgement:
    """The likeliest direction of a tag of a load of so many with these features."""
    best = max(range(len(chances)), key=chances.__getitem__)
    return Judgement(
        DIRECTIONS[best],
        round(chances[best], 4),
        {name: round(row[place], 3) for name, place in _SHOWN},
        _reasons(DIRECTIONS[best], row, size),
    )


def by_rule(row: Sequence[float]) -> Direction:
    """The transparent rule, without weights: the antennas' lag and the loop that the two levels run."""
    lag, loop = row[_LAG], row[_LOOP]
    if abs(lag) < RULE_LAG or lag * loop < 0 or abs(loop) < RULE_LOOP:
        there_and_back = row[_FIRST] * row[_LAST] > 0 and abs(lag) < RULE_LAG / 2
        return Direction.TURNED_BACK if there_and_back else Direction.PAST
    return Direction.IN if lag > 0 else Direction.OUT


def by_motion(motion: Motion) -> Judgement:
    """For doors whose antennas have no sides: whatever moves comes in."""
    if not motion.has_moved:
        return NOT_MOVED
    confidence = 0.95 if len(motion.samples) >= ENOUGH_READS else 0.7
    reason = "it moved; this door's antennas have no sides, so it came in"
    return Judgement(Direction.IN, confidence, {}, (reason,))


def _reasons(direction: Direction, row: Sequence[float], size: int) -> tuple[str, ...]:
    lag = row[_LAG]
    first, second = ("outside", "inside") if lag > 0 else ("inside", "outside")
    said = [f"the {first} antenna had it {abs(lag):.0%} of the passage earlier than the {second} one"]
    said.append(
        f"at the start mostly {_side(row[_FIRST])}, at the end mostly {_side(row[_LAST])}"
        if _side(row[_FIRST]) != _side(row[_LAST])
        else f"mostly {_side(row[_FIRST])} at the start and at the end"
    )
    if size > 1:
        said.append(f"{size} items moved together")
    if direction is Direction.PAST:
        said.append("it did not go through the door")
    elif direction is Direction.TURNED_BACK:
        said.append("it came back the way it went")
    return tuple(said)


def _side(balance: float) -> str:
    return "inside" if balance > 0 else "outside"
