"""The simulator's calibrated gate beside what was measured at the real one: prints one table.

python tests/benchmarks/simulator.py [--runs 40]
"""

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean, pstdev

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from scenes import MOVES, Family, single  # noqa: E402

from readers.emulator.loads import Move  # noqa: E402
from readers.emulator.radio import Air, inventory  # noqa: E402

MEASURED = {
    "level deviation, parked: median / 95 %": "0.19 / 0.42 dB",
    "level deviation, in and out: median": "2.6 dB (range 7.4)",
    "level deviation, past: median": "1.5 dB (range 4.4)",
    "level deviation, turned back: median": "2.8 dB (range 8.3)",
    "gate of 0.7 dB passes: in and out / past / turned back / parked": "100 / 97 / 100 / 2 %",
    "gaps between reads: p50 / p90 / p99 / p99.9": ".15 / .21 / .61 / 1.26 s",
    "lag per load, in": ".22 ... .36",
    "lag per load, out": "-.34 ... -.17",
    "lag per load, past": "-.18 ... .20",
    "lag per load, turned back": "-.09 ... .15",
    "share of the outside antenna": ".28",
    "reads per tag": "51",
    "reads per second": "65",
    "duration of a walk through": "7 ... 9.4 s",
}


@dataclass(slots=True)
class Seen:
    """What the runs of one kind of movement showed."""

    deviations: list[float] = field(default_factory=list)
    ranges: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)

    def add_run(self, reads: Sequence[tuple[float, int, bytes, float]]) -> None:
        """Reads are (seconds, port, EPC, level in dB)."""
        courses: dict[tuple[bytes, int], list[tuple[float, float]]] = defaultdict(list)
        times: dict[bytes, list[float]] = defaultdict(list)
        for seconds, port, epc, level in reads:
            courses[epc, port].append((seconds, level))
            times[epc].append(seconds)
            self.ports.append(port)
        duration = reads[-1][0] - reads[0][0] + 1e-9
        self.seconds.append(duration)
        self.rates.append(len(reads) / duration)
        self.reads += [len(seen) for seen in times.values()]
        for seen in times.values():
            self.gaps += [after - before for before, after in pairwise(seen)]
        for course in courses.values():
            if len(course) >= 5:
                levels = [level for _, level in course]
                self.deviations.append(pstdev(levels))
                self.ranges.append(_at(levels, 0.95) - _at(levels, 0.05))
        both = [epc for epc in times if (epc, 1) in courses and (epc, 2) in courses]
        if both:
            lags = [_centre(courses[epc, 2]) - _centre(courses[epc, 1]) for epc in both]
            self.lags.append(fmean(lags) / duration)

    @property
    def passing(self) -> float:
        return 100 * fmean(deviation >= 0.7 for deviation in self.deviations)


def observe(runs: int) -> dict[Move, Seen]:
    """Runs of every kind at the calibrated gate, with the level's full resolution."""
    found = {move: Seen() for move in MOVES}
    for move, seen in found.items():
        for number in range(runs):
            scene = single(f"statistics-{number}/{move}", Family.GATE, move)
            door = scene.doors[0]
            air = Air(
                (door.outside, door.inside), replace(door.room, rssi_step_db=0.1), random.Random(number)
            )
            tags = scene._tags_at(door, random.Random(number + 1))
            rng, rate = random.Random(number + 2), door.reads_per_second
            until = 9.0 if move is Move.PARKED else scene.duration_seconds
            sightings = inventory(air, tags, rng, slots_per_second=rate, until_seconds=until)
            reads = [(s.seconds, s.port, s.tag.epc, s.rssi_dbm) for s in sightings]
            if reads:
                seen.add_run(reads)
    return found


def table(found: dict[Move, Seen]) -> str:
    """Markdown: measured and simulated."""
    through, past, back = found[Move.IN], found[Move.PAST], found[Move.TURNED_BACK]
    parked = found[Move.PARKED]
    crossing = through.deviations + found[Move.OUT].deviations
    ranges = through.ranges + found[Move.OUT].ranges
    gates = (through.passing, past.passing, back.passing, parked.passing)
    simulated = [
        f"{_at(parked.deviations, 0.5):.2f} / {_at(parked.deviations, 0.95):.2f} dB",
        f"{_at(crossing, 0.5):.1f} dB (range {_at(ranges, 0.5):.1f})",
        f"{_at(past.deviations, 0.5):.1f} dB (range {_at(past.ranges, 0.5):.1f})",
        f"{_at(back.deviations, 0.5):.1f} dB (range {_at(back.ranges, 0.5):.1f})",
        " / ".join(f"{share:.0f}" for share in gates) + " %",
        " / ".join(f"{_at(through.gaps, share):.2f}" for share in (0.5, 0.9, 0.99, 0.999)) + " s",
        *(f"{min(found[move].lags):.2f} ... {max(found[move].lags):.2f}" for move in MOVES[:4]),
        f"{through.ports.count(1) / len(through.ports):.2f}",
        f"{fmean(through.reads):.0f}",
        f"{fmean(through.rates):.0f}",
        f"{_at(through.seconds, 0.05):.1f} ... {_at(through.seconds, 0.95):.1f} s",
    ]
    lines = ["| | measured | simulated |", "|---|---|---|"]
    lines += [
        f"| {name} | {value} | {own} |"
        for (name, value), own in zip(MEASURED.items(), simulated, strict=True)
    ]
    return "\n".join(lines)


def _centre(course: Sequence[tuple[float, float]]) -> float:
    weights = [10 ** (level / 10) for _, level in course]
    return sum(w * seconds for w, (seconds, _) in zip(weights, course, strict=True)) / sum(weights)


def _at(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    print(table(observe(parser.parse_args().runs)))
