"""The schema of a database: made on first use, refused when it is another."""

from sqlalchemy import Connection, inspect, select, text

from gateway.errors import SchemaError
from gateway.store.tables import SCHEMA, metadata, schema_version

UPGRADE_COMMAND = "returns-gateway db upgrade"
SCHEMA_LOCK = 7_308_899_471_001
"""PostgreSQL advisory lock: one gateway makes or upgrades the schema, the others wait."""


def prepare(connection: Connection) -> None:
    """Make the schema in an empty database. Raises SchemaError when the database has another one."""
    lock(connection)
    stored = stored_schema(connection)
    if stored is None:
        metadata.create_all(connection)
        schema_version.create(connection)
        connection.execute(schema_version.insert().values(version_num=SCHEMA))
    elif stored in older_schemas():
        raise SchemaError(
            f"the database has the older schema {stored}, this version needs {SCHEMA}: "
            f"back it up, then run: {UPGRADE_COMMAND}"
        )
    elif stored != SCHEMA:
        raise SchemaError(
            f"the database has schema {stored}, which this version does not know: "
            "it was written by a newer returns-gateway; install that version"
        )


def older_schemas() -> set[str]:
    """The migrations before this version's."""
    return {f"{number:04}" for number in range(1, int(SCHEMA))}


def stored_schema(connection: Connection) -> str | None:
    """The revision a database is at; None when it is empty. SchemaError when its tables are not ours."""
    present = set(inspect(connection).get_table_names())
    if schema_version.name in present:
        stored = connection.execute(select(schema_version.c.version_num)).scalar_one_or_none()
        if stored is not None:
            return str(stored)
    foreign = present & set(metadata.tables)
    if foreign:
        raise SchemaError(
            f"the database already has a table {min(foreign)} that returns-gateway did not make: "
            "give it a database of its own in [database] url"
        )
    return None


def lock(connection: Connection) -> None:
    """Until the transaction ends nobody else makes or upgrades the schema."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
