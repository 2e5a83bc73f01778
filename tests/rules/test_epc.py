"""Decoding EPCs: the standard's worked examples, one identity per item, and what is never taken for an EPC."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.epc import Epc, decode_epc, identify, identify_hex, trade_item_identity
from rules.errors import EpcError
from tests.rules.epc_encoder import alphanumeric, nibbles, packed, plus, sgtin_96, sgtin_198

VECTORS = Path(__file__).parents[3] / "shared" / "epc" / "vectors.json"
SGTIN_96 = bytes.fromhex("3074257BF7194E4000001A85")
SGTIN_198 = bytes.fromhex("3674257BF6B7A659B2C2BF1000000000000000000000000000")


def test_decode_when_the_standard_gives_an_example_then_every_form_agrees() -> None:
    if not VECTORS.exists():
        pytest.skip(f"no worked examples at {VECTORS}")
    for vector in json.loads(VECTORS.read_text()):
        epc = identify_hex(vector["hex"])
        link = None if vector["dl"] is None else "https://id.gs1.org" + vector["dl"]
        assert (epc.scheme, epc.uri, epc.digital_link) == (vector["scheme"], vector["uri"], link)
        assert (epc.hex, epc.bits, epc.error) == (vector["hex"], 4 * len(vector["hex"]), None)
        if vector["tag"]:
            assert epc.filter == (
                int(vector["tag"].split(":")[4].split(".")[0]) if epc.scheme != "GID-96" else None
            )


def test_decode_when_sgtin_96_then_every_field_is_there() -> None:
    assert decode_epc(SGTIN_96) == Epc(
        hex="3074257BF7194E4000001A85",
        bits=96,
        scheme="SGTIN-96",
        identity="https://id.gs1.org/01/80614141123458/21/6789",
        uri="urn:epc:id:sgtin:0614141.812345.6789",
        digital_link="https://id.gs1.org/01/80614141123458/21/6789",
        gtin="80614141123458",
        serial="6789",
        filter=3,
    )


def test_identity_when_one_item_has_other_encodings_and_filters_then_it_is_the_same() -> None:
    in_plus = plus(0xF7, nibbles("80614141123458") + alphanumeric("6789", encoding=0), filter_value=1)
    in_dated = plus(
        0xFB,
        "0100" + "0010110" + "0110" + "11110" + nibbles("80614141123458") + alphanumeric("6789", encoding=4),
    )
    found = [
        decode_epc(SGTIN_96),
        decode_epc(sgtin_96("0614141", "812345", 6789, filter_value=0)),
        decode_epc(sgtin_198("0614141", "812345", "6789")),
        *(decode_epc(data, bits=bits) for data, bits in map(packed, (in_plus, in_dated))),
    ]
    assert {epc.identity for epc in found} == {trade_item_identity("80614141123458", "6789")}
    assert {epc.subject for epc in found} == {"https://id.gs1.org/01/80614141123458/21/6789"}
    assert len({epc.hex for epc in found}) == 5
    assert found[-1].digital_link == "https://id.gs1.org/01/80614141123458/21/6789?17=220630"


def test_identity_when_the_serial_has_a_leading_zero_then_it_is_another_item() -> None:
    assert decode_epc(sgtin_198("0614141", "812345", "06789")).identity != decode_epc(SGTIN_96).identity


def test_identity_when_the_scheme_has_no_digital_link_then_it_is_the_urn() -> None:
    assert identify_hex("3500E86F8000A9E000000586").identity == "urn:epc:id:gid:952056.2718.1414"


@pytest.mark.parametrize(
    ("hexadecimal", "reason"),
    [
        ("", "not programmed"),
        ("00" * 12, "not programmed"),
        ("0000000000000000000000AB", "header 00"),
        ("E2003412012345678901234F", "header E2"),
        ("3074257BF7194E40", "SGTIN-96 has 96 bits, the tag 64"),
        ("3074257BF7194E4000001A850001", "not zero"),
        ("301C257BF7194E4000001A85", "partition value 7"),
        ("307FFFFFFFFFFFFFFFFFFFFF", "partition value 7"),
        ("3063FFFFFFFFFFFFFFFFFFFF", "GS1 company prefix"),
        ("30", "96 bits"),
    ],
)
def test_decode_when_the_bits_are_no_epc_then_it_says_why(hexadecimal: str, reason: str) -> None:
    data = bytes.fromhex(hexadecimal)
    with pytest.raises(EpcError, match=reason):
        decode_epc(data)
    raw = identify(data)
    assert (raw.scheme, raw.hex, raw.bits) == ("raw", hexadecimal, 4 * len(hexadecimal))
    assert raw.identity == raw.subject == f"urn:epc:raw:{4 * len(hexadecimal)}.x{hexadecimal}"
    assert reason in (raw.error or "")
    assert raw.uri is raw.digital_link is raw.gtin is raw.serial is raw.filter is None


def test_decode_when_the_toggle_bit_says_iso_then_it_is_raw() -> None:
    with pytest.raises(EpcError, match="ISO"):
        decode_epc(SGTIN_96, pc=0x3100)
    assert identify(SGTIN_96, pc=0x31A9).scheme == "raw"
    assert identify(SGTIN_96, pc=0x3000).scheme == "SGTIN-96"


def test_decode_when_zero_words_follow_then_they_are_padding() -> None:
    padded = decode_epc(SGTIN_96 + bytes(4))
    assert (padded.scheme, padded.bits) == ("SGTIN-96", 128)
    assert padded.identity == decode_epc(SGTIN_96).identity


def test_decode_when_fewer_bits_count_than_are_given_then_the_rest_is_ignored() -> None:
    assert decode_epc(SGTIN_96 + b"\xff", bits=96) == decode_epc(SGTIN_96)
    assert decode_epc(SGTIN_198, bits=198).bits == 198


@pytest.mark.parametrize("bits", [-1, 97, 10_000])
def test_decode_when_the_count_of_bits_is_impossible_then_it_is_refused(bits: int) -> None:
    with pytest.raises(EpcError, match="bits"):
        decode_epc(SGTIN_96, bits=bits)
    assert identify(SGTIN_96, bits=bits).scheme == "raw"


def test_raw_when_the_bits_fill_no_whole_digit_then_hex_is_left_aligned_and_the_uri_a_number() -> None:
    raw = identify(b"\xe2\x80", bits=10)
    assert (raw.hex, raw.identity) == ("E28", "urn:epc:raw:10.x38A")


def test_is_blank_when_no_bit_is_set_then_the_tag_is_not_programmed() -> None:
    assert identify(bytes(12)).is_blank
    assert identify(b"").is_blank
    assert not identify(SGTIN_96).is_blank


def test_is_trade_item_when_it_is_only_a_piece_then_it_is_not() -> None:
    piece = identify_hex("4076451FD40C0E40820000000F54")
    assert piece.gtin == "09521141123454"
    assert not piece.is_trade_item
    assert identify(SGTIN_96).is_trade_item
    assert not identify_hex("311BA1B300CE0A6A83000000").is_trade_item


def test_containers_when_decoded_then_their_keys_are_whole() -> None:
    assert identify_hex("311BA1B300CE0A6A83000000").sscc == "095201234567891235"
    assert identify_hex("F90095201234567891235").sscc == "095201234567891235"
    assert identify_hex("3376451FD40C0E400000162E").grai == "095211411234545678"
    assert identify_hex("F13095211411234548566CB0AFC4").grai == "0952114112345432a/b"


def test_identify_hex_when_the_text_is_no_hex_then_it_is_refused() -> None:
    with pytest.raises(EpcError, match="hex"):
        identify_hex("30XY")
    assert identify_hex("3074257bf7194e4000001a85") == identify(SGTIN_96)
    assert identify_hex(" 3074 257b f7194e4000001a8 5\n") == identify(SGTIN_96)


def test_label_when_shown_then_it_is_the_name_that_says_most() -> None:
    assert identify(SGTIN_96).label == "urn:epc:id:sgtin:0614141.812345.6789"
    assert (
        identify_hex("F13095211411234548566CB0AFC4").label == "https://id.gs1.org/8003/0952114112345432a%2Fb"
    )
    assert identify_hex("E28").label == "E28"


def test_trade_item_identity_when_the_serial_has_special_characters_then_it_is_escaped() -> None:
    assert trade_item_identity("70614141123451", "32a/b") == decode_epc(SGTIN_198).identity


@given(st.binary(max_size=64), st.none() | st.integers(-8, 600), st.none() | st.integers(0, 0xFFFF))
@example(bytes.fromhex("3B" + "F" * 60), None, None)
def test_identify_when_given_any_bytes_then_it_never_fails(
    data: bytes, bits: int | None, pc: int | None
) -> None:
    epc = identify(data, bits=bits, pc=pc)
    assert (epc.scheme == "raw") is (epc.error is not None)
    assert epc.identity


HEADERS = st.sampled_from([*range(0x2C, 0x42), *range(0xE6, 0xFE)])


@given(HEADERS, st.binary(min_size=8, max_size=40))
def test_decode_when_given_any_bytes_after_a_header_then_only_epc_error_is_raised(
    header: int, rest: bytes
) -> None:
    try:
        epc = decode_epc(bytes([header]) + rest)
    except EpcError as error:
        assert str(error)
    else:
        assert epc.error is None
        assert epc.scheme != "raw"


@given(st.sampled_from([SGTIN_96, SGTIN_198, bytes.fromhex("F73795211411234538566CB0AFC4")]), st.data())
def test_decode_when_one_bit_of_the_rest_is_flipped_then_it_is_another_item_or_none(
    data: bytes, draw: st.DataObject
) -> None:
    bit = draw.draw(st.integers(12, 8 * len(data) - 1))
    flipped = (int.from_bytes(data) ^ (1 << (8 * len(data) - 1 - bit))).to_bytes(len(data))
    assert identify(flipped).identity != identify(data).identity
