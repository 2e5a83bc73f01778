"""SIGHUP on the running daemon: what may change does, reader by reader; what may not is refused, and nothing with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.server import serve
from tests.integration.broker import Broker
from tests.integration.listener import Listener, until
from tests.integration.service import Service

READER = """
[[reader]]
id = "{name}"
host = "127.0.0.1"
port = {port}
[[reader.antenna]]
port = 1
read_point = "{point}"
"""
POINT = """
[[read_point]]
id = "{point}"
kind = "presence"
biz_step = "receiving"
"""


class Site:
    """Configuration of a gateway with one bench for each reader."""

    def __init__(self, directory: Path, broker: Broker) -> None:
        self.service = Service(directory)
        self._directory = directory
        self._broker = broker

    def write(self, *readers: tuple[str, int], more: str = "", mqtt: str = "", point: str = "") -> None:
        tables = [
            '[gateway]\nsite = "dc1"',
            f'[database]\nurl = "sqlite:///{self._directory / "returns.db"}"',
            f"[mqtt]\nport = {self._broker.port}\n{mqtt}",
            f'[web]\nlisten = "127.0.0.1:{self.service.web_port}"',
            more,
        ]
        for name, port in readers:
            tables += [READER.format(name=name, port=port, point=f"bench-{name}")]
            tables += [POINT.format(point=f"bench-{name}") + point]
        self.service.config.write_text("\n".join(tables))

    def readers(self) -> dict[str, dict[str, object]]:
        status, state = self.service.get("/state")
        return {reader["id"]: reader for reader in state["readers"]} if status == 200 else {}

    def connected(self) -> set[str]:
        return {name for name, reader in self.readers().items() if reader["state"] == "connected"}

    def reload(self) -> list[str]:
        """What the log says of it."""
        return [line.partition("reload: ")[2] for line in self.service.log.splitlines() if "reload: " in line]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    (tmp_path / "broker").mkdir()
    with Broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, broker: Broker) -> Site:
    return Site(tmp_path, broker)


def emulated(readers: int) -> EmulatorSettings:
    return EmulatorSettings(readers=readers, tags=3, reads_per_second=50.0)


async def reloaded(site: Site) -> list[str]:
    """Ask for it, and wait until systemd has heard the end; what the log says of it."""
    await until(lambda: site.service.is_ready)
    before, ready = len(site.reload()), sum(message.startswith("READY=1") for message in site.service.heard)
    site.service.reload()
    await until(lambda: sum(message.startswith("READY=1") for message in site.service.heard) > ready)
    return site.reload()[before:]


async def test_reload_when_readers_come_change_and_go_then_the_others_are_not_touched(
    site: Site, broker: Broker
) -> None:
    async with serve(build_devices(emulated(3))) as emulators, Listener(broker) as wms:
        first, second, third = emulators.ports
        site.write(("a", first))
        with site.service.running():
            await until(lambda: site.connected() == {"a"})
            since = site.readers()["a"]["since_ms"]

            site.write(("a", first), ("b", second))
            assert await reloaded(site) == [
                "reader b: added",
                "reader b antenna 1: added",
                "read_point bench-b: added",
            ]
            await until(lambda: site.connected() == {"a", "b"})
            await until(lambda: any(heard.topic.endswith("/bench-b/exception") for heard in wms.heard))

            site.write(("a", first), ("b", third))
            assert await reloaded(site) == [f"reader b.port: {second} → {third}"]
            await until(lambda: site.readers()["b"]["address"] == f"127.0.0.1:{third}")
            await until(lambda: site.connected() == {"a", "b"})

            site.write(("a", first))
            assert "reader b: removed" in await reloaded(site)
            await until(lambda: site.connected() == {"a"})
            await until(
                lambda: any(h.topic == "returns/v1/dc1/reader/b/state" and not h.payload for h in wms.heard)
            )
            assert site.readers()["a"]["since_ms"] == since
    assert site.service.log.count("reader a at") == 1, site.service.log
    assert site.service.process.returncode == 0
    told = site.service.heard
    assert [message.split("\n")[0] for message in told if message.startswith(("RELOADING", "READY"))] == [
        "READY=1",
        *["RELOADING=1", "READY=1"] * 3,
    ]
    assert all("MONOTONIC_USEC=" in message for message in told if message.startswith("RELOADING"))


async def test_reload_when_something_needs_a_restart_then_nothing_at_all_is_taken(site: Site) -> None:
    async with serve(build_devices(emulated(2))) as emulators:
        first, second = emulators.ports
        site.write(("a", first))
        with site.service.running():
            await until(lambda: site.connected() == {"a"})
            site.write(("a", first), ("b", second), mqtt="require_ack = true")
            assert await reloaded(site) == [
                "everything stays as it was: mqtt.require_ack: False → True: needs a restart"
            ]
            assert set(site.readers()) == {"a"}
            site.write(("a", first), more="[service]\nbusiness_days = 0")
            (refused,) = await reloaded(site)
            assert refused.startswith("everything stays as it was: ")
            assert "service.business_days" in refused
            site.write(("a", first), point="min_reads = 3\n", more="[log]\nlevel = 'debug'")
            assert await reloaded(site) == ["log.level: info → debug", "read_point bench-a.min_reads: 2 → 3"]
            site.write(("a", first), point="min_reads = 3\n", more="[log]\nlevel = 'debug'")
            assert await reloaded(site) == ["nothing has changed"]
            assert site.connected() == {"a"}
