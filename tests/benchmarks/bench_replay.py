"""Recorded reads per second: from a CSV file through doors, decisions and the ledger to events.

Six sites: presence read points, doors without sides, half an hour at a dock door among goods that stand in its
field, the busy night of `deploy/scenarios`, a door that two loads at once pass again and again, and one whose every
read is of a load that passes.

    python -m tests.benchmarks.bench_replay [--rounds 3] [--quick] [--check]

Beside it, reading the same file with the csv module and nothing else.
"""

import csv
import io
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeAlias

from gateway.cli.replay import seldom_collected
from gateway.config.loading import load_settings
from gateway.recorded.recording import read_recording
from gateway.recorded.replay import Replay
from readers.emulator.loads import Move
from readers.emulator.scenario import Scenario, load_scenario
from rules.policy import DEFAULT_POLICY
from tests.benchmarks.bench_store import cpu_of
from tests.benchmarks.results import Figure, Part, main, told
from tests.benchmarks.scenes import MOVES, Family, door, load, mixed, single
from tests.gateway.store.samples import sgtin

READS, QUICK_READS = 300_000, 20_000
READS_PER_TAG = 50
LOADS, QUICK_LOADS = 120, 6
MIXED, QUICK_MIXED = 60, 2
SCENE_SECONDS = 24.0
BUSY_SECONDS, QUICK_BUSY_SECONDS = 120.0, 20.0
LOAD_SECONDS = 20.0
BUSY = Path(__file__).parents[2] / "deploy" / "scenarios" / "night.toml"
NIGHT_SECONDS, QUICK_NIGHT_SECONDS = 1_800.0, 60.0
NIGHT_LOAD_SECONDS = 120.0
STANDING, STANDING_READS_PER_SECOND = 60, 225.0
TAG_SECONDS = 2.0
START_SECONDS = 1_795_000_000.0
DOORS = 10
SITES = {
    "presence": "replay, presence read points",
    "portal": "replay, portal read points",
    "night": "replay, half an hour at a dock door",
    "busy": "replay, a busy night at three dock doors",
    "mixed": "replay, two loads at once among parked tags",
    "moving": "replay, a door where all that is read moves",
}
Row: TypeAlias = tuple[str, str, int, str, int]
"""Time, reader, antenna, EPC, RSSI."""

_HEAD = '[gateway]\nsite = "bench"\nname = "gw-1"\n'
_DOOR = """
[[reader]]
id = "reader-{0}"
host = "reader-{0}"
[[reader.antenna]]
port = 1
read_point = "point-{0}"
[[read_point]]
id = "point-{0}"
kind = "{1}"
biz_step = "receiving"
"""

_TWO_SIDES = """
[[reader]]
id = "{0}-reader"
host = "{0}"
[[reader.antenna]]
port = 1
read_point = "{0}"
side = "outside"
[[reader.antenna]]
port = 2
read_point = "{0}"
side = "inside"
[[read_point]]
id = "{0}"
kind = "portal"
biz_step = "receiving"
"""
DOCKS = {"night": 1, "busy": 3, "mixed": 1, "moving": 1}
"""How many doors of two sides a site has."""


def write_reads(path: Path, reads: int) -> int:
    """Items come one after the other to each read point and stay for two seconds. How many reads."""
    rows = []
    for tag in range(reads // READS_PER_TAG):
        point, begun = tag % DOORS, START_SECONDS + tag // DOORS * TAG_SECONDS / 4
        for number in range(READS_PER_TAG):
            seconds = begun + number * TAG_SECONDS / READS_PER_TAG
            level = -70 + 20 * (1 - abs(2 * number / READS_PER_TAG - 1))
            rows.append((f"{seconds:.6f}", f"reader-{point}", 1, sgtin(tag + 1), round(level)))
    return _write(path, rows)


def write_loads(path: Path, loads: int) -> int:
    """Simulated loads pass one door of two sides, one after the other; nothing else is read. How many reads."""
    moves = [move for move in MOVES if move is not Move.PARKED]
    rows = []
    for number in range(loads):
        scene = single(f"replay-{number}", Family.GATE, moves[number % len(moves)])
        rows += _rows(scene, START_SECONDS + number * LOAD_SECONDS)
    return _write(path, rows)


def write_mixed(path: Path, scenes: int) -> int:
    """Two loads pass a door at once among parked tags, then other ones, with other tags. How many reads."""
    rows = []
    for number in range(scenes):
        rows += _rows(mixed(f"replay-{number}", Family.GATE), START_SECONDS + number * SCENE_SECONDS)
    return _write(path, rows)


def write_busy(path: Path, seconds: float) -> int:
    """The scenario that comes with the gateway, or its beginning. How many reads."""
    return _write(path, _rows(replace(load_scenario(BUSY), duration_seconds=seconds), START_SECONDS))


def write_night(path: Path, seconds: float) -> int:
    """Goods stand in the field of a door, and a load passes every two minutes. How many reads."""
    rng = random.Random("replay-night")
    at = replace(door(rng, Family.GATE), reads_per_second=STANDING_READS_PER_SECOND)
    passing = [
        load(rng, Family.GATE, MOVES[number % 4], at, 5.0 + number * NIGHT_LOAD_SECONDS)
        for number in range(int(seconds // NIGHT_LOAD_SECONDS) + 1)
    ]
    standing = replace(load(rng, Family.GATE, Move.PARKED, at, 0.0), items=STANDING, spread=(0.6, 1.5, 0.6))
    return _write(path, _rows(Scenario((at,), (*passing, standing), 1, seconds), START_SECONDS))


def _rows(scenario: Scenario, begun: float) -> list[Row]:
    return [
        (
            f"{begun + read.time_us / 1e6:.6f}",
            read.reader,
            read.antenna,
            read.epc.hex().upper(),
            read.rssi_dbm,
        )
        for read in scenario.reads()
    ]


def _write(path: Path, rows: list[Row]) -> int:
    rows.sort()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("time", "reader", "antenna", "epc", "rssi"))
        writer.writerows(rows)
    return len(rows)


def write_configuration(path: Path, site: str) -> None:
    if site in DOCKS:
        path.write_text(_HEAD + "".join(_TWO_SIDES.format(f"dock-{dock + 1}") for dock in range(DOCKS[site])))
        return
    direction = 'direction = "none"\n' if site == "portal" else ""
    path.write_text(_HEAD + "".join(_DOOR.format(number, site) + direction for number in range(DOORS)))


def play(configuration: Path, reads: Path) -> None:
    events: list[bytes] = []
    run = Replay(load_settings(configuration), DEFAULT_POLICY, events.append)
    with seldom_collected():
        run.run(read_recording(reads))
    assert events


def bare(reads: Path) -> None:
    with reads.open(newline="") as file:
        for _ in csv.reader(io.StringIO(file.read())):
            pass


def _recordings(folder: Path, *, is_quick: bool) -> dict[str, tuple[Path, int]]:
    """By site, its recording and how many reads that has."""
    items, night, busy, crowd, moving = (folder / f"{name}.csv" for name in ("items", *DOCKS))
    stayed = items, write_reads(items, QUICK_READS if is_quick else READS)
    return {
        "presence": stayed,
        "portal": stayed,
        "night": (night, write_night(night, QUICK_NIGHT_SECONDS if is_quick else NIGHT_SECONDS)),
        "busy": (busy, write_busy(busy, QUICK_BUSY_SECONDS if is_quick else BUSY_SECONDS)),
        "mixed": (crowd, write_mixed(crowd, QUICK_MIXED if is_quick else MIXED)),
        "moving": (moving, write_loads(moving, QUICK_LOADS if is_quick else LOADS)),
    }


def run(rounds: int, is_quick: bool) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recordings = _recordings(folder, is_quick=is_quick)
        for site, title in SITES.items():
            write_configuration(folder / f"{site}.toml", site)
            reads, count = recordings[site]
            spent: dict[str, list[float]] = {"replay": [], "bare": []}
            for number in range(rounds):
                spent["replay"].append(cpu_of(partial(play, folder / f"{site}.toml", reads)))
                spent["bare"].append(cpu_of(partial(bare, reads)))
                told(site, number + 1, {key: f"{values[-1]:.2f} s" for key, values in spent.items()})
            middle = {key: median(values) for key, values in spent.items()}
            yield Figure(
                title,
                count / middle["replay"],
                "reads/CPU s",
                middle["replay"] / middle["bare"],
                "csv.reader, CPU",
            )


NOTES = f"""\
{READS:,} reads of {READS // READS_PER_TAG:,} items at {DOORS} read points, from a CSV file through the daemon's own code
into a database in memory, every event encoded. The half hour at a dock door is a simulated one: {STANDING} items stand in
its field and a load passes every two minutes, {STANDING_READS_PER_SECOND:.0f} reads per second in all. The busy night is
`deploy/scenarios/night.toml`: three doors, stock beside them, loads that cross. The last two are scenes one after the
other without a pause: two loads at once among some ten parked tags, {MIXED} times, and {LOADS} single loads of which there
are about 50 reads of each item and none of anything at rest: they cost most to judge. Beside each `csv.reader` over the
same file.
"""

if __name__ == "__main__":
    sys.exit(main(Part("replay", "Replay of recorded reads", NOTES, run)))
