"""Events that other programs told in this gateway's name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.running import overhearing
from gateway.running.overhearing import Overhearing
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from rules.events import Event
from rules.policy import DEFAULT_POLICY
from tests.gateway.store.samples import BENCH, SECOND_US, START_US, epc_rma, item, seen

NOW_US = START_US + 3600 * SECOND_US


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'returns.db'}")
    database.open()
    with database.writing() as connection:
        ledger().put_rmas(connection, [epc_rma("R-1", 1, 2, 3, 4)], START_US)
        ledger().record(connection, [seen(1, point=BENCH)], START_US)
    yield database
    database.close()


def ledger(gateway: str = "gw-1") -> Ledger:
    """Of one process."""
    return Ledger("dc1", gateway, "returns/v1", DEFAULT_POLICY)


def fail(database: Database, own: Ledger) -> None:
    with database.writing() as connection:
        own.record(connection, [seen(2, point=BENCH)], NOW_US)
        raise RuntimeError


def codes(events: list[Event]) -> list[str]:
    return [str(event.code or event.status or event.kind) for event in events]


async def test_listen_when_another_process_told_something_then_it_is_heard_once(database: Database) -> None:
    own, heard = ledger(), list[Event]()
    ears = Overhearing(database, own, heard.extend)
    await ears.listen()
    assert heard == []
    with database.writing() as connection:
        told = own.record(connection, [seen(2, point=BENCH)], NOW_US)
        other = ledger().record(connection, [seen(3, point=BENCH)], NOW_US)
        ledger("gw-2").record(connection, [seen(4, point=BENCH)], NOW_US)
    await ears.listen()
    await ears.listen()
    assert [event.id for event in heard] == [event.id for event in other]
    assert (heard[0].epc, heard[0].evidence) == (item(3).hex, other[0].evidence)
    assert told


async def test_listen_when_there_is_much_then_it_comes_in_chunks_in_order(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overhearing, "CHUNK", 2)
    heard: list[Event] = []
    ears = Overhearing(database, ledger(), heard.extend)
    await ears.listen()
    with database.writing() as connection:
        ledger().record(connection, [seen(2, point=BENCH), seen(3, point=BENCH)], NOW_US)
        ledger().close_rma(connection, "R-1", NOW_US)
    more = [await ears.listen(), await ears.listen()]
    assert codes(heard) == ["receipt", "receipt", "short"]
    assert more == [True, False]


async def test_listen_when_the_clock_is_set_back_then_nothing_is_missed(database: Database) -> None:
    heard = list[Event]()
    ears = Overhearing(database, ledger(), heard.extend)
    await ears.listen()
    told: list[Event] = []
    with database.writing() as connection:
        for serial, clock_us in ((2, NOW_US), (3, NOW_US - SECOND_US)):
            told += ledger().record(connection, [seen(serial, point=BENCH)], clock_us)
    await ears.listen()
    assert [event.id for event in heard] == [event.id for event in told]


async def test_listen_when_a_transaction_of_its_own_failed_then_it_is_told_when_another_process_does(
    database: Database,
) -> None:
    own, heard = ledger(), list[Event]()
    ears = Overhearing(database, own, heard.extend)
    await ears.listen()
    with pytest.raises(RuntimeError):
        fail(database, own)
    with database.writing() as connection:
        ledger().close_rma(connection, "R-1", NOW_US)
    await ears.listen()
    assert codes(heard) == ["short"]
