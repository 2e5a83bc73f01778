"""The daemon as systemd runs it: a process with a configuration file, and a socket on which it tells how it is."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.ports import free_port

BIN = Path(sys.executable).parent
STOP_SECONDS = 60.0


class Service:
    """`with service.running():`; what it told systemd is in `heard`, what it logged in `log`."""

    def __init__(self, directory: Path, watchdog_seconds: float | None = None) -> None:
        self.config = directory / "gateway.toml"
        self.web_port = free_port()
        self._directory = directory
        self._watchdog_seconds = watchdog_seconds
        self._channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._channel.bind(str(directory / "notify"))
        self._channel.setblocking(False)
        self._heard: list[str] = []
        self.process: subprocess.Popen[bytes]

    @contextmanager
    def running(self) -> Iterator[None]:
        environment = os.environ | {"NOTIFY_SOCKET": str(self._directory / "notify")}
        if self._watchdog_seconds is not None:
            environment["WATCHDOG_USEC"] = str(int(self._watchdog_seconds * 1_000_000))
        with (self._directory / "log").open("ab") as log:
            command = [BIN / "returns-gateway", "run", "--config", self.config]
            self.process = subprocess.Popen(command, stderr=log, env=environment)
        try:
            yield
        finally:
            if self.process.poll() is None:
                self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
            finally:
                self._hear()
                self._channel.close()

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    @property
    def heard(self) -> list[str]:
        """Every message to systemd until now."""
        if self._channel.fileno() >= 0:
            self._hear()
        return self._heard

    def _hear(self) -> None:
        with suppress(BlockingIOError):
            while True:
                self._heard.append(self._channel.recv(4096).decode())

    @property
    def is_ready(self) -> bool:
        return any(message.startswith("READY=1") for message in self.heard)

    @property
    def log(self) -> str:
        return (self._directory / "log").read_text()

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON; 0 while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web_port}{path}", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, None
