"""Configurations for the tests of the configuration's files."""

from pathlib import Path

import pytest

from gateway.config.loading import parse_settings
from gateway.errors import ConfigError
from gateway.settings import Settings

PATH = Path("/etc/returns-gateway/gateway.toml")

DOOR = """
[[reader]]
id = "dock-1-reader"
host = "10.0.0.11"
[[reader.antenna]]
port = 1
read_point = "dock-1"
side = "outside"
[[reader.antenna]]
port = 2
read_point = "dock-1"
side = "inside"
[[read_point]]
id = "dock-1"
kind = "portal"
biz_step = "receiving"
"""
SITE = '[gateway]\nsite = "dc1"\n'


def parse(text: str, environ: dict[str, str] | None = None) -> Settings:
    return parse_settings(text.encode(), PATH, environ or {})


def faults(text: str) -> list[str]:
    """The faults of a document without the file's name."""
    with pytest.raises(ConfigError) as raised:
        parse(text)
    assert raised.value.exit_code == 78
    found = list(raised.value.faults)
    assert all(fault.startswith(f"{PATH}: ") for fault in found)
    return [fault.removeprefix(f"{PATH}: ") for fault in found]
