"""`rma import`, `list`, `show`, `close`: what customers were authorized to send back, and what has come."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.errors import tell
from gateway.cli.options import Invocation, common_options, json_option, text
from gateway.cli.output import moment, print_json, print_table, progress
from gateway.cli.store import configured_ledger, now_us, opened
from gateway.documents.rmas import read_rmas
from gateway.errors import InputError
from gateway.store.importing import import_rmas
from gateway.store.rma_listing import LISTED, LineDetail, RmaDetail, RmaSummary, list_rmas, show_rma
from rules.vocabulary import RmaState

_LIST_COLUMNS = ("RMA", "STATE", "RECEIVED", "EXPECTED", "LINES", "ORDER", "CUSTOMER", "OPENED", "EXPIRES")
_LINE_COLUMNS = ("LINE", "STATUS", "RECEIVED", "EXPECTED", "GTIN", "SERIALS", "SKU", "REASON")
_ITEM_COLUMNS = ("LINE", "EPC", "RECEIVED", "GRADE", "DISPOSITION", "REFUND", "RESTOCKED", "TAKEN BACK")


@click.group()
def rma() -> None:
    """Bring RMAs in; list, show and close them."""


@rma.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True, readable=False))
@common_options
@click.pass_obj
def import_(invocation: Invocation, *, file: Path) -> None:
    """Bring in the RMAs of FILE, CSV or JSON lines; - reads standard input.

    A fault anywhere leaves the database as it was. The gateway decides meanwhile; an import that was broken
    off is completed by doing it again: sending an RMA again updates it.
    """
    settings = invocation.settings()
    ledger = configured_ledger(settings)
    with opened(settings) as database, progress(f"importing {file}") as advance:
        result = import_rmas(database, ledger, read_rmas(file), clock=now_us, advance=advance)
    done = result.done
    click.echo(f"{done.created} new, {done.updated} changed, {done.unchanged} as before; {done.lines} lines")
    if result.received:
        click.echo(f"{result.received} items had come in before and are received now")


@rma.command(name="list")
@click.option("--state", type=click.Choice(LISTED, case_sensitive=False), help="Only RMAs in this state.")
@click.option("--after", metavar="RMA", type=text, help="Begin behind this one.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=1000, show_default=True)
@json_option
@common_options
@click.pass_obj
def list_(
    invocation: Invocation, *, state: RmaState | None, after: str | None, limit: int, as_json: bool
) -> None:
    """List RMAs by name, with what has come."""
    with opened(invocation.settings()) as database, database.reading() as connection:
        found = list_rmas(connection, now_us(), state=state, after=after, limit=limit + 1)
    shown = found[:limit]
    if as_json:
        for summary in shown:
            print_json(_document(asdict(summary)))
    else:
        print_table(_LIST_COLUMNS, [_summary_row(summary) for summary in shown], empty="no RMAs")
    if len(found) > limit:
        tell(f"there are more: --after {shown[-1].rma}, or a greater --limit")


@rma.command()
@click.argument("number", metavar="RMA", type=text)
@json_option
@common_options
@click.pass_obj
def show(invocation: Invocation, *, number: str, as_json: bool) -> None:
    """Show an RMA, its lines, and every item received on them."""
    with opened(invocation.settings()) as database, database.reading() as connection:
        found = show_rma(connection, number, now_us())
    if found is None:
        raise InputError((f"rma: {number} is not known",))
    if as_json:
        lines = [_document(asdict(line)) for line in found.lines]
        print_json({**_document(asdict(found.summary)), "lines": lines})
    else:
        _print_detail(found)


@rma.command()
@click.argument("number", metavar="RMA", type=text)
@common_options
@click.pass_obj
def close(invocation: Invocation, *, number: str) -> None:
    """Expect nothing more of an RMA."""
    settings = invocation.settings()
    ledger = configured_ledger(settings)
    with opened(settings) as database, database.writing() as connection:
        was_open, events = ledger.close_rma(connection, number, now_us())
    click.echo(f"{number} is closed" if was_open else f"{number} was closed already")
    for event in events:
        click.echo(f"line {event.line}: {event.detail}" if event.line else f"{number} is {event.status}")


def _document(facts: Mapping[str, object]) -> dict[str, object]:
    """Times as text: `opened_us` becomes `opened_at`."""
    return {
        name.removesuffix("_us") + "_at" if name.endswith("_us") else name: _value(name, value)
        for name, value in facts.items()
    }


def _value(name: str, value: object) -> object:
    if name.endswith("_us") and isinstance(value, int):
        return moment(value)
    if isinstance(value, tuple):
        return [_document(item) if isinstance(item, dict) else item for item in value]
    return value


def _summary_row(summary: RmaSummary) -> tuple[object, ...]:
    return (
        summary.rma,
        summary.state,
        summary.received,
        summary.expected,
        summary.lines,
        summary.order,
        summary.customer,
        moment(summary.opened_us),
        moment(summary.expires_us),
    )


def _print_detail(found: RmaDetail) -> None:
    print_table(_LIST_COLUMNS, [_summary_row(found.summary)], empty="")
    click.echo()
    print_table(_LINE_COLUMNS, [_line_row(line) for line in found.lines], empty="no lines")
    items = [
        (
            line.line,
            item.epc,
            moment(item.received_us),
            item.grade,
            item.disposition,
            item.refund,
            moment(item.restocked_us),
            moment(item.reversed_us),
        )
        for line in found.lines
        for item in line.items
    ]
    if items:
        click.echo()
        print_table(_ITEM_COLUMNS, items, empty="")


def _line_row(line: LineDetail) -> tuple[object, ...]:
    named = " ".join((*line.serials, *line.epcs))
    return (line.line, line.status, line.received, line.expected, line.gtin, named, line.sku, line.reason)
