"""The daemon as its own process, as an operator runs it: started, killed at any moment, started again, stopped."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from readers.emulator.build import items
from rules.epc import identify
from tests.integration.broker import Broker
from tests.integration.listener import Listener, until
from tests.ports import free_port

BIN = Path(sys.executable).parent
TAGS = 40
KILLS = 6
HEADER = (
    "rma,line,gtin,serial,epc,quantity,sku,reason,category,order,customer,value,currency,opened_at,expires_at"
)


class Site:
    """A directory with a configuration, RMAs for every item of an emulated bench reader, and the processes."""

    def __init__(self, directory: Path, broker: Broker) -> None:
        self.directory = directory
        self.llrp_port, self.web_port = free_port(), free_port()
        self.epcs = sorted(epc.hex().upper() for epc in items(TAGS))
        (directory / "gateway.toml").write_text(f"""
[gateway]
site = "dc1"
name = "gw-1"
[database]
url = "sqlite:///{directory / "returns.db"}"
[mqtt]
port = {broker.port}
[web]
listen = "127.0.0.1:{self.web_port}"
[[reader]]
id = "bench-reader"
host = "127.0.0.1"
port = {self.llrp_port}
[[reader.antenna]]
port = 1
read_point = "bench"
[[read_point]]
id = "bench"
kind = "presence"
biz_step = "receiving"
""")
        rows = [
            f"RMA-{number // 8},{number % 8 + 1},{item.gtin},{item.serial},,,,UNWANTED,,SO-1,C-1,,,,"
            for number, item in enumerate(identify(bytes.fromhex(epc)) for epc in self.epcs)
        ]
        (directory / "rmas.csv").write_text("\n".join([HEADER, *rows, ""]))

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BIN / "returns-gateway", *arguments],
            cwd=self.directory,
            env=os.environ | {"RETURNS_GATEWAY_CONFIG": str(self.directory / "gateway.toml")},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def start_reader(self, tags: int = TAGS) -> subprocess.Popen[bytes]:
        port = str(self.llrp_port)
        return subprocess.Popen([BIN / "llrp-emulator", "--port", port, "--tags", str(tags), "--rate", "200"])

    def start(self) -> subprocess.Popen[bytes]:
        config = str(self.directory / "gateway.toml")
        with (self.directory / "log").open("ab") as log:
            return subprocess.Popen([BIN / "returns-gateway", "run", "--config", config], stderr=log)

    def health(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web_port}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    directory = tmp_path / "broker"
    directory.mkdir()
    with Broker(directory) as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, broker: Broker) -> Site:
    made = Site(tmp_path, broker)
    imported = made.command("rma", "import", "rmas.csv")
    assert imported.returncode == 0, imported.stderr
    return made


def end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> int:
    process.send_signal(how)
    return process.wait(timeout=30)


async def test_run_when_killed_at_any_moment_then_no_receipt_is_lost_or_doubled(
    site: Site, broker: Broker
) -> None:
    random = Random(5)
    reader = site.start_reader()
    try:
        async with Listener(broker, "returns/v1/dc1/bench/receipt") as wms:
            for _ in range(KILLS):
                daemon = site.start()
                await asyncio.sleep(random.uniform(1.0, 2.5))
                assert end(daemon, signal.SIGKILL) == -signal.SIGKILL
            daemon = site.start()
            await until(lambda: site.health("/readyz") == 200)
            await until(lambda: {heard.json["data"]["epc"] for heard in wms.heard} == set(site.epcs))
            assert end(daemon) == 0
            by_id: dict[str, bytes] = {}
            for heard in wms.heard:
                event = heard.json
                assert by_id.setdefault(event["id"], heard.payload) == heard.payload, (
                    "a resend changed its bytes"
                )
            assert sorted(json.loads(payload)["data"]["epc"] for payload in by_id.values()) == site.epcs
    finally:
        end(reader)
    listed = [
        json.loads(line)
        for line in site.command("event", "list", "--json", "--limit", "1000").stdout.splitlines()
    ]
    sequences = sorted(int(event["sequence"]) for event in listed)
    assert sequences == list(range(1, len(listed) + 1))
    assert sorted(event["type"] for event in listed).count("returns.receipt.v1") == TAGS


async def test_run_when_stopped_then_it_drains_says_goodbye_and_exits_0(site: Site, broker: Broker) -> None:
    reader = site.start_reader()
    try:
        async with Listener(broker, "returns/v1/dc1/gateway/gw-1/state") as watcher:
            daemon = site.start()
            await until(lambda: site.health("/readyz") == 200)
            assert site.health("/healthz") == 200
            assert end(daemon) == 0
            await until(lambda: [heard.json["state"] for heard in watcher.heard] == ["online", "offline"])
    finally:
        end(reader)
    assert "Traceback" not in site.log
    pending = [
        line
        for line in site.command("event", "list", "--json", "--limit", "1000").stdout.splitlines()
        if json.loads(line)["delivery"]["state"] == "pending"
    ]
    assert pending == []


async def test_run_when_the_reader_comes_later_then_it_is_found_without_a_restart(
    site: Site, broker: Broker
) -> None:
    daemon = site.start()
    try:
        await until(lambda: site.health("/healthz") == 200)
        assert site.health("/readyz") == 503
        reader = site.start_reader(tags=3)
        try:
            await until(lambda: site.health("/readyz") == 200)
        finally:
            end(reader)
        await until(lambda: site.health("/readyz") == 503)
    finally:
        assert end(daemon) == 0
    assert f"127.0.0.1:{site.llrp_port}" in site.log


def test_run_when_the_web_address_is_taken_then_it_says_so_and_exits_69(site: Site) -> None:
    with socket.create_server(("127.0.0.1", site.web_port)):
        done = site.command("run")
    assert done.returncode == 69
    assert (
        f"cannot listen on 127.0.0.1:{site.web_port}: Address already in use; stop what uses it"
        in done.stderr
    )


def test_run_when_the_gateway_runs_already_then_it_names_the_process_and_exits_69(site: Site) -> None:
    daemon = site.start()
    try:
        deadline = time.monotonic() + 60
        while site.health("/healthz") != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        second = site.command("run")
        assert second.returncode == 69
        assert f"the gateway dc1/gw-1 runs already, as process {daemon.pid}" in second.stderr
        assert site.health("/healthz") == 200
    finally:
        end(daemon)
