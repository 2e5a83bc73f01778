"""One run of a benchmark: feeder, broker and one receiver, each a process of its own; what it cost, what it lost."""

import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.integration.broker import Broker
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") / 1024
DRAIN_SECONDS = 1.0
SLACK_SECONDS = 60.0
"""A receiver may have to tell so much longer what it sees for the first time."""
PATIENCE_SECONDS = 50.0
_GATEWAY = "from gateway.cli.main import main; main()"
KINDS = ("presence", "portal")
"""The daemon, with all its read points of one kind; any other receiver is a peer."""


@dataclass(frozen=True, slots=True)
class Load:
    """`rate` in reads per second of each reader, None for as fast as they are taken; `size` in tags per report.

    While it warms up, the daemon tells what it sees for the first time: that is not part of the cost per read.
    """

    size: int
    rate: float | None = 1000.0
    readers: int = 50
    tags: int = 2500
    warm_seconds: float = 5.0
    seconds: float = 4.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Of the receiver, while it was measured."""

    us_per_read: float
    """CPU time, user and system."""
    cores: float
    reads_per_second: float
    lost: int
    """Sent and not counted at the end."""
    rss_mib: float


def measure(receiver: str, load: Load) -> Cost:
    """`receiver` is a kind of read point, or a peer."""
    with tempfile.TemporaryDirectory() as name, broker_in(Path(name)) as broker:
        folder = Path(name)
        counter = folder / "sent"
        with feeding(load, counter) as feeder:
            assert feeder.stdout is not None
            assert feeder.stdin is not None
            ports = feeder.stdout.readline().split()
            count = partial(reads_taken, folder, receiver)
            start = daemon if receiver in KINDS else _peer
            with start(receiver, folder, broker.port, ports) as process:
                assert feeder.stdout.readline().strip() == "feeding"
                time.sleep(load.warm_seconds)
                if receiver in KINDS:
                    await_told(folder)
                # asking a daemon costs it time: not that which is measured
                counted = count(), time.monotonic()
                before = cpu_seconds(process.pid), time.monotonic()
                time.sleep(load.seconds)
                after = cpu_seconds(process.pid), time.monotonic()
                rate = (count() - counted[0]) / (time.monotonic() - counted[1])
                cores = (after[0] - before[0]) / (after[1] - before[1])
                rss = rss_mib(process.pid)
                print(file=feeder.stdin, flush=True)
                fed = int(feeder.stdout.readline().split()[1])
                time.sleep(DRAIN_SECONDS)
                lost = fed - count()
    return Cost(cores / max(rate, 1) * 1e6, cores, rate, lost, rss)


@contextmanager
def broker_in(folder: Path) -> Iterator[Broker]:
    """One that does not write its store after each message, as the shipped one does: it would be what limits."""
    directory = folder / "broker"
    directory.mkdir()
    with Broker(directory, options="autosave_interval 1000000") as broker:
        yield broker


@contextmanager
def feeding(load: Load, counter: Path) -> Iterator[subprocess.Popen[str]]:
    seconds = load.warm_seconds + load.seconds + SLACK_SECONDS
    options = {
        "readers": load.readers,
        "size": load.size,
        "tags": load.tags,
        "seconds": seconds,
        "counter": counter,
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    if load.rate is not None:
        arguments.append(f"--rate={load.rate}")
    with python("-m", "tests.benchmarks.feeder", *arguments, stderr=subprocess.DEVNULL) as process:
        yield process


@contextmanager
def _peer(peer: str, folder: Path, broker_port: int, ports: list[str]) -> Iterator[subprocess.Popen[str]]:
    with python(
        "-m",
        "tests.benchmarks.peers",
        peer,
        str(broker_port),
        str(folder / "counted"),
        *ports,
        stderr=subprocess.DEVNULL,
    ) as process:
        yield process


@contextmanager
def daemon(kind: str, folder: Path, broker_port: int, ports: list[str]) -> Iterator[subprocess.Popen[str]]:
    web = free_port()
    (folder / "web").write_text(str(web))
    (folder / "gateway.toml").write_text(configuration(kind, folder, broker_port, web, ports))
    with (
        (folder / "log").open("w") as log,
        python(
            "-c", _GATEWAY, "run", "--config", str(folder / "gateway.toml"), stderr=log.fileno()
        ) as process,
    ):
        yield process


def configuration(kind: str, folder: Path, broker_port: int, web_port: int, ports: list[str]) -> str:
    """A site with a read point for each reader."""
    head = f"""
[gateway]
site = "bench"
name = "gw-1"
[database]
url = "sqlite:///{folder / "returns.db"}"
[mqtt]
port = {broker_port}
[web]
listen = "127.0.0.1:{web_port}"
"""
    direction = 'direction = "none"' if kind == "portal" else ""
    return head + "".join(
        f"""
[[reader]]
id = "reader-{number}"
host = "127.0.0.1"
port = {port}
[[reader.antenna]]
port = 1
read_point = "point-{number}"
[[read_point]]
id = "point-{number}"
kind = "{kind}"
biz_step = "receiving"
{direction}
"""
        for number, port in enumerate(ports)
    )


@contextmanager
def python(*arguments: str, stderr: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """Python, on the tree this file belongs to; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def reads_taken(folder: Path, receiver: str) -> int:
    """Reads the receiver got so far, as it tells itself."""
    if receiver not in KINDS:
        return int(struct.unpack("q", (folder / "counted").read_bytes())[0])
    found = re.findall(r"^returns_gateway_tag_reads_total\{.*\} (\S+)$", scrape(folder), re.MULTILINE)
    return int(sum(map(float, found)))


def scrape(folder: Path, path: str = "/metrics") -> str:
    """What the daemon says there."""
    address = f"http://127.0.0.1:{(folder / 'web').read_text()}{path}"
    with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
        return str(answer.read().decode())


def await_told(folder: Path) -> None:
    """Until all that was seen for the first time is published, which is no part of the cost per read; not for
    ever where the fleet leaves the machine no time for it.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not re.search(r"^returns_gateway_outbox_pending 0.0$", scrape(folder), re.MULTILINE):
        if time.monotonic() > deadline:
            return
        time.sleep(0.5)


def lag_counts(folder: Path) -> list[tuple[float, int]]:
    """Of the daemon's loop so far: upper bounds in seconds, and turns not later than that."""
    pattern = r'^returns_gateway_event_loop_lag_seconds_bucket\{le="(\S+)"\} (\S+)$'
    found = re.findall(pattern, scrape(folder), re.MULTILINE)
    return [(float(bound), int(float(count))) for bound, count in found]


def cpu_seconds(pid: int) -> float:
    """User and system, of all its threads that are or were: the clock that clock_getcpuclockid(3) names."""
    return time.clock_gettime((~pid << 3) | 2)


def rss_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_KIB / 1024
