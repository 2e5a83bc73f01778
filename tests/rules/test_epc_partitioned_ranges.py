"""The schemes of TDS 1: a field outside its range makes the tag undecodable, and the error says which."""

import pytest

from rules.epc import decode_epc
from rules.epc_bits import Bits
from rules.epc_partitioned import PARTITIONED_SCHEMES
from rules.errors import EpcError
from tests.rules.epc_encoder import (
    b,
    packed,
    partitioned,
    seven,
    six,
)

P12, P6 = "123456789012", "123456"


@pytest.mark.parametrize(
    ("bits", "reason"),
    [
        (b(0x33, 8) + "000" + partitioned(P12, 1, 44) + b(7, 38), "asset type"),
        (b(0x32, 8) + "000" + partitioned(P12, 1, 41) + b(7, 41), "location reference"),
        (b(0x2C, 8) + "000" + partitioned(P12, 1, 41) + b(7, 41), "document type"),
        (b(0x3F, 8) + "000" + partitioned(P12, 1, 41) + b(17, 41), "coupon reference"),
        (b(0x30, 8) + "000" + "110" + b(1_000_000, 20) + b(0, 24) + b(7, 38), "company prefix"),
        (b(0x30, 8) + "000" + "000" + b(10**12, 40) + b(0, 4) + b(7, 38), "company prefix"),
        (b(0x30, 8) + "000" + partitioned(P12, 10, 44) + b(7, 38), "item reference"),
        (b(0x30, 8) + "000" + partitioned(P6, 10**7, 44) + b(7, 38), "item reference"),
        (b(0x31, 8) + "000" + partitioned(P12, 100_000, 58) + "0" * 24, "serial reference"),
        (b(0x31, 8) + "000" + partitioned(P12, 1, 58) + "0" * 23 + "1", "not zero"),
        (b(0x2D, 8) + "000" + partitioned(P12, 1, 58) + "1" + "0" * 23, "not zero"),
        (b(0x36, 8) + "000" + partitioned(P6, 1, 44) + "0" * 140, "serial is empty"),
        (b(0x36, 8) + "000" + partitioned(P6, 1, 44) + seven("A\0B", 140), "serial"),
        (b(0x34, 8) + "000111" + "0" * 82, "partition"),
        (b(0x38, 8) + "000111" + "0" * 188, "partition"),
        (b(0x3C, 8) + "000" + partitioned(P12, 1000, 51) + b(7, 31), "component/part"),
        (b(0x3D, 8) + "000000" + b(1, 40) + "000000" + b(7, 40), "empty"),
        (b(0x3D, 8) + "000000" + b(1, 40) + six("A") + "000000" + b(10**12, 40), "12 digits"),
        (b(0x3F, 8) + "000" + partitioned(P6, 1, 41) + b(2345, 41), "numeric string"),
        (b(0x3F, 8) + "000" + partitioned(P6, 1, 41) + b(1, 41), "numeric string"),
        (b(0x3F, 8) + "000" + partitioned(P6, 1, 41) + b(0, 41), "numeric string"),
        (b(0x40, 8) + "000" + partitioned(P6, 1, 44) + b(100, 7) + b(1, 7) + b(7, 38), "piece"),
        (b(0x40, 8) + "000" + partitioned(P6, 1, 44) + b(1, 7) + b(100, 7) + b(7, 38), "total"),
        (b(0x2F, 8) + "0000" + "".join(b(ord(char), 8) for char in " CAGEI") + b(7, 36), "CAGE"),
        (b(0x2F, 8) + "0000" + "".join(b(ord(char), 8) for char in "CAG Y1") + b(7, 36), "CAGE"),
        (b(0x3B, 8) + "000000" + six(" CAGEY") + six("P#") + "000000" + six("S") + "000000", "part number"),
        (b(0x3B, 8) + "000000" + six(" CAGEY") + "000000" + six("#") + "000000", "serial"),
        (b(0x3B, 8) + "000000" + six(" CAGEY") + "000000" + six("A#") + "000000", "serial"),
        (b(0x3B, 8) + "000000" + six(" CAGEY") + "000000" + "000000", "serial"),
        (b(0x3B, 8) + "000000" + six(" CAGEY") + six("P" * 33) + "000000" + six("S") + "000000", "longer"),
    ],
)
def test_decode_when_a_field_is_out_of_its_range_then_it_says_which(bits: str, reason: str) -> None:
    with pytest.raises(EpcError, match=reason):
        decode_epc(packed(bits.ljust(96, "0"))[0])


@pytest.mark.parametrize("header", sorted(PARTITIONED_SCHEMES))
def test_scheme_when_cut_anywhere_then_it_is_refused(header: int) -> None:
    scheme, least_bits, decode = PARTITIONED_SCHEMES[header]
    assert least_bits == int(scheme.rpartition("-")[2].replace("var", "0"))
    with pytest.raises(EpcError):
        decode(Bits(0, 20), scheme)
    for count in range(8, least_bits):
        with pytest.raises(EpcError, match=f"{scheme} has {least_bits} bits, the tag {count}"):
            decode_epc(bytes([header]) + b"\1" * 40, bits=count)
