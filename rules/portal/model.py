"""The small model behind the door's judgement: one hidden layer, weights as data, plain Python."""

import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from math import dist, hypot, tanh
from typing import Any

from rules.portal.features import NAMES

Unit = tuple[tuple[float, ...], float]
"""Its weights, and its bias with half of their square sum."""


class Network:
    """Layers of tanh units, the last one linear."""

    __slots__ = ("_hidden", "_last")

    def __init__(self, layers: Sequence[Mapping[str, Any]]) -> None:
        *self._hidden, self._last = [
            [_unit(weights, bias) for weights, bias in zip(layer["weights"], layer["bias"], strict=True)]
            for layer in layers
        ]

    def __call__(self, row: Sequence[float]) -> list[float]:
        for units in self._hidden:
            row = [tanh(value) for value in _sums(units, row)]
        return _sums(self._last, row)


class Model:
    """The judgements of one file of weights, each by a network of its own."""

    def __init__(self, document: str) -> None:
        weights = json.loads(document)
        if tuple(weights["inputs"]) != NAMES:
            raise ValueError(
                "the weights were trained on other features: run tests/benchmarks/train_portal.py"
            )
        self.classes: tuple[str, ...] = tuple(weights["classes"])
        self._course = Network(weights["course"])
        self.kinship = Network(weights["kinship"])
        """Log odds of two tags being of one load, from the numbers of `kinship.kinship`."""
        self.membership = Network(weights["membership"])
        """Log odds of a tag being of a load, from the numbers of `mean.membership`."""
        self.split = Network(weights["split"])
        """Log odds of a load being two, from the numbers of `split.signs`."""
        self.seldom = Network(weights["seldom"])
        """Log odds of a tag read seldom being carried with a load, from the numbers of `seldom.signs`."""
        self._tag = Network(weights["tag"])
        self._verdict = Network(weights["verdict"])

    def log_chances(self, row: Sequence[float]) -> list[float]:
        """Log P(class | features), in the order of `classes`."""
        return _log_softmax(self._course(row))

    def tag_log_chances(self, row: Sequence[float]) -> list[float]:
        """Log P(class) of one tag in its load, from the numbers of `judge.Judge.evidence`."""
        return _log_softmax(self._tag(row))

    def verdict_log_chances(self, row: Sequence[float]) -> list[float]:
        """Log P(class) of one tag once all are heard, from the numbers of `hearing.Hearing.signs`."""
        return _log_softmax(self._verdict(row))


def _unit(weights: Sequence[float], bias: float) -> Unit:
    return tuple(weights), bias + hypot(*weights) ** 2 / 2


def _sums(units: Sequence[Unit], row: Sequence[float]) -> list[float]:
    """w·x + bias of each unit, as bias + (|w|² + |x|² - |w - x|²) / 2: of two vectors the standard library
    tells nothing faster than how far apart they are.
    """
    point = tuple(row)
    half = hypot(*point) ** 2 / 2
    return [constant + half - (apart := dist(weights, point)) * apart / 2 for weights, constant in units]


def _log_softmax(scores: Sequence[float]) -> list[float]:
    highest = max(scores)
    total = highest + math.log(sum(math.exp(score - highest) for score in scores))
    return [score - total for score in scores]


MODEL = Model((files("rules.portal") / "weights.json").read_text(encoding="utf-8"))
