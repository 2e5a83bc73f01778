"""Which way a load went: in, out, past the door, or in and back again, with a probability and the reasons."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul

from rules.portal.features import BINS, NAMES
from rules.portal.kinship import Mover, Said, mean_course, odds_of_belonging, together
from rules.portal.load import is_two_sided
from rules.portal.model import MODEL
from rules.portal.motion import ENOUGH_READS
from rules.portal.seldom import chance_of_carriage, is_seldom
from rules.vocabulary import Direction

SHOWN = ("lag", "loop", "first_lag", "last_lag", "spread")
"""Features that go with a verdict."""
RULE_LAG = 0.18
"""The transparent rule: a crossing's energy centroids lie this share of the passage apart."""
RULE_LOOP = 0.05
SHY_READS = 12
"""With so many reads of its own a tag is heard as much as the rest of its load together."""
MOST_ODDS = 6.0
LEAST_WEIGHT = 0.02
"""A load that fits so much worse than its own has no say about a tag."""
LIKELY = 0.5

_SHOWN = [(name, NAMES.index(name)) for name in SHOWN]
_LAG, _LOOP = NAMES.index("lag"), NAMES.index("loop")
_FIRST, _LAST = NAMES.index("balance_0"), NAMES.index(f"balance_{BINS - 1}")
_DIRECTIONS = tuple(Direction(name) for name in MODEL.classes)
_PAST = _DIRECTIONS.index(Direction.PAST)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A direction with its probability, and why."""

    direction: Direction
    confidence: float
    features: dict[str, float]
    reasons: tuple[str, ...]


class Judge:
    """One load: what its reads say together, what its tags say alone, and the verdict on each tag.

    Each is found when it is first asked for: many judges are only asked whether a tag may be of their load.
    """

    def __init__(self, load: Sequence[Mover], company: Sequence[Mover] = ()) -> None:
        """`company` was read in the same time and taken for other loads."""
        self.load = load
        self._company = company
        self._said: dict[int, tuple[list[float], list[float]]] = {}
        """What each member's own reads say, by its identity: log chances, and chances."""

    @property
    def is_judgeable(self) -> bool:
        """Both sides of the door have read the load."""
        return self._together.row is not None

    @cached_property
    def _together(self) -> Said:
        return together(self.load)

    @cached_property
    def _alone(self) -> list[float]:
        """What the members say alone, on average."""
        chances = zip(*(mover.log_chances for mover in self.load), strict=True)
        return [sum(column) / len(self.load) for column in chances]

    @cached_property
    def _discord(self) -> float:
        """How far the members are from saying the same."""
        usual = [math.exp(max(chance, -4.0)) for chance in self._alone]
        chances = zip(*(mover.log_chances for mover in self.load), strict=True)
        return sum(
            abs(math.exp(chance) - mean)
            for column, mean in zip(chances, usual, strict=True)
            for chance in column
        ) / len(self.load)

    @cached_property
    def _reads_log(self) -> float:
        return math.log10(sum(len(mover.profile.samples) for mover in self.load))

    @cached_property
    def _said_by_all(self) -> list[float]:
        return [max(chance, -8.0) for chance in (*self._together.log_chances, *self._alone)]

    @cached_property
    def _around(self) -> list[float]:
        """What all that moved then says together: a load read seldom may have been taken for several."""
        whole, odds = self._together, MOST_ODDS
        if self._company:
            whole = together((*self.load, *self._company))
            mean = mean_course(tuple([mover.course for mover in self.load]))
            odds = odds_of_belonging(mean, [mover.course for mover in self._company])
        return [
            *(max(chance, -8.0) for chance in whole.log_chances),
            math.log1p(len(self._company)),
            max(-MOST_ODDS, min(MOST_ODDS, odds)),
        ]

    def odds(self, mover: Mover) -> float:
        """Log odds of a tag being of this load."""
        return odds_of_belonging(mover.course, [other.course for other in self._others(mover)])

    def evidence(self, mover: Mover) -> list[float]:
        """What the last network judges one tag of this load by; `mover` may be a stray that joins it."""
        return [
            *self._said_by_all,
            *(max(chance, -8.0) for chance in mover.log_chances),
            math.log(len(self.load)),
            max(-MOST_ODDS, min(MOST_ODDS, self.odds(mover))),
            self._discord,
            self._reads_log,
            mover.course.reads_log,
            float(mover.profile.has_moved),
            *self._around,
        ]

    def about(self, mover: Mover, rivals: Sequence["Judge"] = (), *, crowd: float = 0.0) -> Judgement:
        """The direction of one tag, as part of its load; `rivals` judge other loads that it might be of."""
        row = self._together.row
        if row is None:
            return Judgement(Direction.UNCLEAR, 0.5, {}, ("only one side of the door has read it",))
        carried = self.carriage(mover, crowd) if is_seldom(mover) else 0.0
        chances = self._carried(mover, carried) if carried >= LIKELY else self._chances(mover, rivals)
        best = max(range(len(chances)), key=chances.__getitem__)
        return Judgement(
            _DIRECTIONS[best],
            round(chances[best], 4),
            {name: round(row[place], 3) for name, place in _SHOWN},
            _reasons(_DIRECTIONS[best], row, len(self.load)),
        )

    def carriage(self, mover: Mover, crowd: float) -> float:
        """The chance that a tag was carried with this load; `crowd` as of `crowding`."""
        others = self._others(mover)
        return chance_of_carriage(mover, others, crowd) if is_two_sided(others) else 0.0

    def _carried(self, mover: Mover, chance: float) -> list[float]:
        """It went the way of the others, or else it stood where they passed."""
        chances = [chance * voice for voice in self._voice(self._others(mover))]
        chances[_PAST] += 1.0 - chance
        return chances

    def _others(self, mover: Mover) -> list[Mover]:
        return [one for one in self.load if one is not mover]

    def _chances(self, mover: Mover, rivals: Sequence["Judge"]) -> list[float]:
        """What each load says that the tag may be of, by how well it fits there."""
        said = [(1.0, self.log_chances(mover))]
        own = self.odds(mover) if rivals else 0.0
        for rival in rivals:
            weight = math.exp(min(0.0, rival.odds(mover) - own))
            if weight >= LEAST_WEIGHT and rival.is_judgeable:
                said.append((weight, rival.log_chances(mover)))
        total = sum(weight for weight, _ in said)
        return [sum(weight * math.exp(chances[n]) for weight, chances in said) / total for n in range(4)]

    def log_chances(self, mover: Mover) -> list[float]:
        """What the tag says itself, and, the fewer its reads, what the rest of the load says."""
        own, _ = self._own_chances(mover)
        others = self._others(mover)
        if not others:
            return own
        weight = len(mover.profile.samples) / (len(mover.profile.samples) + SHY_READS)
        voice = [math.log(chance + 1e-9) for chance in self._voice(others)]
        mixed = [weight * x + (1.0 - weight) * y for x, y in zip(own, voice, strict=True)]
        whole = math.log(sum(map(math.exp, mixed)))
        return [value - whole for value in mixed]

    def _voice(self, members: Sequence[Mover]) -> list[float]:
        """What these members say, by their reads: a chance for each direction."""
        reads = [len(one.profile.samples) for one in members]
        total = sum(reads)
        said = [self._own_chances(one)[1] for one in members]
        return [sum(map(mul, reads, chances)) / total for chances in zip(*said, strict=True)]

    def _own_chances(self, mover: Mover) -> tuple[list[float], list[float]]:
        said = self._said.get(id(mover))
        if said is None:
            logs = MODEL.verdict_log_chances(self.evidence(mover))
            said = logs, list(map(math.exp, logs))
            if mover in self.load:
                self._said[id(mover)] = said
        return said


def by_rule(row: Sequence[float]) -> Direction:
    """The transparent rule, without weights: the antennas' lag and the loop that the two levels run."""
    lag, loop = row[_LAG], row[_LOOP]
    if abs(lag) < RULE_LAG or lag * loop < 0 or abs(loop) < RULE_LOOP:
        there_and_back = row[_FIRST] * row[_LAST] > 0 and abs(lag) < RULE_LAG / 2
        return Direction.TURNED_BACK if there_and_back else Direction.PAST
    return Direction.IN if lag > 0 else Direction.OUT


def by_motion(mover: Mover) -> Judgement:
    """For doors whose antennas have no sides: whatever moves comes in."""
    confidence = 0.95 if len(mover.profile.samples) >= ENOUGH_READS else 0.7
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
