"""Trains the door's small model on simulated single loads and writes rules/portal/weights.json.

    python tests/benchmarks/train_portal.py [--runs 6000]

Needs numpy (no other part of the project does). Every run has its own room, antennas, reader and load, drawn from the
families `gate` and `broad`; seeds start with "train", those of the benchmark with "test", so no room is shared, and the
family `hard` is never trained on. Time reversal and swapped sides give each run's three mirror images.
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from scenes import Family, single

from readers.emulator.loads import Move
from readers.emulator.scenario import AirRead
from rules.portal.evidence import Trace
from rules.portal.features import NAMES, features
from rules.portal.profile import Profile

ROOT = Path(__file__).parents[2]
CLASSES = ("in", "out", "past", "turned_back")
CLASS_OF = {Move.IN: 0, Move.OUT: 1, Move.PAST: 2, Move.TURNED_BACK: 3, Move.PARKED: 2}
MIRROR = np.array([1, 0, 2, 3])
HIDDEN = 20
THINNED = (1.0, 1.0, 0.5, 0.33, 0.33, 0.2, 0.1)

Sample = tuple[list[float], int, float]


def profiles(reads: Sequence[AirRead], *, flip_time: bool = False, swap_sides: bool = False) -> list[Profile]:
    """One profile per moving tag, as the door would make them."""
    traces: dict[bytes, Trace] = {}
    end_us = reads[-1].time_us if reads else 0
    for read in reversed(reads) if flip_time else reads:
        seen_us = (end_us - read.time_us if flip_time else read.time_us) + 10**12
        side = read.antenna - 1 if not swap_sides else 2 - read.antenna
        trace = traces.get(read.epc)
        if trace is None:
            trace = traces[read.epc] = Trace(read.epc, seen_us)
        trace.add(seen_us, side, read.antenna, read.rssi_dbm, 1)
    found = [Profile(trace) for trace in traces.values() if trace.reads >= 2]
    return [profile for profile in found if profile.has_moved]


def samples(number: int) -> list[Sample]:
    """Labelled feature rows from one simulated run."""
    rng = random.Random(f"train-sampling/{number}")
    family = Family.GATE if rng.random() < 0.4 else Family.BROAD
    scene = single(f"train-{number}", family)
    every = list(scene.reads())
    label = CLASS_OF[scene.loads[0].move]
    rows: list[Sample] = []
    for _ in range(4):
        kept = _cut(every, rng)
        share = rng.choice(THINNED)
        kept = [read for read in kept if rng.random() < share]
        flip, swap = rng.random() < 0.5, rng.random() < 0.5
        load = profiles(kept, flip_time=flip, swap_sides=swap)
        rng.shuffle(load)
        if load:
            size = rng.choice((1, 1, 2, 4, len(load), len(load)))
            row = features(load[:size])
            if row is not None:
                rows.append((row, int(MIRROR[label]) if flip != swap else label, min(size, 4) ** 0.5))
    return rows


def _cut(reads: list[AirRead], rng: random.Random) -> list[AirRead]:
    """Recordings may begin late and end early."""
    if not reads or rng.random() < 0.6:
        return reads
    start, end = reads[0].time_us, reads[-1].time_us
    first = start + (end - start) * rng.uniform(0, 0.15)
    last = end - (end - start) * rng.uniform(0, 0.12)
    return [read for read in reads if first <= read.time_us <= last]


def train(rows: np.ndarray, labels: np.ndarray, weights: np.ndarray, seed: int = 1) -> tuple[np.ndarray, ...]:
    """One hidden layer of tanh, softmax, Adam with weight decay."""
    rng = np.random.default_rng(seed)
    inputs, outputs = rows.shape[1], len(CLASSES)
    layers = [
        rng.normal(0, inputs**-0.5, (inputs, HIDDEN)),
        np.zeros(HIDDEN),
        rng.normal(0, HIDDEN**-0.5, (HIDDEN, outputs)),
        np.zeros(outputs),
    ]
    first, second = [np.zeros_like(layer) for layer in layers], [np.zeros_like(layer) for layer in layers]
    target = np.eye(outputs)[labels] * 0.98 + 0.02 / outputs
    step = 0
    for epoch in range(60):
        rate = 3e-3 * 0.5 * (1 + np.cos(np.pi * epoch / 60))
        for batch in _batches(len(rows), 256, rng):
            step += 1
            noisy = rows[batch] + rng.normal(0, 0.1, (len(batch), inputs))
            hidden = np.tanh(noisy @ layers[0] + layers[1])
            logits = hidden @ layers[2] + layers[3]
            logits -= logits.max(axis=1, keepdims=True)
            chance = np.exp(logits)
            chance /= chance.sum(axis=1, keepdims=True)
            error = (chance - target[batch]) * weights[batch][:, None] / len(batch)
            back = (error @ layers[2].T) * (1 - hidden**2)
            gradients = [noisy.T @ back, back.sum(0), hidden.T @ error, error.sum(0)]
            for place, gradient in enumerate(gradients):
                first[place] = 0.9 * first[place] + 0.1 * gradient
                second[place] = 0.999 * second[place] + 0.001 * gradient**2
                ahead = first[place] / (1 - 0.9**step) / (np.sqrt(second[place] / (1 - 0.999**step)) + 1e-8)
                layers[place] -= rate * (ahead + (2e-3 * layers[place] if layers[place].ndim == 2 else 0))
    return tuple(layers)


def _batches(count: int, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    order = rng.permutation(count)
    for start in range(0, count, size):
        yield order[start : start + size]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=6000)
    runs = parser.parse_args().runs
    with ProcessPoolExecutor() as pool:
        found = [row for rows in pool.map(samples, range(runs), chunksize=50) for row in rows]
    rows = np.array([row for row, _, _ in found])
    labels = np.array([label for _, label, _ in found])
    weights = np.array([weight for _, _, weight in found])
    mean, deviation = rows.mean(0), rows.std(0) + 1e-3
    layers = train((rows - mean) / deviation, labels, weights / weights.mean())
    # The scaling is folded into the first layer: the door multiplies once.
    inner = layers[0] / deviation[:, None]
    bias = layers[1] - mean @ inner
    document = {
        "inputs": list(NAMES),
        "classes": list(CLASSES),
        "hidden": [[round(float(v), 5) for v in unit] for unit in inner.T],
        "hidden_bias": [round(float(v), 5) for v in bias],
        "output": [[round(float(v), 5) for v in unit] for unit in layers[2].T],
        "output_bias": [round(float(v), 5) for v in layers[3]],
    }
    path = ROOT / "rules" / "portal" / "weights.json"
    path.write_text(json.dumps(document) + "\n", encoding="utf-8")
    print(f"{len(rows)} rows from {runs} runs; wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
