"""The '+' and '++' schemes of TDS 2: every valid tag comes back as it was encoded, every damaged one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.epc import decode_epc
from rules.epc_plus import PLUS_SCHEMES
from rules.errors import EpcError
from tests.rules.epc_encoder import (
    BASE64,
    CODE_40,
    GS1_82,
    alphanumeric,
    b,
    check,
    integer,
    link,
    nibbles,
    packed,
    plus,
)

DIGITS = "0123456789"
ENCODINGS = {
    0: DIGITS,
    1: "0123456789ABCDEF",
    2: "0123456789abcdef",
    3: BASE64,
    4: GS1_82,
    5: CODE_40.strip(),
}
HOSTNAMES = st.sampled_from(
    [
        b(1, 1) + b(2, 6) + b(0b0100000, 7) + b(0b1011011, 7),
        b(0, 1) + b(4, 6) + b(1600 * 1 + 40 * 28 + 2 + 1, 16) + b(1600 * 3 + 1, 16),
        b(1, 1) + b(0, 6),
    ]
)


def texts(most: int) -> st.SearchStrategy[tuple[int, str]]:
    """An encoding indicator and a text it can hold."""
    return st.sampled_from(sorted(ENCODINGS)).flatmap(
        lambda encoding: st.tuples(st.just(encoding), st.text(ENCODINGS[encoding], min_size=1, max_size=most))
    )


def numbers(count: int) -> st.SearchStrategy[str]:
    """Digits with their check digit."""
    return st.text(DIGITS, min_size=count - 1, max_size=count - 1).map(lambda text: text + check(text))


def agreed(headers: tuple[int, int], scheme: str, key: str, path: str, draw: st.DataObject) -> None:
    filter_value, has_data = draw.draw(st.integers(0, 7)), draw.draw(st.booleans())
    tail = draw.draw(st.text("01", max_size=40)) if has_data else ""
    for header, suffix, host in ((headers[0], "+", ""), (headers[1], "++", draw.draw(HOSTNAMES))):
        bits = plus(header, key + host + tail, filter_value=filter_value, has_data=has_data)
        data, count = packed(bits)
        epc = decode_epc(data, bits=count)
        assert (epc.scheme, epc.filter, epc.uri) == (scheme + suffix, filter_value, None)
        assert epc.digital_link == f"https://id.gs1.org/{path}"
        assert epc.identity == epc.digital_link.partition("?")[0]


@given(numbers(14), texts(20), st.data())
def test_sgtin_when_encoded_then_it_comes_back(
    gtin: str, serial: tuple[int, str], draw: st.DataObject
) -> None:
    encoding, text = serial
    key = nibbles(gtin) + alphanumeric(text, encoding=encoding)
    agreed((0xF7, 0xFD), "SGTIN", key, f"01/{gtin}/21/{link(text)}", draw)


AIS = ["11", "13", "15", "16", "17", "7006", "7007"]


@given(numbers(14), st.integers(0, 6), st.integers(0, 99), st.dates(), st.data())
def test_dsgtin_when_encoded_then_the_date_is_an_attribute(
    gtin: str, kind: int, year: int, date: st.SearchStrategy, draw: st.DataObject
) -> None:
    moment = b(kind, 4) + b(year, 7) + b(date.month, 4) + b(date.day, 5)
    key = moment + nibbles(gtin) + alphanumeric("7", encoding=0)
    path = f"01/{gtin}/21/7?{AIS[kind]}={year:02}{date.month:02}{date.day:02}"
    agreed((0xFB, 0xFC), "DSGTIN", key, path, draw)


@given(numbers(18), st.data())
def test_whole_numbers_when_encoded_then_they_come_back(number: str, draw: st.DataObject) -> None:
    agreed((0xF9, 0xEF), "SSCC", nibbles(number), f"00/{number}", draw)
    agreed((0xF4, 0xE7), "GSRN", nibbles(number), f"8018/{number}", draw)
    agreed((0xF5, 0xE8), "GSRNP", nibbles(number), f"8017/{number}", draw)


@given(numbers(13), texts(20), st.data())
def test_sgln_when_encoded_then_it_comes_back(
    gln: str, extension: tuple[int, str], draw: st.DataObject
) -> None:
    encoding, text = extension
    path = f"414/{gln}" + ("" if text == "0" else f"/254/{link(text)}")
    agreed((0xF2, 0xE9), "SGLN", nibbles(gln) + alphanumeric(text, encoding=encoding), path, draw)


@given(numbers(13), texts(16), st.data())
def test_grai_when_encoded_then_it_comes_back(
    number: str, serial: tuple[int, str], draw: st.DataObject
) -> None:
    encoding, text = serial
    key = nibbles("0" + number) + alphanumeric(text, encoding=encoding)
    agreed((0xF1, 0xEB), "GRAI", key, f"8003/0{number}{link(text)}", draw)


@given(numbers(13), texts(17), st.data())
def test_gdti_when_encoded_then_it_comes_back(
    number: str, serial: tuple[int, str], draw: st.DataObject
) -> None:
    encoding, text = serial
    key = nibbles(number) + alphanumeric(text, encoding=encoding)
    agreed((0xF6, 0xEA), "GDTI", key, f"253/{number}{link(text)}", draw)


@given(st.text(DIGITS, min_size=5, max_size=20), st.none() | texts(10), st.data())
def test_giai_when_encoded_then_it_comes_back(
    number: str, rest: tuple[int, str] | None, draw: st.DataObject
) -> None:
    end = b(15, 4) if rest is None else b(14, 4) + alphanumeric(rest[1], encoding=rest[0])
    asset = number + (rest[1] if rest else "")
    agreed((0xFA, 0xEE), "GIAI", nibbles(number) + end, f"8004/{link(asset)}", draw)


@given(
    st.text(DIGITS, min_size=4, max_size=20),
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ#-/", min_size=1, max_size=10),
    st.text(DIGITS, min_size=1, max_size=12),
    st.data(),
)
def test_cpi_when_encoded_then_it_comes_back(
    number: str, rest: str, serial: str, draw: st.DataObject
) -> None:
    key = nibbles(number) + b(14, 4) + alphanumeric(rest, encoding=4) + b(len(serial), 4) + integer(serial)
    agreed((0xF0, 0xE6), "CPI", key, f"8010/{link(number + rest)}/8011/{serial}", draw)


@given(numbers(13), st.text(DIGITS, min_size=1, max_size=12), st.data())
def test_sgcn_when_encoded_then_leading_zeros_stay(number: str, serial: str, draw: st.DataObject) -> None:
    key = nibbles(number) + b(len(serial), 4) + integer(serial)
    agreed((0xF8, 0xEC), "SGCN", key, f"255/{number}{serial}", draw)


@given(numbers(14), st.text(DIGITS, min_size=4, max_size=4), texts(20), st.data())
def test_itip_when_encoded_then_it_comes_back(
    gtin: str, pieces: str, serial: tuple[int, str], draw: st.DataObject
) -> None:
    encoding, text = serial
    key = nibbles(gtin + pieces) + alphanumeric(text, encoding=encoding)
    agreed((0xF3, 0xED), "ITIP", key, f"8006/{gtin}{pieces}/21/{link(text)}", draw)


GTIN, GLN = "79521141123453", "9521141123454"
SERIAL = alphanumeric("32a/b", encoding=4)


@pytest.mark.parametrize(
    ("bits", "reason"),
    [
        (plus(0xF7, nibbles("79521141123454") + SERIAL), "check digit"),
        (plus(0xF7, nibbles("7952114112345A") + SERIAL), "not decimal"),
        (plus(0xF7, nibbles(GTIN) + b(4, 3) + b(0, 5)), "0 characters"),
        (plus(0xF7, nibbles(GTIN) + alphanumeric("1" * 21, encoding=0)), "21 characters"),
        (plus(0xF7, nibbles(GTIN) + b(6, 3) + b(1, 5)), "encoding indicator 6"),
        (plus(0xF7, nibbles(GTIN) + b(7, 3) + b(1, 5)), "encoding indicator 7"),
        (plus(0xF7, nibbles(GTIN) + alphanumeric("a b", encoding=4)), "character set"),
        (plus(0xF7, nibbles(GTIN) + b(0, 3) + b(1, 5) + b(15, 4)), "longer than the 1 digits"),
        (plus(0xF7, nibbles(GTIN) + b(5, 3) + b(3, 5) + b(0, 16)), "Code 40 group"),
        (plus(0xF7, nibbles(GTIN) + b(5, 3) + b(3, 5) + b(64_001, 16)), "Code 40 group"),
        (
            plus(0xF7, nibbles(GTIN) + b(5, 3) + b(2, 5) + alphanumeric("ABC", encoding=5)[8:]),
            "longer than it announces",
        ),
        (plus(0xF7, nibbles(GTIN) + b(5, 3) + b(3, 5) + b(1600 + 3 + 1, 16)), "character set"),
        (plus(0xF7, nibbles(GTIN) + SERIAL + "1"), "not zero"),
        (plus(0xFD, nibbles(GTIN) + SERIAL + b(1, 1) + b(9, 6) + "0" * 14), "shorter"),
        (plus(0xFB, b(7, 4) + b(22, 7) + b(6, 4) + b(30, 5) + nibbles(GTIN) + SERIAL), "date type 7"),
        (plus(0xFB, b(4, 4) + b(100, 7) + b(6, 4) + b(30, 5) + nibbles(GTIN) + SERIAL), "no date"),
        (plus(0xFB, b(4, 4) + b(22, 7) + b(0, 4) + b(30, 5) + nibbles(GTIN) + SERIAL), "no date"),
        (plus(0xFB, b(4, 4) + b(22, 7) + b(13, 4) + b(30, 5) + nibbles(GTIN) + SERIAL), "no date"),
        (plus(0xFB, b(4, 4) + b(22, 7) + b(6, 4) + b(31, 5) + nibbles(GTIN) + SERIAL), "no date"),
        (plus(0xF1, nibbles("1" + GLN[:-1] + check("1" + GLN[:-1])) + SERIAL), "starts with 0"),
        (plus(0xFA, nibbles("9521") + b(15, 4)), "company prefix"),
        (plus(0xFA, nibbles("952") + b(14, 4) + alphanumeric("1AB", encoding=4)), None),
        (plus(0xFA, nibbles("952") + b(14, 4) + alphanumeric("AB1", encoding=4)), "company prefix"),
        (plus(0xFA, nibbles("9521141") + b(12, 4)), "no delimiter"),
        (plus(0xFA, nibbles("1" * 31) + b(15, 4)), "longer than 30"),
        (plus(0xFA, nibbles("1" * 30) + b(14, 4) + alphanumeric("A", encoding=4)), "allowed are 1 to 0"),
        (plus(0xF0, nibbles("9521141") + b(14, 4) + alphanumeric("a", encoding=4)), "character set"),
        (plus(0xF8, nibbles(GLN) + b(0, 4)), "0 digits"),
        (plus(0xF8, nibbles(GLN) + b(13, 4) + "0" * 44), "13 digits"),
    ],
)
def test_decode_when_a_field_is_out_of_its_range_then_it_says_which(bits: str, reason: str | None) -> None:
    data, count = packed(bits)
    if reason is None:
        assert decode_epc(data, bits=count).digital_link == "https://id.gs1.org/8004/9521AB"
        return
    with pytest.raises(EpcError, match=reason):
        decode_epc(data, bits=count)


def test_decode_when_the_day_is_zero_then_the_month_is_meant() -> None:
    bits = plus(0xFB, b(4, 4) + b(22, 7) + b(6, 4) + b(0, 5) + nibbles(GTIN) + SERIAL)
    data, count = packed(bits)
    assert str(decode_epc(data, bits=count).digital_link).endswith("?17=220600")


@pytest.mark.parametrize("header", sorted(PLUS_SCHEMES))
def test_scheme_when_cut_after_its_header_then_it_is_refused(header: int) -> None:
    for count in range(8, 44):
        with pytest.raises(EpcError):
            decode_epc(bytes([header]) + b"\x31" * 8, bits=count)


def test_headers_when_counted_then_each_scheme_has_one_with_and_one_without_host_name() -> None:
    assert sorted(PLUS_SCHEMES) == [*range(0xE6, 0xFE)]
