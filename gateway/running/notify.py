"""Telling systemd how we are: the sd_notify protocol, silent where nobody listens (sd_notify(3))."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

SEND_SECONDS = 0.5
"""How long a full queue may keep us from our work."""


class Notifier:
    """Sends to the socket systemd named in the environment."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):
            self._address = "\0" + self._address[1:]
        micros = environment.get("WATCHDOG_USEC", "")
        pid = environment.get("WATCHDOG_PID", "")
        is_ours = not pid or pid == str(os.getpid())
        self.watchdog_seconds = int(micros) / 1_000_000 if micros.isdigit() and is_ours else None
        """systemd restarts us when it hears nothing for this long; None means it does not watch."""

    def ready(self, status: str) -> None:
        self._send(f"READY=1\nSTATUS={_one_line(status)}")

    def status(self, text: str) -> None:
        self._send(f"STATUS={_one_line(text)}")

    def starting(self, status: str, seconds: float) -> None:
        """Not ready yet, and not to be given up for so many seconds more."""
        self._send(f"STATUS={_one_line(status)}\nEXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}")

    def alive(self) -> None:
        self._send("WATCHDOG=1")

    def reloading(self, monotonic_us: int) -> None:
        self._send(f"RELOADING=1\nMONOTONIC_USEC={monotonic_us}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel,
            suppress(OSError),  # who does not listen must not hold us up
        ):
            channel.settimeout(SEND_SECONDS)
            channel.sendto(message.encode(), self._address)


def _one_line(text: str) -> str:
    """A line of its own would be an assignment of its own."""
    return " ".join(text.split())
