"""Conditions on the facts of an item: true, false, or unknown where a fact is missing (Kleene logic)."""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = str | Decimal | bool
Facts: TypeAlias = Mapping[str, Value | None]
"""By field name; None and an absent field both mean not known."""


class Bound(StrEnum):
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"


_COMPARISONS: Mapping[Bound, Callable[[Decimal, Decimal], bool]] = {
    Bound.LT: operator.lt,
    Bound.LTE: operator.le,
    Bound.GT: operator.gt,
    Bound.GTE: operator.ge,
}


@dataclass(frozen=True, slots=True)
class OneOf:
    """Equality, or membership of a list."""

    field: str
    values: frozenset[Value]


@dataclass(frozen=True, slots=True)
class NoneOf:
    field: str
    values: frozenset[Value]


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on a number."""

    field: str
    bound: Bound
    limit: Decimal


@dataclass(frozen=True, slots=True)
class Prefix:
    """The text starts with one of these."""

    field: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """The only condition a missing value satisfies, where `is_known` is false."""

    field: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; with no parts, always."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Test: TypeAlias = OneOf | NoneOf | Limit | Prefix | Exists
Condition: TypeAlias = Test | All | AnyOf | Not


def holds(condition: Condition, facts: Facts, missing: set[str]) -> bool | None:
    """None when it depends on facts nobody knows; those are added to `missing`."""
    match condition:
        case All(parts):
            return _all([holds(part, facts, missing) for part in parts])
        case AnyOf(parts):
            return _inverse(_all([_inverse(holds(part, facts, missing)) for part in parts]))
        case Not(part):
            return _inverse(holds(part, facts, missing))
        case Exists(field, is_known):
            return (facts.get(field) is not None) is is_known
    value = facts.get(condition.field)
    if value is None:
        missing.add(condition.field)
        return None
    return _accepts(condition, value)


def implies(before: Condition, after: Condition) -> bool:
    """Whenever `before` holds, so does `after`. False also where that cannot be told from their form."""
    if before == after:
        return True
    if isinstance(after, All):
        return all(implies(before, part) for part in after.parts)
    if isinstance(before, AnyOf):
        return all(implies(part, after) for part in before.parts)
    if isinstance(after, AnyOf) and any(implies(before, part) for part in after.parts):
        return True
    if isinstance(before, All):
        return any(implies(part, after) for part in before.parts)
    if isinstance(before, Not) or isinstance(after, AnyOf | Not):
        return False
    return before.field == after.field and _test_implies(before, after)


def is_impossible(condition: Condition) -> bool:
    """No facts satisfy it, as far as its form tells: two tests that must both hold exclude each other."""
    if isinstance(condition, AnyOf):
        return all(is_impossible(part) for part in condition.parts)
    parts = list(conjuncts(condition))
    if any(isinstance(part, AnyOf) and is_impossible(part) for part in parts):
        return True
    tests = [part for part in parts if isinstance(part, Test)]
    return any(
        _exclude(one, other)
        for number, one in enumerate(tests)
        for other in tests[number + 1 :]
        if one.field == other.field
    )


def conjuncts(condition: Condition) -> Iterator[Condition]:
    """The parts that must all hold."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from conjuncts(part)
    else:
        yield condition


def fields(condition: Condition) -> frozenset[str]:
    """Every field it asks for."""
    match condition:
        case All(parts) | AnyOf(parts):
            return frozenset().union(*map(fields, parts))
        case Not(part):
            return fields(part)
    return frozenset({condition.field})


def _all(results: Iterable[bool | None]) -> bool | None:
    seen = set(results)
    if False in seen:
        return False
    return None if None in seen else True


def _inverse(result: bool | None) -> bool | None:
    return None if result is None else not result


def _accepts(test: Test, value: Value) -> bool:
    """What a test says of a value that is known."""
    match test:
        case OneOf(_, values):
            return value in values
        case NoneOf(_, values):
            return value not in values
        case Prefix(_, prefixes):
            return isinstance(value, str) and value.startswith(prefixes)
        case Exists(_, is_known):
            return is_known
    return isinstance(value, Decimal) and _within(test.bound, value, test.limit)


def _within(bound: Bound, value: Decimal, limit: Decimal) -> bool:
    return _COMPARISONS[bound](value, limit)


def _test_implies(before: Test, after: Test) -> bool:
    """Of two tests of one field."""
    if isinstance(before, Exists):
        return False
    if after == Exists(before.field, is_known=True):
        return True
    if isinstance(before, OneOf):
        return all(_accepts(after, value) for value in before.values)
    if isinstance(after, NoneOf):
        return not any(_accepts(before, value) for value in after.values)
    if isinstance(before, Prefix) and isinstance(after, Prefix):
        return all(prefix.startswith(after.prefixes) for prefix in before.prefixes)
    if isinstance(before, Limit) and isinstance(after, Limit):
        is_same_side = _is_lower(before.bound) is _is_lower(after.bound)
        return is_same_side and _within(after.bound, before.limit, after.limit)
    return False


def _exclude(one: Test, other: Test) -> bool:
    """No value of the field passes both."""
    for test, against in ((one, other), (other, one)):
        if isinstance(test, OneOf):
            return not any(_accepts(against, value) for value in test.values)
        if isinstance(test, Exists) and not test.is_known:
            return against != test
    if isinstance(one, Limit) and isinstance(other, Limit):
        low, high = (one, other) if _is_lower(one.bound) else (other, one)
        if _is_lower(low.bound) is _is_lower(high.bound):
            return False
        return not (_within(high.bound, low.limit, high.limit) and _within(low.bound, high.limit, low.limit))
    if isinstance(one, Prefix) and isinstance(other, Prefix):
        return not any(a.startswith(b) or b.startswith(a) for a in one.prefixes for b in other.prefixes)
    return False


def _is_lower(bound: Bound) -> bool:
    return bound in (Bound.GT, Bound.GTE)
