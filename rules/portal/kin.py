"""The movers of one door, and how likely any two of them, or one and a load, belong together."""

from collections.abc import Sequence

from rules.portal.kinship import Course, Mover, odds_of_kinship
from rules.portal.mean import odds_of_belonging, odds_of_fitting

REPRESENTATIVES = 6
"""Of a large load only so many members are compared with a newcomer."""
LEAST_ODDS, MOST_ODDS = -6.0, 4.0
"""One strange pair must not decide about a load."""


class Kin:
    """The movers of one door and the log odds of two of them being of one load, each pair computed once.

    A mover is named by its place among them.
    """

    def __init__(self, movers: Sequence[Mover]) -> None:
        self.movers = movers
        self.courses = [mover.course for mover in movers]
        self._known: dict[tuple[int, int], float] = {}

    def odds(self, one: int, other: int) -> float:
        key = (one, other) if one < other else (other, one)
        odds = self._known.get(key)
        if odds is None:
            a, b = self.courses[key[0]], self.courses[key[1]]
            apart = a.first > b.last or b.first > a.last
            odds = LEAST_ODDS if apart else odds_of_kinship(a, b)
            odds = self._known[key] = max(LEAST_ODDS, min(MOST_ODDS, odds))
        return odds

    def mean_odds(self, one: int, load: Sequence[int]) -> float:
        """Towards a load's members."""
        others = [other for other in load if other != one][:REPRESENTATIVES]
        return sum(self.odds(one, other) for other in others) / len(others) if others else 0.0

    def fit(self, one: int, mean: Course, size: int) -> float:
        """Towards a load of this mean course and size."""
        return odds_of_fitting(self.courses[one], mean, size)

    def member_odds(self, one: int, load: Sequence[int]) -> float:
        """Towards a load as a whole."""
        return odds_of_belonging(self.courses[one], [self.courses[other] for other in load])
