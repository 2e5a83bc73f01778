"""Conditions for long lists: one parameter each, so one statement however long the list.

Statements that are run often are made once, when their module is imported: SQLAlchemy takes longer to put one
together than the database to run it.
"""

from typing import Any

from sqlalchemy import JSON, ColumnElement, bindparam, cast, column, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


def among(wanted: ColumnElement[Any], listed: str) -> ColumnElement[bool]:
    """The column's value is one of the list that the statement is given under the name `listed`."""
    each = _EachText(bindparam(listed, type_=JSON)).table_valued(column("value"))
    return wanted.in_(select(cast(each.c.value, wanted.type)))


def pairs_among(first: ColumnElement[Any], second: ColumnElement[Any], listed: str) -> ColumnElement[bool]:
    """The values of both columns are one of the pairs that the statement is given under the name `listed`."""
    pair = _Each(bindparam(listed, type_=JSON)).table_valued(column("value", JSON)).c.value
    # cast, else no index on numbers
    values = (cast(pair[0].as_string(), first.type), cast(pair[1].as_string(), second.type))
    return tuple_(first, second).in_(select(*values))


class _Each(FunctionElement[Any]):
    """The elements of a list in JSON, a row each."""

    inherit_cache = True


class _EachText(_Each):
    """Those of a list of strings or numbers."""

    inherit_cache = True


@compiles(_Each, "sqlite")
def _in_sqlite(each: _Each, compiler: SQLCompiler, **options: object) -> str:
    return f"json_each({compiler.process(each.clauses, **options)})"


@compiles(_Each, "postgresql")
def _in_postgresql(each: _Each, compiler: SQLCompiler, **options: object) -> str:
    return f"json_array_elements({compiler.process(each.clauses, **options)})"


@compiles(_EachText, "postgresql")
def _text_in_postgresql(each: _EachText, compiler: SQLCompiler, **options: object) -> str:
    return f"json_array_elements_text({compiler.process(each.clauses, **options)})"
