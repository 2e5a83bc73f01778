"""A real mosquitto with the shipped configuration on a free port, that can be killed, frozen and emptied."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.ports import free_port

SHIPPED = Path(__file__).parents[2] / "deploy" / "mosquitto.conf"
MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
START_SECONDS = 60.0


class Broker:
    """`with Broker(directory) as broker`: starts at `broker.host`, `broker.port`, stops at the end.

    The directory must exist; it holds configuration, log and the persistent store. `acl` is the text of an ACL
    file, `tls` the options cafile, certfile, keyfile, `options` any other lines of mosquitto.conf.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        directory: Path,
        *,
        acl: str | None = None,
        tls: Mapping[str, Path | str] | None = None,
        options: str = "",
        port: int | None = None,
    ) -> None:
        if MOSQUITTO is None:
            message = "mosquitto is not installed: apt-get install mosquitto"
            raise FileNotFoundError(message)
        self.port = port or free_port()
        self._directory = directory
        self._store = directory / "store"
        self._tls = dict(tls or {})
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._acl = directory / "acl"
        self._has_acl = acl is not None
        self._acl.write_text(acl or "")
        self._write_configuration()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def log(self) -> str:
        return (self._directory / "log").read_text(errors="replace")

    def start(self) -> None:
        """Returns when the port accepts connections."""
        assert self._process is None
        self._store.mkdir(exist_ok=True)
        self._store.chmod(0o777)
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(MOSQUITTO), "-c", str(self._directory / "mosquitto.conf")], stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > deadline:
                message = f"mosquitto did not start: {self.log}"
                raise RuntimeError(message)
            time.sleep(0.02)

    def stop(self) -> None:
        """As systemd does it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As `kill -9` does it."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """SIGSTOP: the port accepts, nobody answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def restart(self, *, empty: bool = False) -> None:
        """Stop and start on the same port; empty means it has forgotten everything."""
        self.stop()
        if empty:
            shutil.rmtree(self._store)
        self.start()

    def set_acl(self, acl: str) -> None:
        """Other rights from now on."""
        assert self._has_acl
        assert self._process is not None
        self._acl.write_text(acl)
        self._process.send_signal(signal.SIGHUP)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)
        process.wait(timeout=60)

    def _accepts(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((self.host, self.port)) == 0

    def _write_configuration(self) -> None:
        text = SHIPPED.read_text()
        text = re.sub(r"(?m)^listener .*$", "", text)
        text = re.sub(r"(?m)^#persistence_location .*$", f"persistence_location {self._store}/", text)
        listener = [f"listener {self.port} {self.host}"]
        listener += [f"{key} {value}" for key, value in self._tls.items()]
        if self._has_acl:
            listener.append(f"acl_file {self._acl}")
        (self._directory / "mosquitto.conf").write_text(
            "\n".join([*listener, text, f"user {_user()}", self._options, ""])
        )


def _user() -> str:
    """Root stays root: mosquitto would change to a user who may not read a test's directory."""
    return "root" if os.geteuid() == 0 else os.environ.get("USER", "nobody")
