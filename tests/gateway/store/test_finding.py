"""Items found by RMA and by serial number."""

import pytest

from gateway.store.database import Database
from gateway.store.finding import Found, by_rma, by_serial
from gateway.store.ledger import Ledger
from rules.epc import Epc, identify_hex
from tests.gateway.store.samples import START_US, epc_rma, item, line, rma, seen
from tests.gateway.store.test_closing import NOW_US, stock


def lettered(serial: str) -> Epc:
    """SGTIN-198 of company 0614141: its serial has letters."""
    value = 0x36 << 190 | 1 << 187 | 5 << 184 | 614141 << 160 | 1 << 140
    for place, letter in enumerate(serial, 1):
        value |= ord(letter) << (140 - 7 * place)
    return identify_hex(f"{value << 2:050X}")


def found(database: Database, serial: str) -> list[Found]:
    with database.reading() as connection:
        return by_serial(connection, serial)


def test_by_serial_when_letters_differ_in_case_only_then_it_is_another_item(
    database: Database, ledger: Ledger
) -> None:
    small, large = lettered("ab/1"), lettered("AB/1")
    names = [line("R-1", number, gtin=one.gtin) for number, one in enumerate((small, large), 1)]
    stock(database, ledger, rma("R-1", *names))
    with database.writing() as connection:
        ledger.record(connection, [seen(small), seen(large)], START_US)
    assert [one.epc for one in found(database, "ab/1")] == [small.hex]
    assert [one.epc for one in found(database, "AB/1")] == [large.hex]
    assert found(database, "b/1") == []


def test_by_serial_when_it_is_longer_than_any_identity_then_nothing_is_found(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, epc_rma("R-1", 1))
    with database.writing() as connection:
        ledger.record(connection, [seen(1)], START_US)
    assert [one.epc for one in found(database, "1")] == [item(1).hex]
    assert found(database, "1" * 200) == []


@pytest.mark.parametrize("asked", ["Rück-1", "rück-1", "RüCK-1"])
def test_by_rma_when_letters_differ_in_case_then_it_is_found(
    database: Database, ledger: Ledger, asked: str
) -> None:
    stock(database, ledger, epc_rma("Rück-1", 1), epc_rma("Rück-10", 2))
    with database.reading() as connection:
        assert [one.epc for one in by_rma(connection, asked, NOW_US)] == [item(1).hex]


def test_by_rma_when_two_differ_in_case_only_then_the_one_asked_for(
    database: Database, ledger: Ledger
) -> None:
    stock(database, ledger, epc_rma("r-1", 1), epc_rma("R-1", 2))
    with database.reading() as connection:
        assert [one.epc for one in by_rma(connection, "R-1", NOW_US)] == [item(2).hex]
        assert [one.epc for one in by_rma(connection, "r-1", NOW_US)] == [item(1).hex]
        assert by_rma(connection, "R-2", NOW_US) == []
