"""A small network's training in numpy: tanh layers, softmax or logistic output, Adam. Only the training uses it."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np


def fit(
    rows: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    *,
    hidden: Sequence[int],
    outputs: int,
    epochs: int,
    decay: float,
    noise: float = 0.05,
    smoothing: float = 0.01,
) -> list[np.ndarray]:
    """Weights and biases by turns, for unscaled inputs; `noise` is added to the scaled ones while training."""
    rng = np.random.default_rng(1)
    mean, deviation = rows.mean(0), rows.std(0) + 1e-3
    scaled = ((rows - mean) / deviation).astype(np.float32)
    sizes = [rows.shape[1], *hidden, outputs]
    layers: list[np.ndarray] = []
    for before, after in itertools.pairwise(sizes):
        layers += [rng.normal(0, before**-0.5, (before, after)), np.zeros(after)]
    if outputs > 1:
        target = np.eye(outputs)[labels] * (1 - smoothing) + smoothing / outputs
    else:
        target = labels[:, None].astype(float)
    weights = weights / weights.mean()
    first = [np.zeros_like(layer) for layer in layers]
    second = [np.zeros_like(layer) for layer in layers]
    batch, step = 512, 0
    steps = epochs * (len(rows) // batch + 1)
    for _ in range(epochs):
        order = rng.permutation(len(rows))
        for start in range(0, len(rows), batch):
            step += 1
            chosen = order[start : start + batch]
            noisy = scaled[chosen] + rng.normal(0, noise, (len(chosen), rows.shape[1]))
            gradients = _gradients(layers, noisy, target[chosen], weights[chosen], decay)
            rate = 1e-3 * (1 + np.cos(np.pi * step / steps))
            for place, gradient in enumerate(gradients):
                first[place] += 0.1 * (gradient - first[place])
                second[place] += 0.001 * (gradient**2 - second[place])
                ahead = first[place] / (1 - 0.9**step)
                layers[place] -= rate * ahead / (np.sqrt(second[place] / (1 - 0.999**step)) + 1e-8)
    layers[1] = layers[1] - (mean / deviation) @ layers[0]
    layers[0] = layers[0] / deviation[:, None]
    return layers


def outputs_of(layers: Sequence[np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Chances: one column per class, or one column of P(yes)."""
    for place in range(0, len(layers) - 2, 2):
        rows = np.tanh(rows @ layers[place] + layers[place + 1])
    scores = rows @ layers[-2] + layers[-1]
    if scores.shape[1] == 1:
        return np.asarray(1 / (1 + np.exp(-scores)))
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def document(layers: Sequence[np.ndarray]) -> list[dict[str, Any]]:
    """As rules/portal/weights.json has it: one list of weights per unit."""
    return [
        {
            "weights": [[round(float(value), 4) for value in unit] for unit in layers[place].T],
            "bias": [round(float(value), 4) for value in layers[place + 1]],
        }
        for place in range(0, len(layers), 2)
    ]


def _gradients(
    layers: Sequence[np.ndarray], rows: np.ndarray, target: np.ndarray, weights: np.ndarray, decay: float
) -> list[np.ndarray]:
    levels = [rows]
    for place in range(0, len(layers) - 2, 2):
        levels.append(np.tanh(levels[-1] @ layers[place] + layers[place + 1]))
    error = (outputs_of(layers, rows) - target) * weights[:, None] / len(rows)
    gradients: list[np.ndarray] = [np.empty(0)] * len(layers)
    for place in range(len(layers) - 2, -1, -2):
        gradients[place] = levels[place // 2].T @ error + decay * layers[place]
        gradients[place + 1] = error.sum(0)
        if place:
            error = (error @ layers[place].T) * (1 - levels[place // 2] ** 2)
    return gradients
