"""`door regulars`: tags that belong to a door, never booked there once somebody has approved them."""

import getpass
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from gateway.cli.options import Invocation, common_options, json_option
from gateway.cli.output import moment, print_json, print_table
from gateway.cli.store import now_us, opened
from gateway.documents.regulars_csv import read_regulars
from gateway.documents.typed import read_epcs, read_name
from gateway.errors import UsageError
from gateway.settings import Settings
from gateway.store import regulars as store
from gateway.store.standing import stood

DAYS = 2.0
DAY_US = 86_400_000_000


@click.group()
def regulars() -> None:
    """Tags that belong to a door: fixtures, stock, garments. Approved ones never give a receipt there."""


@regulars.command("list")
@click.option("--door", "read_point", metavar="DOOR", help="Of one read point only.")
@click.option("--proposed", is_flag=True, help="Those that stood there for days and nobody has approved yet.")
@click.option(
    "--days", type=click.FloatRange(min=0.0), default=DAYS, show_default=True, help="With --proposed."
)
@json_option
@common_options
@click.pass_obj
def list_regulars(
    invocation: Invocation, *, read_point: str | None, proposed: bool, days: float, as_json: bool
) -> None:
    """List the approved tags, or those that the doors propose."""
    settings = invocation.settings()
    _check_point(settings, read_point)
    with opened(settings) as database, database.reading() as connection:
        known = store.approved(connection, read_point)
        found = stood(connection, int(days * DAY_US), read_point) if proposed else ()
    if proposed:
        approved = {(one.read_point, one.epc) for one in known}
        names = ("read_point", "epc", "first_seen", "last_seen")
        rows = [
            (one.read_point, one.epc, moment(one.first_us), moment(one.last_us))
            for one in found
            if (one.read_point, one.epc) not in approved
        ]
    else:
        names = ("read_point", "epc", "approved_at", "approved_by")
        rows = [(one.read_point, one.epc, moment(one.approved_us), one.approved_by) for one in known]
    for row in rows if as_json else ():
        print_json(dict(zip(names, row, strict=True)))
    if not as_json:
        columns = [name.replace("_", " ").upper() for name in names]
        print_table(columns, rows, empty="none are proposed" if proposed else "none are approved")


@regulars.command()
@click.argument("read_point", metavar="[DOOR]", required=False)
@click.argument("epcs", metavar="[EPC]...", nargs=-1)
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, readable=False),
    help="CSV read_point,epc, as `door report` writes.",
)
@click.option("--by", metavar="NAME", help="Who says so; else the user who runs this.")
@common_options
@click.pass_obj
def approve(
    invocation: Invocation,
    *,
    read_point: str | None,
    epcs: tuple[str, ...],
    path: Path | None,
    by: str | None,
) -> None:
    """Say that EPCs belong to DOOR: from the daemon's next look on they give no receipt there."""
    settings = invocation.settings()
    wanted = _wanted(settings, read_point, epcs, path)
    who = read_name(_user() if by is None else by)
    with opened(settings) as database, database.writing() as connection:
        new = {
            point: store.approve(connection, point, some, by=who, now_us=now_us())
            for point, some in wanted.items()
        }
    _tell(new, wanted, "approved", "were approved already")


@regulars.command()
@click.argument("read_point", metavar="[DOOR]", required=False)
@click.argument("epcs", metavar="[EPC]...", nargs=-1)
@click.option("--file", "path", type=click.Path(path_type=Path, readable=False), help="CSV read_point,epc.")
@common_options
@click.pass_obj
def withdraw(
    invocation: Invocation, *, read_point: str | None, epcs: tuple[str, ...], path: Path | None
) -> None:
    """Say that EPCs are items again at DOOR."""
    settings = invocation.settings()
    wanted = _wanted(settings, read_point, epcs, path)
    with opened(settings) as database, database.writing() as connection:
        gone = {point: store.withdraw(connection, point, some) for point, some in wanted.items()}
    _tell(gone, wanted, "withdrawn", "were no regulars")


def _wanted(
    settings: Settings, read_point: str | None, epcs: Iterable[str], path: Path | None
) -> Mapping[str, list[str]]:
    """EPCs by read point. Raises UsageError and InputError."""
    given = list(epcs)
    if (path is None) == (read_point is None) or (read_point is not None and not given):
        raise UsageError("name a door and its EPCs, or a --file with both")
    named = [(str(read_point), epc.hex) for epc in read_epcs(given)]
    pairs = named if path is None else read_regulars(path)
    wanted: dict[str, list[str]] = defaultdict(list)
    for point, epc in pairs:
        _check_point(settings, point)
        wanted[point].append(epc)
    return wanted


def _check_point(settings: Settings, read_point: str | None) -> None:
    known = [point.id for point in settings.read_points]
    if read_point is not None and read_point not in known:
        raise UsageError(f"{read_point[:64]!r} is no read point (known: {', '.join(known)})")


def _user() -> str:
    """Raises UsageError where the operating system knows no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        raise UsageError("this system has no name for who runs this: say --by NAME") from None


def _tell(done: Mapping[str, list[str]], wanted: Mapping[str, list[str]], word: str, other: str) -> None:
    for point, epcs in done.items():
        click.echo(f"{point}: {len(epcs)} {word}")
        if len(epcs) < len(wanted[point]):
            click.echo(f"{point}: {len(wanted[point]) - len(epcs)} {other}")
