"""The example rules: valid, and every one of them decides one of the example cases."""

from pathlib import Path

from gateway.cli.rule_cases import read_cases
from gateway.rulebook import load_policy

DEPLOY = Path(__file__).parents[2] / "deploy"


def test_example_rules_when_held_to_their_cases_then_nothing_differs() -> None:
    policy = load_policy(DEPLOY / "rules.toml")
    cases = read_cases(DEPLOY / "rules-cases.toml")
    assert [difference for case in cases for difference in case.differences(policy)] == []


def test_example_rules_when_a_rule_exists_then_a_case_shows_it() -> None:
    shown = {case.expect.get("rule") for case in read_cases(DEPLOY / "rules-cases.toml")}
    assert {rule.id for rule in load_policy(DEPLOY / "rules.toml").rules} <= shown
