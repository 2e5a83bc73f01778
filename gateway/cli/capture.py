"""`capture show`: raw LLRP traffic as JSON lines, one per message."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gateway.cli.options import log_options
from gateway.cli.output import print_json
from readers.capture import Record, read_capture
from readers.llrp.describe import describe


@click.group()
def capture() -> None:
    """Raw LLRP traffic as JSON lines."""


@capture.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@log_options
def show(*, file: Path) -> None:
    """Show a capture, or any plain stream of LLRP messages, as JSON lines; - reads standard input.

    A faulty message is {"error": ...}, and the next one follows.
    """
    with _seekable(file) as path:
        for record in read_capture(path):
            print_json({**describe(record.message), **_circumstances(record)})


@contextmanager
def _seekable(file: Path) -> Iterator[Path]:
    """A file that can be mapped: what comes from a pipe goes to a temporary one."""
    if str(file) != "-":
        yield file
        return
    with tempfile.NamedTemporaryFile() as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        yield Path(copy.name)


def _circumstances(record: Record) -> dict[str, object]:
    """When, from which reader and in which direction: a plain stream does not tell."""
    if record.direction is None:
        return {}
    return {
        "received_us": record.received_us,
        "reader": record.reader,
        "direction": record.direction.name.lower(),
    }
