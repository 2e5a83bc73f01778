"""`run`: the daemon in the foreground, until SIGTERM or Ctrl-C; SIGHUP takes the rules anew."""

import asyncio
from functools import partial

import click

from gateway.cli.options import Invocation, common_options
from gateway.config_files import file_faults, rules_file
from gateway.daemon import serve
from gateway.errors import ConfigError
from gateway.rulebook import load_policy


@click.command()
@common_options
@click.pass_obj
def run(invocation: Invocation) -> None:
    """Run the gateway in the foreground until SIGTERM or Ctrl-C; SIGHUP takes the disposition rules anew."""
    settings = invocation.settings()
    invocation.start_logging(settings.log)
    if faults := file_faults(settings, invocation.config):
        raise ConfigError(tuple(faults))
    asyncio.run(serve(settings, partial(load_policy, rules_file(settings))))
