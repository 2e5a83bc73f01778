"""Which line an item belongs to: names before classes, oldest first, and every reason why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.epc import Epc, identify, identify_hex
from rules.matching import AFTERGLOW_US, COOL_DOWN_US, Match, NoMatch, has_room_for_any, match
from rules.rma import LineState
from rules.vocabulary import ExceptionCode, MatchedBy
from tests.rules.epc_encoder import alphanumeric, nibbles, packed, plus, sgtin_198
from tests.rules.returns import (
    GTIN,
    ITEM,
    MINUTE_US,
    OTHER_GTIN,
    PREFIX,
    SHELF,
    Book,
    item,
    line,
    observed,
    state,
)


def found(epc: Epc, lines: list[LineState], *, time_us: int = MINUTE_US) -> Match | NoMatch:
    return match(observed(epc, time_us=time_us), lines)


def test_match_when_the_line_names_the_epc_then_it_is_by_epc() -> None:
    named = state(line(epcs=[item(7).hex], gtin=None))
    assert found(item(7), [named]) == Match(named, MatchedBy.EPC)
    assert not Match(named, MatchedBy.EPC).already


@pytest.mark.parametrize(
    "data",
    [
        sgtin_198(PREFIX, ITEM, "7"),
        packed(plus(0xF7, nibbles(GTIN) + alphanumeric("7", encoding=0), filter_value=5))[0],
        bytes.fromhex(item(7, filter_value=2).hex),
    ],
)
def test_match_when_the_item_has_another_encoding_then_it_is_the_same_item(data: bytes) -> None:
    named = state(line(epcs=[item(7).hex], gtin=None))
    by_serial = state(line(serials=["7"]))
    assert found(identify(data), [named]) == Match(named, MatchedBy.EPC)
    assert found(identify(data), [by_serial]) == Match(by_serial, MatchedBy.SERIAL)


def test_match_when_the_line_names_only_the_gtin_then_any_serial_will_do() -> None:
    by_class = state(line())
    assert found(item(1234), [by_class]) == Match(by_class, MatchedBy.GTIN)


def test_match_when_the_tag_is_raw_then_its_hex_can_name_it() -> None:
    raw = identify_hex("E2003412012345678901234F")
    named = state(line(epcs=[raw.hex], gtin=None))
    assert found(raw, [named]) == Match(named, MatchedBy.EPC)
    iso = identify(bytes.fromhex(item(7).hex), pc=0x3100)
    by_hex = state(line(epcs=[iso.hex], gtin=None))
    assert found(iso, [by_hex]) == Match(by_hex, MatchedBy.EPC)
    assert isinstance(found(iso, [state(line(serials=["7"]))]), NoMatch)


def test_match_when_a_line_holds_what_is_no_hex_then_that_names_nothing() -> None:
    named = state(line(epcs=["no hex", item(7, filter_value=0).hex], gtin=None))
    assert found(item(7), [named]) == Match(named, MatchedBy.EPC)


def test_match_when_the_tag_is_blank_then_it_never_matches() -> None:
    blank = identify(bytes(12))
    refused = found(blank, [state(line(epcs=["0" * 24], gtin=None))])
    assert isinstance(refused, NoMatch)
    assert refused.code is ExceptionCode.UNKNOWN_ITEM
    assert "not programmed" in refused.detail


def test_match_when_only_a_piece_of_an_item_comes_then_its_gtin_does_not_match() -> None:
    piece = identify_hex("4076451FD40C0E40820000000F54")
    assert isinstance(found(piece, [state(line(gtin=piece.gtin))]), NoMatch)


def test_match_when_a_container_is_named_then_it_matches_in_any_encoding() -> None:
    named = state(line(epcs=["311BA1B300CE0A6A83000000"], gtin=None))
    assert found(identify_hex("F90095201234567891235"), [named]) == Match(named, MatchedBy.EPC)


def test_match_when_a_name_and_a_class_fit_then_the_name_wins() -> None:
    by_class = state(line("RMA-1"), opened_us=1)
    named = state(line("RMA-2", serials=["7"]), opened_us=2)
    assert found(item(7), [by_class, named]) == Match(named, MatchedBy.SERIAL)


@given(st.permutations(range(4)))
def test_match_when_several_lines_fit_then_the_oldest_obligation_wins_in_any_order(order: list[int]) -> None:
    lines = [
        state(line("RMA-9", 1), opened_us=1),
        state(line("RMA-1", 2), opened_us=5),
        state(line("RMA-1", 3), opened_us=5),
        state(line("RMA-2", 1), opened_us=5),
    ]
    shuffled = [lines[place] for place in order]
    assert found(item(7), shuffled) == Match(lines[0], MatchedBy.GTIN)
    assert found(item(7), [line for line in shuffled if line is not lines[0]]) == Match(
        lines[1], MatchedBy.GTIN
    )


def test_match_when_the_item_was_received_then_it_is_there_already() -> None:
    book = Book([state(line(quantity=2), opened_us=5), state(line("RMA-2"), opened_us=9)])
    book.see(observed(item(7)))
    again = found(item(7), book.lines, time_us=2 * MINUTE_US)
    assert isinstance(again, Match)
    assert again.already
    assert again.line.line.rma == "RMA-1"
    assert again.by is MatchedBy.GTIN


def refusal(epc: Epc, lines: list[LineState], *, time_us: int = MINUTE_US) -> tuple[ExceptionCode, str]:
    result = found(epc, lines, time_us=time_us)
    assert isinstance(result, NoMatch)
    return result.code, result.detail


def test_match_when_nobody_expects_it_then_it_is_unknown() -> None:
    assert refusal(item(7), [])[0] is ExceptionCode.UNKNOWN_ITEM
    assert refusal(item(7), [state(line(gtin=OTHER_GTIN))])[0] is ExceptionCode.UNKNOWN_ITEM


def test_match_when_the_line_is_complete_then_it_is_an_over_receipt() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    assert refusal(item(8), book.lines) == (ExceptionCode.OVER_RECEIPT, "RMA-1 line 1 expected 1 and has 1")


def test_match_when_a_complete_line_is_followed_by_an_open_one_then_that_takes_it() -> None:
    book = Book([state(line(), opened_us=1), state(line("RMA-2"), opened_us=2)])
    book.see(observed(item(7)))
    assert found(item(8), book.lines) == Match(book.lines[1], MatchedBy.GTIN)


def test_match_when_the_line_names_other_serials_then_it_is_a_mismatch() -> None:
    code, detail = refusal(item(7), [state(line(serials=["8"]))])
    assert (code, detail) == (ExceptionCode.SERIAL_MISMATCH, "RMA-1 line 1 expects other items of this GTIN")
    assert refusal(item(7), [state(line(epcs=[item(8).hex]))])[0] is ExceptionCode.SERIAL_MISMATCH


def test_match_when_the_line_names_fewer_than_it_expects_then_the_rest_is_free() -> None:
    book = Book([state(line(quantity=2, serials=["8"]))])
    assert kinds_of(book, 7) == ["receipt", "status"]
    assert kinds_of(book, 9) == ["exception"]
    assert kinds_of(book, 8) == ["receipt", "status"]


def test_has_room_when_every_place_is_kept_for_a_name_then_there_is_none() -> None:
    assert has_room_for_any(state(line()))
    assert not has_room_for_any(state(line(epcs=[item(8).hex], gtin=None)))
    assert has_room_for_any(state(line(quantity=2, epcs=[item(8).hex], gtin=None)))


def test_match_when_one_item_is_named_twice_then_one_place_is_kept() -> None:
    book = Book([state(line(quantity=2, serials=["8"], epcs=[item(8).hex, item(8, filter_value=0).hex]))])
    assert kinds_of(book, 7) == ["receipt", "status"]


def test_match_when_the_named_item_has_come_by_hex_then_its_place_is_free_again() -> None:
    iso = identify(bytes.fromhex(item(8).hex), pc=0x3100)
    book = Book([state(line(quantity=2, epcs=[iso.hex]))])
    book.see(observed(iso))
    assert kinds_of(book, 7) == ["receipt", "status"]


def kinds_of(book: Book, serial: int) -> list[str]:
    return [str(event.kind) for event in book.see(observed(item(serial)))]


def test_match_when_the_rma_is_closed_then_it_says_so() -> None:
    closed = state(line(serials=["7"]), closed_us=MINUTE_US)
    assert refusal(item(7), [closed])[0] is ExceptionCode.RMA_CLOSED
    assert refusal(item(7), [closed], time_us=MINUTE_US - 1)[0] is ExceptionCode.LATE_READ


def test_match_when_the_rma_has_expired_then_it_says_so() -> None:
    expired = state(line(), expires_us=MINUTE_US)
    assert refusal(item(7), [expired])[0] is ExceptionCode.RMA_EXPIRED
    assert isinstance(found(item(7), [expired], time_us=MINUTE_US - 1), Match)


def test_match_when_a_closed_rma_was_complete_then_it_says_nothing_of_its_class() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    book.close("RMA-1", time_us=2 * MINUTE_US)
    assert refusal(item(8), book.lines, time_us=3 * MINUTE_US)[0] is ExceptionCode.UNKNOWN_ITEM


def test_match_when_several_lines_refuse_then_the_nearest_is_told() -> None:
    closed = state(line("RMA-1"), opened_us=1, closed_us=2)
    mismatch = state(line("RMA-2", serials=["8"]), opened_us=3)
    named = state(line("RMA-3", serials=["7"]), opened_us=4, expires_us=5)
    assert refusal(item(7), [closed, mismatch])[0] is ExceptionCode.SERIAL_MISMATCH
    assert refusal(item(7), [closed, mismatch, named])[0] is ExceptionCode.RMA_EXPIRED


def restocked(book: Book, *, time_us: int) -> None:
    book.see(observed(item(7), time_us=time_us - MINUTE_US))
    book.see(observed(item(7), SHELF, time_us=time_us))


def test_match_when_a_restocked_item_comes_on_a_later_rma_then_it_is_a_new_return() -> None:
    book = Book([state(line(serials=["7"]), opened_us=0)])
    restocked(book, time_us=10 * MINUTE_US)
    book.lines.append(state(line("RMA-2", serials=["7"]), opened_us=1))
    early = found(item(7), book.lines, time_us=10 * MINUTE_US + COOL_DOWN_US - 1)
    assert isinstance(early, Match)
    assert early.line.line.rma == "RMA-1"
    assert early.already
    later = found(item(7), book.lines, time_us=10 * MINUTE_US + COOL_DOWN_US)
    assert later == Match(book.lines[1], MatchedBy.SERIAL)


def test_match_when_a_restocked_item_comes_again_and_nobody_expects_it_then_it_is_unknown() -> None:
    book = Book([state(line(serials=["7"]))])
    restocked(book, time_us=10 * MINUTE_US)
    within = found(item(7), book.lines, time_us=10 * MINUTE_US + AFTERGLOW_US - 1)
    assert isinstance(within, Match)
    code, detail = refusal(item(7), book.lines, time_us=10 * MINUTE_US + AFTERGLOW_US)
    assert code is ExceptionCode.UNKNOWN_ITEM
    assert "RMA-1 line 1 is over" in detail


def test_match_when_its_rma_was_closed_without_restock_then_a_later_rma_takes_it() -> None:
    book = Book([state(line())])
    book.see(observed(item(7)))
    book.close("RMA-1", time_us=5 * MINUTE_US)
    book.lines.append(state(line("RMA-2"), opened_us=6 * MINUTE_US))
    assert isinstance(found(item(7), book.lines, time_us=6 * MINUTE_US), Match)
    later = found(item(7), book.lines, time_us=5 * MINUTE_US + COOL_DOWN_US)
    assert later == Match(book.lines[1], MatchedBy.GTIN)


def test_match_when_a_later_rma_names_an_item_that_never_ended_then_it_is_a_new_return() -> None:
    book = Book([state(line(quantity=2))])
    book.see(observed(item(7)))
    book.lines.append(state(line("RMA-2", serials=["7"]), opened_us=2 * MINUTE_US))
    book.lines.append(state(line("RMA-3"), opened_us=2 * MINUTE_US))
    early = found(item(7), book.lines, time_us=3 * MINUTE_US)
    assert isinstance(early, Match)
    assert early.already
    later = found(item(7), book.lines, time_us=MINUTE_US + COOL_DOWN_US)
    assert later == Match(book.lines[1], MatchedBy.SERIAL)
