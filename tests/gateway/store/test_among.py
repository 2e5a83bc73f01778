"""Long lists as one parameter: the right rows, found by their index."""

import re
from typing import Any

import pytest
from sqlalchemy import Connection, Executable, Select, select, text

from gateway.store import candidates, outbox, rmas
from gateway.store.among import among, pairs_among
from gateway.store.candidates import _CLASS_LINES
from gateway.store.database import Database
from gateway.store.tables import line_serials, rma_lines
from tests.gateway.store.samples import START_US, epc_rma, gtin, line, rma


def test_among_when_text_numbers_and_pairs_then_those_rows(database: Database) -> None:
    sent = rma(
        "R'1", line("R'1", 1, 2, gtin=gtin(), serials=frozenset({"a", '"b'})), line("R'1", 2, gtin=gtin(2))
    )
    with database.writing() as connection:
        rmas.upsert(connection, [sent, epc_rma("R-2", 7)], START_US)
        columns, names = rma_lines.c, line_serials.c
        by_name = select(columns.line).where(among(columns.rma, "listed"))
        by_number = select(columns.rma).where(among(columns.line, "listed"))
        by_pair = select(columns.gtin).where(pairs_among(columns.rma, columns.line, "listed"))
        by_serial = select(names.serial).where(pairs_among(names.gtin, names.serial, "listed"))

        def found(query: Select[Any], listed: list[Any]) -> list[Any]:
            return list(connection.scalars(query, {"listed": listed}))

        assert sorted(found(by_name, ["R'1", "none"])) == [1, 2]
        assert found(by_name, []) == []
        assert found(by_number, list(range(2, 9))) == ["R'1"]
        assert found(by_pair, [("R'1", 2), ("R'1", 3), ("R-2", 2)]) == [gtin(2)]
        assert found(by_serial, [(gtin(), '"b'), (gtin(2), "a")]) == ['"b']


@pytest.fixture
def connection() -> Connection:  # type: ignore[misc]
    database = Database("sqlite://")
    database.open()
    with database.reading() as opened:
        yield opened
    database.close()


def plan(connection: Connection, query: Executable) -> str:
    compiled = query.compile(connection)  # type: ignore[attr-defined]
    given = ("[]",) * len(compiled.positiontup)
    return " / ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", given))


def test_lookups_when_planned_then_each_walks_an_index(connection: Connection) -> None:
    plans = {
        "named": plan(connection, candidates._NAMED),
        "line": plan(connection, candidates._LINES),
        "names": plan(connection, candidates._NAMES),
        "items": plan(connection, candidates._ITEMS),
        "rma": plan(connection, candidates._RMAS),
        "event": plan(connection, outbox._KNOWN),
    }
    assert not [name for name, steps in plans.items() if re.search(r"SCAN (?!anon_\d+ )", steps)], plans
    indexes = ("received_items_identity", "line_epcs_identity", "line_epcs_epc", "line_serials_gtin_serial")
    assert not [name for name in indexes if f"INDEX ix_{name} (" not in plans["named"]], plans
    assert "SEARCH rma_lines USING PRIMARY KEY (rma=? AND line=?)" in plans["line"]
    assert "sqlite_autoindex_outbox" in plans["event"]


def test_class_lines_when_planned_then_three_stretches_of_one_index_without_sorting(
    connection: Connection,
) -> None:
    query = f"EXPLAIN QUERY PLAN {_CLASS_LINES['sqlite']}"
    rows = connection.execute(
        text(query), {"gtins": "[]", "taking": 5, "shut": 4, "yes": True, "no": False}
    ).all()
    steps = [row[3] for row in rows]
    walked = [step for step in steps if "ix_rma_lines_class (gtin=? AND takes_any=? AND is_open=?)" in step]
    assert len(walked) == 3, steps
    assert not any("TEMP B-TREE" in step for step in steps), steps
    assert not any(step.startswith(("SCAN l", "SCAN x")) for step in steps), steps
