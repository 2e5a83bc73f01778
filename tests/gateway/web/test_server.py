"""Metrics as the contract names them, health in words, and a port that can be had or not."""

import asyncio
import json
from contextlib import suppress

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.errors import UnavailableError
from gateway.web import server
from gateway.web.server import WebServer
from tests.gateway.web.site import CONNECTED, NOW, Site

CONTRACT = {
    "tag_reads", "tag_reports", "reads_dropped", "reader_connected", "reader_reconnects",
    "reader_last_report_timestamp_seconds", "reader_clock_offset_seconds", "tracked_tags", "passages", "receipts",
    "restocks", "exceptions", "open_rmas", "open_rma_lines", "rma_overdue", "decision_seconds", "publish_seconds",
    "outbox_pending", "outbox_oldest_seconds", "mqtt_connected", "event_loop_lag_seconds", "build_info",
}  # fmt: skip


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_metrics_when_nothing_happened_yet_then_every_family_of_the_contract_is_declared(
    site: Site,
) -> None:
    _, text, _ = await site.get("/metrics")
    declared = {
        line.split()[2].removesuffix("_total") for line in text.splitlines() if line.startswith("# TYPE")
    }
    assert {f"returns_gateway_{name}" for name in CONTRACT} <= declared
    helps = [line for line in text.splitlines() if line.startswith("# HELP returns_gateway_")]
    assert all(len(line.split(maxsplit=3)) == 4 for line in helps)


async def test_metrics_when_things_happened_then_figures_and_labels_say_so(site: Site) -> None:
    stats = site.stats
    stats.tag_reads["r1"] = 7
    stats.receipts["dock", "epc"] = 2
    stats.passages["dock", "in"] = 4
    stats.passage_reads["dock", "in"] = 90
    stats.events["candidate"] = 1
    stats.rma_at_risk = 6
    stats.disk_free_bytes = 1_000_000
    stats.reader_reconnects["r2", "refused"] = 3
    stats.outbox_oldest_us = NOW - 5_000_000
    stats.decision_seconds.observe(0.3)
    found = samples((await site.get("/metrics"))[1])
    prefix = "returns_gateway_"
    assert found[prefix + "tag_reads_total", (("reader", "r1"),)] == 7
    assert found[prefix + "tag_reports_total", (("reader", "r1"),)] == 5
    assert found[prefix + "receipts_total", (("match", "epc"), ("read_point", "dock"))] == 2
    assert found[prefix + "passages_total", (("read_point", "dock"), ("verdict", "in"))] == 4
    assert found[prefix + "passage_reads_total", (("read_point", "dock"), ("verdict", "in"))] == 90
    assert found[prefix + "events_total", (("kind", "candidate"),)] == 1
    assert found[prefix + "rma_at_risk", ()] == 6
    assert found[prefix + "disk_free_bytes", ()] == 1_000_000
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


async def test_healthz_when_the_database_takes_no_decisions_then_it_says_why(site: Site) -> None:
    assert (await site.get("/healthz"))[0] == 200
    site.stats.storage_fault = "disk full: free some space"
    status, text, _ = await site.get("/healthz")
    assert (status, json.loads(text)) == (
        503,
        {"ok": False, "parts": {"database": "disk full: free some space", "progress": None}},
    )


async def test_readyz_when_broker_or_all_readers_are_away_then_it_is_not_ready(site: Site) -> None:
    status, text, _ = await site.get("/readyz")
    assert status == 503
    assert json.loads(text)["parts"]["mqtt"] == "not yet connected"
    site.stats.mqtt_connected, site.stats.mqtt_reason = True, None
    status, text, _ = await site.get("/readyz")
    assert (status, json.loads(text)["parts"]) == (
        200,
        {"database": None, "mqtt": None, "reader r1": None, "reader r2": "connection refused"},
    )
    site.readers.remove(CONNECTED)
    assert (await site.get("/readyz"))[0] == 503


async def test_start_when_the_port_is_taken_then_it_says_what_to_do(site: Site) -> None:
    second = WebServer(site.server.address, site.sources, site.board, [site.desk])
    with pytest.raises(UnavailableError) as caught:
        await second.start()
    assert str(caught.value) == (
        f"cannot listen on {site.server.address}: Address already in use; "
        "stop what uses it, perhaps another gateway, or change [web] listen"
    )


async def test_start_when_the_address_is_not_ours_then_it_says_so(site: Site) -> None:
    second = WebServer("192.0.2.1:9464", site.sources, site.board, [site.desk])
    with pytest.raises(UnavailableError, match="this machine has no such address: change"):
        await second.start()


async def asked_until(site: Site, status: int) -> None:
    async with asyncio.timeout(30):
        while (await site.get("/healthz"))[0] != status:
            pass


async def test_server_when_too_many_connections_are_held_open_then_no_more_are_taken_until_one_ends(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 2)
    host, _, port = site.server.address.rpartition(":")
    held = [await asyncio.open_connection(host, int(port)) for _ in range(2)]
    for _, writer in held:
        writer.write(b"GET / HTTP/1.1\r\nX: ")
    with pytest.raises(aiohttp.ClientConnectionError):
        await asked_until(site, 0)
    for _, writer in held:
        writer.close()
        await writer.wait_closed()
    async with asyncio.timeout(30):
        while True:
            with suppress(aiohttp.ClientConnectionError):
                await asked_until(site, 200)
                break


async def test_server_when_what_comes_is_no_http_then_it_is_answered_and_not_told_as_a_fault(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    host, _, port = site.server.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.0 400")
    writer.close()
    await writer.wait_closed()
    assert caplog.messages == []
