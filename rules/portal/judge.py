"""What the reads of one load say: all together, tag by tag, and by the tags whose course each tag shares."""

import math
from collections.abc import Sequence
from functools import cached_property
from operator import mul

from rules.portal.kinship import (
    Mover,
    Said,
    odds_of_kinship,
    overlaps,
    together,
)
from rules.portal.load import is_two_sided
from rules.portal.mean import mean_course, odds_of_belonging
from rules.portal.model import MODEL
from rules.portal.seldom import chance_of_carriage

MOST_ODDS = 6.0
LEAST_LOG_CHANCE = -8.0
KIN_ASKED = 12
"""Of the load, and of its company, so many are asked whether they went the way of a tag."""
LIKELY = 0.5
LITTLE = 0.1
"""Keeps the logarithm of no weight at all within bounds."""


class Judge:
    """One load. An answer is found when it is first asked for: many judges are only asked whether a tag may
    be of their load.
    """

    def __init__(self, load: Sequence[Mover], company: Sequence[Mover] = ()) -> None:
        """`company` was read in the same time and taken for other loads."""
        self.load = load
        self._company = company
        self._asked = [*load[:KIN_ASKED], *company[:KIN_ASKED]]
        self._courses = tuple([mover.course for mover in load])
        self._members = frozenset(map(id, load))
        self._said: dict[int, tuple[list[float], list[float]]] = {}
        """What each member's evidence says, by its identity: log chances, and chances."""
        self._kin: dict[int, list[tuple[Mover, float]]] = {}

    @property
    def is_judgeable(self) -> bool:
        """Both sides of the door have read the load."""
        return self._together.row is not None

    @property
    def row(self) -> Sequence[float] | None:
        """The features of all that was read of the load."""
        return self._together.row

    def odds(self, mover: Mover) -> float:
        """Log odds of a tag being of this load, within bounds."""
        odds = odds_of_belonging(mover.course, self._courses)
        return max(-MOST_ODDS, min(MOST_ODDS, odds))

    def others(self, mover: Mover) -> list[Mover]:
        """The load but for this tag."""
        return [one for one in self.load if one is not mover]

    def carriage(self, mover: Mover, crowd: float) -> float:
        """The chance that a tag read seldom was carried with this load; `crowd` as of `crowding`."""
        others = self.others(mover)
        return chance_of_carriage(mover, others, crowd) if is_two_sided(others) else 0.0

    def kin(self, mover: Mover) -> list[tuple[Mover, float]]:
        """Who was read in a tag's time, each with the chance of having gone its way."""
        kin = self._kin.get(id(mover))
        if kin is None:
            course = mover.course
            kin = [
                (other, 1.0 / (1.0 + math.exp(-odds_of_kinship(course, other.course))))
                for other in self._asked
                if other is not mover and overlaps(course, (other.course,))
            ]
            if id(mover) in self._members:
                self._kin[id(mover)] = kin
        return kin

    def evidence(self, mover: Mover) -> list[float]:
        """What one tag of this load is judged by first; `mover` may be a stray that joins it."""
        return [
            *self._said_by_all,
            *bounded(mover.log_chances),
            math.log(len(self.load)),
            self.odds(mover),
            self._discord,
            self._reads_log,
            mover.course.reads_log,
            float(mover.profile.has_moved),
            *self._around,
            *self._said_by_kin(mover),
        ]

    def said_of(self, mover: Mover) -> tuple[list[float], list[float]]:
        """What the evidence says of one tag: log chances, and chances."""
        said = self._said.get(id(mover))
        if said is None:
            logs = MODEL.tag_log_chances(self.evidence(mover))
            said = logs, list(map(math.exp, logs))
            if id(mover) in self._members:
                self._said[id(mover)] = said
        return said

    def voice(self, mover: Mover | None = None) -> tuple[list[float], float]:
        """What is said of its tags but this one, each by its weight: chances, and their weight."""
        sums, total = self._sums
        if mover is not None and id(mover) in self._members:
            own = self.said_of(mover)[1]
            sums = [whole - mover.weight * chance for whole, chance in zip(sums, own, strict=True)]
            total -= mover.weight
        return [value / max(total, 1e-6) for value in sums], total

    @cached_property
    def _sums(self) -> tuple[list[float], float]:
        weights = [member.weight for member in self.load]
        chances = zip(*(self.said_of(member)[1] for member in self.load), strict=True)
        return [sum(map(mul, weights, column)) for column in chances], sum(weights)

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
        chances = zip(*(mover.chances for mover in self.load), strict=True)
        apart: float = sum(
            abs(chance - mean) for column, mean in zip(chances, usual, strict=True) for chance in column
        )
        return apart / len(self.load)

    @cached_property
    def _reads_log(self) -> float:
        return math.log10(sum(len(mover.profile.samples) for mover in self.load))

    @cached_property
    def _said_by_all(self) -> list[float]:
        return bounded((*self._together.log_chances, *self._alone))

    @cached_property
    def _around(self) -> list[float]:
        """What all that moved then says together: a load read seldom may have been taken for several."""
        whole, odds = self._together, MOST_ODDS
        if self._company:
            whole = together((*self.load, *self._company))
            mean = mean_course(self._courses)
            odds = odds_of_belonging(mean, [mover.course for mover in self._company])
        return [
            *bounded(whole.log_chances),
            math.log1p(len(self._company)),
            max(-MOST_ODDS, min(MOST_ODDS, odds)),
        ]

    def _said_by_kin(self, mover: Mover) -> list[float]:
        """What those that went a tag's way say alone on average, and all their reads together: they are found
        tag by tag, whatever load each was taken for.
        """
        kin = self.kin(mover)
        weights = [chance * other.weight for other, chance in kin]
        total = sum(weights)
        alone = [0.0] * len(MODEL.classes)
        if kin:
            columns = zip(*(other.chances for other, _ in kin), strict=True)
            alone = [sum(map(mul, weights, column)) / (total + 1e-6) for column in columns]
        likely = {id(other) for other, chance in kin if chance >= LIKELY} | {id(mover)}
        near = [other for other in self._asked if id(other) in likely] or [mover]
        whole = together(near).log_chances
        return [*alone, math.log(total + LITTLE), *bounded(whole), math.log(len(near))]


def bounded(log_chances: Sequence[float]) -> list[float]:
    """What is next to impossible is no more so for being more so."""
    return [max(chance, LEAST_LOG_CHANCE) for chance in log_chances]
