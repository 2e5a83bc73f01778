"""Connections to SQLite and PostgreSQL, and their errors in the gateway's words."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import URL, Connection, Engine, QueuePool, StaticPool, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.errors import ConfigError, GatewayError, StorageError, UnavailableError

READERS = 4
"""Threads, and so connections, that read at once."""
BUSY_SECONDS = 15
"""How long a write waits for another program that is writing."""
RETRY_SECONDS = 0.01
STALLED_SECONDS = 60
"""PostgreSQL ends a transaction whose client sleeps this long: a frozen gateway must not stop the others."""
WRITING = {"writing": True}
"""Execution options of a connection that takes the write lock when its transaction begins."""

_POOL = {"poolclass": QueuePool, "pool_use_lifo": True}
"""The connection used last has pages and statements at hand."""
SQLITE_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -4000",
)
"""4 MB of pages per connection: they fill up as the file grows, and the operating system keeps the rest."""


class ConflictError(UnavailableError):
    """Two writers met at the same rows: the same job again will see what the other one did."""


class ContradictionError(ConflictError):
    """What is to be stored contradicts what is there: another gateway's doing, or for good."""


def parse_url(text: str) -> URL:
    """Raises ConfigError unless it is a SQLite or PostgreSQL address."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise ConfigError((f"database.url: {text!r} is not a database address",)) from error
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ConfigError(
            (f"database.url: {url.drivername} is not supported: use sqlite:///… or postgresql+psycopg://…",)
        )
    return url


def sqlite_file(url: URL) -> Path | None:
    """The file behind an address; None for PostgreSQL and for a database in memory."""
    if url.drivername != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def connect(url: URL) -> Engine:
    """An engine that has not connected yet."""
    if url.drivername != "sqlite":
        given = url.query.get("options", "")
        options = f"{given} -c idle_in_transaction_session_timeout={STALLED_SECONDS}s"
        return create_engine(
            url.difference_update_query(["options"]),
            pool_size=READERS + 1,
            pool_pre_ping=True,
            connect_args={"connect_timeout": BUSY_SECONDS, "options": options},
        )
    pool = _POOL if sqlite_file(url) else {"poolclass": StaticPool}
    engine = create_engine(url, **pool, connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Database errors inside become gateway errors that say what to do."""
    try:
        yield
    except PoolTimeoutError as error:
        raise UnavailableError(f"{_place(url)}: all connections are busy: try again") from error
    except DBAPIError as error:
        raise _translated(error, url) from error


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so, not at the first write
    _use_wal(connection)
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)


def _use_wal(connection: DBAPIConnection) -> None:
    """SQLite itself does not wait here for another program that opens the same new file."""
    ends = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() >= ends:
                raise
            sleep(RETRY_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _place(url: URL) -> str:
    path = sqlite_file(url)
    return f"database {path or url.render_as_string(hide_password=True)}"


def _translated(error: DBAPIError, url: URL) -> GatewayError:
    if isinstance(error, IntegrityError):
        return ContradictionError(f"{_place(url)}: contradicts what is stored: {error.orig}")
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_error(error.orig, _place(url))
    if isinstance(error, (OperationalError, InterfaceError)):
        return _postgresql_error(error, _place(url))
    return GatewayError(f"{_place(url)}: {error.orig}")


_SQLITE_FAULTS = {
    sqlite3.SQLITE_FULL: "the disk is full: make room; nothing was stored",
    sqlite3.SQLITE_READONLY: "is read-only: check its owner, its mode and the mount; nothing was stored",
    sqlite3.SQLITE_BUSY: f"was locked by another program for {BUSY_SECONDS} s: end that program or try again",
    sqlite3.SQLITE_LOCKED: "is locked inside this program: try again",
    sqlite3.SQLITE_IOERR: "the disk fails to read or write: see the kernel log; nothing was stored",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its directory exists and belongs to this user",
    sqlite3.SQLITE_PERM: "cannot be opened: check its owner and its mode",
    sqlite3.SQLITE_CORRUPT: "is damaged: stop the gateway and restore a backup",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database: check [database] url",
}
_SQLITE_PRIMARY_CODE = 0xFF


def _sqlite_error(error: sqlite3.Error, place: str) -> GatewayError:
    fault = _SQLITE_FAULTS.get(getattr(error, "sqlite_errorcode", 0) & _SQLITE_PRIMARY_CODE)
    if fault is None:
        return GatewayError(f"{place}: {error}")
    return StorageError(f"{place}: {fault} ({error})")


_POSTGRESQL_CONFLICTS = ("40001", "40P01", "55P03")
"""Serialization failure, deadlock detected, lock not available."""
_POSTGRESQL_FAULTS = {
    "53100": "the server's disk is full: make room; nothing was stored",
    "25006": "the server is read-only, a standby perhaps: connect to the primary; nothing was stored",
    "28P01": "the server refuses the password: check [database] url and password_file",
    "28000": "the server refuses this user: check [database] url and pg_hba.conf",
    "3D000": "there is no such database: create it with createdb",
    "42501": "the user may not do that: grant it the tables of its database",
}


_POSTGRESQL_REFUSALS = (
    (re.compile("password authentication failed|no password supplied"), "28P01"),
    (re.compile('role ".*" does not exist|pg_hba.conf'), "28000"),
    (re.compile('database ".*" does not exist'), "3D000"),
)
"""Why a connection was refused comes without its state: libpq gives the words alone."""


def _postgresql_error(error: DBAPIError, place: str) -> GatewayError:
    said = " ".join(str(error.orig).split())
    refusals = (state for words, state in _POSTGRESQL_REFUSALS if words.search(said))
    state = getattr(error.orig, "sqlstate", None) or next(refusals, "")
    if state in _POSTGRESQL_CONFLICTS:
        return ConflictError(f"{place}: another gateway was writing the same rows ({said})")
    if state in _POSTGRESQL_FAULTS:
        return StorageError(f"{place}: {_POSTGRESQL_FAULTS[state]} ({said})")
    if state.startswith("58"):
        return StorageError(f"{place}: the server's disk fails: see its log; nothing was stored ({said})")
    return UnavailableError(f"{place}: not reachable: is the server running and the address right? ({said})")
