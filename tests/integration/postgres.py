"""A private PostgreSQL server for tests: Debian's binaries, a free port, a directory of its own, no root."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

START_SECONDS = 60
UNPRIVILEGED = ("postgres", "nobody")
"""PostgreSQL refuses to run as root."""


@dataclass(slots=True)
class Server:
    """One running server with one database, emptied for each test that asks for it."""

    port: int
    user: str

    def empty(self) -> str:
        """The URL of the database, with nothing in it."""
        address = f"host=127.0.0.1 port={self.port} user={self.user} dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return f"postgresql+psycopg://{self.user}@127.0.0.1:{self.port}/postgres"


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
        port = _free_port()
        _run(account, binaries / "initdb", "-D", directory / "data", "-A", "trust", "-E", "UTF8", "--no-sync")
        settings = (
            "fsync=off",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={directory}",
            *options,
        )
        switches = " ".join(f"-c {setting}" for setting in settings)
        control = (binaries / "pg_ctl", "-D", directory / "data")
        _run(
            account,
            *control,
            "-w",
            "-t",
            START_SECONDS,
            "-l",
            directory / "log",
            "-o",
            f"-p {port} {switches}",
            "start",
        )
        try:
            yield Server(port, user)
        finally:
            with suppress(subprocess.CalledProcessError):
                _run(account, *control, "-m", "immediate", "stop")
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
