"""Messages as `capture show` prints them."""

import json

import pytest

from readers.llrp.describe import describe
from tests.readers.llrp import wire

EPC = bytes.fromhex("3034257BF7194E4000001A85")


def test_describe_report_gives_its_tags_with_null_for_what_is_not_reported() -> None:
    body = wire.tag(wire.epc96(EPC), *wire.full_fields(0)) + wire.tag(wire.epc_data(b"\xe2\x80", 12))
    assert json.loads(json.dumps(describe(wire.message(61, body)))) == {
        "type": 61,
        "name": "RO_ACCESS_REPORT",
        "id": 7,
        "length": 10 + len(body),
        "tags": [
            {
                "epc": "3034257BF7194E4000001A85",
                "epc_bits": 96,
                "antenna": 1,
                "rssi_dbm": -40,
                "seen_count": 1,
                "first_seen_us": 1_700_000_000_000_000,
                "last_seen_us": 1_700_000_000_500_000,
            },
            {
                "epc": "E280",
                "epc_bits": 12,
                "antenna": None,
                "rssi_dbm": None,
                "seen_count": None,
                "first_seen_us": None,
                "last_seen_us": None,
            },
        ],
    }


def test_describe_report_tells_channel_phase_and_doppler_where_they_are_reported() -> None:
    content = [wire.tv(7, "H", 12), wire.impinj(56, 1024), wire.impinj(68, -24)]
    (tag,) = json.loads(json.dumps(describe(wire.message(61, wire.tag(wire.epc96(EPC), *content)))))["tags"]
    assert (tag["channel"], tag["phase_degrees"], tag["doppler_hz"]) == (12, 90.0, -1.5)


@pytest.mark.parametrize(
    ("kind", "body", "name"),
    [
        (62, b"", "KEEPALIVE"),
        (1, b"\0", "GET_READER_CAPABILITIES"),
        (2, bytes(7), "GET_READER_CONFIG"),
        (24, b"\0\0\0\1", "ENABLE_ROSPEC"),
        (56, b"\1\2" + wire.tlv(287, bytes(4)), "GET_SUPPORTED_VERSION_RESPONSE"),
        (1023, b"anything at all", "CUSTOM_MESSAGE"),
        (777, b"anything at all", "UNKNOWN_777"),
    ],
)
def test_describe_other_message_gives_name_id_and_length(kind: int, body: bytes, name: str) -> None:
    assert describe(wire.message(kind, body)) == {
        "type": kind,
        "name": name,
        "id": 7,
        "length": 10 + len(body),
    }


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (wire.message(61, wire.full_tag()[:-1]), "has length"),
        (wire.message(61, wire.tag(wire.antenna(1))), "without an EPC"),
        (wire.message(24, b"\0\0"), "fields are cut off"),
        (wire.message(63, b"\0\xf6\0\x20"), "has length"),
        (wire.message(62)[:5] + b"\x05" + wire.message(62)[6:], "message length 5"),
        (wire.message(61, wire.full_tag())[:-3], "ends after"),
    ],
)
def test_describe_faulty_message_gives_error_and_what_is_known(message: bytes, fault: str) -> None:
    told = describe(message)
    assert fault in str(told["error"])
    assert (told["type"], told["id"]) == (int.from_bytes(message[:2], "big") & 1023, 7)
    assert told["name"]
    assert told["length"] is not None
    assert "tags" not in told


@pytest.mark.parametrize("junk", [b"\x04", b"HTTP/1.1 400 Bad Request", bytes(30)])
def test_describe_what_is_no_message_gives_error_and_nulls(junk: bytes) -> None:
    told = describe(junk)
    assert told.pop("error")
    assert told == {"type": None, "name": None, "id": None, "length": None}
