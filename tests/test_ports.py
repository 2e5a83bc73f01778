"""A port that a test has got is its own until the process ends."""

import errno
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import HOST, free_port, two_free_ports

ROOT = Path(__file__).parents[1]


def test_free_port_when_nobody_listens_yet_then_dialling_is_refused() -> None:
    with socket.socket() as client:
        assert client.connect_ex((HOST, free_port())) == errno.ECONNREFUSED


def test_free_port_when_a_server_comes_goes_and_comes_again_then_it_listens() -> None:
    port = free_port()
    for _ in range(3):
        with socket.create_server((HOST, port)), socket.create_connection((HOST, port)):
            pass


def test_free_port_when_another_process_asks_for_many_then_it_gets_others() -> None:
    ours = {free_port() for _ in range(100)}
    ask = "from tests.ports import free_port; print(*(free_port() for _ in range(1000)))"
    asked = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    theirs = {int(port) for port in asked.stdout.split()}
    assert len(theirs) == 1000
    assert not theirs & ours


def test_free_port_when_another_would_take_it_without_a_server_then_it_may_not() -> None:
    with socket.socket() as other, pytest.raises(OSError, match="already in use"):
        other.bind((HOST, free_port()))


def test_two_free_ports_when_asked_then_servers_listen_on_both_of_them() -> None:
    first, second = two_free_ports()
    assert second == first + 1
    with socket.create_server((HOST, first)), socket.create_server((HOST, second)):
        pass
