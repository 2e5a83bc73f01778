"""Recorded reads per second: from a CSV file through doors, decisions and the ledger to events.

Three sites: presence read points, doors without sides, and a door whose every read is of a load that passes.

    python -m tests.benchmarks.bench_replay [--rounds 3] [--quick] [--check]

Beside it, reading the same file with the csv module and nothing else.
"""

import csv
import io
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from gateway.cli.replay import seldom_collected
from gateway.config.loading import load_settings
from gateway.recorded.recording import read_recording
from gateway.recorded.replay import Replay
from readers.emulator.loads import Move
from rules.policy import DEFAULT_POLICY
from tests.benchmarks.bench_store import cpu_of
from tests.benchmarks.results import Figure, Part, main, told
from tests.benchmarks.scenes import MOVES, Family, single
from tests.gateway.store.samples import sgtin

READS, QUICK_READS = 300_000, 20_000
READS_PER_TAG = 50
LOADS, QUICK_LOADS = 120, 6
LOAD_SECONDS = 20.0
TAG_SECONDS = 2.0
START_SECONDS = 1_795_000_000.0
DOORS = 10
SITES = {
    "presence": "replay, presence read points",
    "portal": "replay, portal read points",
    "moving": "replay, a door where all that is read moves",
}
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
id = "reader-0"
host = "reader-0"
[[reader.antenna]]
port = 1
read_point = "point-0"
side = "outside"
[[reader.antenna]]
port = 2
read_point = "point-0"
side = "inside"
[[read_point]]
id = "point-0"
kind = "portal"
biz_step = "receiving"
"""


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
        begun = START_SECONDS + number * LOAD_SECONDS
        for read in single(f"replay-{number}", Family.GATE, moves[number % len(moves)]).reads():
            when = f"{begun + read.time_us / 1e6:.6f}"
            rows.append((when, "reader-0", read.antenna, read.epc.hex().upper(), read.rssi_dbm))
    return _write(path, rows)


def _write(path: Path, rows: list[tuple[str, str, int, str, int]]) -> int:
    rows.sort()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("time", "reader", "antenna", "epc", "rssi"))
        writer.writerows(rows)
    return len(rows)


def write_configuration(path: Path, site: str) -> None:
    if site == "moving":
        path.write_text(_HEAD + _TWO_SIDES)
        return
    direction = 'direction = "none"\n' if site == "portal" else ""
    path.write_text(_HEAD + "".join(_DOOR.format(number, site) + direction for number in range(DOORS)))


def replay(configuration: Path, reads: Path) -> None:
    events: list[bytes] = []
    run = Replay(load_settings(configuration), DEFAULT_POLICY, events.append)
    with seldom_collected():
        run.run(read_recording(reads))
    assert events


def bare(reads: Path) -> None:
    with reads.open(newline="") as file:
        for _ in csv.reader(io.StringIO(file.read())):
            pass


def run(rounds: int, is_quick: bool) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        items, moving = folder / "items.csv", folder / "moving.csv"
        stayed = write_reads(items, QUICK_READS if is_quick else READS)
        moved = write_loads(moving, QUICK_LOADS if is_quick else LOADS)
        for site, title in SITES.items():
            write_configuration(folder / f"{site}.toml", site)
            reads, count = (moving, moved) if site == "moving" else (items, stayed)
            spent: dict[str, list[float]] = {"replay": [], "bare": []}
            for number in range(rounds):
                spent["replay"].append(cpu_of(partial(replay, folder / f"{site}.toml", reads)))
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
into a database in memory, every event encoded. The last figure is of {LOADS} simulated loads that go through one door
after another, about 50 reads of each item and none of anything at rest: it costs most to judge. Beside each `csv.reader`
over the same file.
"""

if __name__ == "__main__":
    sys.exit(main(Part("replay", "Replay of recorded reads", NOTES, run)))
