"""`item inspect`, `void` and `explain`: what people decide and ask about one item."""

import click

from gateway.cli.options import Invocation, common_options, json_option, text
from gateway.cli.output import print_json, printable
from gateway.cli.store import configured_ledger, now_us, opened
from gateway.cli.story import story_document, story_lines
from gateway.documents.typed import read_epc
from gateway.store.stories import story
from rules.vocabulary import Grade


@click.group()
def item() -> None:
    """One item: record an inspection, take a receipt back, tell its story."""


@item.command()
@click.argument("epc")
@click.option(
    "--grade",
    type=click.Choice(Grade, case_sensitive=False),
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
    item, ledger = read_epc(epc), configured_ledger(settings)
    with opened(settings) as database, database.writing() as connection:
        events = ledger.inspect(connection, item, grade, now_us(), sealed=sealed, complete=complete)
    if not events:
        click.echo(f"{item.hex} was found so already, or its return is over: nothing changed")
    for event in events:
        route = f", route {event.route}" if event.route else ""
        rule = f" (rule {event.rule})" if event.rule else ""
        click.echo(f"{event.kind} {event.id}: {item.hex} grade {grade}: {event.disposition}{route}{rule}")


@item.command()
@click.argument("event_id", type=text)
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


@item.command()
@click.argument("epc")
@json_option
@common_options
@click.pass_obj
def explain(invocation: Invocation, *, epc: str, as_json: bool) -> None:
    """Tell the story of EPC: visits and verdicts, match and rule, events and their delivery, and why not."""
    wanted = read_epc(epc)
    with opened(invocation.settings()) as database, database.reading() as connection:
        found = story(connection, wanted, now_us())
    if as_json:
        print_json(story_document(found))
        return
    for line in story_lines(found):
        click.echo(printable(line))
