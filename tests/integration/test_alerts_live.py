"""Each alert is provoked on a live daemon and seen to fire and to clear: `make test-alerts`, some five minutes.

The rules are the shipped ones with shorter times: nobody waits an hour for a silent reader here.
"""

import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.integration.watched import ACL, PROMETHEUS, WatchedSite

pytestmark = pytest.mark.alerts

SHIPPED = (PROMETHEUS / "alerts.yml").read_text()
SHORTER = (
    (r"for: \w+", "for: 2s", 11),
    (r"\[5m\]", "[15s]", 2),
    (r"\[1h\]", "[20s]", 2),
    (r"> 3600\b", "> 6", 2),
    (r"outbox_oldest_seconds > 300", "outbox_oldest_seconds > 3", 1),
)
DISK = "size=2g"
SMALL_DISK = "size=64m"


def shortened(rules: str) -> str:
    for pattern, short, times in SHORTER:
        rules, found = re.subn(pattern, short, rules)
        assert found == times, f"{pattern}: {found}"
    return rules


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """A disk of its own that can be made small; None where nothing can be mounted."""
    place = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", DISK, "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        yield None
        return
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, disk: Path | None) -> Iterator[WatchedSite]:
    with WatchedSite(tmp_path_factory.mktemp("watched"), shortened(SHIPPED), disk=disk) as running:
        running.wait(lambda: not running.firing(), "nothing fires on a site that is well")
        yield running


@contextmanager
def restarted(
    site: WatchedSite, name: str, start: Callable[[], None], spoiled: Callable[[], None]
) -> Iterator[None]:
    """A process in another form for a while."""
    site.stop(name)
    spoiled()
    try:
        yield
    finally:
        site.stop(name)
        start()


@contextmanager
def gateway_down(site: WatchedSite) -> Iterator[None]:
    site.stop("gateway")
    yield
    site.start_gateway()


@contextmanager
def reader_down(site: WatchedSite) -> Iterator[None]:
    site.stop("cage")
    yield
    site.start_cage()


@contextmanager
def reader_silent(site: WatchedSite) -> Iterator[None]:
    with restarted(site, "cage", site.start_cage, lambda: site.start_cage("--fault", "no-reports")):
        yield


@contextmanager
def reader_clock_off(site: WatchedSite) -> Iterator[None]:
    with restarted(site, "cage", site.start_cage, lambda: site.start_cage("--fault", "clock-2000")):
        yield


@contextmanager
def few_reads(site: WatchedSite) -> Iterator[None]:
    with restarted(site, "doors", site.start_doors, lambda: site.start_doors("slow.toml")):
        yield


@contextmanager
def broker_away(site: WatchedSite) -> Iterator[None]:
    site.broker.stop()
    yield
    site.broker.start()


@contextmanager
def broker_frozen(site: WatchedSite) -> Iterator[None]:
    site.broker.freeze()
    yield
    site.broker.thaw()


@contextmanager
def broker_refuses(site: WatchedSite) -> Iterator[None]:
    site.broker.set_acl("topic read #\n")
    yield
    site.broker.set_acl(ACL)


@contextmanager
def database_locked(site: WatchedSite) -> Iterator[None]:
    with sqlite3.connect(site.database, isolation_level=None) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def disk_low(site: WatchedSite) -> Iterator[None]:
    place = str(site.database.parent.resolve())
    if not os.path.ismount(place):
        pytest.skip("needs root: a disk is mounted and made small")
    subprocess.run(["mount", "-o", f"remount,{SMALL_DISK}", place], check=True)
    yield
    subprocess.run(["mount", "-o", f"remount,{DISK}", place], check=True)


@contextmanager
def service_at_risk(site: WatchedSite) -> Iterator[None]:
    """A received item without an end, whose last business day is set to end in an hour; then the RMA is closed."""
    due = int((time.time() + 3600) * 1_000_000)
    with sqlite3.connect(site.database, timeout=30) as connection:
        (rma,) = connection.execute("SELECT max(rma) FROM rmas WHERE due_us IS NOT NULL").fetchone()
        connection.execute("UPDATE rmas SET due_us = ? WHERE rma = ?", (due, rma))
    yield
    site.command("rma", "close", rma)


@contextmanager
def loop_late(site: WatchedSite) -> Iterator[None]:
    """The daemon's process is stopped for most of each second, as on a machine that is overloaded."""
    pid = site.pid("gateway")
    script = f"while sleep 0.4; do kill -STOP {pid}; sleep 0.8; kill -CONT {pid}; done"
    halting = subprocess.Popen(["sh", "-c", script])
    try:
        yield
    finally:
        halting.kill()
        halting.wait()
        os.kill(pid, signal.SIGCONT)


PROVOKED: dict[str, Callable[[WatchedSite], AbstractContextManager[None]]] = {
    "ReturnsReaderDown": reader_down,
    "ReturnsReaderSilent": reader_silent,
    "ReturnsReaderClockOff": reader_clock_off,
    "ReturnsPublishRefused": broker_refuses,
    "ReturnsBrokerAway": broker_away,
    "ReturnsOutboxGrowing": broker_frozen,
    "ReturnsStorageFault": database_locked,
    "ReturnsDiskLow": disk_low,
    "ReturnsSlaAtRisk": service_at_risk,
    "ReturnsLoopLag": loop_late,
    "ReturnsLowReadsPerTag": few_reads,
    "ReturnsGatewayDown": gateway_down,
}


def test_alerts_when_listed_then_each_is_provoked() -> None:
    assert set(re.findall(r"alert: (\w+)", SHIPPED)) == set(PROVOKED)


@pytest.mark.parametrize("alert", PROVOKED)
def test_alert_when_its_cause_comes_and_goes_then_it_fires_and_clears(site: WatchedSite, alert: str) -> None:
    assert alert not in site.firing()
    with PROVOKED[alert](site):
        began = time.monotonic()
        site.wait(lambda: alert in site.firing(), f"{alert} fires")
        fired = time.monotonic()
    site.wait(lambda: alert not in site.firing(), f"{alert} clears", 150.0)
    print(f"{alert}: fired after {fired - began:.0f} s, cleared after {time.monotonic() - fired:.0f} s")
    site.wait(lambda: not site.firing(), "all is well again", 150.0)
