"""A database that comes up after the gateway: it is waited for, told, and what was read meanwhile is decided."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.server import serve
from tests.integration.broker import Broker
from tests.integration.listener import Listener, until
from tests.integration.postgres import Server
from tests.integration.service import Service
from tests.ports import free_port

ITEMS = 5
CONFIGURATION = """
[gateway]
site = "dc1"
[database]
url = "{url}"
[mqtt]
port = {mqtt_port}
[web]
listen = "127.0.0.1:{web_port}"
[[reader]]
id = "r1"
host = "127.0.0.1"
port = {reader_port}
[[reader.antenna]]
port = 1
read_point = "bench"
[[read_point]]
id = "bench"
kind = "presence"
biz_step = "receiving"
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    (tmp_path / "broker").mkdir()
    with Broker(tmp_path / "broker") as running:
        yield running


@asynccontextmanager
async def forwarded(port: int, target: int) -> AsyncIterator[None]:
    """A server's port that can be there and not."""
    writers: list[asyncio.StreamWriter] = []

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        sink.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        writers.extend((writer, far_writer))
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


async def test_start_when_the_server_comes_up_later_then_what_was_read_meanwhile_is_decided(
    tmp_path: Path, broker: Broker, postgres: Server
) -> None:
    service, database = Service(tmp_path), urlsplit(postgres.empty())
    late_port = free_port()
    url = f"{database.scheme}://{database.username}@127.0.0.1:{late_port}{database.path}"
    async with (
        serve(build_devices(EmulatorSettings(tags=ITEMS))) as emulators,
        Listener(broker, "returns/v1/dc1/bench/exception") as wms,
    ):
        service.config.write_text(
            CONFIGURATION.format(
                url=url, mqtt_port=broker.port, web_port=service.web_port, reader_port=emulators.ports[0]
            )
        )
        with service.running():
            await until(lambda: any("EXTEND_TIMEOUT_USEC=" in message for message in service.heard))
            await until(lambda: service.get("/state")[1]["readers"][0]["state"] == "connected")
            status, health = service.get("/healthz")
            assert status == 503
            assert f"127.0.0.1:{late_port}" in health["parts"]["database"]
            assert not service.is_ready
            assert "next try in 5 s" in service.log
            async with forwarded(late_port, database.port or 5432):
                await until(lambda: service.is_ready)
                await until(lambda: len(wms.heard) == ITEMS)
                assert service.get("/healthz")[0] == 200
                service.process.terminate()
                await until(lambda: service.process.poll() is not None)
    assert service.process.returncode == 0
    assert {heard.json["data"]["code"] for heard in wms.heard} == {"unknown_item"}
    assert "Traceback" not in service.log


async def test_start_when_the_server_refuses_the_user_then_it_says_what_to_do_and_stops_when_told(
    tmp_path: Path, broker: Broker, postgres: Server
) -> None:
    service = Service(tmp_path)
    url = postgres.empty().replace(f"//{postgres.user}@", "//stranger@")
    ports = {"mqtt_port": broker.port, "web_port": service.web_port, "reader_port": free_port()}
    service.config.write_text(CONFIGURATION.format(url=url, **ports))
    with service.running():
        await until(lambda: service.heard and "check [database] url and pg_hba.conf" in service.log)
        assert service.get("/healthz")[0] == 503
    assert service.process.returncode == 0
    assert not service.is_ready
