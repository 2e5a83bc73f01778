"""Strangers among the items of one RMA."""

from collections.abc import Sequence

import pytest

from rules.company import TOGETHER_US, Arrival, Lack, companies, host, wrong_items
from rules.epc import identify_hex
from rules.vocabulary import ExceptionCode
from tests.rules.returns import MINUTE_US, item

LACK = Lack("RMA-1", "SO-1", "C-1", count=1, line=2, expected=1, received=0)


def came(serial: int, at_us: int = MINUTE_US, rma: str | None = "RMA-1") -> Arrival:
    stranger = f"unknown-{serial}" if rma is None else None
    epc = item(serial)
    return Arrival(epc.identity, epc.hex, at_us, at_us + 1_000_000, rma, stranger)


def serials(company: Sequence[Arrival]) -> list[str | None]:
    return [identify_hex(arrival.epc).serial for arrival in company]


def test_companies_when_there_is_a_pause_then_they_came_apart() -> None:
    one, other = came(1), came(2, MINUTE_US + TOGETHER_US)
    later = came(3, other.last_us + TOGETHER_US + 1)
    assert [serials(some) for some in companies([later, other, one])] == [["1", "2"], ["3"]]
    assert list(companies([])) == []


def test_companies_when_one_stays_longer_then_its_time_counts() -> None:
    long = Arrival(item(1).identity, item(1).hex, 0, MINUTE_US, "RMA-1")
    assert len(list(companies([long, came(2, 1), came(3, MINUTE_US)]))) == 1


@pytest.mark.parametrize(
    ("rmas", "expected"),
    [(["RMA-1", None], "RMA-1"), (["RMA-1", "RMA-2", None], None), ([None, None], None)],
)
def test_host_when_not_all_are_of_one_rma_then_it_cannot_be_known(
    rmas: list[str | None], expected: str | None
) -> None:
    assert host([came(number, rma=rma) for number, rma in enumerate(rmas)]) == expected


def test_wrong_items_when_something_is_lacking_then_the_stranger_is_told_with_the_rma() -> None:
    company = [came(1), came(7, rma=None), came(7, MINUTE_US + 9, rma=None)]
    (event,) = wrong_items(company, LACK, "desk")
    assert (event.code, event.rma, event.line, event.epc) == (
        ExceptionCode.WRONG_ITEM,
        "RMA-1",
        2,
        item(7).hex,
    )
    assert (event.read_point, event.quantity, event.expected, event.received) == ("desk", 1, 1, 0)
    assert event.detail == "came in with items of RMA-1, which awaits 1 of another kind"
    assert [event.id for event in wrong_items(company, LACK, "desk")] == [event.id]


def test_wrong_items_when_there_are_more_than_lack_then_nothing_is_told() -> None:
    assert wrong_items([came(1), came(7, rma=None), came(8, rma=None)], LACK, "desk") == ()
