"""What the machine and the bare libraries do: the floor under each stage, in turn with ours.

    python -m tests.benchmarks.bench_baselines [--rounds 3] [--quick] [--check]

Decoding beside a bare struct loop, deciding beside raw sqlite3, publishing beside bare aiomqtt and
mosquitto_pub, and what an fdatasync takes.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from struct import Struct

from readers.llrp.report import ReportDecoder
from tests.benchmarks.bench_publish import measure as measure_publishing
from tests.benchmarks.bench_store import cpu_of, database_at, expected, raw_claims, record
from tests.benchmarks.hotpath import body_of
from tests.benchmarks.results import Figure, Part, main, told
from tests.benchmarks.stage import broker_in
from tests.integration.broker import Broker

SIZE = 50
_BARE = Struct(">5x12sxHxbxQxQxHxH")
"""The records of `hotpath.body_of` as if nothing else could ever come."""
PASSES = 2000
SYNCS = 100
Times = dict[str, list[float]]


def decode(spent: Times) -> None:
    body, decoder = body_of(SIZE, 0), ReportDecoder()
    ways: dict[str, Callable[[], object]] = {
        "decode": lambda: decoder.rows(body),
        "struct": lambda: list(_BARE.iter_unpack(body)),
    }
    assert ways["decode"]() == ways["struct"]()
    for name, way in ways.items():
        used = cpu_of(partial(_often, way))
        spent.setdefault(name, []).append(SIZE * PASSES / used)


def _often(way: Callable[[], object]) -> None:
    for _ in range(PASSES):
        way()


def decide(folder: Path, number: int, count: int, spent: Times) -> None:
    """Receipts with nothing else open, and the same claims and outbox rows in raw sqlite3."""
    few, spare = database_at(folder / "few.db"), database_at(folder / "spare.db")
    batch = expected(few, spare, number, count)
    spent.setdefault("record", []).append(count / cpu_of(partial(record, few, batch)))
    raw = cpu_of(partial(raw_claims, folder / f"raw{number}.db", count))
    spent.setdefault("sqlite3", []).append(count / raw)
    few.close()
    spare.close()


def publish(broker: Broker, folder: Path, count: int, spent: Times) -> None:
    found = asyncio.run(measure_publishing(broker, folder, count))
    for name in ("publisher", "bare_aiomqtt"):
        spent.setdefault(name, []).append(found[f"{name}_per_second"])
    command = [str(shutil.which("mosquitto_pub")), "-p", str(broker.port), "-t", "bare", "-q", "1", "-l"]
    started = time.perf_counter()
    subprocess.run(command, input=(b"x" * 1000 + b"\n") * count, check=True)
    spent.setdefault("mosquitto_pub", []).append(count / (time.perf_counter() - started))


def sync(folder: Path, spent: Times) -> None:
    file = os.open(folder / "sync", os.O_CREAT | os.O_WRONLY)
    taken = []
    for _ in range(SYNCS):
        started = time.perf_counter()
        os.write(file, bytes(4096))
        os.fdatasync(file)
        taken.append(time.perf_counter() - started)
    os.close(file)
    spent.setdefault("fdatasync", []).append(median(taken) * 1000)


def run(rounds: int, is_quick: bool) -> Iterator[Figure]:
    count, messages = (1000, 500) if is_quick else (5000, 5000)
    spent: Times = {}
    with tempfile.TemporaryDirectory() as name:
        for number in range(rounds):
            folder = Path(name) / str(number)
            folder.mkdir()
            decode(spent)
            decide(folder, number, count, spent)
            with broker_in(folder) as broker:
                publish(broker, folder, messages, spent)
            sync(folder, spent)
            told("baselines", number + 1, {key: round(values[-1], 2) for key, values in spent.items()})
    of = {key: median(values) for key, values in spent.items()}
    for ours, bare, what, unit in (
        ("decode", "struct", f"decoding, {SIZE} tags per report", "tags/CPU s"),
        ("record", "sqlite3", "receipts decided and stored", "per CPU s"),
        ("publisher", "bare_aiomqtt", "events published from the outbox", "per s"),
        ("publisher", "mosquitto_pub", "events published from the outbox", "per s"),
    ):
        yield Figure(what, of[ours], unit, of[ours] / of[bare], bare.replace("_", " "))
        yield Figure(f"{bare.replace('_', ' ')} alone", of[bare], unit)
    yield Figure("one write of 4 KiB with fdatasync", of["fdatasync"], "ms")


NOTES = """\
*struct* unpacks records of one layout without looking at their headers. *sqlite3* updates a row by its key and
inserts an outbox row per item, in transactions of 1,000. *bare aiomqtt* publishes from 16 tasks, *mosquitto pub*
reads lines; the publisher reads the outbox, checks each PUBACK and marks what was taken.
"""

if __name__ == "__main__":
    sys.exit(main(Part("baselines", "The floor under each stage", NOTES, run)))
