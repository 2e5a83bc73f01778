from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.errors import ProtocolError
from readers.llrp.capabilities import Capabilities, decode_capabilities, decode_config
from readers.llrp.constants import ParameterType
from readers.llrp.framing import encode_tlv
from tests.readers.scripted import capabilities, status


def test_capabilities_say_what_requests_depend_on() -> None:
    found = decode_capabilities(status() + capabilities(manufacturer=161, antennas=8, max_rospecs=2))
    assert (found.manufacturer, found.antennas, found.max_rospecs) == (161, 8, 2)
    assert (found.gpi_ports, found.gpo_ports, found.firmware, found.holds_reports) == (2, 2, "1.0", True)
    assert (found.powers, found.hop_table) == (((1, 30.0),), 3)
    assert [mode.identifier for mode in found.modes] == [7]


def test_negative_powers_are_signed() -> None:
    entry = encode_tlv(ParameterType.TransmitPowerLevelTableEntry, pack(">Hh", 4, -1050))
    band = encode_tlv(ParameterType.UHFBandCapabilities, entry)
    body = status() + encode_tlv(ParameterType.RegulatoryCapabilities, pack(">HH", 276, 2) + band)
    assert decode_capabilities(body).powers == ((4, -10.5),)


def test_mode_that_no_rospec_can_name_is_passed_over() -> None:
    entries = b"".join(
        encode_tlv(
            ParameterType.C1G2UHFRFModeTableEntry,
            pack(">IBBBBIIIII", identifier, 0x80, 2, 0, 0, 274_000, 1500, 6250, 25000, 0),
        )
        for identifier in (0x10000, 5)
    )
    band = encode_tlv(
        ParameterType.UHFBandCapabilities, encode_tlv(ParameterType.C1G2UHFRFModeTable, entries)
    )
    body = status() + encode_tlv(ParameterType.RegulatoryCapabilities, pack(">HH", 840, 1) + band)
    assert [mode.identifier for mode in decode_capabilities(body).modes] == [5]


def test_fixed_frequencies_are_channels() -> None:
    table = encode_tlv(ParameterType.FixedFrequencyTable, pack(">HII", 2, 865_700, 866_300))
    band = encode_tlv(
        ParameterType.UHFBandCapabilities, encode_tlv(ParameterType.FrequencyInformation, b"\0" + table)
    )
    body = status() + encode_tlv(ParameterType.RegulatoryCapabilities, pack(">HH", 276, 2) + band)
    found = decode_capabilities(body)
    assert (found.hop_table, found.channels) == (None, 2)


def test_capabilities_without_anything_are_those_of_an_unknown_reader() -> None:
    assert decode_capabilities(status()) == Capabilities()


@pytest.mark.parametrize("decode", [decode_capabilities, decode_config])
def test_answers_of_unreasonable_size_are_refused(decode: object) -> None:
    assert callable(decode)
    with pytest.raises(ProtocolError, match="more than"):
        decode(status() + bytes(70_000))


@given(
    st.one_of(
        st.binary(max_size=200), st.builds(lambda cut: (status() + capabilities())[:cut], st.integers(0, 300))
    )
)
def test_any_bytes_raise_nothing_but_protocol_errors(body: bytes) -> None:
    for decode in (decode_capabilities, decode_config):
        try:
            decode(body)
        except ProtocolError:
            continue
