"""Conditions: Kleene logic over missing facts, and what one condition says about another."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.conditions import (
    All,
    AnyOf,
    Bound,
    Condition,
    Exists,
    Facts,
    Limit,
    NoneOf,
    Not,
    OneOf,
    Prefix,
    conjuncts,
    fields,
    holds,
    implies,
    is_impossible,
)

RED, BLUE = OneOf("colour", frozenset({"red"})), OneOf("colour", frozenset({"blue"}))
REDDISH = OneOf("colour", frozenset({"red", "rose"}))
CHEAP = Limit("value", Bound.LTE, Decimal(10))
ALWAYS = All(())


def limit(bound: str, number: int) -> Limit:
    return Limit("value", Bound(bound), Decimal(number))


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        (RED, "red", True),
        (RED, "blue", False),
        (NoneOf("colour", frozenset({"red"})), "blue", True),
        (NoneOf("colour", frozenset({"red"})), "red", False),
        (Prefix("colour", ("re", "bl")), "blue", True),
        (Prefix("colour", ("re",)), "blue", False),
        (Prefix("colour", ("re",)), Decimal(1), False),
        (Exists("colour", is_known=True), "red", True),
        (Exists("colour", is_known=False), "red", False),
    ],
)
def test_test_when_the_value_is_known_then_it_holds_or_not(
    condition: Condition, value: str, expected: bool
) -> None:
    missing: set[str] = set()
    assert holds(condition, {"colour": value}, missing) is expected
    assert not missing


@pytest.mark.parametrize(
    ("bound", "below", "at", "above"),
    [
        ("lt", True, False, False),
        ("lte", True, True, False),
        ("gt", False, False, True),
        ("gte", False, True, True),
    ],
)
def test_limit_when_near_it_then_the_bound_decides(bound: str, below: bool, at: bool, above: bool) -> None:
    results = [holds(limit(bound, 10), {"value": Decimal(number)}, set()) for number in (9, 10, 11)]
    assert results == [below, at, above]
    assert holds(limit(bound, 10), {"value": "10"}, set()) is False


@pytest.mark.parametrize("facts", [{}, {"colour": None}])
def test_test_when_the_value_is_missing_then_nobody_knows_and_it_is_counted(facts: Facts) -> None:
    for test in (RED, NoneOf("colour", frozenset({"red"})), Prefix("colour", ("r",)), Not(RED)):
        missing: set[str] = set()
        assert holds(test, facts, missing) is None
        assert missing == {"colour"}
    missing = set()
    assert holds(Exists("colour", is_known=False), facts, missing) is True
    assert holds(Exists("colour", is_known=True), facts, missing) is False
    assert not missing


def test_groups_when_a_part_is_unknown_then_the_others_may_decide() -> None:
    known = {"colour": "red"}
    assert holds(All((RED, CHEAP)), known, set()) is None
    assert holds(All((BLUE, CHEAP)), known, set()) is False
    assert holds(AnyOf((RED, CHEAP)), known, set()) is True
    assert holds(AnyOf((BLUE, CHEAP)), known, set()) is None
    assert holds(AnyOf((BLUE, BLUE)), known, set()) is False
    assert holds(Not(RED), known, set()) is False
    assert holds(ALWAYS, {}, set()) is True


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RED, RED),
        (RED, ALWAYS),
        (RED, REDDISH),
        (RED, NoneOf("colour", frozenset({"blue"}))),
        (RED, Prefix("colour", ("r",))),
        (RED, Exists("colour", is_known=True)),
        (RED, AnyOf((RED, BLUE))),
        (AnyOf((RED, BLUE)), OneOf("colour", frozenset({"red", "blue", "green"}))),
        (AnyOf((RED, BLUE)), AnyOf((BLUE, REDDISH))),
        (All((RED, CHEAP)), RED),
        (All((RED, CHEAP)), All((CHEAP, REDDISH))),
        (NoneOf("colour", frozenset({"red", "blue"})), NoneOf("colour", frozenset({"red"}))),
        (Prefix("colour", ("red",)), Prefix("colour", ("re", "b"))),
        (Prefix("colour", ("red",)), NoneOf("colour", frozenset({"blue"}))),
        (limit("lt", 10), limit("lte", 10)),
        (limit("lte", 9), limit("lt", 10)),
        (limit("gt", 10), limit("gte", 10)),
        (limit("gte", 11), limit("gt", 10)),
        (limit("gt", 10), NoneOf("value", frozenset({Decimal(10)}))),
        (OneOf("value", frozenset({Decimal(3)})), limit("lt", 10)),
        (Not(RED), Not(RED)),
        (Not(RED), AnyOf((Not(RED), CHEAP))),
    ],
)
def test_implies_when_every_case_of_one_is_one_of_the_other_then_it_does(
    before: Condition, after: Condition
) -> None:
    assert implies(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (REDDISH, RED),
        (ALWAYS, RED),
        (RED, CHEAP),
        (RED, All((RED, CHEAP))),
        (AnyOf((RED, CHEAP)), RED),
        (RED, AnyOf((BLUE, CHEAP))),
        (limit("lte", 10), limit("lt", 10)),
        (limit("lt", 10), limit("gt", 5)),
        (limit("gte", 10), limit("gt", 10)),
        (limit("gte", 10), NoneOf("value", frozenset({Decimal(10)}))),
        (Prefix("colour", ("re",)), Prefix("colour", ("red",))),
        (Prefix("colour", ("re",)), RED),
        (limit("lt", 10), Prefix("value", ("1",))),
        (Exists("colour", is_known=True), RED),
        (Exists("colour", is_known=False), NoneOf("colour", frozenset({"red"}))),
        (NoneOf("colour", frozenset({"red"})), RED),
        (Not(RED), Not(BLUE)),
        (Not(RED), BLUE),
        (RED, Not(BLUE)),
    ],
)
def test_implies_when_a_case_may_differ_then_it_does_not(before: Condition, after: Condition) -> None:
    assert not implies(before, after)


@pytest.mark.parametrize(
    "condition",
    [
        All((RED, BLUE)),
        All((RED, NoneOf("colour", frozenset({"red"})))),
        All((NoneOf("colour", frozenset({"red"})), RED)),
        All((Prefix("colour", ("b",)), RED)),
        All((Prefix("colour", ("b",)), Prefix("colour", ("r",)))),
        All((Exists("colour", is_known=False), RED)),
        All((Prefix("colour", ("b",)), Exists("colour", is_known=False))),
        All((Exists("colour", is_known=False), Exists("colour", is_known=True))),
        All((limit("lt", 5), limit("gt", 5))),
        All((limit("gt", 5), limit("lte", 5))),
        All((limit("gte", 6), limit("lte", 5))),
        All((CHEAP, All((RED, All((BLUE,)))))),
        AnyOf((All((RED, BLUE)), All((BLUE, RED)))),
        All((CHEAP, AnyOf((All((RED, BLUE)),)))),
    ],
)
def test_is_impossible_when_parts_exclude_each_other_then_it_is(condition: Condition) -> None:
    assert is_impossible(condition)


@pytest.mark.parametrize(
    "condition",
    [
        ALWAYS,
        RED,
        Not(RED),
        All((RED, REDDISH)),
        All((RED, Exists("colour", is_known=True))),
        All((limit("gte", 5), limit("lte", 5))),
        All((limit("lt", 5), limit("lt", 3))),
        All((limit("gt", 5), limit("gt", 3))),
        All((Prefix("colour", ("re",)), Prefix("colour", ("red",)))),
        All((Prefix("colour", ("re",)), NoneOf("colour", frozenset({"red"})))),
        All((RED, CHEAP)),
        All((Exists("colour", is_known=False), Exists("colour", is_known=False))),
        AnyOf((All((RED, BLUE)), RED)),
    ],
)
def test_is_impossible_when_some_facts_satisfy_it_then_it_is_not(condition: Condition) -> None:
    assert not is_impossible(condition)


def test_fields_when_nested_then_all_are_found() -> None:
    assert fields(All((RED, AnyOf((CHEAP, Not(Exists("rma", is_known=True))))))) == {"colour", "value", "rma"}
    assert fields(ALWAYS) == set()


def test_conjuncts_when_nested_then_they_are_flat() -> None:
    assert list(conjuncts(All((RED, All((CHEAP, AnyOf((RED,)))))))) == [RED, CHEAP, AnyOf((RED,))]


COLOURS = st.sampled_from(["red", "rose", "blue", "b", ""])
NUMBERS = st.integers(0, 4).map(Decimal)
TESTS = st.one_of(
    st.builds(OneOf, st.just("colour"), st.frozensets(COLOURS, min_size=1, max_size=3)),
    st.builds(NoneOf, st.just("colour"), st.frozensets(COLOURS, min_size=1, max_size=3)),
    st.builds(
        Prefix,
        st.just("colour"),
        st.lists(st.sampled_from(["r", "ro", "b", "blue"]), min_size=1, max_size=2).map(tuple),
    ),
    st.builds(Exists, st.sampled_from(["colour", "value"]), st.booleans()),
    st.builds(OneOf, st.just("value"), st.frozensets(NUMBERS, min_size=1, max_size=2)),
    st.builds(Limit, st.just("value"), st.sampled_from(Bound), NUMBERS),
)
CONDITIONS = st.recursive(
    TESTS,
    lambda parts: st.one_of(
        st.builds(All, st.lists(parts, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(parts, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, parts),
    ),
    max_leaves=5,
)
WORLDS: list[Facts] = [
    {"colour": colour, "value": value}
    for colour in (None, "red", "rose", "blue", "b", "")
    for value in (None, *map(Decimal, ("0", "0.5", "1", "2", "3", "3.5", "4")))
]


@given(CONDITIONS, CONDITIONS)
def test_implies_when_it_says_so_then_no_facts_contradict_it(before: Condition, after: Condition) -> None:
    if implies(before, after):
        assert all(holds(after, facts, set()) for facts in WORLDS if holds(before, facts, set()))


@given(CONDITIONS)
def test_is_impossible_when_it_says_so_then_no_facts_satisfy_it(condition: Condition) -> None:
    if is_impossible(condition):
        assert not any(holds(condition, facts, set()) for facts in WORLDS)


@given(CONDITIONS, st.sampled_from(WORLDS))
def test_holds_when_nothing_is_missing_then_it_is_known(condition: Condition, facts: Facts) -> None:
    missing: set[str] = set()
    result = holds(condition, facts, missing)
    assert result is not None or missing
    assert missing <= {field for field in ("colour", "value") if facts[field] is None}
