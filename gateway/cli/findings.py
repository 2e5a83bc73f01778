"""What trying something has shown, and how it is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import click

from gateway.cli.errors import UNAVAILABLE
from gateway.cli.output import print_json
from gateway.logs import redact


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    verdict: Verdict
    words: str
    advice: str | None = None
    """What to do about it."""


_COLOURS = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAIL: "red"}


def print_findings(findings: Iterable[Finding], *, as_json: bool = False) -> None:
    for finding in findings:
        if as_json:
            print_json(
                {
                    "what": finding.what,
                    "verdict": finding.verdict,
                    "words": redact(finding.words),
                    "advice": finding.advice,
                }
            )
            continue
        verdict = click.style(f"{finding.verdict:<7}", fg=_COLOURS[finding.verdict])
        click.echo(f"{verdict}  {finding.what}: {redact(finding.words)}")
        if finding.advice is not None:
            click.echo(f"         {finding.advice}")


def conclude(findings: Iterable[Finding]) -> None:
    """A service that cannot be used ends the command with its exit code."""
    if any(finding.verdict is Verdict.FAIL for finding in findings):
        raise click.exceptions.Exit(UNAVAILABLE)
