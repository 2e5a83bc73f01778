"""`capture show`: any LLRP traffic as JSON lines."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from readers.capture import CaptureWriter, Direction
from readers.llrp.framing import encode_message
from tests.gateway.cli.conftest import Cli

KEEPALIVE = encode_message(62, 7)


def test_show_when_a_plain_stream_then_one_line_per_message_and_faults_in_between(
    tmp_path: Path, cli: Cli
) -> None:
    path = tmp_path / "stream.bin"
    path.write_bytes(KEEPALIVE + b"\xff" * 5 + KEEPALIVE)
    ran = cli("capture", "show", path)
    assert ran.code == 0
    first, fault, last = (json.loads(line) for line in ran.out.splitlines())
    assert first == last == {"type": 62, "name": "KEEPALIVE", "id": 7, "length": 10}
    assert fault["error"]


def test_show_when_a_capture_then_time_reader_and_direction_are_told_too(tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "dock.capture"
    with CaptureWriter(path) as writer:
        writer.write(KEEPALIVE, reader="dock-1", direction=Direction.FROM_READER, received_us=5)
    (line,) = cli("capture", "show", path).out.splitlines()
    told = json.loads(line)
    assert (told["received_us"], told["reader"], told["direction"]) == (5, "dock-1", "from_reader")


def test_show_when_dash_then_standard_input_is_read(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(KEEPALIVE)))
    assert json.loads(cli("capture", "show", "-").out)["name"] == "KEEPALIVE"


def test_show_when_a_capture_is_damaged_then_what_is_good_comes_first_and_the_code_is_65(
    tmp_path: Path, cli: Cli
) -> None:
    path = tmp_path / "dock.capture"
    with CaptureWriter(path) as writer:
        for _ in range(2):
            writer.write(KEEPALIVE, reader="dock-1", direction=Direction.FROM_READER, received_us=5)
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    ran = cli("capture", "show", path)
    assert ran.code == 65
    assert len(ran.out.splitlines()) == 1
    assert "damaged at byte" in ran.err


def test_show_when_the_file_is_empty_then_nothing_is_shown(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "empty").touch()
    ran = cli("capture", "show", tmp_path / "empty")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
