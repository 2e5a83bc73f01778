"""Disposition rules: the first that applies decides; faulty files are refused with every fault."""

import tomllib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.conditions import Facts
from rules.errors import PolicyError
from rules.outcomes import Phase, Tried
from rules.policy import DEFAULT_POLICY, Policy, parse_policy
from rules.vocabulary import Disposition, Gpo, Refund, Restock

EXAMPLE = """
version = 1
[[rule]]
id = "fast-track-apparel"
phase = "receipt"               # receipt | inspection
when = { category = ["apparel"], reason = ["SIZE_TOO_SMALL","UNWANTED"], value = { lte = "60.00" }, currency = "EUR", match = "exact", confidence = { gte = 0.95 } }
then = { disposition = "restock", refund = "release", route = "FT", gpo = { port = 1, seconds = 3 } }
[[rule]]
id = "hygiene-never-restock"
phase = "inspection"
when = { category = ["underwear","cosmetics"], sealed = false }
then = { disposition = "recycle", route = "R3" }
"""
SHIRT: Facts = {
    "category": "apparel",
    "reason": "UNWANTED",
    "value": Decimal("59.90"),
    "currency": "EUR",
    "match": "exact",
    "confidence": Decimal("0.99"),
}


def policy(text: str = EXAMPLE, **lists: list[str]) -> Policy:
    return parse_policy(tomllib.loads(text), lists)


def rule(rule_id: str, when: str = "", then: str = 'route = "X"', phase: str = "inspection") -> str:
    return f'[[rule]]\nid = "{rule_id}"\nphase = "{phase}"\nwhen = {{ {when} }}\nthen = {{ {then} }}\n'


def faults(*rules: str, head: str = "version = 1\n", **lists: list[str]) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        policy(head + "".join(rules), **lists)
    return caught.value.faults


def test_decide_when_the_first_rule_applies_then_it_decides() -> None:
    outcome = policy().decide(Phase.RECEIPT, SHIRT)
    assert outcome.rule == "fast-track-apparel"
    assert (outcome.disposition, outcome.decision.refund) == (Disposition.RESTOCK, Refund.RELEASED)
    assert (outcome.decision.route, outcome.decision.gpo) == ("FT", Gpo(1, 3.0))
    assert outcome.decision.restock is Restock.AT_STOCKING
    assert outcome.tried == (Tried("fast-track-apparel", is_met=True),)
    assert outcome.ruleset == policy().ruleset


@pytest.mark.parametrize(
    "change",
    [
        {"category": "shoes"},
        {"reason": "DEFECT"},
        {"value": Decimal("60.01")},
        {"currency": "USD"},
        {"match": "gtin"},
        {"confidence": Decimal("0.94")},
    ],
)
def test_decide_when_one_condition_fails_then_the_defaults_hold(change: Facts) -> None:
    outcome = policy().decide(Phase.RECEIPT, {**SHIRT, **change})
    assert (outcome.rule, outcome.disposition, outcome.decision.refund) == (
        None,
        Disposition.INSPECT,
        Refund.HELD,
    )
    assert outcome.tried == (Tried("fast-track-apparel", is_met=False),)


def test_decide_when_a_value_is_missing_then_it_does_not_match_and_is_counted() -> None:
    outcome = policy().decide(Phase.RECEIPT, {**SHIRT, "value": None, "currency": None})
    assert outcome.rule is None
    assert outcome.missing == ("currency", "value")
    decided = policy().decide(Phase.RECEIPT, {**SHIRT, "value": None, "category": "shoes"})
    assert decided.missing == ()


def test_decide_when_the_phase_is_another_then_its_rules_are_asked() -> None:
    facts: Facts = {"category": "underwear", "sealed": False}
    assert policy().decide(Phase.INSPECTION, facts).disposition is Disposition.RECYCLE
    assert policy().decide(Phase.INSPECTION, {**facts, "sealed": True}).rule is None
    assert policy().decide(Phase.RECEIPT, facts).rule is None


def test_decide_when_several_rules_apply_then_the_first_wins() -> None:
    two = policy("version = 1\n" + rule("a", 'sku = "S"', 'route = "A"') + rule("b", "", 'route = "B"'))
    assert two.decide(Phase.INSPECTION, {"sku": "S"}).decision.route == "A"
    outcome = two.decide(Phase.INSPECTION, {"sku": "T"})
    assert outcome.decision.route == "B"
    assert outcome.tried == (Tried("a", is_met=False), Tried("b", is_met=True))


def test_default_policy_when_asked_then_everything_waits() -> None:
    outcome = DEFAULT_POLICY.decide(Phase.RECEIPT, SHIRT)
    assert (outcome.ruleset, outcome.rule, outcome.disposition) == ("default", None, Disposition.INSPECT)
    assert outcome.decision.refund is Refund.HELD


def test_ruleset_when_only_layout_changes_then_it_is_the_same() -> None:
    assert policy().ruleset == policy(EXAMPLE.replace("# receipt | inspection", "")).ruleset
    assert policy().ruleset != policy(EXAMPLE.replace("60.00", "61.00")).ruleset
    listed = "version = 1\n" + rule("a", 'sku = { in = "recalled" }')
    assert policy(listed, recalled=["A", "B"]).ruleset == policy(listed, recalled=["B", "A"]).ruleset
    assert policy(listed, recalled=["A"]).ruleset != policy(listed, recalled=["B"]).ruleset
    assert len(policy().ruleset) == 16


def test_lists_when_a_rule_names_one_then_its_values_count() -> None:
    recalled = policy(
        'version = 1\n[lists]\nrecalled = "recalled.txt"\n' + rule("a", 'sku = { in = "recalled" }'),
        recalled=["S"],
    )
    assert recalled.decide(Phase.INSPECTION, {"sku": "S"}).rule == "a"
    assert recalled.decide(Phase.INSPECTION, {"sku": "T"}).rule is None


def test_parse_when_many_things_are_wrong_then_all_are_told_with_their_place() -> None:
    told = faults(
        rule("a", 'categry = "x"', 'refund = "all"'),
        rule("a", "", 'route = "B"', phase="arrival"),
        '[[rule]]\nphase = "receipt"\nwen = {}\n',
        head="versin = 1\n",
    )
    assert told == (
        "versin: is no part of a rules file; did you mean 'version'?",
        "version: must be 1",
        "rule 1 (a).when.categry: is no field of an item; did you mean 'category'?",
        "rule 1 (a).then.refund: must be hold or release",
        "rule 2 (a).phase: must be one of receipt, inspection",
        "rule 3.id: must be text of 1 to 200 printable characters, and unique",
        "rule 3.wen: is no part of a rule; did you mean 'when'?",
        "rule 3.then: must be a table that decides something",
        "rule 2 (a).id: is the id of rule 1 already",
    )


@pytest.mark.parametrize("document", [{"version": 1, "rule": "a"}, {"version": 1, "rule": {"id": "a"}}])
def test_parse_when_rule_is_no_list_then_it_says_how(document: dict[str, object]) -> None:
    with pytest.raises(PolicyError, match=r"\[\[rule\]\]"):
        parse_policy(document, {})


def test_parse_when_a_rule_is_no_table_then_it_is_a_fault() -> None:
    with pytest.raises(PolicyError, match="rule 1: must be a table") as caught:
        parse_policy({"version": 1, "rule": ["a"]}, {})
    assert len(caught.value.faults) == 1


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats()
    | st.sampled_from(["x", "exact", "restock", "1.5", ""])
)
KEYS = st.sampled_from(
    [
        "id",
        "phase",
        "when",
        "then",
        "sku",
        "value",
        "match",
        "any",
        "all",
        "not",
        "in",
        "lt",
        "between",
        "prefix",
        "gpo",
        "port",
    ]
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries(
        {"version": st.just(1)},
        optional={
            "rule": ANYTHING
            | st.lists(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "id": LEAVES,
                        "phase": st.sampled_from(["receipt", "inspection", 1]),
                        "when": ANYTHING,
                        "then": ANYTHING,
                    },
                ),
                max_size=3,
            )
        },
    )
)
def test_parse_when_given_anything_then_only_policy_errors_are_raised(document: dict[str, object]) -> None:
    try:
        parsed = parse_policy(document, {"x": ["1"]})
    except PolicyError as error:
        assert error.faults
    else:
        assert parsed.decide(Phase.RECEIPT, {}).ruleset == parsed.ruleset
