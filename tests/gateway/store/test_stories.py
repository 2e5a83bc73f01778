"""The story of one item."""

from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.rma_listing import list_rmas
from gateway.store.stories import story
from rules.vocabulary import RmaState
from tests.gateway.store.samples import SHELF, START_US, epc_rma, item, line, rma, seen
from tests.gateway.store.test_closing import NOW_US, stock


def test_expectations_when_the_rma_has_a_state_then_it_is_the_one_that_is_listed(
    database: Database, ledger: Ledger
) -> None:
    part = rma("PART", line("PART", 1, gtin=item(4).gtin), line("PART", 2, gtin=item(1, 2).gtin))
    stock(
        database, ledger, epc_rma("R-1", 1), epc_rma("R-2", 2), epc_rma("OLD", 3, expires_us=NOW_US - 1), part
    )
    with database.writing() as connection:
        ledger.record(connection, [seen(1), seen(2), seen(item(1, 2))], START_US)
        ledger.record(connection, [seen(1, NOW_US - 2, point=SHELF)], NOW_US)
    with database.reading() as connection:
        listed = {summary.rma: summary.state for summary in list_rmas(connection, NOW_US)}
        told = {
            one.rma: one.state
            for epc in (item(1), item(2), item(3), item(1, 2))
            for one in story(connection, epc, NOW_US).expectations
        }
    assert listed == {
        "R-1": RmaState.RESOLVED,
        "R-2": RmaState.RECEIVED,
        "OLD": RmaState.EXPIRED,
        "PART": RmaState.PARTIALLY_RECEIVED,
    }
    assert told == {name: listed[name] for name in told}
    assert set(told) == set(listed)
