"""`rules check`, `test` and `explain`."""

import json
from pathlib import Path

import pytest

from tests.gateway.cli.conftest import Cli

RULES = """version = 1
[[rule]]
id = "cheap"
phase = "receipt"
when = { value = { lte = "20.00" }, category = "apparel" }
then = { disposition = "restock", route = "FT" }
[[rule]]
id = "sealed"
phase = "inspection"
when = { sealed = true }
then = { disposition = "restock", refund = "release" }
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    return path


def test_check_when_rules_are_good_then_they_are_counted(rules: Path, cli: Cli) -> None:
    ran = cli("rules", "check", rules)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("without fault: 2 rules, rule set ")


def test_check_when_compared_with_other_rules_then_what_changed_is_told(
    rules: Path, tmp_path: Path, cli: Cli
) -> None:
    new = tmp_path / "new.toml"
    new.write_text(RULES.replace('"20.00"', '"30.00"').replace('"sealed"', '"unopened"'))
    ran = cli("rules", "check", new, "--diff", rules)
    assert ran.code == 0
    difference = "added: unopened; removed: sealed; changed: cheap (when)"
    assert ran.out.splitlines()[1] == f"compared with {rules}: {difference}"


def test_check_when_the_configuration_names_none_then_the_defaults_hold(config: Path, cli: Cli) -> None:
    assert cli("rules", "check", "--config", config).out == "without fault: 0 rules, rule set default\n"


def test_check_when_rules_are_faulty_then_each_fault_is_told_and_the_code_is_78(
    rules: Path, cli: Cli
) -> None:
    rules.write_text(RULES.replace("lte", "let").replace("inspection", "inspect"))
    ran = cli("rules", "check", rules)
    assert (ran.code, ran.out) == (78, "")
    assert [line.partition(": ")[2].partition(": ")[0] for line in ran.err.splitlines()] == [
        "rule 1 (cheap).when.value.let",
        "rule 2 (sealed).phase",
    ]


def test_explain_when_a_rule_applies_then_it_is_named_with_its_decision(rules: Path, cli: Cli) -> None:
    ran = cli("rules", "explain", "category=apparel", "value=9.90", "--rules", rules, "--json")
    assert ran.code == 0
    told = json.loads(ran.out)
    assert told.pop("ruleset")
    assert told == {
        "rule": "cheap",
        "disposition": "restock",
        "refund": "held",
        "route": "FT",
        "restock": "at_stocking",
        "tried": [{"rule": "cheap", "applies": True, "missing": []}],
    }


def test_explain_when_something_is_not_known_then_it_says_what(rules: Path, cli: Cli) -> None:
    ran = cli("rules", "explain", "category=apparel", "--rules", rules)
    assert [line.split() for line in ran.out.splitlines()] == [
        ["RULE", "APPLIES", "NOT", "KNOWN"],
        ["cheap", "does", "not", "value"],
        ["disposition", "inspect;", "refund", "held;", "restock", "at_stocking"],
    ]


def test_explain_when_at_inspection_then_flags_are_read(rules: Path, cli: Cli) -> None:
    ran = cli("rules", "explain", "sealed=true", "--phase", "inspection", "--rules", rules, "--json")
    assert json.loads(ran.out)["rule"] == "sealed"


@pytest.mark.parametrize(
    ("facts", "code", "words"),
    [
        (("colour=red",), 65, "colour: is no field of an item"),
        (("value=much",), 65, "value: 'much' is not a number"),
        (("sealed=perhaps",), 65, "sealed: 'perhaps' is not true or false"),
        (("match=nearly",), 65, "match: 'nearly' is none of exact, gtin"),
        (("value=1e999999",), 65, "value: '1e999999' is not a number"),
        (("category",), 64, "'category' is not FIELD=VALUE"),
    ],
)
def test_explain_when_a_fact_is_wrong_then_it_is_told(
    facts: tuple[str, ...], code: int, words: str, rules: Path, cli: Cli
) -> None:
    ran = cli("rules", "explain", *facts, "--rules", rules)
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err


def test_test_when_every_case_is_met_then_they_are_counted(rules: Path, cli: Cli, tmp_path: Path) -> None:
    cases = tmp_path / "cases.toml"
    cases.write_text(
        '[[case]]\nname = "a"\nfacts = { category = "apparel", value = 5 }\nexpect = { rule = "cheap", route = "FT" }\n'
        '[[case]]\nname = "b"\nphase = "inspection"\nfacts = { sealed = false }\nexpect = { rule = "", refund = "held" }\n'
    )
    ran = cli("rules", "test", cases, "--rules", rules)
    assert (ran.code, ran.out, ran.err) == (0, "2 cases, 0 differences\n", "")


def test_test_when_expected_in_the_words_of_a_rule_then_they_are_understood(
    rules: Path, cli: Cli, tmp_path: Path
) -> None:
    cases = tmp_path / "cases.toml"
    cases.write_text(
        '[[case]]\nphase = "inspection"\nfacts = { sealed = true }\nexpect = { refund = "release" }\n'
    )
    assert cli("rules", "test", cases, "--rules", rules).out == "1 cases, 0 differences\n"


def test_test_when_words_are_expected_that_do_not_exist_then_they_are_faults(
    rules: Path, cli: Cli, tmp_path: Path
) -> None:
    cases = tmp_path / "cases.toml"
    cases.write_text(
        '[[case]]\nfacts = { match = "nearly" }\nexpect = { disposition = "sell", refund = "full", rule = 5 }\n'
    )
    ran = cli("rules", "test", cases, "--rules", rules)
    assert (ran.code, ran.out) == (65, "")
    told = [line.removeprefix("cases.toml: case 1: ").partition(":")[0] for line in ran.err.splitlines()]
    assert told == ["expect", "expect", "expect", "facts"]
    assert "disposition: 'sell' is none of inspect, restock" in ran.err
    assert "rule: 5 is not text" in ran.err


def test_test_when_a_case_is_not_met_then_the_difference_is_told_and_the_code_is_65(
    rules: Path, cli: Cli, tmp_path: Path
) -> None:
    cases = tmp_path / "cases.toml"
    cases.write_text(
        '[[case]]\nname = "a"\nfacts = { category = "shoes" }\nexpect = { rule = "cheap", disposition = "restock" }\n'
    )
    ran = cli("rules", "test", cases, "--rules", rules)
    assert (ran.code, ran.out) == (65, "1 cases, 2 differences\n")
    assert ran.err.splitlines() == [
        "cases.toml: a: rule is none, expected cheap",
        "cases.toml: a: disposition is inspect, expected restock",
    ]


def test_test_when_cases_are_faulty_then_all_faults_are_told(rules: Path, cli: Cli, tmp_path: Path) -> None:
    cases = tmp_path / "cases.toml"
    cases.write_text(
        'cases = 1\n[[case]]\nfact = {}\nphase = "never"\nexpect = { rule = "" }\n'
        '[[case]]\nfacts = { colour = "red" }\nexpect = {}\n'
    )
    ran = cli("rules", "test", cases, "--rules", rules)
    assert (ran.code, ran.out) == (65, "")
    assert ran.err.splitlines() == [
        "cases.toml: cases: unknown key, expected [[case]]",
        "cases.toml: case 1: fact: unknown key; did you mean 'facts'?",
        "cases.toml: case 1: phase: must be one of receipt, inspection",
        "cases.toml: case 2: expect: must be a table of disposition, refund, restock, route, rule",
        "cases.toml: case 2: facts: colour: is no field of an item",
    ]
