"""`check`: configuration and rules judged, and with --connect whether everything they name answers."""

import asyncio

import click

from gateway.cli.errors import tell
from gateway.cli.options import Invocation, common_options
from gateway.config.files import file_faults, rules_file, warnings
from gateway.config.rulebook import load_policy
from gateway.errors import ConfigError
from gateway.settings import Settings


@click.command()
@click.option("--connect", is_flag=True, help="Also try readers, broker and database.")
@common_options
@click.pass_obj
def check(invocation: Invocation, *, connect: bool) -> None:
    """Judge the configuration, the files it names and the rules: every fault at once."""
    settings = judged(invocation)
    for warning in warnings(settings):
        tell(f"warning: {warning}")
    click.echo(f"{invocation.config}: {_summary(settings)}")
    if connect:
        from gateway.cli.findings import conclude, print_findings
        from gateway.cli.probes import probe_services

        findings = asyncio.run(probe_services(settings))
        print_findings(findings)
        conclude(findings)


def judged(invocation: Invocation) -> Settings:
    """Settings without a fault in the file, in the files it names and in the rules."""
    settings = invocation.settings()
    faults = file_faults(settings, invocation.config)
    rules = rules_file(settings)
    if rules is None or rules.is_file():
        try:
            load_policy(rules)
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(tuple(faults))
    return settings


def _summary(settings: Settings) -> str:
    readers, points = len(settings.readers), len(settings.read_points)
    rules = settings.rules.file or "the default rules"
    counts = (("reader", readers), ("antenna", len(settings.routes)), ("read point", points))
    words = ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in counts)
    return f"without fault: {words}, {rules}"
