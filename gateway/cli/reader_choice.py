"""Which reader a command means: a host and port, or the id of a configured one."""

from dataclasses import replace

import click

from gateway.cli.options import Command, Invocation
from readers.settings import ReaderSettings

LLRP_PORT = 5084


def port_option(command: Command) -> Command:
    port = click.IntRange(1, 65535)
    return click.option("--port", type=port, help=f"Else as configured, else {LLRP_PORT}.")(command)


def reader_settings(invocation: Invocation, host: str, port: int | None) -> ReaderSettings:
    """As configured where the configuration knows the reader by id or host, else the defaults."""
    known = ReaderSettings(host, host)
    if invocation.config.exists():
        readers = invocation.settings().readers
        known = next((one for one in readers if host in {one.id, one.host}), known)
    return known if port is None else replace(known, port=port)
