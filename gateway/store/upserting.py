"""INSERT … ON CONFLICT, which each database has in a dialect of its own."""

from collections.abc import Callable, Mapping

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

Inserts = Mapping[str, Insert]
"""The statement of each dialect, by its name."""

_INSERTS: Mapping[str, Callable[[Table], postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


def insert_new(table: Table) -> Inserts:
    """Rows whose key is there already are passed over."""
    return {
        dialect: insert(table).on_conflict_do_nothing(index_elements=table.primary_key)
        for dialect, insert in _INSERTS.items()
    }


def insert_or_update(table: Table) -> Inserts:
    """Rows whose key is there already become what is given."""
    return {dialect: _updating(insert(table), table) for dialect, insert in _INSERTS.items()}


def _updating(statement: postgresql.Insert | sqlite.Insert, table: Table) -> Insert:
    newer = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=table.primary_key, set_=newer)
