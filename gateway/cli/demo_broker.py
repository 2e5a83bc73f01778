"""The demo's own broker: mosquitto on a free port, if this machine has one."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import UnavailableError

START_SECONDS = 10.0
STOP_SECONDS = 5.0


@contextmanager
def broker(state: Path) -> Iterator[int | None]:
    """Its port; None where there is no mosquitto. Raises UnavailableError when it does not start."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        yield None
        return
    with _kept_port() as port, _running(program, port, state):
        yield port


@contextmanager
def _kept_port() -> Iterator[int]:
    """A free port; while it is bound, only who says SO_REUSEADDR, as mosquitto does, can listen on it."""
    with socket.socket() as keeper:
        keeper.bind(("127.0.0.1", 0))
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        yield int(keeper.getsockname()[1])


@contextmanager
def _running(program: str, port: int, state: Path) -> Iterator[None]:
    config = state / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n", encoding="utf-8"
    )
    log = state / "mosquitto.log"
    with log.open("wb") as stream:
        process = subprocess.Popen([program, "-c", config], stdout=stream, stderr=stream)  # noqa: S603
    try:
        _wait(port, process, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), 1.0):
                return
        except OSError:
            time.sleep(0.05)
    raise UnavailableError(f"mosquitto does not start: {log.read_text(errors='replace').strip()[-500:]}")
