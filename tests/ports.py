"""Ports for servers that tests start: each is kept for the process that asked, whatever else runs on the machine."""

import socket
from contextlib import suppress
from random import Random

HOST = "127.0.0.1"
OURS = range(20_000, 32_768)
"""Below those that Linux gives away by itself: none of them is another's who has left it for a moment."""

_chance = Random()


def free_port() -> int:
    """A loopback port that the system gives to nobody else as long as this process lives.

    It stays bound and does not listen: dialling it is refused, no connection gets it for its own end, and only a
    server that names it with SO_REUSEADDR, as servers do, may listen on it, as often as it likes.
    """
    while True:
        with suppress(OSError):
            return _kept(_chance.choice(OURS))


def two_free_ports() -> tuple[int, int]:
    """One after the other, as the emulator counts them."""
    while True:
        first = free_port()
        with suppress(OSError):
            return first, _kept(first + 1)


def _kept(port: int) -> int:
    with socket.socket() as keeper:
        keeper.bind((HOST, port))
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.detach()
        return port
