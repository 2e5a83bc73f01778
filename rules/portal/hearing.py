"""The verdict on each tag of a load, once all are heard: the tag, its load, its kin, and a rival load."""

import math
from collections.abc import Sequence
from operator import mul

from rules.portal.direction import DIRECTIONS, Judgement, judgement
from rules.portal.judge import LIKELY, LITTLE, MOST_ODDS, Judge, bounded
from rules.portal.kinship import Mover
from rules.portal.model import MODEL
from rules.portal.seldom import is_seldom
from rules.vocabulary import Direction

NO_RIVAL = (-MOST_ODDS - 1.0, 0.0, 0.0, 0.0, 0.0)
"""Worse than the worst of rivals, and it says nothing."""
_PAST = DIRECTIONS.index(Direction.PAST)


class Hearing:
    """One load, with the judges of the loads beside it."""

    def __init__(self, judge: Judge, rivals: Sequence[Judge] = ()) -> None:
        self._judge = judge
        self._rivals = [rival for rival in rivals if rival.is_judgeable]
        self._homes = {id(mover): one for one in (*self._rivals, judge) for mover in one.load}

    def about(self, mover: Mover, *, crowd: float = 0.0) -> Judgement:
        """The direction of one tag: a member, or a stray that may have been carried with the load."""
        row = self._judge.row
        if row is None:
            return Judgement(Direction.UNCLEAR, 0.5, {}, ("only one side of the door has read it",))
        carried = self._judge.carriage(mover, crowd) if is_seldom(mover) else 0.0
        chances = self._carried(mover, carried) if carried >= LIKELY else self._chances(mover)
        return judgement(chances, row, len(self._judge.load))

    def signs(self, mover: Mover) -> list[float]:
        """What the last network judges a tag by."""
        judge = self._judge
        said, weight = judge.voice(mover)
        odds = judge.odds(mover)
        return [
            *bounded(judge.said_of(mover)[0]),
            *self._said_by_kin(mover),
            *said,
            math.log(weight + LITTLE),
            *self._said_by_rival(mover, odds),
            math.log(len(mover.profile.samples)),
            odds,
        ]

    def _chances(self, mover: Mover) -> list[float]:
        return list(map(math.exp, MODEL.verdict_log_chances(self.signs(mover))))

    def _carried(self, mover: Mover, chance: float) -> list[float]:
        """It went the way of the others, or else it stood where they passed."""
        chances = [chance * voice for voice in self._judge.voice(mover)[0]]
        chances[_PAST] += 1.0 - chance
        return chances

    def _said_by_kin(self, mover: Mover) -> list[float]:
        kin = [(other, chance) for other, chance in self._judge.kin(mover) if id(other) in self._homes]
        if not kin:
            return [0.0] * len(DIRECTIONS) + [math.log(LITTLE)]
        weights = [chance * other.weight for other, chance in kin]
        total = sum(weights)
        columns = zip(*(self._homes[id(other)].said_of(other)[1] for other, _ in kin), strict=True)
        return [
            *(sum(map(mul, weights, column)) / (total + 1e-6) for column in columns),
            math.log(total + LITTLE),
        ]

    def _said_by_rival(self, mover: Mover, own: float) -> Sequence[float]:
        """By how much a tag fits the best of the other loads better than its own, and what that one says."""
        if not self._rivals:
            return NO_RIVAL
        odds, rival = max(((one.odds(mover), one) for one in self._rivals), key=lambda pair: pair[0])
        return max(-MOST_ODDS, min(MOST_ODDS, odds - own)), *rival.voice()[0]
