"""The example rules: valid, each decides one of the example cases, and no word of them can change unnoticed."""

import copy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.rule_cases import read_cases
from gateway.config.rulebook import load_policy
from rules.errors import PolicyError
from rules.policy import Policy, parse_policy

DEPLOY = Path(__file__).parents[2] / "deploy"
EXAMPLE = tomllib.loads((DEPLOY / "rules.toml").read_text())
CASES = read_cases(DEPLOY / "rules-cases.toml")
OTHER = {"disposition": "donate", "refund": {"hold": "release", "release": "hold"}, "route": "ELSEWHERE"}
"""What a rule could decide instead."""
NOT_EXPECTED = ("gpo",)
"""What cases say nothing about."""
Mutant = tuple[str, dict[str, Any]]


def differences(policy: Policy) -> list[str]:
    return [difference for case in CASES for difference in case.differences(policy)]


def changed(number: int, name: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    document = copy.deepcopy(EXAMPLE)
    rule = document["rule"][number]
    return f"{rule['id']}: {name}", document, rule


def mutants() -> Iterator[Mutant]:
    """A rule left out; what it decides changed; a condition left out, or a number just beyond its bound."""
    for number, original in enumerate(EXAMPLE["rule"]):
        name, document, _ = changed(number, "left out")
        del document["rule"][number]
        yield name, document
        for key, value in original["then"].items():
            if key not in NOT_EXPECTED:
                name, document, rule = changed(number, f"then.{key}")
                other = OTHER[key]
                rule["then"][key] = other[value] if isinstance(other, dict) else other
                yield name, document
        for field, condition in original["when"].items():
            name, document, rule = changed(number, f"without {field}")
            del rule["when"][field]
            yield name, document
            for operator in condition if isinstance(condition, dict) else ():
                name, document, rule = changed(number, f"{field}.{operator}")
                narrower = {"lte": "lt", "gte": "gt"}[operator]
                rule["when"][field] = {narrower: condition[operator]}
                yield name, document
            for value in condition if isinstance(condition, list) else ():
                name, document, rule = changed(number, f"{field} not {value}")
                rule["when"][field].remove(value)
                yield name, document


def test_example_rules_when_held_to_their_cases_then_nothing_differs() -> None:
    assert differences(load_policy(DEPLOY / "rules.toml")) == []


def test_example_rules_when_a_rule_exists_then_a_case_shows_it() -> None:
    shown = {case.expect.get("rule") for case in CASES}
    assert {rule.id for rule in load_policy(DEPLOY / "rules.toml").rules} <= shown


@pytest.mark.parametrize(
    ("name", "document"), list(mutants()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_example_rules_when_a_word_changes_then_a_case_differs_or_the_rules_are_refused(
    name: str, document: dict[str, Any]
) -> None:
    try:
        policy = parse_policy(document, {})
    except PolicyError:
        return
    assert differences(policy), name
