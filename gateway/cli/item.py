"""`item inspect` and `item void`: what people decide about items that came in."""

import click

from gateway.cli.options import Invocation, common_options
from gateway.cli.store import configured_ledger, now_us, opened
from rules.epc import identify_hex
from rules.vocabulary import Grade


@click.group()
def item() -> None:
    """One item: record an inspection, take a receipt back, tell its story."""


@item.command()
@click.argument("epc")
@click.option(
    "--grade",
    type=click.Choice(Grade),
    required=True,
    help="A new, B open but like new, C used and works, D damaged, F scrap.",
)
@click.option("--sealed/--opened", default=None, help="Whether the packaging is unopened.")
@click.option("--complete/--incomplete", default=None, help="Whether all parts are there.")
@common_options
@click.pass_obj
def inspect(
    invocation: Invocation, *, epc: str, grade: Grade, sealed: bool | None, complete: bool | None
) -> None:
    """Record the grade of an item that came in; the rules say what is to become of it."""
    settings = invocation.settings()
    item, ledger = identify_hex(epc), configured_ledger(settings)
    with opened(settings) as database, database.writing() as connection:
        events = ledger.inspect(connection, item, grade, now_us(), sealed=sealed, complete=complete)
    if not events:
        click.echo(f"{item.hex} has grade {grade} already, or its return is over: nothing changed")
    for event in events:
        route = f", route {event.route}" if event.route else ""
        rule = f" (rule {event.rule})" if event.rule else ""
        click.echo(f"{event.kind} {event.id}: {item.hex} grade {grade}: {event.disposition}{route}{rule}")


@item.command()
@click.argument("event_id")
@common_options
@click.pass_obj
def void(invocation: Invocation, *, event_id: str) -> None:
    """Take a receipt back: EVENT_ID is its id. Its line expects the item again, as if it had left."""
    settings = invocation.settings()
    ledger = configured_ledger(settings)
    with opened(settings) as database, database.writing() as connection:
        events = ledger.void(connection, event_id, now_us())
    if not events:
        click.echo(f"{event_id} was taken back already")
    for event in events:
        click.echo(f"{event.kind} {event.id}: {event.detail or event.status}")
