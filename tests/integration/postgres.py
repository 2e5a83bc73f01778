"""A private PostgreSQL server for tests: Debian's binaries, a free port, a directory of its own, no root."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.ports import free_port

START_SECONDS = 60
UNPRIVILEGED = ("postgres", "nobody")
"""PostgreSQL refuses to run as root."""


@dataclass(slots=True)
class Server:
    """One running server with one database, emptied for each test that asks for it."""

    port: int
    user: str
    directory: Path
    account: pwd.struct_passwd | None
    options: tuple[str, ...] = ()

    def empty(self) -> str:
        """The URL of the database, with nothing in it."""
        address = f"host=127.0.0.1 port={self.port} user={self.user} dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return f"postgresql+psycopg://{self.user}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        settings = ("listen_addresses=127.0.0.1", f"unix_socket_directories={self.directory}", *self.options)
        switches = " ".join(f"-c {setting}" for setting in ("fsync=off", *settings))
        begin = ("-w", "-t", START_SECONDS, "-l", self.directory / "log", "-o", f"-p {self.port} {switches}")
        self._control(*begin, "start")

    def stop(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self._control("-m", "immediate", "stop")

    def kill(self) -> None:
        """SIGKILL to the server; its processes notice and end. What it had committed the kernel has."""
        pid = int((self.directory / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + START_SECONDS
        while _are_running(self.directory) and time.monotonic() < deadline:
            time.sleep(0.1)

    def _control(self, *words: object) -> None:
        _run(self.account, _binaries() / "pg_ctl", "-D", self.directory / "data", *words)


def _are_running(directory: Path) -> bool:
    """Whether any process of the server is left: each has its data directory for a working directory."""
    data = (directory / "data").resolve()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == data:
                return True
    return False


@contextmanager
def serve(*options: str) -> Iterator[Server]:
    """A server for the time of the context; skips the test where PostgreSQL is not installed."""
    binaries = _binaries()
    account = _account()
    directory = Path(tempfile.mkdtemp(prefix="returns-pg-"))
    try:
        if account is not None:
            os.chown(directory, account.pw_uid, account.pw_gid)
        user = account.pw_name if account is not None else pwd.getpwuid(os.getuid()).pw_name
        _run(account, binaries / "initdb", "-D", directory / "data", "-A", "trust", "-E", "UTF8", "--no-sync")
        server = Server(free_port(), user, directory, account, options)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with serve() as server:
        yield server


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).parent
    pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")


def _account() -> pwd.struct_passwd | None:
    """Whom to run the server as; None to run it as ourselves."""
    if os.getuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.skip("PostgreSQL does not run as root and there is no other account")


def _run(account: pwd.struct_passwd | None, *command: object) -> None:
    subprocess.run(
        [str(word) for word in command],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        user=None if account is None else account.pw_uid,
        group=None if account is None else account.pw_gid,
        extra_groups=None if account is None else [],
    )
