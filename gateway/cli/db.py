"""`db upgrade` and `db backup`: the database's schema and a consistent copy of it."""

from pathlib import Path

import click

from gateway.cli.options import Invocation, common_options
from gateway.config.files import database_url
from gateway.store import migrating
from gateway.store.database import Database


@click.group()
def db() -> None:
    """Upgrade and back up the database."""


@db.command()
@common_options
@click.pass_obj
def upgrade(invocation: Invocation) -> None:
    """Bring the schema to this version's. Stop the gateway and make a backup before."""
    database = Database(database_url(invocation.settings().database))
    try:
        database.upgrade(migrating.upgrade)
    finally:
        database.close()
    click.echo("the database has this version's schema")


@db.command()
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@common_options
@click.pass_obj
def backup(invocation: Invocation, *, file: Path) -> None:
    """Copy a SQLite database to FILE, consistently, also while the gateway runs."""
    database = Database(database_url(invocation.settings().database))
    try:
        database.backup(file)
    finally:
        database.close()
    click.echo(f"{file}: {file.stat().st_size} bytes; to restore, stop the gateway and put it in place")
