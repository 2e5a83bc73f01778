"""The running daemon with its disk full, its database locked, its broker frozen, its clock set: nothing is lost."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gateway.keeping.journal import Journal
from tests.chaos.site import Bench, Gateway
from tests.chaos.verdict import judge
from tests.chaos.wms import Wms
from tests.integration.broker import Broker
from tests.integration.listener import until
from tests.integration.postgres import serve
from tests.ports import free_port

PATIENCE_SECONDS = 60.0
STOP_SECONDS = 30.0
"""What the unit file gives the daemon to stop."""
DISK_BYTES = 2 * 1024 * 1024


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    (tmp_path / "broker").mkdir()
    with Broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("needs root: mounts a small tmpfs")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(disk)]
    mounted = subprocess.run(mount, check=False, capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"tmpfs cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


class Scene:
    """A bench with items, a gateway and a WMS that acknowledges."""

    def __init__(self, directory: Path, broker: Broker, wms: Wms, *, items: int, database: str = "") -> None:
        self.bench = Bench(directory, free_port(), items, per_second=4.0, stay_seconds=120.0)
        self.gateway = Gateway(
            directory / "gw-1", "gw-1", broker.port, self.bench.port, database=database, require_ack=True
        )
        self.gateway.import_rmas(self.bench.expected)
        self.wms = wms

    def receipts(self) -> int:
        return sum(event.kind == "receipt" for event in self.wms.events())

    def metric(self, name: str) -> float:
        """0 while it is not there."""
        lines = self.gateway.get("/metrics")[1].splitlines()
        found = [line.split()[1] for line in lines if line.startswith(f"returns_gateway_{name} ")]
        return float(found[0]) if found else 0.0

    async def everything_told(self) -> None:
        wanted = set(self.bench.epcs)
        await until(lambda: wanted <= {event.epc for event in self.wms.events()}, PATIENCE_SECONDS)

    async def judge(self) -> None:
        """Stop it and look at what came."""
        assert await asyncio.to_thread(self.gateway.end, signal.SIGTERM, STOP_SECONDS) == 0
        stored = self.gateway.stored()
        await until(lambda: self.wms.count() >= len(stored))
        verdict = judge(
            self.wms.events(),
            stored,
            expected=self.bench.expected,
            strangers=self.bench.strangers,
            laid_down=self.bench.laid_down(),
            changed=len(self.wms.changed),
        )
        assert verdict.passed, verdict
        assert "Traceback" not in self.gateway.log


FAULTY = Path(__file__).with_name("faulty.py")


@contextmanager
def spoilt_scene(directory: Path, broker: Broker, *, items: int = 100) -> Iterator[tuple[Scene, Path]]:
    """A site whose daemon is as well as the file beside it says."""
    flag = directory / "fault"
    with Wms(broker.port, directory / "wms.db", acknowledges=True) as wms:
        made = Scene(directory, broker, wms, items=items)
        made.gateway.program = (sys.executable, FAULTY, flag, "run")
        with made.bench.running():
            made.gateway.start()
            try:
                yield made, flag
            finally:
                if made.gateway.process is not None:
                    made.gateway.end(signal.SIGKILL)


@contextmanager
def scene(directory: Path, broker: Broker, *, items: int = 100, database: str = "") -> Iterator[Scene]:
    with Wms(broker.port, directory / "wms.db", acknowledges=True) as wms:
        made = Scene(directory, broker, wms, items=items, database=database)
        with made.bench.running():
            made.gateway.start()
            try:
                yield made
            finally:
                if made.gateway.process is not None:
                    made.gateway.end(signal.SIGKILL)


async def test_disk_when_full_then_decisions_wait_in_memory_it_is_told_and_heals_by_itself(
    small_disk: Path, broker: Broker, tmp_path: Path
) -> None:
    with scene(tmp_path, broker, database=f"sqlite:///{small_disk / 'returns.db'}") as site:
        await until(lambda: site.receipts() >= 3, PATIENCE_SECONDS)
        fill(small_disk / "filler")
        await until(lambda: site.gateway.get("/healthz")[0] == 503, PATIENCE_SECONDS)
        assert site.metric("storage_faulty") == 1
        assert "disk is full" in site.gateway.get("/healthz")[1]
        told = site.receipts()
        await until(lambda: len(site.bench.laid_down()) == site.bench.count, PATIENCE_SECONDS)
        assert site.receipts() < len(site.bench.expected)
        assert site.gateway.get("/healthz")[0] == 503
        (small_disk / "filler").unlink()
        await until(lambda: site.gateway.get("/healthz")[0] == 200, PATIENCE_SECONDS)
        assert site.metric("storage_faulty") == 0
        await site.everything_told()
        assert site.receipts() > told
        await site.judge()
        assert site.gateway.log.count("decisions wait in memory") <= 2
        assert "database takes decisions again" in site.gateway.log


def fill(path: Path) -> None:
    """Down to the last byte."""
    with path.open("wb", buffering=0) as filler:
        for size in (65_536, 4_096, 1):
            try:
                while True:
                    filler.write(b"\0" * size)
            except OSError:
                continue


async def test_database_when_another_program_holds_it_then_decisions_wait_and_are_told_afterwards(
    broker: Broker, tmp_path: Path
) -> None:
    with scene(tmp_path, broker) as site:
        await until(lambda: site.receipts() >= 3, PATIENCE_SECONDS)
        with closing(sqlite3.connect(tmp_path / "gw-1" / "returns.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await until(lambda: site.gateway.get("/healthz")[0] == 503, PATIENCE_SECONDS)
            assert "locked by another program" in site.gateway.get("/healthz")[1]
            other.execute("ROLLBACK")
        await until(lambda: site.gateway.get("/healthz")[0] == 200, PATIENCE_SECONDS)
        await site.everything_told()
        await site.judge()


async def test_broker_when_frozen_emptied_and_forbidding_then_every_event_arrives_in_the_end(
    tmp_path: Path,
) -> None:
    (tmp_path / "broker").mkdir()
    allowed = "topic readwrite #\n"
    with Broker(tmp_path / "broker", acl=allowed) as broker, scene(tmp_path, broker) as site:
        await until(lambda: site.receipts() >= 3, PATIENCE_SECONDS)
        broker.freeze()
        await until(lambda: site.metric("outbox_pending") > 0, PATIENCE_SECONDS)
        await until(lambda: site.gateway.get("/readyz")[0] == 503, PATIENCE_SECONDS)
        assert site.gateway.get("/healthz")[0] == 200
        broker.thaw()
        broker.set_acl("topic read #\ntopic write returns/v1/dc1/gateway/#\n")
        await until(lambda: site.metric("publish_refused_total") > 0, PATIENCE_SECONDS)
        await until(lambda: "refused a publish" in site.gateway.get("/readyz")[1], PATIENCE_SECONDS)
        broker.set_acl(allowed)
        await asyncio.to_thread(broker.restart, empty=True)
        await site.everything_told()
        await site.judge()


async def test_stop_when_the_broker_is_frozen_and_the_database_locked_then_it_ends_in_time_and_loses_nothing(
    broker: Broker, tmp_path: Path
) -> None:
    with scene(tmp_path, broker) as site:
        await until(lambda: site.receipts() >= 3, PATIENCE_SECONDS)
        broker.freeze()
        with closing(sqlite3.connect(tmp_path / "gw-1" / "returns.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(1.0)
            started = time.monotonic()
            code = await asyncio.to_thread(site.gateway.end, signal.SIGTERM, STOP_SECONDS)
            print(f"stopped in {time.monotonic() - started:.1f} s with {code}")
            other.execute("ROLLBACK")
        broker.thaw()
        assert code == 0
        site.gateway.start()
        await site.everything_told()
        await site.judge()


async def test_disk_when_read_only_then_decisions_wait_it_is_told_and_heals_by_itself(
    broker: Broker, tmp_path: Path
) -> None:
    with spoilt_scene(tmp_path, broker) as (site, flag):
        await until(lambda: site.receipts() >= 3, PATIENCE_SECONDS)
        flag.write_text("read-only")
        await until(lambda: site.gateway.get("/healthz")[0] == 503, PATIENCE_SECONDS)
        assert "is read-only" in site.gateway.get("/healthz")[1]
        assert site.metric("storage_faulty") == 1
        await until(lambda: len(site.bench.laid_down()) == site.bench.count, PATIENCE_SECONDS)
        flag.unlink()
        await until(lambda: site.gateway.get("/healthz")[0] == 200, PATIENCE_SECONDS)
        assert site.metric("storage_faulty") == 0
        await site.everything_told()
        await site.judge()
        assert "Read-only file system" in site.gateway.log


async def test_daemon_when_killed_while_decisions_cannot_be_stored_then_the_next_one_has_them(
    broker: Broker, tmp_path: Path
) -> None:
    """The database is locked by another program; the bench is empty when the next daemon starts."""
    with scene(tmp_path, broker) as site:
        await until(lambda: site.receipts() >= 3, PATIENCE_SECONDS)
        with closing(sqlite3.connect(tmp_path / "gw-1" / "returns.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await until(lambda: len(site.bench.laid_down()) == site.bench.count, PATIENCE_SECONDS)
            journal = Journal(tmp_path / "gw-1" / "dc1-gw-1.journal")
            last = site.bench.epcs[-1].encode()
            await until(lambda: any(last in frame for frame in journal.read()), PATIENCE_SECONDS)
            await asyncio.to_thread(site.gateway.end, signal.SIGKILL)
            other.execute("ROLLBACK")
        site.gateway.start()
        await site.everything_told()
        await site.judge()
        assert "decisions that were not stored" in site.gateway.log


async def test_disk_when_slow_then_every_item_is_told_and_the_daemon_answers_all_the_while(
    broker: Broker, tmp_path: Path
) -> None:
    with spoilt_scene(tmp_path, broker, items=24) as (site, flag):
        await until(lambda: site.receipts() >= 3, PATIENCE_SECONDS)
        flag.write_text("slow")
        await until(lambda: len(site.bench.laid_down()) == site.bench.count, PATIENCE_SECONDS)
        assert site.gateway.get("/healthz")[0] == 200
        await site.everything_told()
        flag.unlink()
        await site.judge()


async def test_observation_when_it_cannot_be_recorded_then_it_is_set_aside_and_all_others_are_told(
    broker: Broker, tmp_path: Path
) -> None:
    with spoilt_scene(tmp_path, broker, items=20) as (site, flag):
        poison = site.bench.expected[4]
        flag.write_text(f"poison {poison}")
        wanted = set(site.bench.epcs) - {poison}
        await until(lambda: wanted <= {event.epc for event in site.wms.events()}, PATIENCE_SECONDS)
        aside = tmp_path / "gw-1" / "dc1-gw-1.set-aside.jsonl"
        await until(lambda: aside.exists() and poison in aside.read_text(), PATIENCE_SECONDS)
        assert site.gateway.exit_code() is None
        assert site.gateway.get("/healthz")[0] == 200
        assert f"{poison} at bench cannot be recorded" in site.gateway.log
        assert 'reads_dropped_total{reason="set_aside"}' in site.gateway.get("/metrics")[1]
        flag.unlink()
        assert await asyncio.to_thread(site.gateway.end, signal.SIGTERM, STOP_SECONDS) == 0
        site.gateway.start()
        await site.everything_told()


async def test_postgresql_when_killed_during_traffic_and_back_then_every_item_is_told_once(
    broker: Broker, tmp_path: Path
) -> None:
    with serve() as server, scene(tmp_path, broker, database=server.empty()) as site:
        await until(lambda: site.receipts() >= 3, PATIENCE_SECONDS)
        await asyncio.to_thread(server.kill)
        await until(lambda: site.gateway.get("/healthz")[0] == 503, PATIENCE_SECONDS)
        assert site.metric("storage_faulty") == 1
        await until(lambda: len(site.bench.laid_down()) == site.bench.count, PATIENCE_SECONDS)
        await asyncio.to_thread(server.start)
        await until(lambda: site.gateway.get("/healthz")[0] == 200, PATIENCE_SECONDS)
        await site.everything_told()
        await site.judge()
