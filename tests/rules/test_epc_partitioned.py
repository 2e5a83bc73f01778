"""The schemes of TDS 1: every valid tag comes back as it was encoded, and epcpy, another's decoder, agrees."""

from epcpy import hex_to_tag_encodable
from epcpy.epc_schemes.base_scheme import GS1Keyed
from hypothesis import given
from hypothesis import strategies as st

from rules.epc import decode_epc
from tests.rules.epc_encoder import (
    GS1_82,
    PREFIX_BITS,
    b,
    check,
    gtin,
    link,
    packed,
    partitioned,
    seven,
    six,
    urn,
    words,
)

PREFIXES = st.integers(6, 12).flatmap(lambda length: st.text("0123456789", min_size=length, max_size=length))
FILTERS = st.integers(0, 7)
SERIALS_38 = st.integers(0, 2**38 - 1)
SERIALS_41 = st.integers(0, 2**41 - 1)
PARTS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-/"


def texts(most: int) -> st.SearchStrategy[str]:
    return st.text(GS1_82, min_size=1, max_size=most)


def references(prefix: str, total_digits: int) -> st.SearchStrategy[str]:
    count = total_digits - len(prefix)
    return st.text("0123456789", min_size=count, max_size=count)


def number(reference: str) -> int:
    return int(reference or "0")


def agreed(bits: str, uri: str, path: str | None, filter_value: int | None) -> None:
    """Decoded as encoded, in whole words as in a tag's memory, and so does epcpy say."""
    for data, count in (packed(bits), words(bits)):
        epc = decode_epc(data, bits=count)
        assert (epc.uri, epc.filter) == (uri, filter_value)
        assert epc.digital_link == (None if path is None else f"https://id.gs1.org/{path}")
    # epcpy loses its way in URIs with escapes or further colons.
    if "%" in uri or uri.count(":") > 4:
        return
    judge = hex_to_tag_encodable(packed(bits)[0].hex())
    assert judge.epc_uri == uri
    if isinstance(judge, GS1Keyed) and path is not None:
        assert link(judge.gs1_key()) in path.replace("/21/", "").replace("/254/", "").replace("/8011/", "")


@given(PREFIXES, FILTERS, SERIALS_38, st.data())
def test_sgtin_96_when_encoded_then_it_comes_back(
    prefix: str, filter_value: int, serial: int, data: st.DataObject
) -> None:
    item = data.draw(references(prefix, 13))
    bits = b(0x30, 8) + b(filter_value, 3) + partitioned(prefix, int(item), 44) + b(serial, 38)
    uri, path = f"urn:epc:id:sgtin:{prefix}.{item}.{serial}", f"01/{gtin(prefix, item)}/21/{serial}"
    agreed(bits, uri, path, filter_value)
    epc = decode_epc(packed(bits)[0])
    assert (epc.gtin, epc.serial) == (gtin(prefix, item), str(serial))


@given(PREFIXES, FILTERS, texts(20), st.data())
def test_sgtin_198_when_encoded_then_it_comes_back(
    prefix: str, filter_value: int, serial: str, data: st.DataObject
) -> None:
    item = data.draw(references(prefix, 13))
    bits = b(0x36, 8) + b(filter_value, 3) + partitioned(prefix, int(item), 44) + seven(serial, 140)
    uri = f"urn:epc:id:sgtin:{prefix}.{item}.{urn(serial)}"
    agreed(bits, uri, f"01/{gtin(prefix, item)}/21/{link(serial)}", filter_value)
    assert decode_epc(*packed(bits)[:1], bits=198).serial == serial


@given(PREFIXES, FILTERS, st.data())
def test_sscc_96_when_encoded_then_it_comes_back(prefix: str, filter_value: int, data: st.DataObject) -> None:
    reference = data.draw(references(prefix, 17))
    bits = b(0x31, 8) + b(filter_value, 3) + partitioned(prefix, int(reference), 58) + "0" * 24
    digits = reference[0] + prefix + reference[1:]
    agreed(bits, f"urn:epc:id:sscc:{prefix}.{reference}", f"00/{digits}{check(digits)}", filter_value)


@given(PREFIXES, FILTERS, st.integers(0, 2**41 - 1), texts(20), st.data())
def test_sgln_when_encoded_then_it_comes_back(
    prefix: str, filter_value: int, numeric: int, text: str, data: st.DataObject
) -> None:
    location = data.draw(references(prefix, 12))
    start = b(filter_value, 3) + partitioned(prefix, number(location), 41)
    gln = prefix + location + check(prefix + location)
    for header, extension, end in (
        (0x32, str(numeric), b(numeric, 41)),
        (0x39, text, seven(text, 140)),
    ):
        path = f"414/{gln}" + ("" if extension == "0" else f"/254/{link(extension)}")
        agreed(
            b(header, 8) + start + end,
            f"urn:epc:id:sgln:{prefix}.{location}.{urn(extension)}",
            path,
            filter_value,
        )


@given(PREFIXES, FILTERS, SERIALS_38, texts(16), st.data())
def test_grai_when_encoded_then_it_comes_back(
    prefix: str, filter_value: int, numeric: int, text: str, data: st.DataObject
) -> None:
    asset = data.draw(references(prefix, 12))
    start = b(filter_value, 3) + partitioned(prefix, number(asset), 44)
    key = "0" + prefix + asset + check(prefix + asset)
    for header, serial, end in ((0x33, str(numeric), b(numeric, 38)), (0x37, text, seven(text, 112))):
        bits = b(header, 8) + start + end
        agreed(
            bits, f"urn:epc:id:grai:{prefix}.{asset}.{urn(serial)}", f"8003/{key}{link(serial)}", filter_value
        )
        assert decode_epc(packed(bits)[0]).grai == key + serial


@given(PREFIXES, FILTERS, st.data())
def test_giai_when_encoded_then_it_comes_back(prefix: str, filter_value: int, data: st.DataObject) -> None:
    width = PREFIX_BITS[len(prefix)]
    numeric = data.draw(st.integers(0, 2 ** (82 - width) - 1))
    text = data.draw(texts(30 - len(prefix)))
    for header, asset, end in (
        (0x34, str(numeric), partitioned(prefix, numeric, 82)),
        (0x38, text, b(12 - len(prefix), 3) + b(int(prefix), width) + seven(text, 188 - width)),
    ):
        bits = b(header, 8) + b(filter_value, 3) + end
        agreed(bits, f"urn:epc:id:giai:{prefix}.{urn(asset)}", f"8004/{link(prefix + asset)}", filter_value)


@given(PREFIXES, FILTERS, st.data())
def test_gsrn_and_gsrnp_when_encoded_then_they_come_back(
    prefix: str, filter_value: int, data: st.DataObject
) -> None:
    reference = data.draw(references(prefix, 17))
    end = b(filter_value, 3) + partitioned(prefix, int(reference), 58) + "0" * 24
    key = prefix + reference + check(prefix + reference)
    agreed(b(0x2D, 8) + end, f"urn:epc:id:gsrn:{prefix}.{reference}", f"8018/{key}", filter_value)
    agreed(b(0x2E, 8) + end, f"urn:epc:id:gsrnp:{prefix}.{reference}", f"8017/{key}", filter_value)


@given(PREFIXES, FILTERS, SERIALS_41, texts(17), st.data())
def test_gdti_when_encoded_then_it_comes_back(
    prefix: str, filter_value: int, numeric: int, text: str, data: st.DataObject
) -> None:
    document = data.draw(references(prefix, 12))
    start = b(filter_value, 3) + partitioned(prefix, number(document), 41)
    key = prefix + document + check(prefix + document)
    for header, serial, end in ((0x2C, str(numeric), b(numeric, 41)), (0x3E, text, seven(text, 119))):
        uri = f"urn:epc:id:gdti:{prefix}.{document}.{urn(serial)}"
        agreed(b(header, 8) + start + end, uri, f"253/{key}{link(serial)}", filter_value)


@given(PREFIXES, FILTERS, st.integers(0, 2**31 - 1), st.data())
def test_cpi_96_when_encoded_then_it_comes_back(
    prefix: str, filter_value: int, serial: int, data: st.DataObject
) -> None:
    part = data.draw(st.integers(1, min(10 ** (15 - len(prefix)), 2 ** (51 - PREFIX_BITS[len(prefix)])) - 1))
    bits = b(0x3C, 8) + b(filter_value, 3) + partitioned(prefix, part, 51) + b(serial, 31)
    agreed(
        bits, f"urn:epc:id:cpi:{prefix}.{part}.{serial}", f"8010/{prefix}{part}/8011/{serial}", filter_value
    )


@given(PREFIXES, FILTERS, st.integers(0, 999_999_999_999), st.data())
def test_cpi_var_when_encoded_then_it_comes_back(
    prefix: str, filter_value: int, serial: int, data: st.DataObject
) -> None:
    part = data.draw(st.text(PARTS + "#", min_size=1, max_size=30 - len(prefix)))
    width = PREFIX_BITS[len(prefix)]
    bits = (
        b(0x3D, 8)
        + b(filter_value, 3)
        + b(12 - len(prefix), 3)
        + b(int(prefix), width)
        + six(part)
        + "000000"
        + b(serial, 40)
    )
    path = f"8010/{link(prefix + part)}/8011/{serial}"
    epc = decode_epc(*packed(bits)[:1])
    assert (epc.uri, epc.digital_link) == (
        f"urn:epc:id:cpi:{prefix}.{urn(part)}.{serial}",
        f"https://id.gs1.org/{path}",
    )


@given(PREFIXES, FILTERS, st.text("0123456789", min_size=1, max_size=12), st.data())
def test_sgcn_96_when_encoded_then_it_comes_back(
    prefix: str, filter_value: int, serial: str, data: st.DataObject
) -> None:
    coupon = data.draw(references(prefix, 12))
    bits = (
        b(0x3F, 8) + b(filter_value, 3) + partitioned(prefix, number(coupon), 41) + b(int("1" + serial), 41)
    )
    key = prefix + coupon + check(prefix + coupon)
    agreed(bits, f"urn:epc:id:sgcn:{prefix}.{coupon}.{serial}", f"255/{key}{serial}", filter_value)


@given(PREFIXES, FILTERS, st.integers(0, 99), SERIALS_38, texts(20), st.data())
def test_itip_when_encoded_then_it_comes_back(
    prefix: str, filter_value: int, piece: int, numeric: int, text: str, data: st.DataObject
) -> None:
    item, total = data.draw(references(prefix, 13)), data.draw(st.integers(0, 99))
    start = b(filter_value, 3) + partitioned(prefix, int(item), 44) + b(piece, 7) + b(total, 7)
    for header, serial, end in ((0x40, str(numeric), b(numeric, 38)), (0x41, text, seven(text, 140))):
        uri = f"urn:epc:id:itip:{prefix}.{item}.{piece:02}.{total:02}.{urn(serial)}"
        path = f"8006/{gtin(prefix, item)}{piece:02}{total:02}/21/{link(serial)}"
        epc = decode_epc(packed(b(header, 8) + start + end)[0])
        assert (epc.uri, epc.digital_link, epc.filter) == (uri, f"https://id.gs1.org/{path}", filter_value)


@given(st.integers(0, 2**28 - 1), st.integers(0, 2**24 - 1), st.integers(0, 2**36 - 1))
def test_gid_96_when_encoded_then_it_comes_back(manager: int, item_class: int, serial: int) -> None:
    bits = b(0x35, 8) + b(manager, 28) + b(item_class, 24) + b(serial, 36)
    agreed(bits, f"urn:epc:id:gid:{manager}.{item_class}.{serial}", None, None)


CODES = st.text("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=5, max_size=6)


@given(st.integers(0, 15), CODES, st.integers(0, 2**36 - 1))
def test_usdod_96_when_encoded_then_it_comes_back(filter_value: int, owner: str, serial: int) -> None:
    bits = (
        b(0x2F, 8) + b(filter_value, 4) + "".join(b(ord(char), 8) for char in owner.rjust(6)) + b(serial, 36)
    )
    epc = decode_epc(packed(bits)[0])
    assert (epc.uri, epc.filter) == (f"urn:epc:id:usdod:{owner}.{serial}", filter_value)


@given(
    st.integers(0, 63),
    CODES,
    st.text(PARTS, max_size=32),
    st.booleans(),
    st.text(PARTS, min_size=1, max_size=29),
)
def test_adi_var_when_encoded_then_it_comes_back(
    filter_value: int, owner: str, part: str, is_own_number: bool, serial: str
) -> None:
    serial = "#" * is_own_number + serial
    bits = (
        b(0x3B, 8) + b(filter_value, 6) + six(owner.rjust(6)) + six(part) + "000000" + six(serial) + "000000"
    )
    epc = decode_epc(*packed(bits)[:1])
    assert (epc.uri, epc.filter) == (f"urn:epc:id:adi:{owner}.{urn(part)}.{urn(serial)}", filter_value)
    assert epc.digital_link is None
