"""An older database brought to this version's schema, step by step.

A module of its own: Alembic takes an eighth of a second to import, and only `db upgrade` needs it.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from gateway.store.schema import lock


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to a revision, by default the newest."""
    lock(connection)
    command.upgrade(migrations(connection), revision)


def migrations(connection: Connection | None = None) -> Config:
    """Alembic's configuration without a file; its commands work on the given connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
