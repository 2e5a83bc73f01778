"""The HTTP surface: figures as the contract names them, health in words, a page that shows what happens."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.errors import UnavailableError
from gateway.stats import Stats
from gateway.web.board import LATEST, Board
from gateway.web.metrics import Sources
from gateway.web.server import WebServer
from readers.status import ReaderState, ReaderStatus
from rules.events import Event
from rules.vocabulary import EventKind, ExceptionCode

NOW = 1_700_000_000_000_000
CONNECTED = ReaderStatus(
    "r1",
    "10.0.0.11:5084",
    ReaderState.CONNECTED,
    NOW,
    last_report_us=NOW,
    clock_offset_seconds=-1.5,
    model="R420",
)
FAILED = ReaderStatus("r2", "10.0.0.12:5084", ReaderState.FAILED, NOW, reason="connection refused")
CONTRACT = {
    "tag_reads", "tag_reports", "reads_dropped", "reader_connected", "reader_reconnects",
    "reader_last_report_timestamp_seconds", "reader_clock_offset_seconds", "tracked_tags", "passages", "receipts",
    "restocks", "exceptions", "open_rmas", "open_rma_lines", "rma_overdue", "decision_seconds", "publish_seconds",
    "outbox_pending", "outbox_oldest_seconds", "mqtt_connected", "event_loop_lag_seconds", "build_info",
}  # fmt: skip


@dataclass
class Running:
    """A server on a free port, and what it reads from."""

    stats: Stats = field(default_factory=Stats)
    readers: list[ReaderStatus] = field(default_factory=lambda: [CONNECTED, FAILED])

    def __post_init__(self) -> None:
        self.sources = Sources(
            self.stats,
            lambda: self.readers,
            lambda: {"r1": 5},
            lambda: {"dock": 3},
            lambda: {"dock": 1},
            lambda: NOW,
            "1.2.3",
        )
        self.board = Board("dc1", "gw-1", self.sources)
        self.server = WebServer("127.0.0.1:0", self.board, self.sources)

    async def get(self, path: str) -> tuple[int, str, aiohttp.typedefs.LooseHeaders]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://{self.server.address}{path}") as answer,
        ):
            return answer.status, await answer.text(), dict(answer.headers)


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    it = Running()
    await it.server.start()
    yield it
    await it.server.close()


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_metrics_when_nothing_happened_yet_then_every_family_of_the_contract_is_declared(
    running: Running,
) -> None:
    _, text, _ = await running.get("/metrics")
    declared = {
        line.split()[2].removesuffix("_total") for line in text.splitlines() if line.startswith("# TYPE")
    }
    assert {f"returns_gateway_{name}" for name in CONTRACT} <= declared
    helps = [line for line in text.splitlines() if line.startswith("# HELP returns_gateway_")]
    assert all(len(line.split(maxsplit=3)) == 4 for line in helps)


async def test_metrics_when_things_happened_then_figures_and_labels_say_so(running: Running) -> None:
    stats = running.stats
    stats.tag_reads["r1"] = 7
    stats.receipts["dock", "epc"] = 2
    stats.passages["dock", "in"] = 4
    stats.reader_reconnects["r2", "refused"] = 3
    stats.outbox_oldest_us = NOW - 5_000_000
    stats.decision_seconds.observe(0.3)
    found = samples((await running.get("/metrics"))[1])
    prefix = "returns_gateway_"
    assert found[prefix + "tag_reads_total", (("reader", "r1"),)] == 7
    assert found[prefix + "tag_reports_total", (("reader", "r1"),)] == 5
    assert found[prefix + "receipts_total", (("match", "epc"), ("read_point", "dock"))] == 2
    assert found[prefix + "passages_total", (("read_point", "dock"), ("verdict", "in"))] == 4
    assert found[prefix + "reader_reconnects_total", (("reader", "r2"), ("reason", "refused"))] == 3
    assert found[prefix + "reader_connected", (("reader", "r1"),)] == 1
    assert found[prefix + "reader_connected", (("reader", "r2"),)] == 0
    assert found[prefix + "reader_clock_offset_seconds", (("reader", "r1"),)] == -1.5
    assert found[prefix + "outbox_oldest_seconds", ()] == 5
    assert found[prefix + "tracked_tags", (("read_point", "dock"),)] == 3
    assert found[prefix + "build_info", (("version", "1.2.3"),)] == 1
    assert found[prefix + "decision_seconds_bucket", (("le", "0.25"),)] == 0
    assert found[prefix + "decision_seconds_bucket", (("le", "0.5"),)] == 1
    assert found[prefix + "decision_seconds_count", ()] == 1
    assert found["process_resident_memory_bytes", ()] > 0


async def test_healthz_when_the_database_takes_no_decisions_then_it_says_why(running: Running) -> None:
    assert (await running.get("/healthz"))[0] == 200
    running.stats.storage_fault = "disk full: free some space"
    status, text, _ = await running.get("/healthz")
    assert (status, json.loads(text)) == (
        503,
        {"ok": False, "parts": {"database": "disk full: free some space"}},
    )


async def test_readyz_when_broker_or_all_readers_are_away_then_it_is_not_ready(running: Running) -> None:
    status, text, _ = await running.get("/readyz")
    assert status == 503
    assert json.loads(text)["parts"]["mqtt"] == "not yet connected"
    running.stats.mqtt_connected = True
    status, text, _ = await running.get("/readyz")
    assert (status, json.loads(text)["parts"]) == (
        200,
        {"database": None, "mqtt": None, "reader r1": None, "reader r2": "connection refused"},
    )
    running.readers.remove(CONNECTED)
    assert (await running.get("/readyz"))[0] == 503


async def test_page_when_asked_for_then_it_needs_nothing_from_elsewhere(running: Running) -> None:
    status, text, headers = await running.get("/")
    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "http://" not in text
    assert "https://" not in text
    for name in ("board.js", "board.css", "icon.svg"):
        assert name in text
        assert (await running.get(f"/{name}"))[0] == 200


async def test_unknown_path_when_asked_for_then_it_is_refused_with_the_same_headers(running: Running) -> None:
    status, _, headers = await running.get("/../../etc/passwd")
    assert status == 404
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_stream_when_an_event_is_stored_then_the_page_hears_of_it(running: Running) -> None:
    running.stats.passages["dock", "past"] = 2
    running.board.add(
        [
            Event(
                EventKind.EXCEPTION,
                "1",
                NOW,
                "s",
                read_point="dock",
                epc="30",
                code=ExceptionCode.UNKNOWN_ITEM,
            )
        ]
    )
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://{running.server.address}/stream") as answer,
    ):
        line = await answer.content.readline()
    state = json.loads(line.removeprefix(b"data: "))
    assert [(event["kind"], event["text"]) for event in state["events"]] == [("exception", "unknown_item")]
    assert [(reader["id"], reader["state"]) for reader in state["readers"]] == [
        ("r1", "connected"),
        ("r2", "failed"),
    ]
    assert state["read_points"][0]["passages"] == {"past": 2}


def test_board_when_many_events_come_then_only_the_latest_stay() -> None:
    it = Running()
    it.board.add([Event(EventKind.RECEIPT, str(n), NOW, "s") for n in range(LATEST * 2)])
    assert len(it.board.state()["events"]) == LATEST


async def test_start_when_the_port_is_taken_then_it_says_what_to_do(running: Running) -> None:
    second = WebServer(running.server.address, running.board, running.sources)
    with pytest.raises(UnavailableError, match=r"cannot listen on 127.0.0.1.*change \[web\] listen"):
        await second.start()
