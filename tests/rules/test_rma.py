"""The story of an item on its line."""

from dataclasses import replace

import pytest

from rules.rma import Finding, ReceivedItem
from rules.vocabulary import Disposition, Grade, ItemState
from tests.rules.returns import Book, item, line, observed, state

NEW = ReceivedItem("identity", "30", "receipt", received_us=1)


@pytest.mark.parametrize(
    ("received", "expected", "ended_us"),
    [
        (NEW, ItemState.RECEIVED, None),
        (replace(NEW, found=Finding(Grade.A)), ItemState.INSPECTED, None),
        (replace(NEW, found=Finding(Grade.A), disposition=Disposition.INSPECT), ItemState.INSPECTED, None),
        (replace(NEW, disposition=Disposition.REPAIR), ItemState.DISPOSITIONED, None),
        (replace(NEW, disposition=Disposition.RESTOCK, restocked_us=5), ItemState.RESTOCKED, 5),
        (replace(NEW, disposition=Disposition.RECYCLE, gone_us=6), ItemState.GONE, 6),
    ],
)
def test_state_when_the_story_goes_on_then_it_follows(
    received: ReceivedItem, expected: ItemState, ended_us: int | None
) -> None:
    assert (received.state, received.ended_us) == (expected, ended_us)


def test_received_when_items_are_booked_then_it_counts_them() -> None:
    book = Book([state(line(quantity=3))])
    for serial in (1, 2, 2):
        book.see(observed(item(serial)))
    assert book.lines[0].received == 2
