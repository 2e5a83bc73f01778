"""Rules that can never apply, and rules that let a door decide what it cannot know: both are faults."""

import tomllib

import pytest

from rules.errors import PolicyError
from rules.policy import Policy, parse_policy


def policy(text: str, **lists: list[str]) -> Policy:
    return parse_policy(tomllib.loads(text), lists)


def rule(rule_id: str, when: str = "", then: str = 'route = "X"', phase: str = "inspection") -> str:
    return f'[[rule]]\nid = "{rule_id}"\nphase = "{phase}"\nwhen = {{ {when} }}\nthen = {{ {then} }}\n'


def faults(*rules: str, head: str = "version = 1\n", **lists: list[str]) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        policy(head + "".join(rules), **lists)
    return caught.value.faults


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("", 'sku = "S"'),
        ('sku = "S"', 'sku = "S"'),
        ('sku = ["S", "T"]', 'sku = "T", rma = "R"'),
        ("value = { lte = 50 }", "value = { lt = 20 }"),
        ('any = [{ sku = "S" }, { sku = "T" }]', 'sku = "T"'),
        ("value = { exists = true }", "value = { between = [1, 2] }"),
    ],
)
def test_parse_when_an_earlier_rule_always_applies_then_the_later_is_never_reached(
    earlier: str, later: str
) -> None:
    assert faults(rule("a", earlier), rule("b", later)) == (
        "rule 2 (b).when: never reached: rule 1 (a) applies before",
    )


def test_parse_when_the_earlier_rule_is_of_another_phase_or_narrower_then_both_are_reached() -> None:
    two = policy("version = 1\n" + rule("a", "", phase="receipt") + rule("b", 'sku = "S"') + rule("c"))
    assert [each.id for each in two.rules] == ["a", "b", "c"]


def test_parse_when_a_rule_contradicts_itself_then_it_is_a_fault() -> None:
    told = faults(rule("a", "value = { gt = 5, lt = 3 }"))
    assert told == ("rule 1 (a).when: contradicts itself, so the rule never applies",)


def test_parse_when_an_earlier_rule_is_faulty_then_the_later_is_not_called_unreachable() -> None:
    assert len(faults(rule("a", 'skuu = "S"'), rule("b", 'sku = "T"'))) == 1


RELEASE = 'refund = "release"'


@pytest.mark.parametrize(
    "when",
    [
        "",
        "confidence = { lte = 0.9 }",
        "any = [{ confidence = { gte = 0.9 } }, { late = false }]",
        "confidence = 1.0",
    ],
)
def test_parse_when_the_door_refunds_without_a_floor_then_it_is_a_fault(when: str) -> None:
    told = faults(rule("a", when, RELEASE, phase="receipt"))
    assert told == ("rule 1 (a).then.refund: release at the door needs a floor: confidence = { gte = 0.95 }",)


@pytest.mark.parametrize(
    "when",
    [
        "confidence = { gt = 0.9 }",
        "confidence = { between = [0.9, 1] }",
        "all = [{ confidence = { gte = 0.9 } }]",
    ],
)
def test_parse_when_the_door_refunds_above_a_floor_then_it_may(when: str) -> None:
    assert policy("version = 1\n" + rule("a", when, RELEASE, phase="receipt")).rules


def test_parse_when_an_inspection_refunds_then_it_needs_no_floor() -> None:
    assert policy("version = 1\n" + rule("a", 'grade = "A"', RELEASE)).rules


CAPPED = 'match = "exact", confidence = { gte = 0.95 }, value = { lte = "60" }'


@pytest.mark.parametrize("restock", ["at_receipt", "at_disposition"])
def test_parse_when_the_door_restocks_then_it_must_be_capped(restock: str) -> None:
    then = f'disposition = "restock", restock = "{restock}"'
    assert policy("version = 1\n" + rule("a", CAPPED, then, phase="receipt")).rules
    for part in CAPPED.split(", "):
        rest = ", ".join(other for other in CAPPED.split(", ") if other != part)
        (fault,) = faults(rule("a", rest, then, phase="receipt"))
        assert fault.startswith("rule 1 (a).then.restock: restock at the door needs")


def test_parse_when_an_inspection_restocks_at_receipt_then_it_is_too_late() -> None:
    (fault,) = faults(rule("a", 'grade = "A"', 'disposition = "restock", restock = "at_receipt"'))
    assert fault == "rule 1 (a).then.restock: at_receipt is over when an item is inspected"


def test_parse_when_the_door_asks_for_a_grade_then_it_is_a_fault() -> None:
    (fault,) = faults(rule("a", 'grade = "A"', phase="receipt"))
    assert fault == "rule 1 (a).when.grade: is known at inspection only"


def test_parse_when_there_are_too_many_rules_then_a_list_is_advised() -> None:
    rule = {"phase": "receipt", "when": {"late": True}, "then": {"route": "R1"}}
    many = [{**rule, "id": f"r{number}"} for number in range(1001)]
    with pytest.raises(PolicyError) as caught:
        parse_policy({"version": 1, "rule": many}, {})
    assert caught.value.faults == ("rule: 1001 rules are more than 1000; name many values in a list instead",)


def test_parse_when_an_id_cannot_be_printed_then_it_is_a_fault() -> None:
    rule = {"id": "a\x07b", "phase": "receipt", "when": {"late": True}, "then": {"route": "R1"}}
    with pytest.raises(PolicyError, match=r"rule 1\.id: must be text of 1 to 200 printable characters"):
        parse_policy({"version": 1, "rule": [rule]}, {})
