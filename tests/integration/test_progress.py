"""The watchdog on a running daemon: fed while it idles, its broker away, its reader away; not while a part is stuck."""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.daemon import Daemon
from gateway.running import progress
from gateway.settings import AntennaRoute, DatabaseSettings, MqttSettings, Settings, WebSettings
from readers.settings import ReaderSettings
from rules.observation import ReadPoint
from rules.policy import DEFAULT_POLICY
from rules.vocabulary import BizStep, ReadPointKind
from tests.integration.listener import PATIENCE_SECONDS
from tests.ports import free_port

WATCHDOG_SECONDS = 0.3


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Where the daemon tells how it is."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", str(int(WATCHDOG_SECONDS * 1_000_000)))
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
        yield channel


def fed(channel: socket.socket) -> int:
    """How often since the last question."""
    count = 0
    with suppress(BlockingIOError):
        while True:
            count += channel.recv(4096) == b"WATCHDOG=1"
    return count


def alone(directory: Path) -> Settings:
    """A gateway whose broker and reader are both away."""
    return Settings(
        "dc1",
        database=DatabaseSettings(f"sqlite:///{directory / 'returns.db'}"),
        mqtt=MqttSettings(port=free_port()),
        web=WebSettings("127.0.0.1:0"),
        readers=(ReaderSettings("r1", "127.0.0.1", free_port()),),
        routes=(AntennaRoute("r1", 1, "bench"),),
        read_points=(ReadPoint("bench", ReadPointKind.PRESENCE, BizStep.RECEIVING),),
    )


async def test_watchdog_when_all_is_away_then_fed_and_when_a_write_is_stuck_then_not_until_it_ends(
    tmp_path: Path, systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "WRITE_SECONDS", 1.0)
    daemon = Daemon(alone(tmp_path), DEFAULT_POLICY)
    ready, release = asyncio.Event(), threading.Event()
    running = asyncio.create_task(daemon.run(ready.set))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await ready.wait()
        for _ in range(3):
            while not fed(systemd):
                await asyncio.sleep(0.01)
        stuck = asyncio.create_task(daemon._database.write(lambda _connection: release.wait()))
        while daemon.stats.standstill is None:
            await asyncio.sleep(0.01)
        assert daemon.stats.standstill.startswith("nothing is stored: a write has been under way")
        fed(systemd)
        await asyncio.sleep(WATCHDOG_SECONDS * 3)
        assert fed(systemd) == 0
        release.set()
        assert await stuck
        while not fed(systemd):
            await asyncio.sleep(0.01)
        assert daemon.stats.standstill is None
        daemon.stop()
        await running
