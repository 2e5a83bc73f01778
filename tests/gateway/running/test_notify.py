"""What systemd hears, on a real socket."""

import os
import socket
from pathlib import Path

import pytest

from gateway.running import notify
from gateway.running.notify import Notifier


@pytest.fixture
def listener(tmp_path: Path) -> socket.socket:
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    channel.bind(str(tmp_path / "notify"))
    channel.settimeout(30)
    return channel


def test_notifier_when_systemd_listens_then_it_hears_each_state(
    tmp_path: Path, listener: socket.socket
) -> None:
    with listener:
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000000"})
        notifier.ready("2 readers")
        notifier.alive()
        notifier.status("busy")
        notifier.reloading(7)
        notifier.stopping()
        heard = [listener.recv(100) for _ in range(5)]
    assert heard == [
        b"READY=1\nSTATUS=2 readers",
        b"WATCHDOG=1",
        b"STATUS=busy",
        b"RELOADING=1\nMONOTONIC_USEC=7",
        b"STOPPING=1",
    ]
    assert notifier.watchdog_seconds == 30.0


def test_notifier_when_socket_is_abstract_then_it_is_reached() -> None:
    name = f"returns-gateway-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(f"\0{name}")
        channel.settimeout(30)
        Notifier({"NOTIFY_SOCKET": f"@{name}"}).stopping()
        assert channel.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize(
    "environment", [{}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}]
)
def test_notifier_when_nobody_listens_then_it_is_silent(environment: dict[str, str]) -> None:
    notifier = Notifier(environment)
    notifier.ready("x")
    assert notifier.watchdog_seconds is None


def test_notifier_when_still_starting_then_systemd_is_asked_for_time_in_one_line(
    tmp_path: Path, listener: socket.socket
) -> None:
    with listener:
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        notifier.starting("waits for the database:\nconnection refused\nREADY=1", 60.0)
        heard = listener.recv(200)
    assert heard == (
        b"STATUS=waits for the database: connection refused READY=1\nEXTEND_TIMEOUT_USEC=60000000"
    )


def test_notifier_when_nobody_reads_what_it_says_then_it_does_not_wait_for_ever(
    tmp_path: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "SEND_SECONDS", 0.001)
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    with listener:
        for _ in range(600):
            notifier.alive()
        assert listener.recv(100) == b"WATCHDOG=1"
    notifier.stopping()
