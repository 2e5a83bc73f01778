"""What people decide by MQTT and at the command line is counted and shown like what was read."""

import asyncio
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.config.loading import load_settings
from gateway.daemon import Daemon
from gateway.documents.rmas import parse_rma
from gateway.store.database import Database
from gateway.store.ledger import ledger_of
from rules.policy import parse_policy
from tests.gateway.store.samples import BENCH, gtin, item, seen
from tests.integration.broker import Broker
from tests.integration.listener import Listener, until

COMMAND = Path(sys.executable).parent / "returns-gateway"
SOLD_AGAIN = {
    "id": "as-new",
    "phase": "inspection",
    "when": {"grade": "A"},
    "then": {"disposition": "restock", "restock": "at_disposition"},
}
POLICY = parse_policy({"version": 1, "rule": [SOLD_AGAIN]}, {})
RMA = {
    "rma": "RMA-1",
    "opened_at": "2026-11-20T10:00:00Z",
    "lines": [{"line": 1, "gtin": gtin(), "quantity": 3}],
}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    directory = tmp_path / "broker"
    directory.mkdir()
    with Broker(directory) as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, broker: Broker) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(
        f"""
[gateway]
site = "dc1"
name = "gw-1"
[database]
url = "sqlite:///{tmp_path / "returns.db"}"
[mqtt]
port = {broker.port}
[web]
listen = "127.0.0.1:0"
[[reader]]
id = "bench-reader"
host = "127.0.0.1"
port = 9
[[reader.antenna]]
port = 1
read_point = "bench"
[[read_point]]
id = "bench"
kind = "presence"
biz_step = "receiving"
"""
    )
    settings = load_settings(path)
    ledger = ledger_of(settings, POLICY)
    database = Database(settings.database.url)
    database.open()
    with database.writing() as connection:
        ledger.put_rmas(connection, [parse_rma(RMA)], 1_795_000_000_000_000)
        ledger.record(connection, [seen(1, point=BENCH), seen(2, point=BENCH)], 1_795_000_100_000_000)
    database.close()
    return path


async def command(config: Path, *words: str) -> None:
    environment = os.environ | {"RETURNS_GATEWAY_CONFIG": str(config)}
    ran = await asyncio.to_thread(
        subprocess.run, [COMMAND, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


async def get(url: str) -> str:
    def fetch() -> str:
        with urllib.request.urlopen(url, timeout=30) as response:
            return str(response.read().decode())

    return await asyncio.to_thread(fetch)


async def until_shown(url: str, words: str) -> str:
    """What the address says once it says these words."""
    text = ""
    async with asyncio.timeout(60):
        while words not in text:
            text = await get(url)
            await asyncio.sleep(0.1)
    return text


async def test_commands_when_people_decide_then_metrics_count_and_the_board_shows_it(
    config: Path, broker: Broker
) -> None:
    daemon = Daemon(load_settings(config), POLICY)
    running = asyncio.create_task(daemon.run())
    try:
        await until(lambda: daemon.stats.mqtt_connected)
        metrics, board = f"{daemon.page}metrics", f"{daemon.page}state"
        async with Listener(broker) as wms:
            grade = json.dumps({"epc": item(1).hex, "grade": "A"}).encode()
            await wms.say("returns/v1/dc1/cmd/inspect", grade)
            await until_shown(metrics, 'returns_gateway_restocks_total{read_point=""} 1.0')

            await command(config, "item", "inspect", item(2).hex, "--grade", "F")
            await command(config, "rma", "close", "RMA-1")
            text = await until_shown(metrics, 'returns_gateway_exceptions_total{code="short"} 1.0')
            assert 'returns_gateway_restocks_total{read_point=""} 1.0' in text
            events = json.loads(await until_shown(board, "short"))["events"]
        assert [(event["kind"], event["grade"], event["code"]) for event in events] == [
            ("exception", None, "short"),
            ("disposition", "F", None),
            ("restock", "A", None),
            ("disposition", "A", None),
        ]
    finally:
        daemon.stop()
        with suppress(asyncio.CancelledError):
            await running
