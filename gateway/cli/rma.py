"""`rma import`, `list`, `show`, `close`: what customers were authorized to send back, and what has come."""

from pathlib import Path

import click

from gateway.cli.options import Invocation, common_options
from gateway.cli.output import progress
from gateway.cli.store import now_us, opened
from gateway.documents.rmas import read_rmas
from gateway.store import rmas


@click.group()
def rma() -> None:
    """Bring RMAs in; list, show and close them."""


@rma.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@common_options
@click.pass_obj
def import_(invocation: Invocation, *, file: Path) -> None:
    """Bring in the RMAs of FILE, CSV or JSON lines; - reads standard input.

    All or nothing: a fault anywhere leaves the database as it was. Sending an RMA again updates it.
    """
    settings = invocation.settings()
    with opened(settings) as database, progress(f"importing {file}"), database.writing() as connection:
        done = rmas.upsert(connection, read_rmas(file), now_us())
    click.echo(f"{done.created} new, {done.updated} changed, {done.unchanged} as before; {done.lines} lines")


@rma.command()
@click.argument("number", metavar="RMA")
@common_options
@click.pass_obj
def close(invocation: Invocation, *, number: str) -> None:
    """Expect nothing more of an RMA."""
    with opened(invocation.settings()) as database, database.writing() as connection:
        was_open = rmas.close_rma(connection, number, now_us())
    click.echo(f"{number} is closed" if was_open else f"{number} was closed already")
