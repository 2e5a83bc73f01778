"""Conditions for long lists: one parameter, so one statement however long the list."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Text,
    TextClause,
    bindparam,
    cast,
    func,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.sqlite import dialect as sqlite
from sqlalchemy.types import TypeEngine

_VALUES = text("SELECT value FROM json_each(:listed)")
"""For SQLite as text: to put the same together from functions and columns takes longer than to run it, and a
decision needs a dozen of them."""


def among(
    connection: Connection, column: ColumnElement[Any], values: Sequence[str | int]
) -> ColumnElement[bool]:
    """The column's value is one of these."""
    listed = json.dumps(list(values))
    if connection.dialect.name == "postgresql":
        each = func.json_array_elements_text(cast(literal(listed, Text), JSON)).column_valued()
        return column.in_(select(cast(each, column.type)))
    return column.in_(_with(_VALUES, listed))


def pairs_among(
    connection: Connection,
    first: ColumnElement[Any],
    second: ColumnElement[Any],
    values: Sequence[tuple[str, str | int]],
) -> ColumnElement[bool]:
    """The values of both columns are one of these pairs."""
    listed = json.dumps(list(values))
    if connection.dialect.name == "postgresql":
        each = func.json_array_elements(cast(literal(listed, Text), JSON)).column_valued()
        pairs = select(cast(each.op("->>")(0), first.type), cast(each.op("->>")(1), second.type))
        return tuple_(first, second).in_(pairs)
    return tuple_(first, second).in_(_with(_pairs(first.type, second.type), listed))


@cache
def _pairs(*types: TypeEngine[Any]) -> TextClause:
    """Cast, else no index on numbers."""
    names = (kind.compile(dialect=sqlite()) for kind in types)
    parts = (f"CAST(json_extract(value, '$[{place}]') AS {name})" for place, name in enumerate(names))
    return text(f"SELECT {', '.join(parts)} FROM json_each(:listed)")  # noqa: S608 (of our own types)


def _with(clause: TextClause, listed: str) -> TextClause:
    """Unique: a statement may have several lists."""
    return clause.bindparams(bindparam("listed", listed, unique=True))
