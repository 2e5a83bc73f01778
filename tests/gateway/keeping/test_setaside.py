"""What cannot be recorded is kept whole, for a person to see."""

import json
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.keeping import setaside
from gateway.keeping.setaside import SetAsideFile
from tests.gateway.store.samples import START_US, seen


def test_add_when_given_then_the_line_holds_all_of_it_and_the_log_names_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    observation = seen(7, START_US)
    file = SetAsideFile(tmp_path / "s.jsonl", lambda: START_US)
    file.add(observation, GatewayError("the value is out of range"))
    file.add(observation, GatewayError("again"))
    one, other = map(json.loads, (tmp_path / "s.jsonl").read_text().splitlines())
    assert one["epc"]["hex"] == observation.epc.hex
    assert (one["fault"], other["fault"]) == ("the value is out of range", "again")
    assert one["evidence"]["reads"] == observation.evidence.reads
    assert (tmp_path / "s.jsonl").stat().st_mode & 0o777 == 0o600
    assert observation.epc.hex in caplog.text
    assert str(tmp_path / "s.jsonl") in caplog.text


def test_add_when_the_file_cannot_be_written_then_the_log_has_it_all(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    SetAsideFile(tmp_path / "no" / "s.jsonl", lambda: START_US).add(seen(7, START_US), GatewayError("bad"))
    assert "No such file" in caplog.text
    assert seen(7, START_US).epc.hex in caplog.records[-1].getMessage()


def test_add_when_the_file_is_large_then_it_grows_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setaside, "MAX_BYTES", 10)
    file = SetAsideFile(tmp_path / "s.jsonl", lambda: START_US)
    for _ in range(3):
        file.add(seen(7, START_US), GatewayError("bad"))
    assert len((tmp_path / "s.jsonl").read_text().splitlines()) == 1
