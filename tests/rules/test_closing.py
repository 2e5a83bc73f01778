"""What is told when nothing more is awaited."""

from rules.closing import Delivery, PackedLine, ShutLine, came_in, missing, packing, tally
from rules.epc import identify_hex
from rules.vocabulary import ExceptionCode, LineStatus
from tests.rules.returns import GTIN, MINUTE_US, OTHER_GTIN, item

TOTE = identify_hex("3114257BF400000001000000")


def shut(line: int, expected: int, received: int) -> ShutLine:
    return ShutLine("RMA-1", line, "SO-1", "C-1", "TOO_SMALL", GTIN, "SKU-1", expected, received)


def held(expected: int, received: int) -> Delivery:
    return Delivery("receipt", "RMA-1", 1, "SO-1", "C-1", TOTE, "dock-1", expected, received)


def holder(line: int) -> PackedLine:
    return PackedLine(line, None, 1, 1, is_container=True)


def packed(
    line: int, expected: int, received: int, *, gtin: str = GTIN, takes_any: bool = True
) -> PackedLine:
    return PackedLine(line, gtin, expected, received, takes_any=takes_any)


def test_packing_when_containers_are_followed_by_lines_then_those_are_in_them() -> None:
    lines = [packed(1, 9, 0), holder(2), packed(3, 4, 0), packed(4, 5, 0), holder(5), packed(6, 6, 0)]
    found = packing(list(reversed(lines)))
    assert {line: [one.line for one in some] for line, some in found.items()} == {2: [3, 4], 5: [6]}


def test_packing_when_it_is_no_packing_list_then_all_is_in_all() -> None:
    lines = [packed(1, 4, 0), packed(2, 5, 0), holder(3), holder(4)]
    assert {line: [one.line for one in some] for line, some in packing(lines).items()} == {4: [1, 2]}
    alone = packing([packed(1, 4, 0), holder(2)])
    assert {line: [one.line for one in some] for line, some in alone.items()} == {2: [1]}


def test_came_in_when_containers_hold_different_goods_then_each_counts_its_lines() -> None:
    lines = packing([holder(1), packed(2, 40, 38), holder(3), packed(4, 5, 5, gtin=OTHER_GTIN)])
    assert [came_in(lines, line, {}, []) for line in (1, 3)] == [38, 5]


def test_came_in_when_containers_hold_the_same_goods_then_what_came_with_each_counts() -> None:
    lines = packing([holder(1), packed(2, 40, 38), holder(3), packed(4, 40, 0)])
    assert came_in(lines, 3, {GTIN: 38}, [3]) == 38
    assert came_in(lines, 1, {}, [1]) == 0
    assert [came_in(lines, line, {GTIN: 78}, [1, 3]) for line in (1, 3)] == [40, 38]


def test_came_in_when_lines_name_their_items_then_the_names_tell_whose_they_are() -> None:
    lines = packing(
        [holder(1), packed(2, 2, 2, takes_any=False), holder(3), packed(4, 2, 1, takes_any=False)]
    )
    assert [came_in(lines, line, {GTIN: 3}, [1, 3]) for line in (1, 3)] == [2, 1]


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
