"""Conditions for long lists: one parameter, so one statement however long the list."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Text, cast, func, literal, select, tuple_


def among(
    connection: Connection, column: ColumnElement[Any], values: Sequence[str | int]
) -> ColumnElement[bool]:
    """The column's value is one of these."""
    listed = json.dumps(list(values))
    if connection.dialect.name == "postgresql":
        each = func.json_array_elements_text(cast(literal(listed, Text), JSON)).column_valued()
        return column.in_(select(cast(each, column.type)))
    return column.in_(select(func.json_each(listed).table_valued("value").c.value))


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
    else:
        pair = func.json_each(listed).table_valued("value").c.value
        parts = func.json_extract(pair, "$[0]"), func.json_extract(pair, "$[1]")
        pairs = select(cast(parts[0], first.type), cast(parts[1], second.type))  # else no index on numbers
    return tuple_(first, second).in_(pairs)
