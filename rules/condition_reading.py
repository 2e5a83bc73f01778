"""Reading the `when` of a rule: a table of conditions on known fields, every fault noted with its place."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeAlias, TypeGuard

from rules.conditions import All, AnyOf, Bound, Condition, Exists, Limit, NoneOf, Not, OneOf, Prefix, Value
from rules.vocabulary import Grade

Lists: TypeAlias = Mapping[str, Iterable[str]]
"""Values of the files a rule may name as lists."""

Fault: TypeAlias = Callable[[str, str], None]
"""Notes a fault: its place, and what is wrong."""


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "a number"
    FLAG = "true or false"


@dataclass(frozen=True, slots=True)
class Field:
    kind: Kind
    choices: frozenset[str] | None = None
    """The only words it can be."""
    is_inspection_only: bool = False


_TEXT, _NUMBER = Field(Kind.TEXT), Field(Kind.NUMBER)

FIELDS: Mapping[str, Field] = {
    "rma": _TEXT,
    "line": _NUMBER,
    "order": _TEXT,
    "customer": _TEXT,
    "reason": _TEXT,
    "category": _TEXT,
    "sku": _TEXT,
    "value": _NUMBER,
    "currency": _TEXT,
    "gtin": _TEXT,
    "serial": _TEXT,
    "epc": _TEXT,
    "scheme": _TEXT,
    "expected": _NUMBER,
    "received": _NUMBER,
    "match": Field(Kind.TEXT, frozenset({"exact", "gtin"})),
    "confidence": _NUMBER,
    "read_point": _TEXT,
    "late": Field(Kind.FLAG),
    "grade": Field(Kind.TEXT, frozenset(Grade), is_inspection_only=True),
    "sealed": Field(Kind.FLAG, is_inspection_only=True),
    "complete": Field(Kind.FLAG, is_inspection_only=True),
}
"""What rules may ask for. `match` is `exact` when the RMA named the very item, `gtin` when only its class."""

MAX_NAME = 200
"""Characters of an id, a route, a name."""
MAX_DIGITS = 30
"""Before or behind the point of a number."""

_GROUPS = ("any", "all", "not")
_OPERATORS = ("in", "not_in", "lt", "lte", "gt", "gte", "between", "prefix", "exists")


def read_condition(table: object, place: str, lists: Lists, fault: Fault) -> Condition:
    """A table of fields and groups, all of which must hold. What is faulty is noted and left out."""
    return _Reader(lists, fault).condition(table, place)


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at the word that was probably meant."""
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def is_name(given: object) -> TypeGuard[str]:
    """Text that can stand in an event, a log line and a table."""
    return isinstance(given, str) and 0 < len(given) <= MAX_NAME and given.isprintable()


def read_decimal(given: object) -> Decimal | None:
    """A number of sane size, from text (money), an integer or a TOML float; None when it is none."""
    if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(given))
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= MAX_DIGITS else None


@dataclass(frozen=True, slots=True)
class _Reader:
    lists: Lists
    fault: Fault

    def condition(self, table: object, place: str) -> Condition:
        if not isinstance(table, Mapping):
            self.fault(place, "must be a table of conditions")
            return All(())
        parts: list[Condition] = []
        for key, given in table.items():
            here = f"{place}.{key}"
            if key in _GROUPS:
                parts.extend(self._group(key, given, here))
            elif key in FIELDS:
                parts.extend(self._field(key, given, here))
            else:
                self.fault(here, "is no field of an item" + nearest(str(key), (*FIELDS, *_GROUPS)))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _group(self, key: str, given: object, place: str) -> list[Condition]:
        if key == "not":
            return [Not(self.condition(given, place))]
        if not _is_list(given) or not given:
            self.fault(place, "must be a list of tables of conditions")
            return []
        parts = tuple(self.condition(table, f"{place}[{number}]") for number, table in enumerate(given, 1))
        return [AnyOf(parts) if key == "any" else All(parts)]

    def _field(self, name: str, given: object, place: str) -> list[Condition]:
        if isinstance(given, Mapping):
            if not given:
                self.fault(place, "says nothing; give a value or an operator")
            tests: list[Condition] = []
            for operator, operand in given.items():
                tests.extend(self._operator(name, str(operator), operand, f"{place}.{operator}"))
            return tests
        values = self._values(name, given if _is_list(given) else [given], place)
        return [OneOf(name, values)] if values else []

    def _operator(self, name: str, operator: str, operand: object, place: str) -> list[Condition]:
        kind = FIELDS[name].kind
        match operator:
            case "in" | "not_in":
                values = self._list(name, operand, place)
                if not values:
                    return []
                return [OneOf(name, values) if operator == "in" else NoneOf(name, values)]
            case "lt" | "lte" | "gt" | "gte" | "between" if kind is not Kind.NUMBER:
                self.fault(place, f"compares numbers, and {name} is {kind}")
            case "lt" | "lte" | "gt" | "gte":
                limit = read_decimal(operand)
                if limit is not None:
                    return [Limit(name, Bound(operator), limit)]
                self.fault(place, "must be a number")
            case "between":
                return self._between(name, operand, place)
            case "prefix":
                return self._prefix(name, operand, place)
            case "exists":
                if isinstance(operand, bool):
                    return [Exists(name, operand)]
                self.fault(place, "must be true or false")
            case _:
                self.fault(place, "is no operator" + nearest(operator, _OPERATORS))
        return []

    def _between(self, name: str, operand: object, place: str) -> list[Condition]:
        limits = [read_decimal(limit) for limit in operand] if _is_list(operand) else []
        match limits:
            case [Decimal() as low, Decimal() as high] if low <= high:
                return [Limit(name, Bound.GTE, low), Limit(name, Bound.LTE, high)]
        self.fault(place, "must be two numbers, the smaller first")
        return []

    def _prefix(self, name: str, operand: object, place: str) -> list[Condition]:
        if FIELDS[name].kind is not Kind.TEXT:
            self.fault(place, f"compares text, and {name} is {FIELDS[name].kind}")
            return []
        prefixes: Sequence[object] = operand if _is_list(operand) else [operand]
        texts = tuple(prefix for prefix in prefixes if isinstance(prefix, str) and prefix)
        if not texts or len(texts) < len(prefixes):
            self.fault(place, "must be text or a list of texts")
            return []
        return [Prefix(name, texts)]

    def _list(self, name: str, operand: object, place: str) -> frozenset[Value]:
        if isinstance(operand, str):
            if operand not in self.lists:
                self.fault(place, f"there is no list {operand!r}" + nearest(operand, self.lists))
                return frozenset()
            return self._values(name, list(self.lists[operand]), f"{place} (list {operand})")
        if not _is_list(operand):
            self.fault(place, "must be a list of values or the name of a list")
            return frozenset()
        return self._values(name, operand, place)

    def _values(self, name: str, given: Sequence[object], place: str) -> frozenset[Value]:
        if not given:
            self.fault(place, "is empty, so it never applies")
        values = {self._value(name, value, place) for value in given}
        return frozenset(value for value in values if value is not None)

    def _value(self, name: str, given: object, place: str) -> Value | None:
        field = FIELDS[name]
        value: Value | None = None
        if field.kind is Kind.NUMBER:
            value = read_decimal(given)
        elif isinstance(given, str if field.kind is Kind.TEXT else bool):
            value = given
        if value is None:
            self.fault(place, f"{given!r}: {name} is {field.kind}")
        elif field.choices is not None and value not in field.choices:
            self.fault(place, f"{given!r}: {name} is one of {', '.join(sorted(field.choices))}")
        return value


def _is_list(given: object) -> TypeGuard[Sequence[object]]:
    return isinstance(given, list | tuple)
