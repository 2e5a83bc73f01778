"""Which reader a command means: a host and port, or the id of a configured one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click

from gateway.cli.options import Command, Invocation
from gateway.cli.probes import reader_advice
from gateway.errors import UnavailableError
from readers.errors import ReaderError
from readers.settings import ReaderSettings

LLRP_PORT = 5084
_PORT = click.IntRange(1, 65535)
_ADDRESS = re.compile(r"([^:]+):([0-9]{1,9})")


def port_option(command: Command) -> Command:
    return click.option("--port", type=_PORT, help=f"Else as configured, else {LLRP_PORT}.")(command)


def reader_settings(invocation: Invocation, host: str, port: int | None) -> ReaderSettings:
    """As configured where the configuration knows the reader by id or host, else the defaults.

    HOST:PORT is understood too.
    """
    readers = invocation.settings().readers if invocation.config.exists() else ()
    address = _ADDRESS.fullmatch(host)
    if port is None and address is not None and all(one.id != host for one in readers):
        host, port = address[1], _PORT.convert(int(address[2]), None, None)
    known = next((one for one in readers if host in {one.id, one.host}), ReaderSettings(host, host))
    return known if port is None else replace(known, port=port)


@contextmanager
def named(settings: ReaderSettings) -> Iterator[None]:
    """What goes wrong names the reader, and what to do."""
    try:
        yield
    except ReaderError as error:
        advice = reader_advice(error)
        words = f"reader {settings.host}:{settings.port}: {error}"
        raise UnavailableError(f"{words}; {advice}" if advice else words) from error
