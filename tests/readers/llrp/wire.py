"""Reports written byte by byte from the standard (LLRP 1.1, 17.2.7.3): independent of the code under test."""

from pathlib import Path
from struct import pack

import pytest

REFERENCE = Path(__file__).parents[3] / "../shared/llrp"
needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="recorded LLRP messages (../shared/llrp) are not part of a clone"
)


def tlv(kind: int, value: bytes = b"") -> bytes:
    return pack(">HH", kind, 4 + len(value)) + value


def tv(kind: int, form: str, value: int | bytes) -> bytes:
    return bytes([0x80 + kind]) + pack(">" + form, value)


def message(kind: int, body: bytes = b"", number: int = 7, version: int = 1) -> bytes:
    return pack(">HII", version * 1024 + kind, 10 + len(body), number) + body


def tag(*parameters: bytes) -> bytes:
    return tlv(240, b"".join(parameters))


def epc96(epc: bytes) -> bytes:
    return tv(13, "12s", epc)


def epc_data(epc: bytes, bits: int | None = None) -> bytes:
    return tlv(241, pack(">H", len(epc) * 8 if bits is None else bits) + epc)


def rospec_id(number: int) -> bytes:
    return tv(9, "I", number)


def antenna(number: int) -> bytes:
    return tv(1, "H", number)


def rssi(dbm: int) -> bytes:
    return tv(6, "b", dbm)


def channel(index: int) -> bytes:
    return tv(7, "H", index)


def first_utc(us: int) -> bytes:
    return tv(2, "Q", us)


def first_uptime(us: int) -> bytes:
    return tv(3, "Q", us)


def last_utc(us: int) -> bytes:
    return tv(4, "Q", us)


def last_uptime(us: int) -> bytes:
    return tv(5, "Q", us)


def seen_count(count: int) -> bytes:
    return tv(8, "H", count)


def pc(word: int) -> bytes:
    return tv(12, "H", word)


def impinj(subtype: int, value: int) -> bytes:
    return tlv(1023, pack(">IIh", 25882, subtype, value))


def full_fields(index: int = 0) -> list[bytes]:
    """What the gateway asks a reader for, in the standard's order, without the EPC."""
    return [
        rospec_id(1),
        antenna(1 + index % 4),
        rssi(-40 - index % 40),
        first_utc(1_700_000_000_000_000 + index * 1009),
        last_utc(1_700_000_000_500_000 + index * 1013),
        seen_count(1 + index % 9),
        pc(0x3000),
    ]


def full_tag(index: int = 0) -> bytes:
    return tag(epc96(index.to_bytes(12, "big")), *full_fields(index))


def full_row(index: int = 0) -> tuple[bytes, int, int, int, int, int, int]:
    """What `full_tag` says."""
    return (
        index.to_bytes(12, "big"),
        1 + index % 4,
        -40 - index % 40,
        1_700_000_000_000_000 + index * 1009,
        1_700_000_000_500_000 + index * 1013,
        1 + index % 9,
        0x3000,
    )
