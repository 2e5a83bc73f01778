"""TOML values as the types of the settings' fields; a wrong type or range is a ValueError in words."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import UnionType
from typing import TypeAlias, Union, get_args, get_origin

TextCheck: TypeAlias = Callable[[str], str]
"""Returns the text to keep, or raises ValueError."""


@dataclass(frozen=True, slots=True)
class Between:
    """A number from `low` to `high`, both included."""

    low: float
    high: float

    def judge(self, number: float) -> None:
        if not self.low <= number <= self.high:
            raise ValueError(f"{number:g} is out of range, expected {self.low:g} to {self.high:g}")


Check: TypeAlias = TextCheck | Between | None


def typed(value: object, hint: object, check: Check) -> object:
    """A TOML value as the type `hint` of a settings field, judged by `check`."""
    arguments = get_args(hint)
    origin = get_origin(hint)
    if origin in {Union, UnionType}:
        return typed(value, arguments[0], check)
    if origin is tuple:
        if not isinstance(value, list):
            raise ValueError(f"expected a list, not {kind_of(value)}")
        return tuple(typed(item, arguments[0], check) for item in value)
    if origin is Mapping:
        if not isinstance(value, dict):
            raise ValueError(f"expected a table, not {kind_of(value)}")
        return {name: _entry(name, item, arguments[1], check) for name, item in value.items()}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _choice(value, hint)
    return _judged(_plain(value, hint), check)


def _entry(name: str, item: object, hint: object, check: Check) -> object:
    try:
        return typed(item, hint, check)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


_EXPECTED: Mapping[object, str] = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}


def _plain(value: object, hint: object) -> object:
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise ValueError(f"expected {_EXPECTED[hint]}, not {kind_of(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"expected a finite number, not {value}")
    return value


def _judged(value: object, check: Check) -> object:
    if isinstance(check, Between):
        if isinstance(value, int | float):
            check.judge(value)
        return value
    if check is not None and isinstance(value, str):
        return check(value)
    return value


def _choice(value: object, choices: type[StrEnum]) -> StrEnum:
    expected = ", ".join(f'"{choice}"' for choice in choices)
    if isinstance(value, str):
        if value in set(choices):
            return choices(value)
        raise ValueError(f'"{value}" is not one of {expected}')
    raise ValueError(f"expected one of {expected}, not {kind_of(value)}")


def kind_of(value: object) -> str:
    """A TOML value's type in words; never the value, which could be a secret."""
    match value:
        case bool():
            return "true or false"
        case int():
            return "a whole number"
        case float():
            return "a number with a fraction"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"
