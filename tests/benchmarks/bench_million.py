"""A database of a million open lines: import, start-up, memory, counting, and what a receipt costs then.

python -m tests.benchmarks.bench_million [--rounds 3] [--quick] [--check]
"""

import sys
import tempfile
import time
import urllib.error
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from gateway.store import rmas, upkeep
from tests.benchmarks.bench_store import cpu_of, database_at, expected, open_rmas, raw_lines, record
from tests.benchmarks.results import Figure, Part, main, told
from tests.benchmarks.stage import Load as FleetLoad
from tests.benchmarks.stage import broker_in, cpu_seconds, daemon, feeding, rss_mib, scrape
from tests.gateway.store.samples import START_US

LINES, QUICK_LINES = 1_000_000, 20_000
RECEIPTS, QUICK_RECEIPTS = 5000, 500
PATIENCE_SECONDS = 120.0
REST_SECONDS = 15.0
"""Counting comes round in this time."""
MIB = 1 << 20


def run(rounds: int, is_quick: bool) -> Iterator[Figure]:
    lines, receipts = (QUICK_LINES, QUICK_RECEIPTS) if is_quick else (LINES, RECEIPTS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from imported(folder, lines)
        yield counted(folder, lines)
        yield from started(folder, lines, rounds)
        yield receipt_cost(folder, lines, receipts, rounds)


def imported(folder: Path, lines: int) -> Iterator[Figure]:
    """Rows that are new; the RMAs are made beforehand in neither."""
    database = database_at(folder / "returns.db")
    made = cpu_of(lambda: sum(1 for _ in open_rmas(lines)))

    def take() -> None:
        with database.writing() as connection:
            rmas.upsert(connection, open_rmas(lines), START_US)

    ours = cpu_of(take) - made
    told("imported", lines, f"{ours:.1f} CPU s")
    raw = cpu_of(lambda: raw_lines(folder / "raw.db", lines))
    (folder / "raw.db").unlink()
    database.close()
    yield Figure(f"import of {lines:,} lines", lines / ours, "rows/CPU s", ours / raw, "raw sqlite3, CPU")


def counted(folder: Path, lines: int) -> Figure:
    database = database_at(folder / "returns.db")
    with database.reading() as connection:
        spent = median(cpu_of(lambda: upkeep.count(connection, START_US)) for _ in range(3))
    database.close()
    return Figure(f"counting them for the metrics, {lines:,} open lines", spent * 1000, "ms CPU")


def started(folder: Path, lines: int, rounds: int) -> Iterator[Figure]:
    """From the start of the process until it is ready, what it holds then, and what it does at rest."""
    ready, memory, rest = [], [], []
    for number in range(rounds):
        with (
            tempfile.TemporaryDirectory() as place,
            broker_in(Path(place)) as broker,
            feeding(
                FleetLoad(size=50, rate=0.0001, seconds=PATIENCE_SECONDS), Path(place) / "sent"
            ) as feeder,
        ):
            assert feeder.stdout is not None
            ports = feeder.stdout.readline().split()
            begun = time.monotonic()
            with daemon("presence", folder, broker.port, ports) as process:
                until_ready(folder)
                ready.append(time.monotonic() - begun)
                assert feeder.stdout.readline().strip() == "feeding"
                before = cpu_seconds(process.pid)
                time.sleep(REST_SECONDS)
                rest.append((cpu_seconds(process.pid) - before) / REST_SECONDS * 100)
                memory.append(rss_mib(process.pid))
        told(
            "started", number + 1, f"{ready[-1]:.2f} s", f"{memory[-1]:.0f} MiB", f"{rest[-1]:.1f} % at rest"
        )
    yield Figure(f"start until ready, {lines:,} open lines", median(ready), "s")
    yield Figure(f"resident memory, {lines:,} open lines", max(memory) * MIB / 1e6, "MB", at_most=250)
    yield Figure(f"idle with 50 readers, {lines:,} open lines", median(rest), "% of a core")


def receipt_cost(folder: Path, lines: int, receipts: int, rounds: int) -> Figure:
    few, many = database_at(folder / "few.db"), database_at(folder / "returns.db")
    spent: dict[str, list[float]] = {"few": [], "many": []}
    for number in range(rounds + 1):  # the first one warms both up
        batch = expected(few, many, number, receipts)
        for key, database in (("few", few), ("many", many)):
            spent[key].append(cpu_of(partial(record, database, batch)))
        told("receipts", number, {key: f"{values[-1]:.2f} s" for key, values in spent.items()})
    few.close()
    many.close()
    cost = {key: median(values[1:]) for key, values in spent.items()}
    ratio = cost["many"] / cost["few"]
    name = f"receipts with {lines:,} open lines"
    return Figure(name, receipts / cost["many"], "per CPU s", ratio, "none open, CPU", at_most=1.15)


def until_ready(folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            scrape(folder, "/readyz")
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


NOTES = """\
A third of the lines names an EPC, a third a serial, a third any item of one of 500 GTINs. Raw sqlite3 is
`executemany` into the same tables and indexes, without looking anything up. Ready is what `/readyz` says.
"""

if __name__ == "__main__":
    sys.exit(main(Part("million", "A million open lines", NOTES, run)))
