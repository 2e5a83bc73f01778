"""Digits, check digits and texts of an EPC."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.epc_bits import (
    GS1_CHARACTERS,
    PART_CHARACTERS,
    Bits,
    check_digit,
    checked,
    digits,
    link,
    location_path,
    require,
    text6,
    text7,
    urn,
)
from rules.errors import EpcError
from tests.rules import epc_encoder


def bits_of(text: str) -> Bits:
    return Bits(int(text or "0", 2), len(text))


def test_take_when_bits_are_left_then_they_come_in_order() -> None:
    bits = bits_of("110100001")
    assert [bits.take(3), bits.take(1), bits.take(0), bits.take(5)] == [6, 1, 0, 1]
    bits.end()


def test_take_when_too_few_bits_are_left_then_it_is_refused() -> None:
    with pytest.raises(EpcError, match="shorter"):
        bits_of("101").take(4)


def test_end_when_a_set_bit_follows_then_it_is_refused() -> None:
    with pytest.raises(EpcError, match="not zero"):
        bits_of("0001").end()


@given(st.text("0123456789", min_size=1, max_size=18))
def test_check_digit_when_computed_the_long_way_then_it_is_the_same(number: str) -> None:
    assert check_digit(number) == epc_encoder.check(number)
    assert checked(number) == number + epc_encoder.check(number)


@pytest.mark.parametrize(("number", "digit"), [("8061414112345", "8"), ("629104150021", "3"), ("0", "0")])
def test_check_digit_when_the_number_is_known_then_it_is_right(number: str, digit: str) -> None:
    assert check_digit(number) == digit


def test_digits_when_the_value_fits_then_it_is_padded() -> None:
    assert digits(42, 5, "it") == "00042"
    assert digits(0, 0, "it") == ""


@pytest.mark.parametrize(("value", "count"), [(100, 2), (1, 0)])
def test_digits_when_the_value_does_not_fit_then_it_is_refused(value: int, count: int) -> None:
    with pytest.raises(EpcError, match="it"):
        digits(value, count, "it")


@given(st.text(epc_encoder.GS1_82, min_size=1, max_size=20))
def test_text7_when_encoded_then_it_comes_back(text: str) -> None:
    assert text7(bits_of(epc_encoder.seven(text, 140)), 20, "serial") == text


@pytest.mark.parametrize("text", ["", "a b", "a\0b", "a\x7f", "~"])
def test_text7_when_a_character_is_not_of_gs1_then_it_is_refused(text: str) -> None:
    with pytest.raises(EpcError, match="serial"):
        text7(bits_of(epc_encoder.seven(text, 140)), 20, "serial")


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ#-/", max_size=24))
def test_text6_when_encoded_then_it_comes_back(text: str) -> None:
    assert text6(bits_of(epc_encoder.six(text) + "000000"), 24, "part") == text


@pytest.mark.parametrize("text", ["A" * 25, "A B", "A*", "A_"])
def test_text6_when_too_long_or_outside_the_set_then_it_is_refused(text: str) -> None:
    with pytest.raises(EpcError, match="part"):
        text6(bits_of(epc_encoder.six(text) + "000000"), 24, "part")


def test_text6_when_nothing_ends_it_then_it_is_refused() -> None:
    with pytest.raises(EpcError, match="shorter"):
        text6(bits_of(epc_encoder.six("AB")), 24, "part")


def test_require_when_empty_or_foreign_then_it_is_refused() -> None:
    assert require("A-1", PART_CHARACTERS, "part") == "A-1"
    with pytest.raises(EpcError, match="empty"):
        require("", GS1_CHARACTERS, "serial")
    with pytest.raises(EpcError, match="outside"):
        require("a", PART_CHARACTERS, "part")


def test_character_sets_when_counted_then_they_are_those_of_the_standard() -> None:
    assert set(epc_encoder.GS1_82) == GS1_CHARACTERS
    assert (len(GS1_CHARACTERS), len(PART_CHARACTERS)) == (82, 39)


@given(st.text(epc_encoder.GS1_82 + "#"))
def test_escapes_when_the_text_is_special_then_they_follow_the_standard(text: str) -> None:
    assert urn(text) == epc_encoder.urn(text)
    assert link(text) == epc_encoder.link(text)


def test_location_path_when_the_extension_is_zero_then_it_is_the_whole_location() -> None:
    assert location_path("9521141123454", "0") == "414/9521141123454"
    assert location_path("9521141123454", "a/b") == "414/9521141123454/254/a%2Fb"
