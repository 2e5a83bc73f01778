import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import InputError
from gateway.mqtt.payloads import MAX_COMMAND_BYTES, only, read_object, text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_read_object_when_json_object_then_the_same_comes_back(document: dict[str, object]) -> None:
    assert read_object(json.dumps(document).encode()) == document


@given(st.binary(max_size=300))
def test_read_object_when_any_bytes_then_an_object_or_an_input_error(payload: bytes) -> None:
    try:
        document = read_object(payload)
    except InputError as error:
        assert error.faults[0].startswith("payload: ")
    else:
        assert isinstance(document, dict)


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[1]",
        b'"text"',
        b"null",
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1,"a":1}',
    ],
)
def test_read_object_when_hostile_then_input_error(payload: bytes) -> None:
    with pytest.raises(InputError):
        read_object(payload)


def test_read_object_when_at_the_size_limit_then_read_and_beyond_it_refused() -> None:
    payload = b'{"a":"' + b"x" * (MAX_COMMAND_BYTES - 8) + b'"}'
    assert len(payload) == MAX_COMMAND_BYTES
    assert set(read_object(payload)) == {"a"}
    with pytest.raises(InputError, match="at most"):
        read_object(payload + b" ")


def test_only_when_fields_are_unknown_then_each_is_named() -> None:
    only({"a": 1}, {"a", "b"})
    with pytest.raises(InputError) as caught:
        only({"a": 1, "c": 1, "d": 1}, {"a", "b"})
    assert caught.value.faults == ("c: unknown field", "d: unknown field")


@pytest.mark.parametrize("value", [None, 1, "", "x" * 513, ["a"], "\ud800", "a\x00b", "a\nb"])
def test_text_when_not_text_of_sane_length_then_input_error(value: object) -> None:
    with pytest.raises(InputError, match="name: text"):
        text({"name": value}, "name")
