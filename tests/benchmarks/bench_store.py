"""What the store costs: observations and imported rows per second, beside raw sqlite3 in the same run.

Run it by hand: `python tests/benchmarks/bench_store.py [--open-lines N] [--observations N] [--profile]`.
Ratios first: absolute figures depend on the machine. CPU seconds are used where other programs share it.
"""

import argparse
import cProfile
import pstats
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import event

from gateway.store import rmas, upkeep
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from rules.observation import Observation
from rules.policy import DEFAULT_POLICY
from rules.rma import Rma
from tests.gateway.store.samples import START_US, epc_rma, gtin, item, line, rma, seen, sgtin

BATCH = 1000
ROUNDS = 3
SIZES = (1, 10, 100)
"""Observations decided together."""
DECISIONS = 50
NAMED_FROM = 1_000_000
"""Serials of the items that are observed; the open lines beside them have others."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open-lines", type=int, default=100_000)
    parser.add_argument("--observations", type=int, default=10_000)
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        measure_decisions(Path(directory))
        measure_record(Path(directory), chosen.observations, chosen.open_lines, profile=chosen.profile)
        measure_import(Path(directory), chosen.open_lines)


def measure_decisions(directory: Path) -> None:
    """What one decision takes, alone or with a few others, as it does while receipts come in one by one."""
    database = database_at(directory / "decisions.db")
    ledger = Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY)
    statements: list[str] = []
    event.listen(database._engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    with database.writing() as connection:
        awaited = sum(SIZES) * DECISIONS
        rmas.upsert(connection, (epc_rma(f"D-{serial}", serial) for serial in range(awaited)), START_US)
    items = (seen(item(serial)) for serial in range(awaited))
    for size in SIZES:
        taken: list[float] = []
        for _ in range(DECISIONS):
            batch = list(islice(items, size))
            statements.clear()
            with database.writing() as connection:
                before = time.thread_time()
                ledger.record(connection, batch, START_US)
                taken.append((time.thread_time() - before) * 1000)
        took = f"{statistics.median(taken):.2f} ms CPU, the first {taken[0]:.1f}"
        print(f"record of {size}: {len(statements)} statements, {took}")
    database.close()


def measure_record(directory: Path, count: int, open_lines: int, *, profile: bool) -> None:
    few = database_at(directory / "few.db")
    many = database_at(directory / "many.db")
    with many.writing() as connection:
        rmas.upsert(connection, open_rmas(open_lines), START_US)
    print(f"{open_lines} open lines counted in {_seconds(lambda: _count(many)) * 1000:.1f} ms")
    rounds: dict[str, list[float]] = {"few": [], "many": [], "raw": []}
    for number in range(ROUNDS):
        batch = expected(few, many, number, count)
        rounds["few"].append(cpu_of(partial(record, few, batch)))
        rounds["many"].append(cpu_of(partial(record, many, batch)))
        rounds["raw"].append(cpu_of(partial(raw_claims, directory / f"raw{number}.db", count)))
    cost = {name: statistics.median(values) for name, values in rounds.items()}
    print(f"record, {open_lines} open lines / none: {cost['many'] / cost['few']:.3f} times the CPU")
    print(f"record / raw sqlite3 claim and outbox row: {cost['few'] / cost['raw']:.1f} times the CPU")
    print(f"record: {count / cost['few']:.0f} observations per CPU second, two events each")
    if profile:
        batch = expected(few, many, ROUNDS, count)
        profiler = cProfile.Profile()
        profiler.runcall(record, few, batch)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
    few.close()
    many.close()


def measure_import(directory: Path, count: int) -> None:
    database = database_at(directory / "import.db")

    def imported() -> None:
        with database.writing() as connection:
            rmas.upsert(connection, open_rmas(count), START_US)

    ours, again = cpu_of(imported), cpu_of(imported)
    made = cpu_of(lambda: [None for _ in open_rmas(count)])
    raw = cpu_of(lambda: raw_lines(directory / "raw-import.db", count))
    print(f"import / raw sqlite3 executemany of the same rows: {(ours - made) / raw:.1f} times the CPU")
    print(
        f"import: {count / (ours - made):.0f} lines per CPU second; unchanged: {count / (again - made):.0f}"
    )
    database.close()


def database_at(path: Path) -> Database:
    database = Database(f"sqlite:///{path}")
    database.open()
    return database


def open_rmas(count: int) -> Iterator[Rma]:
    """One line each: a third names an EPC, a third a serial, a third any item of one of 500 GTINs."""
    gtins = [gtin(reference) for reference in range(2, 502)]
    for number in range(count):
        name, of = f"OPEN-{number}", gtins[number % 500]
        names = (
            {"epcs": frozenset({sgtin(number + 1, 2 + number % 500)})},
            {"serials": frozenset({str(number)})},
            {},
        )[number % 3]
        yield rma(name, line(name, gtin=of, **names), opened_us=START_US - number)


def expected(few: Database, many: Database, number: int, count: int) -> list[Observation]:
    """Items that both databases expect, a third of them each by EPC, serial and GTIN, in random order."""
    serials = range(NAMED_FROM + number * count, NAMED_FROM + (number + 1) * count)
    reference = 600 + number
    sent = []
    for serial in serials:
        name = f"E-{serial}"
        names = ({"epcs": frozenset({sgtin(serial, reference)})}, {"serials": frozenset({str(serial)})}, {})[
            serial % 3
        ]
        sent.append(rma(name, line(name, gtin=gtin(reference), **names)))
    for database in (few, many):
        with database.writing() as connection:
            rmas.upsert(connection, sent, START_US)
    batch = [seen(item(serial, reference)) for serial in serials]
    random.Random(number).shuffle(batch)
    return batch


def record(database: Database, batch: list[Observation]) -> None:
    ledger = Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY)
    receipts = 0
    for start in range(0, len(batch), BATCH):
        with database.writing() as connection:
            events = ledger.record(connection, batch[start : start + BATCH], START_US)
        receipts += sum(event.kind == "receipt" for event in events)
    assert receipts == len(batch), f"{receipts} receipts of {len(batch)} items"


def _count(database: Database) -> None:
    with database.reading() as connection:
        upkeep.count(connection, START_US)


def raw_claims(path: Path, count: int) -> None:
    """What a script would do: claim the line, append a message, by the thousand."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE lines (epc TEXT PRIMARY KEY, received INTEGER)")
    connection.execute("CREATE TABLE outbox (sequence INTEGER PRIMARY KEY, id TEXT UNIQUE, payload BLOB)")
    connection.executemany("INSERT INTO lines VALUES (?, 0)", ((str(number),) for number in range(count)))
    for start in range(0, count, BATCH):
        connection.execute("BEGIN IMMEDIATE")
        for number in range(start, start + BATCH):
            claim = "UPDATE lines SET received = 1 WHERE epc = ? AND received = 0"
            assert connection.execute(claim, (str(number),)).rowcount == 1
            connection.execute("INSERT INTO outbox (id, payload) VALUES (?, ?)", (str(number), b"x" * 1000))
        connection.execute("COMMIT")
    connection.close()


def raw_lines(path: Path, count: int) -> None:
    """The same tables and indexes, nothing looked at."""
    database = database_at(path)
    database.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT INTO rmas (rma, opened_us, expected) VALUES (?, 0, 1)", ((f"OPEN-{n}",) for n in range(count))
    )
    connection.executemany(
        "INSERT INTO rma_lines (rma, line, gtin, quantity, opened_us) VALUES (?, 1, ?, 1, 0)",
        ((f"OPEN-{n}", f"{n % 500:014}") for n in range(count)),
    )
    connection.executemany(
        "INSERT INTO line_epcs VALUES (?, 1, ?, ?)",
        (
            (f"OPEN-{n}", f"{n:024X}", f"https://id.gs1.org/01/{n % 500:014}/21/{n}")
            for n in range(0, count, 3)
        ),
    )
    connection.executemany(
        "INSERT INTO line_serials VALUES (?, 1, ?, ?)",
        ((f"OPEN-{n}", str(n), f"{n % 500:014}") for n in range(1, count, 3)),
    )
    connection.execute("COMMIT")
    connection.close()


def cpu_of(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
