"""The database: jobs over a connection, one writer with group commit, readers beside it."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import RLock
from typing import TypeVar, cast

from sqlalchemy import Connection

from gateway.errors import OpeningError, StorageError, UsageError
from gateway.store import schema
from gateway.store.engine import READERS, WRITING, ConflictError, connect, explained, parse_url, sqlite_file
from gateway.store.writer import Job, Writer

T = TypeVar("T")

CONFLICT_TRIES = 3
PRIVATE = 0o600


class Database:
    """`job(connection)` runs in a transaction on another thread: it touches nothing but its connection and
    its own arguments. A write may run more than once before it commits; its result means it has committed.

    Everything raises StorageError or UnavailableError when the database cannot be used just now.
    """

    def __init__(self, url: str) -> None:
        """`sqlite:///path`, `sqlite://` (in memory) or `postgresql+psycopg://…`. Raises ConfigError."""
        self._url = parse_url(url)
        self._file = sqlite_file(self._url)
        self._in_memory = self._url.drivername == "sqlite" and self._file is None
        self._engine = connect(self._url)
        self._writing = self._engine.execution_options(**WRITING)
        self._alone: AbstractContextManager[object] = RLock() if self._in_memory else nullcontext()
        """In memory there is one connection for all threads."""
        self._writer = Writer(self._run)
        self._is_open = False
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")

    @property
    def is_shared(self) -> bool:
        """Other gateways may work on it."""
        return self._url.drivername != "sqlite"

    def open(self) -> None:
        """An empty database gets its schema. Raises SchemaError when it has another one."""
        self._create_file()
        with self.writing() as connection:
            schema.prepare(connection)
        self._is_open = True

    async def write(self, job: Callable[[Connection], T]) -> T:
        """The job's result, once it has committed."""
        self._require_open()
        return cast(T, await asyncio.wrap_future(self._writer.submit(job)))

    async def read(self, job: Callable[[Connection], T]) -> T:
        """The job's result from one consistent view; does not wait for writers."""
        if self._in_memory:  # has one connection, the writer's
            return await self.write(job)
        self._require_open()
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, job)

    async def rehearse(self, job: Callable[[Connection], object]) -> None:
        """Run a job and take back all that it wrote."""
        self._require_open()
        await asyncio.get_running_loop().run_in_executor(self._readers, self._rehearse, job)

    @property
    def stalled_seconds(self) -> float:
        """How long writes wait and none has come to its end, well or badly; 0 when none waits."""
        return self._writer.stalled_seconds

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction on this thread, for programs without a loop; an error rolls it back."""
        with self._alone, explained(self._url), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view on this thread, for programs without a loop."""
        with self._alone, explained(self._url), self._engine.connect() as connection, connection.begin():
            yield connection

    def upgrade(self, migrate: Callable[[Connection], None]) -> None:
        """Run `migrating.upgrade` on a database of any schema, or of none."""
        self._create_file()
        with self.writing() as connection:
            migrate(connection)

    def backup(self, path: Path) -> None:
        """A consistent copy while everything runs. Raises UsageError when it cannot be made there."""
        if self._file is None:
            raise UsageError(
                "only a SQLite file is copied here: back up PostgreSQL with pg_dump --format=custom"
            )
        if not self._file.exists():
            raise UsageError(f"there is no database {self._file} to back up: check [database] url")
        if path.exists():
            raise UsageError(f"{path} exists already: name a new file")
        partial = path.with_name(path.name + ".partial")
        try:
            os.close(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, PRIVATE))
            with self.reading() as connection, closing(sqlite3.connect(partial)) as copy:
                source = connection.connection.driver_connection
                assert isinstance(source, sqlite3.Connection)
                source.backup(copy)
            _sync(partial)
            partial.replace(path)
            _sync(path.parent)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"{path}: the backup could not be written: {error}") from error
        finally:
            partial.unlink(missing_ok=True)

    async def checkpoint(self) -> None:
        """Bring SQLite's write-ahead log into its file; readers and writers go on meanwhile."""
        if self._file is not None:
            self._require_open()
            await asyncio.get_running_loop().run_in_executor(self._readers, self._checkpoint)

    def free_bytes(self) -> int | None:
        """Free space where the file lies; None where that is not ours to know."""
        if self._file is None:
            return None
        try:
            return shutil.disk_usage(self._file.absolute().parent).free
        except OSError:
            return None

    def close(self) -> None:
        """Commit what waits, then let go of the database; blocks while it does."""
        self._writer.close()
        self._readers.shutdown()
        self._engine.dispose()

    def _require_open(self) -> None:
        if not self._is_open:
            raise OpeningError("the database has not been there since the start")

    def _run(self, jobs: Sequence[Job]) -> list[object]:
        for _ in range(CONFLICT_TRIES - 1):
            with suppress(ConflictError):
                return self._run_once(jobs)
        return self._run_once(jobs)

    def _run_once(self, jobs: Sequence[Job]) -> list[object]:
        with self.writing() as connection:
            return [job(connection) for job in jobs]

    def _read(self, job: Callable[[Connection], T]) -> T:
        with self.reading() as connection:
            return job(connection)

    def _rehearse(self, job: Callable[[Connection], object]) -> None:
        with self._alone, explained(self._url), self._writing.connect() as connection:
            job(connection)  # nobody commits

    def _checkpoint(self) -> None:
        try:
            with closing(self._engine.raw_connection()) as connection:  # outside of any transaction
                connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            raise StorageError(f"database {self._file}: its log cannot be brought in: {error}") from error

    def _create_file(self) -> None:
        """SQLite would make the file readable for all."""
        if self._file is None or self._file.exists():
            return
        try:
            os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, PRIVATE))
        except FileNotFoundError as error:
            raise StorageError(
                f"database {self._file}: the directory {self._file.parent} does not exist: create it "
                f"(install -d -m 0700 {self._file.parent}) or set [database] url"
            ) from error
        except OSError as error:
            raise StorageError(f"database {self._file}: cannot be created: {error.strerror}") from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
