"""What is rehearsed leaves nothing behind, and puts together every statement of a decision."""

from sqlalchemy import Connection, func, select

from gateway.store import outbox, rmas
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.rehearsal import rehearse
from gateway.store.tables import metadata
from rules.events import Event
from tests.gateway.store.samples import START_US, epc_rma, seen


def rows(connection: Connection) -> dict[str, int | None]:
    return {
        table.name: connection.scalar(select(func.count()).select_from(table))
        for table in metadata.sorted_tables
    }


async def test_rehearse_when_the_items_are_real_too_then_nothing_is_changed_and_nobody_hears(
    database: Database, ledger: Ledger
) -> None:
    heard: list[Event] = []
    with database.writing() as connection:
        rmas.upsert(connection, [epc_rma("R-1", 1), epc_rma("rehearsal", 2)], START_US)
        before = ledger.record(connection, [seen(1), seen(3)], START_US)
    ledger.on_told = heard.extend
    stored = await database.read(rows)
    for _ in range(2):
        await database.rehearse(lambda connection: rehearse(connection, ledger))
    assert (await database.read(rows), heard) == (stored, [])
    told = await database.read(lambda connection: outbox.pending(connection, "gw-1"))
    assert [(message.id, message.state) for message in told] == [(one.id, "pending") for one in before]
    again = await database.write(lambda connection: ledger.record(connection, [seen(2)], START_US))
    assert [(one.kind, one.rma) for one in again][:1] == [("receipt", "rehearsal")]
    assert await database.read(lambda connection: outbox.last_sequence(connection, "gw-1")) == len(
        before
    ) + len(again)


async def test_record_when_rehearsed_before_then_no_statement_is_put_together(
    database: Database, ledger: Ledger
) -> None:
    with database.writing() as connection:
        rmas.upsert(connection, [epc_rma("R-1", 1)], START_US)
    await database.rehearse(lambda connection: rehearse(connection, ledger))
    cached = set(database._engine._compiled_cache or ())
    await database.write(lambda connection: ledger.record(connection, [seen(1), seen(2)], START_US))
    await database.read(lambda connection: outbox.pending(connection, "gw-1"))
    await database.write(lambda connection: outbox.mark_sent(connection, "gw-1", [1], START_US))
    assert set(database._engine._compiled_cache or ()) == cached
