"""Jobs, transactions, schema, backup and the words for what goes wrong."""

import asyncio
import os
import shutil
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text

from gateway.errors import ConfigError, GatewayError, SchemaError, StorageError, UnavailableError, UsageError
from gateway.store import engine
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.outbox import list_events
from gateway.store.tables import SCHEMA, gateways, schema_version
from tests.gateway.store.samples import START_US, epc_rma, seen


def add(name: str, connection: Connection) -> str:
    connection.execute(insert(gateways).values(gateway=name))
    return name


def names(connection: Connection) -> set[str]:
    return set(connection.execute(select(gateways.c.gateway)).scalars())


async def test_write_when_it_returns_then_another_connection_sees_it(database: Database, url: str) -> None:
    assert await database.write(lambda connection: add("a", connection)) == "a"
    other = Database(url)
    with other.reading() as connection:
        assert names(connection) == {"a"}
    other.close()


async def test_write_when_many_wait_then_they_share_transactions(database: Database) -> None:
    started, go = threading.Event(), threading.Event()

    def wait(connection: Connection) -> int:
        started.set()
        assert go.wait(10)
        return _transaction(connection)

    first = asyncio.create_task(database.write(wait))
    await asyncio.to_thread(started.wait)
    rest = [asyncio.create_task(database.write(_transaction)) for _ in range(200)]
    await asyncio.sleep(0)
    go.set()
    transactions = await asyncio.gather(*rest)
    assert len(set(transactions)) == 1
    assert await first not in transactions


def _transaction(connection: Connection) -> int:
    """Something that differs between transactions."""
    root = connection.get_transaction()
    return id(root)


async def test_write_when_one_of_a_group_fails_then_only_that_one_does(database: Database) -> None:
    started, go = threading.Event(), threading.Event()

    def wait(_connection: Connection) -> None:
        started.set()
        assert go.wait(10)

    def fail(connection: Connection) -> None:
        add("bad", connection)
        raise ZeroDivisionError

    first = asyncio.create_task(database.write(wait))
    await asyncio.to_thread(started.wait)
    jobs = [asyncio.create_task(database.write(lambda c, n=n: add(n, c))) for n in ("a", "b")]
    faulty = asyncio.create_task(database.write(fail))
    last = asyncio.create_task(database.write(lambda connection: add("c", connection)))
    await asyncio.sleep(0)
    go.set()
    await first
    assert await asyncio.gather(*jobs, last) == ["a", "b", "c"]
    with pytest.raises(ZeroDivisionError):
        await faulty
    assert await database.read(names) == {"a", "b", "c"}


async def test_write_when_rows_contradict_then_conflict_after_trying_again(database: Database) -> None:
    tries = 0

    def twice(connection: Connection) -> None:
        nonlocal tries
        tries += 1
        add("a", connection)

    await database.write(twice)
    with pytest.raises(engine.ConflictError, match="contradicts what is stored"):
        await database.write(twice)
    assert tries == 4


async def test_write_when_cancelled_before_its_turn_then_it_does_not_run(database: Database) -> None:
    started, go = threading.Event(), threading.Event()

    def wait(_connection: Connection) -> None:
        started.set()
        assert go.wait(10)

    first = asyncio.create_task(database.write(wait))
    await asyncio.to_thread(started.wait)
    second = asyncio.create_task(database.write(lambda connection: add("never", connection)))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    go.set()
    await first
    assert await database.read(names) == set()


async def test_read_when_a_write_is_open_then_it_does_not_wait(database: Database) -> None:
    started, go = threading.Event(), threading.Event()

    def wait(connection: Connection) -> None:
        add("later", connection)
        started.set()
        assert go.wait(10)

    writing = asyncio.create_task(database.write(wait))
    await asyncio.to_thread(started.wait)
    assert await database.read(names) == set()
    go.set()
    await writing
    assert await database.read(names) == {"later"}


def test_writing_when_an_error_passes_then_nothing_is_stored(database: Database) -> None:
    def fail() -> None:
        with database.writing() as connection:
            add("a", connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.reading() as connection:
        assert names(connection) == set()


async def test_close_when_jobs_wait_then_they_commit_first(url: str) -> None:
    database = Database(url)
    database.open()
    jobs = [asyncio.create_task(database.write(lambda c, n=n: add(str(n), c))) for n in range(50)]
    await asyncio.sleep(0)
    await asyncio.to_thread(database.close)
    await asyncio.gather(*jobs)
    again = Database(url)
    again.open()
    assert len(await again.read(names)) == 50
    again.close()


async def test_memory_when_used_then_reads_see_writes() -> None:
    database = Database("sqlite://")
    database.open()
    await database.write(lambda connection: add("a", connection))
    assert await database.read(names) == {"a"}
    database.close()


def test_open_when_empty_then_the_schema_is_made_once(database: Database) -> None:
    database.open()
    with database.reading() as connection:
        assert connection.execute(select(schema_version.c.version_num)).scalars().all() == [SCHEMA]


def test_open_when_two_at_once_then_both_succeed(url: str) -> None:
    databases = [Database(url) for _ in range(4)]
    threads = [threading.Thread(target=database.open) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in databases:
        with database.reading() as connection:
            assert connection.execute(select(func.count()).select_from(schema_version)).scalar_one() == 1
        database.close()


def test_open_when_the_schema_is_newer_then_refused(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(schema_version.update().values(version_num="9999"))
    with pytest.raises(SchemaError, match=r"9999.*newer returns-gateway"):
        database.open()


def test_open_when_the_schema_is_older_then_the_upgrade_command_is_named(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(schema_version.update().values(version_num="0001"))
    with pytest.raises(SchemaError, match=r"older schema 0001.*returns-gateway db upgrade"):
        database.open()


def test_open_when_the_tables_are_somebody_elses_then_refused(url: str) -> None:
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE visits (id INTEGER)"))
    with pytest.raises(SchemaError, match="table visits"):
        database.open()
    database.close()


def test_open_when_sqlite_then_the_file_is_private_and_durable(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        database = Database(f"sqlite:///{tmp_path}/returns.db")
        database.open()
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    with database.reading() as connection:
        pragma = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}
    assert pragma == PRAGMAS
    database.close()


PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 15000,
    "cache_size": -4000,
}


async def test_checkpoint_when_it_returns_then_what_was_written_is_in_the_file_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/returns.db")
    database.open()
    await database.write(lambda connection: add("a", connection))
    with database.reading() as earlier:
        assert names(earlier) == {"a"}
        await database.checkpoint()
        shutil.copy(tmp_path / "returns.db", tmp_path / "copy.db")
    await database.write(lambda connection: add("b", connection))
    copy = Database(f"sqlite:///{tmp_path}/copy.db")
    with copy.reading() as connection:
        assert names(connection) == {"a"}
    assert await database.read(names) == {"a", "b"}
    copy.close()
    database.close()


async def test_checkpoint_when_the_file_is_none_of_sqlite_then_storage_error(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/returns.db")
    database.open()
    database._engine.dispose()
    (tmp_path / "returns.db").write_bytes(b"x" * 4096)
    with pytest.raises(
        StorageError, match=r"returns\.db: its log cannot be brought in: file is not a database"
    ):
        await database.checkpoint()
    database.close()


async def test_checkpoint_when_there_is_no_file_then_nothing_is_done(url: str) -> None:
    for address in (url, "sqlite://"):
        database = Database(address)
        database.open()
        await database.write(lambda connection: add("a", connection))
        await database.checkpoint()
        assert await database.read(names) == {"a"}
        database.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://127.0.0.1/x", "mysql is not supported"),
        ("not a url", "not a database address"),
    ],
)
def test_url_when_not_supported_then_config_error(url: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Database(url)


def test_open_when_the_directory_is_missing_then_says_how_to_make_it(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/none/returns.db")
    with pytest.raises(StorageError, match=r"none does not exist: create it \(install -d"):
        database.open()
    database.close()


def test_open_when_not_a_database_then_says_so(tmp_path: Path) -> None:
    (tmp_path / "returns.db").write_bytes(b"This is a letter to my aunt, no database." * 100)
    database = Database(f"sqlite:///{tmp_path}/returns.db")
    with pytest.raises(StorageError, match="not a SQLite database"):
        database.open()
    database.close()


def test_write_when_another_program_holds_the_lock_then_says_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    database = Database(f"sqlite:///{tmp_path}/returns.db")
    database.open()
    other = sqlite3.connect(tmp_path / "returns.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="locked by another program"), database.writing():
        pass
    other.execute("ROLLBACK")
    other.close()
    with database.writing() as connection:
        add("a", connection)
    database.close()


async def test_write_when_the_disk_is_full_then_storage_error_and_recovers_by_itself(tmp_path: Path) -> None:
    """SQLite's page limit gives the same SQLITE_FULL as a full disk."""
    database = Database(f"sqlite:///{tmp_path}/returns.db")
    database.open()

    def fill(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.execute(insert(gateways), [{"gateway": f"{number:0500d}"} for number in range(100)])

    jobs = [database.write(fill), database.write(lambda connection: add("a", connection))]
    for outcome in await asyncio.gather(*jobs, return_exceptions=True):
        assert isinstance(outcome, StorageError) or outcome == "a"
    with pytest.raises(StorageError, match="disk is full: make room"):
        await database.write(fill)

    def room(connection: Connection) -> str:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        return add("b", connection)

    assert await database.write(room) == "b"
    assert not {name for name in await database.read(names) if name.startswith("0")}
    database.close()


def test_open_when_read_only_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "returns.db"
    database = Database(f"sqlite:///{path}")
    database.open()
    database.close()
    read_only = Database(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(GatewayError, match="read-only"), read_only.writing() as connection:
        add("a", connection)
    read_only.close()


def test_open_when_postgresql_is_not_there_then_unavailable() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(UnavailableError, match="not reachable: is the server running"):
        database.open()
    database.close()


def test_message_when_the_url_has_a_password_then_it_is_hidden() -> None:
    database = Database("postgresql+psycopg://nobody:geheim@127.0.0.1:1/none")
    with pytest.raises(UnavailableError) as caught:
        database.open()
    assert "geheim" not in str(caught.value)
    database.close()


def test_backup_when_writing_goes_on_then_the_copy_is_consistent(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/returns.db")
    database.open()
    with database.writing() as connection:
        add("before", connection)
    with database.writing() as connection:
        add("during", connection)
        database.backup(tmp_path / "copy.db")
    copy = Database(f"sqlite:///{tmp_path}/copy.db")
    copy.open()
    with copy.reading() as connection:
        assert names(connection) == {"before"}
    copy.close()
    database.close()
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.partial"))


def test_backup_when_put_back_then_the_same_facts_have_the_same_ids_and_numbers_go_on(
    tmp_path: Path, ledger: Ledger
) -> None:
    database, copy = Database(f"sqlite:///{tmp_path}/returns.db"), tmp_path / "copy.db"
    database.open()
    with database.writing() as connection:
        ledger.put_rmas(connection, [epc_rma("R-1", 1, 2, 3)], START_US)
        ledger.record(connection, [seen(1)], START_US)
    database.backup(copy)
    with database.writing() as connection:
        told = ledger.record(connection, [seen(2)], START_US)
    database.close()
    for file in tmp_path.glob("returns.db*"):
        file.unlink()
    copy.rename(tmp_path / "returns.db")
    database.open()
    with database.writing() as connection:
        again = ledger.record(connection, [seen(2)], START_US)
        stored = list_events(connection, "gw-1")
    database.close()
    assert [event.id for event in again] == [event.id for event in told]
    assert [message.sequence for message in stored] == list(range(1, len(stored) + 1))


def test_backup_when_the_file_exists_then_refused(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/returns.db")
    database.open()
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(UsageError, match="exists already"):
        database.backup(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"
    database.close()


def test_backup_when_there_is_no_database_then_refused_and_none_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nowhere.db'}")
    with pytest.raises(UsageError, match="there is no database"):
        database.backup(tmp_path / "copy.db")
    database.close()
    assert list(tmp_path.iterdir()) == []


def test_backup_when_postgresql_then_names_pg_dump() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(UsageError, match="pg_dump"):
        database.backup(Path("x"))
    database.close()


def test_free_bytes_when_the_database_is_a_file_then_its_disk_is_asked(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'returns.db'}")
    assert 0 < (database.free_bytes() or 0) <= shutil.disk_usage(tmp_path).total
    database.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:////nowhere/returns.db"])
def test_free_bytes_when_there_is_no_such_disk_then_it_is_not_known(url: str) -> None:
    database = Database(url)
    assert database.free_bytes() is None
    database.close()
