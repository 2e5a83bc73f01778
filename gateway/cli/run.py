"""`run`: the daemon in the foreground, until SIGTERM or Ctrl-C; SIGHUP takes the configuration anew."""

import asyncio

import click

from gateway.cli.check import judged
from gateway.cli.options import Invocation, common_options
from gateway.config.files import rules_file
from gateway.config.rulebook import load_policy
from gateway.running.reloading import Configuration, Source
from gateway.service import serve


@click.command()
@common_options
@click.pass_obj
def run(invocation: Invocation) -> None:
    """Run the gateway in the foreground until SIGTERM or Ctrl-C; SIGHUP takes the configuration anew."""

    def load() -> Configuration:
        settings = judged(invocation)
        return Configuration(settings, load_policy(rules_file(settings)))

    asyncio.run(serve(Source(load, invocation.start_logging), invocation.config.absolute().parent))
