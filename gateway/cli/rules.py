"""`rules check`, `test` and `explain`: disposition rules judged, held to examples, and asked why."""

from pathlib import Path

import click

from gateway.cli.errors import DATA, tell
from gateway.cli.options import Command, Invocation, common_options, json_option
from gateway.cli.output import print_json, print_table
from gateway.cli.rule_cases import parse_fact, read_cases, read_facts, told
from gateway.config.files import rules_file
from gateway.config.rulebook import load_policy
from rules.outcomes import Phase
from rules.policy import Policy
from rules.revision import revision


def _rules_option(command: Command) -> Command:
    file = click.Path(path_type=Path, readable=False)
    return click.option("--rules", "file", type=file, help="A rules file, else the configuration's.")(command)


@click.group()
def rules() -> None:
    """Judge and try disposition rules."""


@rules.command()
@click.argument("file", type=click.Path(path_type=Path, readable=False), required=False)
@click.option(
    "--diff",
    "before",
    metavar="OLD",
    type=click.Path(path_type=Path, readable=False),
    help="Also tell which rules the rules file OLD has otherwise.",
)
@common_options
@click.pass_obj
def check(invocation: Invocation, *, file: Path | None, before: Path | None) -> None:
    """Judge a rules FILE, else the configuration's: every fault at once, rules that are never reached too."""
    policy = _policy(invocation, file)
    click.echo(f"without fault: {len(policy.rules)} rules, rule set {policy.ruleset}")
    if before is not None:
        click.echo(f"compared with {before}: {revision(load_policy(before), policy)}")


@rules.command()
@click.argument("fixtures", type=click.Path(path_type=Path, readable=False))
@_rules_option
@common_options
@click.pass_obj
def test(invocation: Invocation, *, fixtures: Path, file: Path | None) -> None:
    """Hold the rules to the cases in FIXTURES (TOML); what differs is told, and the exit code is 65.

    Each [[case]] has a name, a phase (receipt or inspection), facts, and what to expect: rule ("" for none),
    disposition, refund, route or restock.
    """
    policy = _policy(invocation, file)
    cases = read_cases(fixtures)
    failed = [difference for case in cases for difference in case.differences(policy)]
    for difference in failed:
        tell(f"{fixtures.name}: {difference}")
    click.echo(f"{len(cases)} cases, {len(failed)} differences")
    if failed:
        raise click.exceptions.Exit(DATA)


@rules.command()
@click.argument("facts", metavar="FIELD=VALUE...", nargs=-1)
@click.option(
    "--phase", type=click.Choice(Phase, case_sensitive=False), default=Phase.RECEIPT, show_default=True
)
@_rules_option
@json_option
@common_options
@click.pass_obj
def explain(
    invocation: Invocation, *, facts: tuple[str, ...], phase: Phase, file: Path | None, as_json: bool
) -> None:
    """Tell what the rules decide about an item, which rule did, and why the others did not."""
    known = read_facts(dict(parse_fact(fact) for fact in facts), "FIELD=VALUE")
    outcome = _policy(invocation, file).decide(phase, known)
    if as_json:
        tried = [
            {"rule": one.rule, "applies": one.is_met, "missing": list(one.missing)} for one in outcome.tried
        ]
        print_json({**told(outcome), "ruleset": outcome.ruleset, "tried": tried})
        return
    rows = [
        (one.rule, "applies" if one.is_met else "does not", ", ".join(one.missing)) for one in outcome.tried
    ]
    print_table(("RULE", "APPLIES", "NOT KNOWN"), rows, empty="no rules in this phase")
    click.echo("; ".join(f"{key} {value}" for key, value in told(outcome).items() if value is not None))


def _policy(invocation: Invocation, file: Path | None) -> Policy:
    return load_policy(file or rules_file(invocation.settings()))
