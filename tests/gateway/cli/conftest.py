"""What the tests of the commands share: running a command line, and a configuration to run it with."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli.main import run
from gateway.logs import FactHandler

CONFIG = """
[gateway]
site = "dc1"
[database]
url = "sqlite:///{directory}/returns.db"
[[reader]]
id = "dock-1-reader"
host = "127.0.0.1"
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


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


Cli = Callable[..., Ran]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """Carries out a command line in this process; the logging it sets up is taken down again."""
    monkeypatch.delenv("RETURNS_GATEWAY_CONFIG", raising=False)
    root = logging.getLogger()
    level = root.level

    def carry_out(*arguments: str | Path) -> Ran:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    yield carry_out
    for handler in [handler for handler in root.handlers if isinstance(handler, FactHandler)]:
        root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose database is a file of this test."""
    path = tmp_path / "gateway.toml"
    path.write_text(CONFIG.format(directory=tmp_path))
    return path
