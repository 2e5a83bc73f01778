"""Recorded reads per second: from a CSV file through doors, decisions and the ledger to events.

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

from gateway.config.loading import load_settings
from gateway.recorded.recording import read_recording
from gateway.recorded.replay import Replay
from rules.policy import DEFAULT_POLICY
from tests.benchmarks.bench_store import cpu_of
from tests.benchmarks.results import Figure, Part, main, told
from tests.gateway.store.samples import sgtin

READS, QUICK_READS = 300_000, 20_000
READS_PER_TAG = 50
TAG_SECONDS = 2.0
START_SECONDS = 1_795_000_000.0
DOORS = 10
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


def write_reads(path: Path, reads: int) -> None:
    """Items come one after the other to each read point and stay for two seconds."""
    rows = []
    for tag in range(reads // READS_PER_TAG):
        point, begun = tag % DOORS, START_SECONDS + tag // DOORS * TAG_SECONDS / 4
        for number in range(READS_PER_TAG):
            seconds = begun + number * TAG_SECONDS / READS_PER_TAG
            level = -70 + 20 * (1 - abs(2 * number / READS_PER_TAG - 1))
            rows.append((f"{seconds:.6f}", f"reader-{point}", 1, sgtin(tag + 1), round(level)))
    rows.sort()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("time", "reader", "antenna", "epc", "rssi"))
        writer.writerows(rows)


def write_configuration(path: Path, kind: str) -> None:
    direction = 'direction = "none"\n' if kind == "portal" else ""
    path.write_text(_HEAD + "".join(_DOOR.format(number, kind) + direction for number in range(DOORS)))


def replay(configuration: Path, reads: Path) -> None:
    events: list[bytes] = []
    run = Replay(load_settings(configuration), DEFAULT_POLICY, events.append)
    run.run(read_recording(reads))
    assert events


def bare(reads: Path) -> None:
    with reads.open(newline="") as file:
        for _ in csv.reader(io.StringIO(file.read())):
            pass


def run(rounds: int, is_quick: bool) -> Iterator[Figure]:
    count = QUICK_READS if is_quick else READS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_reads(folder / "reads.csv", count)
        spent: dict[str, list[float]] = {"presence": [], "portal": [], "bare": []}
        for kind in ("presence", "portal"):
            write_configuration(folder / f"{kind}.toml", kind)
        for number in range(rounds):
            for kind in ("presence", "portal"):
                spent[kind].append(cpu_of(partial(replay, folder / f"{kind}.toml", folder / "reads.csv")))
            spent["bare"].append(cpu_of(partial(bare, folder / "reads.csv")))
            told("replay", number + 1, {key: f"{values[-1]:.2f} s" for key, values in spent.items()})
        middle = {key: median(values) for key, values in spent.items()}
        for kind in ("presence", "portal"):
            title = f"replay, {kind} read points"
            yield Figure(
                title, count / middle[kind], "reads/CPU s", middle[kind] / middle["bare"], "csv.reader, CPU"
            )


NOTES = f"""\
{READS:,} reads of {READS // READS_PER_TAG:,} items at {DOORS} read points, from a CSV file through the daemon's own code
into a database in memory, every event encoded. Beside it `csv.reader` over the same file.
"""

if __name__ == "__main__":
    sys.exit(main(Part("replay", "Replay of recorded reads", NOTES, run)))
