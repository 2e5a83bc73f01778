"""What changes when one set of rules takes the place of another."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.policy import DEFAULT_POLICY, Policy, parse_policy
from rules.revision import Revision, revision

LISTS: Mapping[str, list[str]] = {"recalled": ["80614141123458"]}
GRADES = {"new": "A", "open": "B", "used": "C", "broken": "D", "scrap": "F"}


def one(id_: str, **changes: object) -> dict[str, object]:
    usual = {"id": id_, "phase": "inspection", "when": {"grade": GRADES[id_]}, "then": {"refund": "hold"}}
    return {**usual, **changes}


def policy(*rules: dict[str, object], lists: Mapping[str, list[str]] = LISTS) -> Policy:
    return parse_policy({"version": 1, "rule": list(rules)}, lists)


def test_revision_when_rules_come_and_go_then_they_are_named_in_their_order() -> None:
    before = policy(one("new"), one("open"), one("used"))
    after = policy(one("scrap"), one("open"), one("broken"))
    found = revision(before, after)
    assert found == Revision(added=("scrap", "broken"), removed=("new", "used"))
    assert str(found) == "added: scrap, broken; removed: new, used"


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"then": {"refund": "release"}}, "then"),
        ({"when": {"grade": "A", "sealed": True}}, "when"),
        ({"phase": "receipt", "when": {"late": True}, "then": {"route": "R1"}}, "phase, when, then"),
        ({"note": "asked for by the works council"}, ""),
    ],
)
def test_revision_when_a_rule_is_rewritten_then_what_changed_of_it_is_told(
    changes: dict[str, object], parts: str
) -> None:
    found = revision(policy(one("new")), policy(one("new", **changes)))
    assert found == Revision(changed=(f"new ({parts})",) if parts else ())
    assert bool(found) is bool(parts)


def test_revision_when_a_list_has_other_contents_then_the_rule_that_names_it_changed() -> None:
    rule = one("new", when={"gtin": {"in": "recalled"}})
    found = revision(policy(rule), policy(rule, lists={"recalled": ["80614141123465"]}))
    assert found.changed == ("new (when)",)


def test_revision_when_a_rule_is_asked_earlier_then_it_moved_and_the_others_did_not() -> None:
    before = policy(one("new"), one("open"), one("used"), one("scrap"))
    after = policy(one("scrap"), one("new"), one("broken"), one("used"))
    found = revision(before, after)
    assert found == Revision(added=("broken",), removed=("open",), moved=("scrap",))


def test_revision_when_rules_of_different_phases_change_places_then_nothing_moved() -> None:
    at_the_door = {"id": "door", "phase": "receipt", "when": {"late": True}, "then": {"route": "R1"}}
    found = revision(policy(one("new"), at_the_door), policy(at_the_door, one("new")))
    assert not found
    assert str(found) == "no rule changes"


def test_revision_when_there_were_no_rules_then_all_are_added() -> None:
    assert revision(DEFAULT_POLICY, policy(one("new"))).added == ("new",)


@given(st.permutations(list(GRADES)), st.permutations(list(GRADES)))
def test_revision_when_only_the_order_changes_then_some_rules_keep_theirs(
    before: list[str], after: list[str]
) -> None:
    found = revision(policy(*map(one, before)), policy(*map(one, after)))
    assert found == Revision(moved=found.moved)
    assert bool(found.moved) is (before != after)
    kept = [id_ for id_ in after if id_ not in found.moved]
    assert kept == [id_ for id_ in before if id_ not in found.moved]
