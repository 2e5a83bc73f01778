"""`doctor`: tries everything the gateway needs, and says what is wrong and what to do."""

import asyncio

import click

from gateway.cli.check import judged
from gateway.cli.findings import Finding, Verdict, conclude, print_findings
from gateway.cli.options import Invocation, common_options, json_option
from gateway.cli.probes import probe_clock, probe_services
from gateway.config.files import warnings


@click.command()
@json_option
@common_options
@click.pass_obj
def doctor(invocation: Invocation, *, as_json: bool) -> None:
    """Try readers, broker, database and clock; say what is wrong and what to do."""
    settings = judged(invocation)
    findings = [Finding(f"configuration {invocation.config}", Verdict.OK, "without fault")]
    findings += [Finding("configuration", Verdict.WARNING, warning) for warning in warnings(settings)]
    findings += asyncio.run(probe_services(settings))
    findings.append(probe_clock())
    print_findings(findings, as_json=as_json)
    conclude(findings)
