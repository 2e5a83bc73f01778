"""What commands print: tables for people, JSON lines for programs, progress on a terminal."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import click

MAX_TABLE_WIDTH = 1000
"""Where output is piped, no row is cut."""


def print_json(document: Mapping[str, object], *, err: bool = False) -> None:
    """One JSON line on stdout, or on stderr; bytes as hex."""
    line = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_json_value)
    print(line, file=sys.stderr if err else sys.stdout)


def _json_value(value: object) -> str:
    return value.hex().upper() if isinstance(value, bytes) else str(value)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str, *, err: bool = False
) -> None:
    """A table for people; `empty` is said when there are no rows. None shows as nothing."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    if not table.row_count:
        click.echo(empty, err=True)
        return
    stream = sys.stderr if err else sys.stdout
    Console(file=stream, width=None if stream.isatty() else MAX_TABLE_WIDTH).print(table)


def printable(cell: object) -> str:
    """Text from outside cannot steer the terminal."""
    text = "" if cell is None else str(cell)
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def moment(time_us: int | None) -> str | None:
    """Microseconds since 1970 UTC as ISO 8601, in seconds."""
    if time_us is None:
        return None
    return datetime.fromtimestamp(time_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A bar on stderr when it is a terminal, else nothing; call what it yields with how much more is done."""
    if not sys.stderr.isatty():
        yield lambda _more: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=total)
        yield lambda more: bar.advance(task, more)
