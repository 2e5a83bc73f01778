"""Reading conditions: every operator, and every fault with its place."""

from decimal import Decimal

import pytest

from rules.condition_reading import FIELDS, Kind, nearest, read_condition, read_decimal
from rules.conditions import All, AnyOf, Bound, Condition, Exists, Limit, NoneOf, Not, OneOf, Prefix
from rules.vocabulary import Grade

LISTS = {"recalled": ["A1", "A2"], "empty": [], "prices": ["1.5"]}


def read(table: object) -> tuple[Condition, list[str]]:
    faults: list[str] = []
    condition = read_condition(table, "when", LISTS, lambda place, wrong: faults.append(f"{place}: {wrong}"))
    return condition, faults


def one_of(field: str, *values: object) -> OneOf:
    return OneOf(field, frozenset(values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("table", "condition"),
    [
        ({}, All(())),
        ({"category": "apparel"}, one_of("category", "apparel")),
        ({"category": ["apparel", "shoes"]}, one_of("category", "apparel", "shoes")),
        ({"value": "10.0"}, one_of("value", Decimal(10))),
        ({"expected": 3}, one_of("expected", Decimal(3))),
        ({"confidence": 0.95}, one_of("confidence", Decimal("0.95"))),
        ({"late": False}, one_of("late", False)),
        ({"sku": {"in": ["A", "B"]}}, one_of("sku", "A", "B")),
        ({"sku": {"in": "recalled"}}, one_of("sku", "A1", "A2")),
        ({"value": {"in": "prices"}}, one_of("value", Decimal("1.5"))),
        ({"sku": {"not_in": "recalled"}}, NoneOf("sku", frozenset({"A1", "A2"}))),
        ({"sku": {"not_in": ["A"]}}, NoneOf("sku", frozenset({"A"}))),
        ({"sku": {"prefix": "A"}}, Prefix("sku", ("A",))),
        ({"sku": {"prefix": ["A", "B"]}}, Prefix("sku", ("A", "B"))),
        ({"sku": {"exists": True}}, Exists("sku", is_known=True)),
        ({"value": {"lt": "5"}}, Limit("value", Bound.LT, Decimal(5))),
        ({"value": {"lte": 5}}, Limit("value", Bound.LTE, Decimal(5))),
        ({"value": {"gt": 5.5}}, Limit("value", Bound.GT, Decimal("5.5"))),
        (
            {"value": {"between": ["1", "2"]}},
            All((Limit("value", Bound.GTE, Decimal(1)), Limit("value", Bound.LTE, Decimal(2)))),
        ),
        (
            {"value": {"gte": 1, "lt": 2}},
            All((Limit("value", Bound.GTE, Decimal(1)), Limit("value", Bound.LT, Decimal(2)))),
        ),
        ({"not": {"sku": "A"}}, Not(one_of("sku", "A"))),
        ({"any": [{"sku": "A"}, {"rma": "R"}]}, AnyOf((one_of("sku", "A"), one_of("rma", "R")))),
        ({"all": [{"sku": "A"}, {"rma": "R"}]}, All((one_of("sku", "A"), one_of("rma", "R")))),
        ({"sku": "A", "rma": "R"}, All((one_of("sku", "A"), one_of("rma", "R")))),
        ({"match": "exact", "grade": ["A", "B"]}, All((one_of("match", "exact"), one_of("grade", "A", "B")))),
    ],
)
def test_read_when_the_table_is_right_then_it_is_the_condition(table: object, condition: Condition) -> None:
    assert read(table) == (condition, [])


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("sku", "when: must be a table of conditions"),
        ({"categry": "x"}, "when.categry: is no field of an item; did you mean 'category'?"),
        ({"zzz": "x"}, "when.zzz: is no field of an item"),
        ({"sku": {"prefx": "x"}}, "when.sku.prefx: is no operator; did you mean 'prefix'?"),
        ({"sku": {}}, "when.sku: says nothing; give a value or an operator"),
        ({"sku": []}, "when.sku: is empty, so it never applies"),
        ({"sku": 5}, "when.sku: 5: sku is text"),
        ({"late": "yes"}, "when.late: 'yes': late is true or false"),
        ({"value": "cheap"}, "when.value: 'cheap': value is a number"),
        ({"value": True}, "when.value: True: value is a number"),
        ({"value": "NaN"}, "when.value: 'NaN': value is a number"),
        ({"match": "exakt"}, "when.match: 'exakt': match is one of exact, gtin"),
        ({"grade": "E"}, "when.grade: 'E': grade is one of A, B, C, D, F"),
        ({"value": {"lt": "x"}}, "when.value.lt: must be a number"),
        ({"sku": {"lt": 1}}, "when.sku.lt: compares numbers, and sku is text"),
        ({"sku": {"between": [1, 2]}}, "when.sku.between: compares numbers, and sku is text"),
        ({"value": {"between": [2, 1]}}, "when.value.between: must be two numbers, the smaller first"),
        ({"value": {"between": [1]}}, "when.value.between: must be two numbers, the smaller first"),
        ({"value": {"between": 1}}, "when.value.between: must be two numbers, the smaller first"),
        ({"value": {"between": [1, "x"]}}, "when.value.between: must be two numbers, the smaller first"),
        ({"value": {"prefix": "1"}}, "when.value.prefix: compares text, and value is a number"),
        ({"sku": {"prefix": ""}}, "when.sku.prefix: must be text or a list of texts"),
        ({"sku": {"prefix": ["A", 1]}}, "when.sku.prefix: must be text or a list of texts"),
        ({"sku": {"exists": "yes"}}, "when.sku.exists: must be true or false"),
        ({"sku": {"in": "recaled"}}, "when.sku.in: there is no list 'recaled'; did you mean 'recalled'?"),
        ({"sku": {"in": 5}}, "when.sku.in: must be a list of values or the name of a list"),
        ({"sku": {"in": "empty"}}, "when.sku.in (list empty): is empty, so it never applies"),
        ({"value": {"not_in": "recalled"}}, "when.value.not_in (list recalled): 'A1': value is a number"),
        ({"any": {"sku": "A"}}, "when.any: must be a list of tables of conditions"),
        ({"all": []}, "when.all: must be a list of tables of conditions"),
        ({"any": [{"sku": "A"}, "B"]}, "when.any[2]: must be a table of conditions"),
        ({"not": {"sku": 5}}, "when.not.sku: 5: sku is text"),
    ],
)
def test_read_when_the_table_is_faulty_then_the_place_is_told(table: object, fault: str) -> None:
    assert fault in read(table)[1]


def test_read_when_several_things_are_faulty_then_all_are_told() -> None:
    _, faults = read({"categry": 1, "value": {"lt": "x", "prefix": "y"}, "any": [{"late": 1}]})
    assert len(faults) == 4


def test_read_decimal_when_it_is_no_finite_number_then_it_is_none() -> None:
    assert read_decimal("1.10") == Decimal("1.10")
    assert read_decimal(Decimal(3)) == 3
    assert [read_decimal(given) for given in ("", "x", "inf", None, [1], True)] == [None] * 6


def test_fields_when_listed_then_kinds_and_choices_are_right() -> None:
    assert FIELDS["grade"].choices == set(Grade)
    assert {name for name, field in FIELDS.items() if field.is_inspection_only} == {
        "grade",
        "sealed",
        "complete",
    }
    assert FIELDS["value"].kind is Kind.NUMBER


def test_nearest_when_nothing_is_near_then_it_hints_at_nothing() -> None:
    assert nearest("qqq", ["sku"]) == ""
    assert nearest("skuu", ["sku", "rma"]) == "; did you mean 'sku'?"
