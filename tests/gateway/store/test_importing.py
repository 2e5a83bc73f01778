"""An import is many small transactions: others decide meanwhile, and what was broken off is completed."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from gateway.store import importing
from gateway.store.database import Database
from gateway.store.importing import BATCH_LINES, import_rmas
from gateway.store.ledger import Ledger
from gateway.store.tables import outbox, rmas
from rules.rma import Rma
from tests.gateway.store.samples import SECOND_US, START_US, epc_rma, seen

RMAS = 12_000


def sent(count: int, first: int = 1) -> Iterator[Rma]:
    return (epc_rma(f"R-{number}", 10_000 + number) for number in range(first, first + count))


def stored(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(rmas)).scalar_one()


def no_pause(_seconds: float) -> None:
    """Tests do not sleep."""


def test_import_when_large_then_no_transaction_holds_more_than_a_batch(
    database: Database, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    put = Ledger.put_rmas

    def counted(self: Ledger, connection: Connection, batch: Sequence[Rma], now_us: int) -> object:
        sizes.append(sum(len(rma.lines) for rma in batch))
        return put(self, connection, batch, now_us)

    monkeypatch.setattr(Ledger, "put_rmas", counted)
    told: list[int] = []
    result = import_rmas(
        database, ledger, sent(5_000), clock=lambda: START_US, advance=told.append, pause=no_pause
    )
    assert (result.done.created, result.done.lines, sum(told)) == (5_000, 5_000, 5_000)
    assert max(sizes) <= BATCH_LINES
    assert stored(database) == 5_000


def test_import_when_an_rma_is_larger_than_a_batch_then_it_is_one_of_its_own(
    database: Database, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH_LINES", 2)
    large = epc_rma("LARGE", 1, 2, 3)
    result = import_rmas(
        database, ledger, [*sent(3), large, *sent(2, 50)], clock=lambda: START_US, pause=no_pause
    )
    assert result.done.created == 6


def test_import_when_broken_off_then_doing_it_again_does_the_rest(database: Database, ledger: Ledger) -> None:
    def broken() -> Iterator[Rma]:
        yield from sent(4_500)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_rmas(database, ledger, broken(), clock=lambda: START_US, pause=no_pause)
    before = stored(database)
    assert 0 < before < 4_500
    result = import_rmas(database, ledger, sent(6_000), clock=lambda: START_US, pause=no_pause)
    assert (result.done.unchanged, result.done.created) == (before, 6_000 - before)


def test_import_when_items_had_come_in_before_then_they_are_counted(
    database: Database, ledger: Ledger
) -> None:
    with database.writing() as connection:
        ledger.record(connection, [seen(10_001, START_US), seen(10_003, START_US)], START_US)
    result = import_rmas(database, ledger, sent(5), clock=lambda: START_US + SECOND_US, pause=no_pause)
    assert result.received == 2


def test_import_when_a_gateway_decides_meanwhile_then_it_is_not_kept_waiting_for_the_end(
    tmp_path: Path, ledger: Ledger
) -> None:
    """Another process's connection: the daemon's."""
    url = f"sqlite:///{tmp_path}/returns.db"
    importer, daemon = Database(url), Database(url)
    importer.open()
    daemon.open()
    is_done = threading.Event()
    began = threading.Event()
    decided: list[int] = []

    def decide() -> None:
        began.wait()
        number = 0
        while not is_done.is_set() and number < 50:
            number += 1
            with daemon.writing() as connection:
                ledger.record(connection, [seen(number, START_US + number * SECOND_US)], START_US)
            decided.append(stored(daemon))

    deciding = threading.Thread(target=decide)
    deciding.start()
    import_rmas(importer, ledger, sent(RMAS), clock=lambda: START_US, advance=lambda _: began.set())
    is_done.set()
    deciding.join()
    assert any(0 < count < RMAS for count in decided)
    assert stored(daemon) == RMAS
    with daemon.reading() as connection:
        told = connection.execute(select(func.count()).select_from(outbox)).scalar_one()
    assert told == len(decided)
    importer.close()
    daemon.close()
