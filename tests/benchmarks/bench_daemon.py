"""The whole daemon beside what a user would write instead: the same traffic, in turn, in one run.

    python -m tests.benchmarks.bench_daemon [--rounds 3] [--only SCENE] [--check]

Receivers: the daemon with presence read points and with doors, a script around sllurp's LLRPReaderClient, one
around llrpkit's Reader. Ratios count; absolute figures are this machine's, in CPU time. Writes
docs/benchmarks/daemon.json and daemon.md. --check exits with 1 when a bar is missed.
"""

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from tests.benchmarks.stage import Cost, Load, measure

DOCS = Path(__file__).parents[2] / "docs" / "benchmarks"
SCENES: dict[str, tuple[Load, tuple[str, ...]]] = {
    "fleet-1": (Load(size=1), ("presence", "sllurp")),
    "fleet-50": (Load(size=50), ("presence", "sllurp")),
    "light-50": (Load(size=50, rate=100.0), ("presence", "llrpkit")),
    "flat-out": (Load(size=50, rate=None), ("presence", "sllurp")),
    "doors-50": (Load(size=50, warm_seconds=20), ("presence", "portal")),
    "tags-200": (Load(size=4, tags=200, warm_seconds=5), ("presence",)),
    "tags-20000": (Load(size=4, tags=20_000, warm_seconds=10), ("presence",)),
}
"""llrpkit does not keep up with the fleet's load: it is measured at a tenth of it."""
TITLES = {
    "fleet-1": "50 readers x 1,000 reads/s, 1 tag per report",
    "fleet-50": "50 readers x 1,000 reads/s, 50 tags per report",
    "light-50": "50 readers x 100 reads/s, 50 tags per report",
    "flat-out": "50 readers, 50 tags per report, as fast as it is taken",
    "doors-50": "50 readers x 1,000 reads/s, 50 tags per report, tags parked at doors",
    "tags-200": "50 readers x 1,000 reads/s, 200 tags in the field",
    "tags-20000": "50 readers x 1,000 reads/s, 20,000 tags in the field",
}
Results = dict[str, dict[str, Cost]]


def middle(costs: list[Cost]) -> Cost:
    """The median of each figure; of the losses the most."""
    columns = {name: [asdict(cost)[name] for cost in costs] for name in asdict(costs[0])}
    lost = max(columns.pop("lost"))
    return Cost(**{name: median(values) for name, values in columns.items()}, lost=lost)


def run(scenes: list[str], rounds: int) -> Results:
    """Receivers take turns, so that the machine's mood meets all of them."""
    costs: dict[str, dict[str, list[Cost]]] = {scene: {} for scene in scenes}
    for number in range(1, rounds + 1):
        for scene in scenes:
            load, receivers = SCENES[scene]
            for receiver in receivers:
                cost = measure(receiver, load)
                costs[scene].setdefault(receiver, []).append(cost)
                print(f"{number} {scene:<11} {receiver:<9} {cost}", file=sys.stderr, flush=True)
    return {scene: {one: middle(found) for one, found in ours.items()} for scene, ours in costs.items()}


def bars(results: Results) -> list[tuple[str, float, bool]]:
    """What was asked for, what it is, and whether that is enough."""
    found = []
    for scene, least in (("fleet-50", 10.0), ("fleet-1", 3.0)):
        if scene in results:
            of = {name: cost.us_per_read for name, cost in results[scene].items()}
            ratio = of["sllurp"] / of["presence"]
            found.append((f"{scene}: sllurp's CPU per read, at least {least:g}x", ratio, ratio >= least))
    if "light-50" in results:
        of = {name: cost.us_per_read for name, cost in results["light-50"].items()}
        ratio = of["llrpkit"] / of["presence"]
        found.append(("light-50: llrpkit's CPU per read, at least 1x", ratio, ratio >= 1))
    if "flat-out" in results:
        of = {name: cost.us_per_read for name, cost in results["flat-out"].items()}
        ratio = of["sllurp"] / of["presence"]
        found.append(("flat-out: reads per CPU second against sllurp, at least 25x", ratio, ratio >= 25))
    if {"tags-200", "tags-20000"} <= results.keys():
        few, many = (results[scene]["presence"].us_per_read for scene in ("tags-200", "tags-20000"))
        found.append(
            ("growth of CPU per read, 200 to 20,000 tags, at most 2.5x", many / few, many / few <= 2.5)
        )
    return found


def table(results: Results, where: str) -> str:
    lines = ["# The daemon at fleet load", "", where, "", "| bar | ratio | |", "|---|---|---|"]
    lines += [
        f"| {bar} | {ratio:.1f} | {'met' if met else '**missed**'} |" for bar, ratio, met in bars(results)
    ]
    for scene, costs in results.items():
        lines += ["", f"## {TITLES[scene]}", ""]
        lines += [
            "| receiver | ratio | CPU µs/read | cores | reads/s | lost | RSS MiB |",
            "|---|---|---|---|---|---|---|",
        ]
        first = costs["presence"].us_per_read
        lines += [
            f"| {name} | {cost.us_per_read / first:.1f} | {cost.us_per_read:.2f} | {cost.cores:.2f} "
            f"| {cost.reads_per_second:,.0f} | {cost.lost:,} | {cost.rss_mib:.0f} |"
            for name, cost in costs.items()
        ]
    return "\n".join([*lines, "", _NOTES])


_NOTES = """\
*presence* and *portal* are the daemon with a read point of that kind for each reader, an SQLite database and a
broker. *ratio* is CPU time per read, the daemon with presence read points = 1. *lost* are reads sent and not
counted one second after the last: reads that still stand in a queue, or are gone. A peer that does not keep up
pushes back, and is sent less.
"""


def machine(rounds: int) -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return (
        f"Medians of {rounds} rounds, {datetime.now(UTC):%Y-%m-%d}. {os.cpu_count()} x {model}, Linux "
        f"{platform.release()}, Python {platform.python_version()}; load average {os.getloadavg()[0]:.1f} at the end."
    )


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--only", action="append", choices=list(SCENES))
    arguments.add_argument("--out", type=Path, default=DOCS)
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()
    results = run(options.only or list(SCENES), options.rounds)
    where = machine(options.rounds)
    text = table(results, where)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "daemon.md").write_text(text)
    plain = {scene: {name: asdict(cost) for name, cost in costs.items()} for scene, costs in results.items()}
    (options.out / "daemon.json").write_text(json.dumps({"machine": where, "scenes": plain}, indent=2) + "\n")
    print(text)
    return 1 if options.check and not all(met for _, _, met in bars(results)) else 0


if __name__ == "__main__":
    sys.exit(main())
