"""How often the door is right, on simulated scenes it has never seen: `make accuracy`, with --short as in `make check`.

    python tests/benchmarks/accuracy.py [--short] [--scenes N] [--write docs]

Prints a table of precision, recall, duplicates, wrong directions, wrong doors and time to decide, for our door and for
the obvious methods; exits 1 when our door misses a bar. Seeds begin with "test": no room or load is shared with training.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import track

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from doormen import METHODS, Answer, reads_of  # noqa: E402
from scenes import Family, mixed, single, site  # noqa: E402

from readers.emulator.scenario import Scenario  # noqa: E402

OURS = "our door"
QUICK = (OURS, "any read", "first → last antenna")
"""In large scenes only these are compared."""
WRONG_WAYS = 0.001
"""Of the items of all suites, told as the opposite of what they did: so many at most."""
SHORT_SCENES = 100
SHORT_SLACK = 0.06
"""A load that is judged wrongly as a whole is three hundredths of the items of a suite of so few scenes."""


@dataclass(frozen=True, slots=True)
class Suite:
    """Scenes of one kind, the share of the reads that is kept, and the bars for our door."""

    name: str
    scene: Callable[[str], Scenario]
    share: float = 1.0
    precision: float = 0.0
    recall: float = 0.0
    right_door: float = 0.0
    cost: int = 1
    """Scenes that take this many times as long are fewer."""


SUITES = (
    Suite(
        "single loads, calibrated gate", partial(single, family=Family.GATE), precision=0.995, recall=0.995
    ),
    Suite("single loads, 50 % of the reads", partial(single, family=Family.GATE), 0.5),
    Suite("single loads, 20 % (10 reads per tag)", partial(single, family=Family.GATE), 0.2, 0.98, 0.95),
    Suite("single loads, 10 %", partial(single, family=Family.GATE), 0.1),
    Suite("single loads, 5 %", partial(single, family=Family.GATE), 0.05),
    Suite(
        "two loads at once and parked tags",
        partial(mixed, family=Family.GATE),
        precision=0.98,
        recall=0.97,
        cost=2,
    ),
    Suite("the same, a third of the reads", partial(mixed, family=Family.GATE), 0.33, cost=2),
    Suite("two loads among 200 parked tags", partial(mixed, family=Family.GATE, parked=200), cost=10),
    Suite("one door for some time, all faults", partial(site, doors=1, faults=True), cost=3),
    Suite("four doors", partial(site, doors=4), right_door=0.99, cost=10),
    Suite("eight doors, all faults", partial(site, doors=8, faults=True), right_door=0.99, cost=20),
    Suite("single loads, other rooms", partial(single, family=Family.BROAD)),
    Suite("two loads at once, other rooms", partial(mixed, family=Family.BROAD), cost=2),
    Suite("single loads, hard rooms (never trained on)", partial(single, family=Family.HARD)),
    Suite("two loads at once, hard rooms", partial(mixed, family=Family.HARD), cost=2),
)


@dataclass(slots=True)
class Score:
    """Counts over the scenes of a suite."""

    due: int = 0
    once: int = 0
    """Of those due, read once only."""
    right: int = 0
    wrong: int = 0
    duplicates: int = 0
    wrong_direction: int = 0
    wrong_door: int = 0
    delays: list[float] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.due)

    @property
    def right_door(self) -> float:
        """Of what came in and was told, the share that was told where it came in."""
        return 1.0 - self.wrong_door / max(1, self.right)

    def add(self, other: "Score") -> None:
        self.due += other.due
        self.once += other.once
        self.right += other.right
        self.wrong += other.wrong
        self.duplicates += other.duplicates
        self.wrong_direction += other.wrong_direction
        self.wrong_door += other.wrong_door
        self.delays += other.delays


def judged(answer: Answer, due: dict[bytes, str], going_out: set[bytes], seen: Counter[bytes]) -> Score:
    """One answer against the truth: EPC → door of everything that came in and was read at all; reads by EPC.

    `seen` are reads of items: every item of a scene has an RMA, and what no RMA names gives no receipt.
    """
    told = {epc: door for epc, door in answer.receipts if epc in seen}
    return Score(
        due=len(due),
        once=sum(seen[epc] == 1 for epc in due),
        right=len(told.keys() & due.keys()),
        wrong=len(told.keys() - due.keys()),
        duplicates=sum(epc in seen for epc, _ in answer.receipts) - len(told),
        wrong_direction=len(answer.outs & due.keys()) + len(told.keys() & going_out),
        wrong_door=sum(due.get(epc, door) != door for epc, door in told.items()),
        delays=answer.delays_seconds,
    )


def play(job: tuple[int, int]) -> dict[str, Score]:
    """One scene of one suite, by every method."""
    suite, number = SUITES[job[0]], job[1]
    scene = suite.scene(f"test-{number}")
    reads = reads_of(scene, suite.share, number)
    items = {epc for epcs in scene.epcs for epc in epcs}
    seen = Counter(read.epc for read in reads if read.epc in items)
    due = {bytes.fromhex(truth.epc): truth.read_point for truth in scene.truth() if truth.kind == "receipt"}
    due = {epc: door for epc, door in due.items() if epc in seen}
    out = {
        epc for load, epcs in zip(scene.loads, scene.epcs, strict=True) if load.move == "out" for epc in epcs
    }
    methods = {name: method for name, method in METHODS.items() if suite.cost < 10 or name in QUICK}
    return {name: judged(method(scene, reads), due, out, seen) for name, method in methods.items()}


def run(scenes: int) -> list[dict[str, Score]]:
    """Every suite's scores by method."""
    jobs = [
        (place, number)
        for place, suite in enumerate(SUITES)
        for number in range(max(2, scenes // suite.cost))
    ]
    totals: list[dict[str, Score]] = [{name: Score() for name in METHODS} for _ in SUITES]
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        played = track(pool.map(play, jobs, chunksize=4), "scenes", len(jobs), console=Console(stderr=True))
        for (place, _), scores in zip(jobs, played, strict=True):
            for name, score in scores.items():
                totals[place][name].add(score)
    return totals


def table(totals: list[dict[str, Score]]) -> str:
    """Markdown: every suite for our door, then precision and recall of all methods."""
    lines = [
        (
            "| scenes | items | read once | precision | recall | duplicates | wrong direction | wrong door "
            "| time to decide, median |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for suite, scores in zip(SUITES, totals, strict=True):
        ours = scores[OURS]
        delay = f"{median(ours.delays):.2f} s" if ours.delays else "none"
        lines.append(
            f"| {suite.name} | {ours.due} | {ours.once} | {ours.precision:.4f} | {ours.recall:.4f} | {ours.duplicates} "
            f"| {ours.wrong_direction} | {ours.wrong_door} | {delay} |"
        )
    lines += ["", f"| precision / recall | {' | '.join(METHODS)} |", "|---" * (len(METHODS) + 1) + "|"]
    for suite, scores in zip(SUITES, totals, strict=True):
        cells = (
            f"{score.precision:.3f} / {score.recall:.3f}" if score.due else "" for score in scores.values()
        )
        lines.append(f"| {suite.name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def plot(totals: list[dict[str, Score]]) -> str:
    """An SVG of precision and recall by suite: ours as bars, the other methods as ticks."""
    row, left, width = 34, 330, 420
    height = row * len(SUITES) + 50
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 70}" height="{height}" '
            'font-family="sans-serif" font-size="12">'
        ),
        f'<text x="{left}" y="16">our door: precision (dark) and recall (light); | = the best obvious method\'s F1</text>',
    ]
    for place, (suite, scores) in enumerate(zip(SUITES, totals, strict=True)):
        y = 30 + place * row
        ours = scores[OURS]
        others = [score for name, score in scores.items() if "our" not in name]
        best = max(2 * s.precision * s.recall / max(1e-9, s.precision + s.recall) for s in others)
        parts += [
            f'<text x="{left - 8}" y="{y + 17}" text-anchor="end">{suite.name}</text>',
            f'<rect x="{left}" y="{y}" width="{width * ours.precision:.0f}" height="12" fill="#1f4e79"/>',
            f'<rect x="{left}" y="{y + 13}" width="{width * ours.recall:.0f}" height="12" fill="#7fb2e5"/>',
            f'<rect x="{left + width * best:.0f}" y="{y - 2}" width="3" height="29" fill="#c0392b"/>',
            f'<text x="{left + width + 6}" y="{y + 17}">{ours.precision:.3f} / {ours.recall:.3f}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def missed(totals: list[dict[str, Score]], slack: float) -> list[str]:
    """The bars that our door does not reach, each lower by `slack`."""
    found = []
    for suite, scores in zip(SUITES, totals, strict=True):
        ours = scores[OURS]
        if ours.precision < suite.precision - slack or ours.recall < suite.recall - slack:
            found.append(f"{suite.name}: {ours.precision:.4f} / {ours.recall:.4f}")
        if ours.right_door < suite.right_door - slack:
            found.append(f"{suite.name}: {ours.right_door:.4f} at the right door")
        if ours.duplicates:
            found.append(f"{suite.name}: {ours.duplicates} duplicates")
    due = sum(scores[OURS].due for scores in totals)
    wrong = sum(scores[OURS].wrong_direction for scores in totals)
    if wrong > (WRONG_WAYS + slack / 10) * due:
        found.append(f"all scenes: {wrong} of {due} items told the wrong way")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help=f"{SHORT_SCENES} scenes, and lower bars")
    parser.add_argument("--scenes", type=int, default=1000)
    parser.add_argument("--write", type=Path, help="a directory for accuracy-table.md and accuracy.svg")
    options = parser.parse_args()
    totals = run(SHORT_SCENES if options.short else options.scenes)
    print(table(totals))
    if options.write:
        (options.write / "accuracy-table.md").write_text(table(totals), encoding="utf-8")
        (options.write / "accuracy.svg").write_text(plot(totals), encoding="utf-8")
    faults = missed(totals, SHORT_SLACK if options.short else 0.0)
    for fault in faults:
        print(f"below the bar: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
