"""Long lists as one parameter: the right rows, found by their index."""

import pytest
from sqlalchemy import Connection, Select, select, text

from gateway.store import rmas
from gateway.store.among import among, pairs_among
from gateway.store.candidates import _CLASS_LINES
from gateway.store.database import Database
from gateway.store.tables import line_serials, outbox, received_items, rma_lines
from tests.gateway.store.samples import START_US, epc_rma, gtin, line, rma


def test_among_when_text_numbers_and_pairs_then_those_rows(database: Database) -> None:
    sent = rma(
        "R'1", line("R'1", 1, 2, gtin=gtin(), serials=frozenset({"a", '"b'})), line("R'1", 2, gtin=gtin(2))
    )
    with database.writing() as connection:
        rmas.upsert(connection, [sent, epc_rma("R-2", 7)], START_US)
        columns = rma_lines.c
        by_name = select(columns.line).where(among(connection, columns.rma, ["R'1", "none"]))
        by_number = select(columns.rma).where(among(connection, columns.line, range(2, 9)))
        by_pair = select(columns.gtin).where(
            pairs_among(connection, columns.rma, columns.line, [("R'1", 2), ("R'1", 3), ("R-2", 2)])
        )
        names = line_serials.c
        by_serial = select(names.serial).where(
            pairs_among(connection, names.gtin, names.serial, [(gtin(), '"b'), (gtin(2), "a")])
        )
        assert sorted(connection.execute(by_name).scalars()) == [1, 2]
        assert connection.execute(by_number).scalars().all() == ["R'1"]
        assert connection.execute(by_pair).scalars().all() == [gtin(2)]
        assert connection.execute(by_serial).scalars().all() == ['"b']


@pytest.fixture
def connection() -> Connection:  # type: ignore[misc]
    database = Database("sqlite://")
    database.open()
    with database.reading() as opened:
        yield opened
    database.close()


def plan(connection: Connection, query: Select[tuple[object, ...]]) -> str:
    compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
    return " / ".join(row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))


def test_lookups_when_planned_then_each_walks_an_index(connection: Connection) -> None:
    lines, serials, items = rma_lines.c, line_serials.c, received_items.c
    plans = {
        "line": plan(
            connection, select(lines.sku).where(pairs_among(connection, lines.rma, lines.line, [("R", 1)]))
        ),
        "serial": plan(
            connection,
            select(serials.rma).where(pairs_among(connection, serials.gtin, serials.serial, [("0", "1")])),
        ),
        "item": plan(connection, select(items.rma).where(among(connection, items.identity, ["x"]))),
        "event": plan(connection, select(outbox.c.id).where(among(connection, outbox.c.id, ["x"]))),
    }
    assert "SEARCH rma_lines USING PRIMARY KEY (rma=? AND line=?)" in plans["line"]
    assert "ix_line_serials_gtin_serial (gtin=? AND serial=?)" in plans["serial"]
    assert "ix_received_items_identity (identity=?)" in plans["item"]
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
