from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.errors import ProtocolError
from readers.llrp.constants import ParameterType
from readers.llrp.framing import encode_tlv
from readers.llrp.replies import parse_custom_status, parse_rospecs, parse_status, parse_versions
from tests.readers.scripted import rospec, status


def parameter_error(number: int, code: int, inner: bytes = b"") -> bytes:
    return encode_tlv(ParameterType.ParameterError, pack(">HH", number, code) + inner)


def test_status_when_success_is_ok() -> None:
    assert parse_status(status()).ok


@pytest.mark.parametrize("code", [100, 401, 9999, 65535])
def test_status_when_any_other_code_is_no_success(code: int) -> None:
    assert not parse_status(status(code)).ok


def test_status_names_the_parameter_inside_the_parameter() -> None:
    field_error = encode_tlv(ParameterType.FieldError, pack(">HH", 2, 101))
    inner = parameter_error(183, 200, parameter_error(186, 200, field_error) + parameter_error(999, 209))
    text = str(parse_status(status(100, "no", inner)))
    assert text == (
        "M_ParameterError (100) at AISpec InventoryParameterSpec field 2: M_FieldError, "
        "AISpec parameter 999: P_UnsupportedParameter: no"
    )


def test_status_nested_without_end_is_cut_off() -> None:
    inner = b""
    for _ in range(500):
        inner = parameter_error(183, 200, inner)
    assert len(parse_status(status(100, "", inner)).faults) == 1


@pytest.mark.parametrize(
    "body", [b"", rospec(1, 1), status()[:-1], encode_tlv(ParameterType.LLRPStatus, b"\0\0\0\5a")]
)
def test_status_when_missing_or_cut_off_is_a_protocol_error(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_status(body)


def test_rospecs_are_listed_with_their_states() -> None:
    assert parse_rospecs(status() + rospec(1, 2) + rospec(7, 9)) == {1: 2, 7: 9}


def test_versions_are_current_and_supported() -> None:
    current, supported, found = parse_versions(b"\x01\x02" + status())
    assert (current, supported, found.ok) == (1, 2, True)


def test_custom_status_stands_behind_vendor_and_subtype() -> None:
    assert parse_custom_status(pack(">IB", 25882, 22) + status()).ok


@given(st.binary(max_size=80))
def test_replies_of_any_bytes_raise_nothing_but_protocol_errors(body: bytes) -> None:
    for parse in (parse_status, parse_rospecs, parse_versions, parse_custom_status):
        try:
            parse(body)
        except ProtocolError:
            continue
