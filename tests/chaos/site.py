"""One site to be broken: configuration, RMAs, a bench reader and daemons, each as a process of its own."""

import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from gateway.store import rmas
from gateway.store.database import Database
from gateway.store.outbox import Message, list_events
from readers.emulator.build import items
from rules.epc import Epc, identify
from rules.rma import Rma, RmaLine
from tests.ports import free_port

BIN = Path(sys.executable).parent
BENCH = Path(__file__).with_name("bench.py")
UNKNOWN_EVERY = 10
"""Every tenth item belongs to no RMA."""
LINES_PER_RMA = 8
OPENED_US = 1_700_000_000_000_000
CONFIGURATION = """
[gateway]
site = "dc1"
name = "{name}"
[database]
url = "{database}"
[mqtt]
port = {broker_port}
require_ack = {require_ack}
resend_seconds = 2.0
[web]
listen = "127.0.0.1:{web_port}"
[[reader]]
id = "bench-reader"
host = "127.0.0.1"
port = {reader_port}
"""
BENCH_POINT = """
[[reader.antenna]]
port = 1
read_point = "bench"
[[read_point]]
id = "bench"
kind = "presence"
biz_step = "receiving"
"""
DOCK_POINT = """
[[reader.antenna]]
port = 1
read_point = "dock"
side = "outside"
[[reader.antenna]]
port = 2
read_point = "dock"
side = "inside"
[[read_point]]
id = "dock"
kind = "portal"
biz_step = "receiving"
"""


@dataclass(slots=True)
class Gateway:
    """One gateway's configuration, and the process that runs it now."""

    directory: Path
    name: str
    broker_port: int
    reader_port: int
    database: str = ""
    require_ack: bool = False
    point: str = BENCH_POINT
    web_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    program: Sequence[str | Path] = (BIN / "returns-gateway", "run")

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.database = self.database or f"sqlite:///{self.directory / 'returns.db'}"
        self.config.write_text(
            CONFIGURATION.format(
                name=self.name,
                database=self.database,
                broker_port=self.broker_port,
                require_ack=str(self.require_ack).lower(),
                web_port=self.web_port,
                reader_port=self.reader_port,
            )
            + self.point
        )

    @property
    def config(self) -> Path:
        return self.directory / "gateway.toml"

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()

    def start(self) -> None:
        assert self.process is None
        with (self.directory / "log").open("ab") as log:
            command = [*self.program, "--config", self.config]
            self.process = subprocess.Popen(command, stderr=log)

    def end(self, how: signal.Signals = signal.SIGTERM, seconds: float = 30.0) -> int:
        """The exit code; negative for the signal that killed it."""
        process, self.process = self.process, None
        assert process is not None
        process.send_signal(how)
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def exit_code(self) -> int | None:
        """Of a process that ended by itself."""
        return None if self.process is None else self.process.poll()

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """Its database, beside the daemon."""
        database = Database(self.database)
        try:
            database.open()
            yield database
        finally:
            database.close()

    def import_rmas(self, epcs: Sequence[str]) -> None:
        """One RMA for every eight items, each named by GTIN and serial."""
        named = [identify(bytes.fromhex(epc)) for epc in epcs]
        sent = [
            _rma(f"RMA-{number}", named[number : number + LINES_PER_RMA])
            for number in range(0, len(named), LINES_PER_RMA)
        ]
        with self.opened() as database, database.writing() as connection:
            rmas.upsert(connection, sent, OPENED_US)

    def outbox(self) -> list[Message]:
        with self.opened() as database, database.reading() as connection:
            return list_events(connection, self.name, limit=1_000_000)

    def stored(self) -> set[tuple[str, int, str]]:
        """Gateway, sequence and id of every event it told."""
        return {(message.gateway, message.sequence, message.id) for message in self.outbox()}

    def is_well(self) -> bool:
        return self.get("/healthz")[0] == HTTPStatus.OK

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of one of its pages; 0 while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web_port}{path}", timeout=10) as answer:
                return int(answer.status), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""


@dataclass(frozen=True, slots=True)
class Bench:
    """The bench reader: how many items lie on it, how fast they come, how long they stay."""

    directory: Path
    port: int
    count: int
    per_second: float
    stay_seconds: float

    @property
    def epcs(self) -> list[str]:
        return [epc.hex().upper() for epc in items(self.count)]

    @property
    def strangers(self) -> list[str]:
        """Items of no RMA."""
        return self.epcs[UNKNOWN_EVERY - 1 :: UNKNOWN_EVERY]

    @property
    def expected(self) -> list[str]:
        """Items of an RMA."""
        strangers = set(self.strangers)
        return [epc for epc in self.epcs if epc not in strangers]

    def laid_down(self) -> dict[str, float]:
        """EPC → when, in seconds since 1970. The bench may be writing its last line just now."""
        whole, _, _ = (self.directory / "bench").read_text().rpartition("\n")
        lines = whole.splitlines()
        return {epc: float(moment) for epc, moment in (line.split() for line in lines)}

    @contextmanager
    def running(self) -> Iterator[None]:
        with (self.directory / "bench").open("wb") as told:
            figures = map(str, (self.port, self.count, self.per_second, self.stay_seconds))
            process = subprocess.Popen([sys.executable, str(BENCH), *figures], stdout=told)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)


def _rma(name: str, named: Sequence[Epc]) -> Rma:
    lines = [
        RmaLine(name, number, 1, gtin=item.gtin, serials=frozenset({item.serial or ""}), reason="UNWANTED")
        for number, item in enumerate(named, 1)
    ]
    return Rma(name, tuple(lines), OPENED_US, order="SO-1", customer="C-1")
