"""The small model behind the door's judgement: one hidden layer, weights as data, evaluated in plain Python."""

import json
import math
from collections.abc import Sequence
from importlib.resources import files
from operator import mul

from rules.portal.features import NAMES


class Model:
    """Features to one logarithm of probability per class."""

    def __init__(self, document: str) -> None:
        weights = json.loads(document)
        if tuple(weights["inputs"]) != NAMES:
            raise ValueError(
                "the weights were trained on other features: run tests/benchmarks/train_portal.py"
            )
        self.classes: tuple[str, ...] = tuple(weights["classes"])
        self.kinship: list[float] = weights["kinship"]
        """Log odds of two tags being of one load, per number of `load.kinship`."""
        self.pooling: list[float] = weights["pooling"]
        self._hidden: list[list[float]] = weights["hidden"]
        self._hidden_bias: list[float] = weights["hidden_bias"]
        self._output: list[list[float]] = weights["output"]
        self._output_bias: list[float] = weights["output_bias"]

    def pooled(self, together: Sequence[float], alone: Sequence[float], size: int) -> list[float]:
        """Chances of a load from its reads taken together and the mean of its tags taken alone."""
        single, together_weight, alone_weight, growth = self.pooling
        weights = (together_weight, alone_weight + growth * math.log(size)) if size > 1 else (single, 0.0)
        return _softmax([weights[0] * x + weights[1] * y for x, y in zip(together, alone, strict=True)])

    def log_chances(self, row: Sequence[float]) -> list[float]:
        """log P(class | features), in the order of `classes`."""
        hidden = [
            math.tanh(sum(map(mul, unit, row)) + bias)
            for unit, bias in zip(self._hidden, self._hidden_bias, strict=True)
        ]
        scores = [
            sum(map(mul, unit, hidden)) + bias
            for unit, bias in zip(self._output, self._output_bias, strict=True)
        ]
        highest = max(scores)
        total = highest + math.log(sum(math.exp(score - highest) for score in scores))
        return [score - total for score in scores]


def _softmax(scores: Sequence[float]) -> list[float]:
    highest = max(scores)
    raised = [math.exp(score - highest) for score in scores]
    total = sum(raised)
    return [value / total for value in raised]


MODEL = Model((files("rules.portal") / "weights.json").read_text(encoding="utf-8"))
