"""The service in the hands of systemd: reload, hang, crash, faulty configuration, stop."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import site
from tests.system.machine import Machine
from tests.system.site import GATEWAY

pytestmark = pytest.mark.system

WATCHDOG_SECONDS = 30
RESTART_SECONDS = 5
SLACK_SECONDS = 60
BURST = 3
QUICK_CRASHES = f"[Unit]\nStartLimitBurst={BURST}\n[Service]\nRestartSec=100ms\n"


@pytest.fixture(scope="module")
def running(machine: Machine, package: Path) -> Machine:
    """A machine whose gateway has received what is in the field."""
    site.install(machine, package)
    site.start_site(machine)
    return machine


@pytest.fixture(autouse=True)
def as_it_was(running: Machine) -> Iterator[None]:
    """Each test finds the site's configuration in force and the service running, its counters at zero."""
    yield
    running.put(site.CONFIG, site.GATEWAY_TOML)
    running.shell(f"systemctl reset-failed {GATEWAY} || true; systemctl restart {GATEWAY}")


def says(machine: Machine, words: str) -> bool:
    return words in machine.journal(GATEWAY)


def test_reload_when_the_rules_changed_then_they_are_in_force_and_nothing_restarts(running: Machine) -> None:
    pid = site.main_pid(running)
    rules = running.root / site.RULES.lstrip("/")
    rules.write_text(rules.read_text().replace('lte = "60.00"', 'lte = "61.00"'))
    running.run("systemctl", "reload", GATEWAY)
    running.wait(lambda: says(running, "are in force"), SLACK_SECONDS, "the new rules are in force")
    assert site.main_pid(running) == pid


def test_reload_when_the_configuration_changed_then_it_is_taken_and_the_journal_names_each_change(
    running: Machine,
) -> None:
    pid = site.main_pid(running)
    running.put(site.CONFIG, site.GATEWAY_TOML + "min_reads = 3\n[service]\nbusiness_days = 4\n")
    running.run("systemctl", "reload", GATEWAY)
    running.wait(
        lambda: says(running, "reload: read_point bench.min_reads: 2 → 3"), SLACK_SECONDS, "the read point's"
    )
    running.wait(
        lambda: says(running, "reload: service.business_days: 5 → 4"), SLACK_SECONDS, "the service's"
    )
    running.put(site.CONFIG, site.GATEWAY_TOML + "min_reads = 4\n[mqtt]\nport = 1884\n")
    running.run("systemctl", "reload", GATEWAY)
    running.wait(
        lambda: says(running, "everything stays as it was: mqtt.port: 1883 → 1884: needs a restart"),
        SLACK_SECONDS,
        "the refusal",
    )
    assert not says(running, "min_reads: 3 → 4")
    assert (site.main_pid(running), running.show(GATEWAY, "ActiveState")) == (pid, "active")


def test_reload_when_the_rules_are_faulty_then_it_fails_the_old_ones_stay_and_the_journal_says_why(
    running: Machine,
) -> None:
    pid = site.main_pid(running)
    rules = running.root / site.RULES.lstrip("/")
    good = rules.read_text()
    rules.write_text(good.replace("phase =", "fase =", 1))
    refused = running.run("systemctl", "reload", GATEWAY, check=False)
    rules.write_text(good)
    assert refused.returncode != 0
    assert says(running, "fase")
    assert (site.main_pid(running), running.show(GATEWAY, "ActiveState")) == (pid, "active")


def test_watchdog_when_the_daemon_hangs_then_it_is_killed_and_works_again_without_telling_twice(
    running: Machine,
) -> None:
    pid = site.main_pid(running)
    heard = len(site.receipts(running))
    running.run("systemctl", "kill", "--kill-whom=main", "--signal=STOP", GATEWAY)
    began = time.monotonic()
    running.wait(
        lambda: running.show(GATEWAY, "ActiveState") == "active" and site.main_pid(running) not in (0, pid),
        WATCHDOG_SECONDS + RESTART_SECONDS + SLACK_SECONDS,
        "another daemon runs",
    )
    print(f"hang to running again: {time.monotonic() - began:.1f} s")
    assert says(running, "Watchdog timeout")
    running.wait(
        lambda: running.journal(GATEWAY).count("inventorying") >= 2,
        SLACK_SECONDS,
        "the reader inventories again",
    )
    assert len(site.receipts(running)) == heard


def test_service_when_killed_then_it_runs_again(running: Machine) -> None:
    pid = site.main_pid(running)
    running.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", GATEWAY)
    running.wait(
        lambda: running.show(GATEWAY, "ActiveState") == "active" and site.main_pid(running) not in (0, pid),
        RESTART_SECONDS + SLACK_SECONDS,
        "another daemon runs",
    )
    assert running.show(GATEWAY, "NRestarts") == "1"


def test_service_when_it_keeps_crashing_then_systemd_gives_up_after_the_limit(running: Machine) -> None:
    running.put(f"/etc/systemd/system/{GATEWAY}.d/quick.conf", QUICK_CRASHES)
    running.shell(
        f"systemctl stop {GATEWAY} && systemctl daemon-reload && systemctl reset-failed {GATEWAY} || true; "
        "systemd-run --quiet --unit=squatter python3 -m http.server --bind 127.0.0.1 9464"
    )
    try:
        running.wait(
            lambda: running.run("curl", "-s", "http://127.0.0.1:9464/", check=False).returncode == 0,
            SLACK_SECONDS,
            "the port is taken",
        )
        running.run("systemctl", "start", GATEWAY, check=False)
        running.wait(
            lambda: says(running, "Start request repeated too quickly"), SLACK_SECONDS, "systemd gives up"
        )
        assert running.show(GATEWAY, "ActiveState") == "failed"
        assert running.show(GATEWAY, "ExecMainStatus") == str(os.EX_UNAVAILABLE)
        assert int(running.show(GATEWAY, "NRestarts")) == BURST
    finally:
        running.shell(
            f"systemctl stop squatter; rm -r /etc/systemd/system/{GATEWAY}.d; systemctl daemon-reload"
        )


def test_service_when_its_configuration_is_faulty_then_it_ends_with_78_and_is_not_tried_again(
    running: Machine,
) -> None:
    running.put(site.CONFIG, site.GATEWAY_TOML.replace("site =", "sight ="))
    started = running.run("systemctl", "restart", GATEWAY, check=False)
    assert started.returncode != 0
    assert running.show(GATEWAY, "SubState") == "failed"
    assert running.show(GATEWAY, "ExecMainStatus") == str(os.EX_CONFIG)
    assert running.show(GATEWAY, "NRestarts") == "0"
    assert says(running, "gateway.sight")


def test_service_when_stopped_then_it_drains_and_ends_well(running: Machine) -> None:
    running.run("systemctl", "stop", GATEWAY)
    assert running.show(GATEWAY, "Result") == "success"
    assert running.show(GATEWAY, "ExecMainStatus") == "0"
    assert int(running.show(GATEWAY, "ExecMainCode")) != signal.SIGKILL
    assert says(running, "stopping: readers first")
