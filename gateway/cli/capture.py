"""`capture record` and `capture show`: raw LLRP traffic to a file, and as JSON lines, one per message."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gateway.cli.options import Invocation, common_options, log_options
from gateway.cli.output import print_json, progress
from gateway.cli.reader_choice import named, port_option, reader_settings
from readers.capture import CaptureWriter, Record, read_capture
from readers.llrp.describe import describe


@click.group()
def capture() -> None:
    """Raw LLRP traffic to a file, and as JSON lines."""


@capture.command()
@click.argument("host")
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@port_option
@click.option(
    "--seconds", type=click.FloatRange(0.1), help="End by itself after this long; else Ctrl-C ends."
)
@common_options
@click.pass_obj
def record(invocation: Invocation, *, host: str, file: Path, port: int | None, seconds: float | None) -> None:
    """Read with a reader and write all LLRP traffic to FILE, or append to it.

    HOST may be a configured reader's id. It takes the reader: a gateway that serves it stands by meanwhile.
    """
    from gateway.cli.capture_record import record as record_traffic

    settings = reader_settings(invocation, host, port)
    with (
        named(settings),
        CaptureWriter(file) as writer,
        progress(f"recording {settings.id}: reads") as advance,
    ):
        messages, reads = asyncio.run(record_traffic(settings, writer, seconds, advance))
    click.echo(f"{file}: {messages} messages, {reads} reads")


@capture.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True, readable=False))
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
