"""A site that is watched: doors, bench, shelf and cage with goods that move, a daemon, a broker, a real Prometheus.

`python -m tests.integration.watched IMAGES SECONDS` lets it run and draws what the dashboards show of it.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from readers.emulator.build import items
from readers.emulator.scenario import load_scenario
from tests.integration.broker import Broker
from tests.ports import free_port, two_free_ports

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
BENCH = ROOT / "tests" / "chaos" / "bench.py"
PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = ROOT / "deploy" / "grafana"
ITEMS = 400
"""Laid on the bench, one a second, and on the shelf a little later."""
LOAD_EVERY_SECONDS = 5
PARTS = 5
"""A picture's time: in every other part the cage's reader hangs up again and again."""
MOVES = ("in", "in", "out", "in", "past", "in", "turned_back")
ACL = "topic readwrite #\n"
HEADER = "rma,line,epc,quantity,opened_at,reason,category,value,currency"
CONFIGURATION = """
[gateway]
site = "dc1"
[database]
url = "sqlite:///{directory}/disk/returns.db"
[mqtt]
port = {broker}
[web]
listen = "127.0.0.1:{web}"
[limits]
ignore_epcs = ["{ignored}"]
"""
READER = """
[[reader]]
id = "{id}-reader"
host = "127.0.0.1"
port = {port}
backoff_max_seconds = 1.0
"""
DOOR = """
[[reader.antenna]]
port = 1
read_point = "{id}"
side = "outside"
[[reader.antenna]]
port = 2
read_point = "{id}"
side = "inside"
[[read_point]]
id = "{id}"
kind = "portal"
biz_step = "receiving"
"""
PLACE = """
[[reader.antenna]]
port = 1
read_point = "{id}"
[[read_point]]
id = "{id}"
kind = "presence"
biz_step = "{biz_step}"
quiet_seconds = 3.0
"""
PLACES = {"bench": "receiving", "shelf": "stocking", "cage": "inspecting"}
DOORS = ("dock-1", "dock-2")


def scenario(reads_per_second: int, seconds: int = 900) -> str:
    """Loads at both doors in turn; what came in first goes out again now and then."""
    doors = [f'[[door]]\nid = "{door}"\nreads_per_second = {reads_per_second}\n' for door in DOORS]
    parked = 'door = "dock-1"\nmove = "parked"\nnear_y = 1.4\nnear_inside = true\nitems = 4\n'
    loads = [f'[[load]]\nname = "parked"\n{parked}']
    for number in range(seconds // LOAD_EVERY_SECONDS):
        move = MOVES[number % len(MOVES)]
        again = f'again = "load-{number - 2}"\n' if move == "out" else ""
        loads.append(
            f'[[load]]\nname = "load-{number}"\ndoor = "{DOORS[number % 2]}"\nmove = "{move}"\n'
            f"start_seconds = {1 + number * LOAD_EVERY_SECONDS}\nitems = 12\nspeed = 1.2\n{again}"
        )
    return "\n".join([f"seed = 5\nduration_seconds = {seconds}\n", *doors, *loads])


class WatchedSite:
    """`with WatchedSite(directory) as site`: everything runs, each as a process of its own; all ends with the block."""

    def __init__(self, directory: Path, rules: str = "", *, disk: Path | None = None) -> None:
        """`rules` are the alerts Prometheus watches; the database is on `disk` if one is given."""
        self.directory = directory
        self.ports = {name: free_port() for name in (*PLACES, "web", "prometheus")}
        self.ports |= dict(zip(DOORS, two_free_ports(), strict=True))
        (directory / "broker").mkdir()
        self.broker = Broker(directory / "broker", acl=ACL)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        if disk is None:
            (directory / "disk").mkdir()
        else:
            (directory / "disk").symlink_to(disk)
        self.database = directory / "disk" / "returns.db"
        (directory / "scenario.toml").write_text(scenario(300))
        (directory / "slow.toml").write_text(scenario(20))
        (directory / "gateway.toml").write_text(self._configuration())
        (directory / "rmas.csv").write_text(self._rmas())
        self._configure_prometheus(rules)

    def __enter__(self) -> Self:
        try:
            self.broker.start()
            self.command("rma", "import", "rmas.csv")
            self.start_doors()
            self.start_place("bench")
            self.start_cage()
            self.start_gateway()
            self.start("prometheus", "prometheus", *self._prometheus_options())
            self.wait(lambda: self.series("returns_gateway_receipts_total"), "the first receipts")
            self.start_place("shelf")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for name in list(self._processes):
            self.stop(name)
        self.broker.stop()

    def start_doors(self, file: str = "scenario.toml") -> None:
        port = str(self.ports[DOORS[0]])
        self.start("doors", BIN / "llrp-emulator", "--port", port, "--scenario", self.directory / file)

    def start_cage(self, *fault: str) -> None:
        """A reader with three items in its field, and what is wrong with it."""
        self.start("cage", BIN / "llrp-emulator", "--port", str(self.ports["cage"]), "--tags", "3", *fault)

    def start_place(self, name: str) -> None:
        """Bench or shelf: items are laid down one by one and taken away again."""
        self.start(name, sys.executable, BENCH, str(self.ports[name]), str(ITEMS), "1.0", "6.0")

    def start_gateway(self) -> None:
        self.start("gateway", BIN / "returns-gateway", "run", "--config", self.directory / "gateway.toml")

    def start(self, name: str, *command: str | Path) -> None:
        assert name not in self._processes
        with (self.directory / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def stop(self, name: str) -> None:
        process = self._processes.pop(name)
        process.terminate()
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def command(self, *arguments: str) -> str:
        environment = os.environ | {"RETURNS_GATEWAY_CONFIG": str(self.directory / "gateway.toml")}
        done = subprocess.run(
            [BIN / "returns-gateway", *arguments],
            cwd=self.directory,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def publish(self, topic: str, message: str) -> None:
        """To the gateway, below its site."""
        broker = ["mosquitto_pub", "-V", "5", "-p", str(self.broker.port)]
        subprocess.run([*broker, "-t", f"returns/v1/dc1/{topic}", "-m", message], check=True)

    @property
    def prometheus(self) -> str:
        return f"http://127.0.0.1:{self.ports['prometheus']}"

    def ask(self, path: str, **query: str) -> Any:
        """What Prometheus answers below `/api/v1/`; raises OSError while it is not there."""
        address = f"{self.prometheus}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(address, timeout=10) as answer:
            document = json.load(answer)
        assert document["status"] == "success", document
        return document["data"]

    def series(self, expression: str) -> list[Any]:
        """What an expression gives now; nothing while Prometheus is not there."""
        try:
            return list(self.ask("query", query=expression)["result"])
        except OSError:
            return []

    def firing(self) -> set[str]:
        """The names of all alerts that fire now."""
        return {
            alert["labels"]["alertname"]
            for alert in self.ask("alerts")["alerts"]
            if alert["state"] == "firing"
        }

    def wait(self, condition: Callable[[], object], what: str, seconds: float = 90.0) -> None:
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                log = (self.directory / "gateway.log").read_text()[-3000:]
                raise AssertionError(f"not within {seconds:.0f} s: {what}\n{log}")
            time.sleep(0.25)

    def _configuration(self) -> str:
        ignored = next(items(1)).hex().upper()
        parts = [
            CONFIGURATION.format(
                directory=self.directory, broker=self.broker.port, web=self.ports["web"], ignored=ignored
            )
        ]
        for door in DOORS:
            parts += [READER.format(id=door, port=self.ports[door]), DOOR.format(id=door)]
        for name, biz_step in PLACES.items():
            parts += [READER.format(id=name, port=self.ports[name]), PLACE.format(id=name, biz_step=biz_step)]
        return "".join(parts)

    def _rmas(self) -> str:
        """An RMA per item that comes in; every tenth is expected by nobody."""
        truth = load_scenario(self.directory / "scenario.toml").truth()
        epcs = {item.epc for item in truth if item.kind == "receipt"}
        expected = sorted({epc.hex().upper() for epc in items(ITEMS)} | epcs)
        rows = [
            f"RMA-{1000 + number},1,{epc},1,2026-01-01T00:00:00Z,UNWANTED,apparel,59.90,EUR"
            for number, epc in enumerate(expected)
            if number % 10
        ]
        return "\n".join([HEADER, *rows, ""])

    def _configure_prometheus(self, rules: str) -> None:
        """The shipped configuration, every second and for this daemon."""
        text = (PROMETHEUS / "prometheus.yml").read_text()
        (self.directory / "alerts.yml").write_text(rules or (PROMETHEUS / "alerts.yml").read_text())
        text = text.replace("15s", "1s").replace("127.0.0.1:9464", f"127.0.0.1:{self.ports['web']}")
        (self.directory / "prometheus.yml").write_text(text)

    def _prometheus_options(self) -> list[str]:
        return [
            f"--config.file={self.directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.directory / 'series'}",
            f"--web.listen-address=127.0.0.1:{self.ports['prometheus']}",
            "--log.level=warn",
        ]


def main(images: Path, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as directory, WatchedSite(Path(directory)) as site:
        for part in range(PARTS):
            time.sleep(seconds / PARTS)
            site.stop("cage")
            site.start_cage(*(("--fault", "close-event") if part % 2 else ()))
            site.publish("cmd/rma_close", f'{{"rma":"RMA-100{part + 1}"}}')
        subprocess.run(
            [sys.executable, DASHBOARDS / "picture.py", site.prometheus, images, str(int(seconds))],
            check=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
