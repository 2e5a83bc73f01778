"""Which reader a command means."""

from pathlib import Path

import click
import pytest

from gateway.cli.options import Invocation
from gateway.cli.reader_choice import reader_settings

CONFIG = """
[gateway]
site = "dc1"
[[reader]]
id = "dock:1"
host = "10.0.0.1"
port = 5085
[[reader.antenna]]
port = 1
read_point = "dock-1"
[[read_point]]
id = "dock-1"
kind = "presence"
biz_step = "inspecting"
"""


@pytest.fixture
def invocation(tmp_path: Path) -> Invocation:
    (tmp_path / "gateway.toml").write_text(CONFIG)
    made = Invocation()
    made.config = tmp_path / "gateway.toml"
    return made


@pytest.mark.parametrize(
    ("given", "port", "host", "its_port"),
    [
        ("dock:1", None, "10.0.0.1", 5085),
        ("dock:1", 5099, "10.0.0.1", 5099),
        ("10.0.0.1", None, "10.0.0.1", 5085),
        ("10.0.0.1:5086", None, "10.0.0.1", 5086),
        ("reader.local:5086", None, "reader.local", 5086),
        ("::1", None, "::1", 5084),
    ],
)
def test_reader_when_named_by_id_host_or_address_then_that_one_is_meant(
    invocation: Invocation, given: str, port: int | None, host: str, its_port: int
) -> None:
    found = reader_settings(invocation, given, port)
    assert (found.host, found.port) == (host, its_port)


def test_reader_when_the_port_is_none_then_said(invocation: Invocation) -> None:
    with pytest.raises(click.BadParameter, match="65535"):
        reader_settings(invocation, "10.0.0.1:99999", None)
