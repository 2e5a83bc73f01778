"""Whatever a configuration file holds, settings or faults come back, never anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.loading import parse_settings
from gateway.errors import ConfigError
from gateway.settings import Settings
from tests.gateway.config.documents_toml import PATH, parse

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
NAMES = st.sampled_from(
    ["gateway", "mqtt", "reader", "read_point", "antenna", "site", "id", "host", "port", "kind", "log", "modules",
     "url", "listen", "tls", "side", "read_point", "direction", "epcs", "biz_step", "file"]
) | st.text(max_size=8)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=30,
)


def toml(value: object) -> str:
    """A value as inline TOML."""
    match value:
        case None:
            return '""'
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return '"' + "".join(f"\\U{ord(character):08x}" for character in value) + '"'
        case list():
            return "[" + ", ".join(toml(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
        case _:
            return str(value)


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_parse_when_document_is_any_toml_then_settings_or_faults_come_back(
    document: dict[str, object],
) -> None:
    text = "\n".join(f"{toml(key)} = {toml(value)}" for key, value in document.items())
    try:
        settings = parse(text)
    except ConfigError as error:
        assert error.faults
        assert all("\n" not in fault for fault in error.faults)
    else:
        assert isinstance(settings, Settings)


@given(st.binary(max_size=200))
def test_parse_when_document_is_any_bytes_then_settings_or_faults_come_back(document: bytes) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_settings(document, PATH)
    assert raised.value.faults
