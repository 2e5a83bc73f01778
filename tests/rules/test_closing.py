"""What is told when nothing more is awaited."""

from rules.closing import Delivery, ShutLine, missing, tally
from rules.epc import identify_hex
from rules.vocabulary import ExceptionCode, LineStatus
from tests.rules.returns import GTIN, MINUTE_US, item

TOTE = identify_hex("3114257BF400000001000000")


def shut(line: int, expected: int, received: int) -> ShutLine:
    return ShutLine("RMA-1", line, "SO-1", "C-1", "TOO_SMALL", GTIN, "SKU-1", expected, received)


def held(expected: int, received: int) -> Delivery:
    return Delivery("receipt", "RMA-1", 1, "SO-1", "C-1", TOTE, "dock-1", expected, received)


def test_missing_when_lines_lack_items_then_each_is_told_once() -> None:
    events = missing([shut(1, 2, 2), shut(2, 3, 1), shut(3, 1, 0)], MINUTE_US)
    assert [(event.code, event.line, event.quantity, event.line_status) for event in events] == [
        (ExceptionCode.SHORT, 2, 2, LineStatus.PARTIAL),
        (ExceptionCode.SHORT, 3, 1, LineStatus.OPEN),
    ]
    assert events[0].detail == "expected 3, got 1, 2 missing"
    assert (events[0].epc, events[0].read_point, events[0].subject) == (
        None,
        None,
        "urn:returns-gateway:rma:RMA-1",
    )
    assert events == missing([shut(1, 2, 2), shut(2, 3, 1), shut(3, 1, 0)], MINUTE_US)


def test_missing_when_nothing_came_in_then_nothing_is_told() -> None:
    assert missing([shut(1, 2, 0)], MINUTE_US) == ()


def test_tally_when_all_is_there_then_nothing_is_told() -> None:
    assert tally(held(2, 2), [], MINUTE_US) == ()


def test_tally_when_something_is_there_beside_then_it_is_the_wrong_item() -> None:
    short, wrong = tally(held(2, 2), [item(7)], MINUTE_US)
    assert (short.code, short.quantity, short.detail) == (
        ExceptionCode.SHORT,
        0,
        "expected 2, got 2, 1 unexpected",
    )
    assert (wrong.code, wrong.epc, wrong.rma) == (ExceptionCode.WRONG_ITEM, item(7).hex, "RMA-1")
    (raw,) = tally(held(2, 2), [identify_hex("3000")], MINUTE_US)[1:]
    assert raw.epc_uri == raw.subject
