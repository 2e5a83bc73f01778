"""Migrations: the newest schema is exactly the tables, and the way there and back works with data."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from gateway.errors import SchemaError
from gateway.store import migrating, rmas, schema
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.rma_listing import show_rma
from gateway.store.tables import SCHEMA, metadata
from tests.gateway.store.samples import START_US, epc_rma, seen


def test_head_when_compared_then_it_is_the_schema_of_the_tables() -> None:
    scripts = ScriptDirectory.from_config(migrating.migrations())
    assert scripts.get_current_head() == SCHEMA
    known = {script.revision for script in scripts.walk_revisions()}
    assert known == {SCHEMA, *schema.older_schemas()}


def test_upgrade_when_the_database_is_empty_then_nothing_differs_from_the_tables(url: str) -> None:
    database = Database(url)
    database.upgrade(migrating.upgrade)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        upgraded = _indexes(inspect(connection))
    with database.writing() as connection:
        command.downgrade(migrating.migrations(connection), "base")
    with database.writing() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
        metadata.create_all(connection)
        made = _indexes(inspect(connection))
    assert upgraded == made
    database.close()


def _indexes(inspector: object) -> dict[str, object]:
    return {name: inspector.get_indexes(name) for name in metadata.tables}  # type: ignore[attr-defined]


def test_open_when_upgraded_then_accepted(url: str, ledger: Ledger) -> None:
    database = Database(url)
    database.upgrade(migrating.upgrade)
    database.open()
    with database.writing() as connection:
        rmas.upsert(connection, [epc_rma("R-1", 1)], START_US)
        assert len(ledger.record(connection, [seen(1)], START_US)) == 2
    database.upgrade(migrating.upgrade)
    with database.reading() as connection:
        assert schema.stored_schema(connection) == SCHEMA
    database.close()


def test_downgrade_when_there_is_data_then_up_again_works(database: Database, ledger: Ledger) -> None:
    with database.writing() as connection:
        rmas.upsert(connection, [epc_rma("R-1", 1)], START_US)
        ledger.record(connection, [seen(1)], START_US)
    with database.writing() as connection:
        command.downgrade(migrating.migrations(connection), "base")
    database.upgrade(migrating.upgrade)
    database.open()
    with database.writing() as connection:
        assert rmas.upsert(connection, [epc_rma("R-1", 1)], START_US).created == 1


def test_upgrade_when_the_first_schema_has_data_then_it_is_kept(database: Database, ledger: Ledger) -> None:
    with database.writing() as connection:
        rmas.upsert(connection, [epc_rma("R-1", 1, 2)], START_US)
        ledger.record(connection, [seen(1)], START_US)
    with database.writing() as connection:
        command.downgrade(migrating.migrations(connection), "0001")
    with pytest.raises(SchemaError, match="older schema 0001"):
        database.open()
    database.upgrade(migrating.upgrade)
    database.open()
    with database.writing() as connection:
        (receipt, status) = ledger.record(connection, [seen(2)], START_US)
        detail = show_rma(connection, "R-1", START_US)
    assert (receipt.received, status.status) == (2, "received")
    assert detail is not None
    assert [item.received_us > 0 for item in detail.lines[0].items] == [True, True]
