"""One process for one gateway: the second is told which one it is, and a dead one holds nothing."""

import os
from pathlib import Path

import pytest

from gateway.errors import UnavailableError
from gateway.running import alone as module
from gateway.running.alone import alone


def test_alone_when_another_holds_it_then_refused_until_it_lets_go(tmp_path: Path) -> None:
    lock = tmp_path / "dc1-gw-1.lock"
    with alone(lock, "dc1/gw-1"):
        with pytest.raises(UnavailableError) as caught, alone(lock, "dc1/gw-1"):
            raise AssertionError
        assert f"the gateway dc1/gw-1 runs already, as process {os.getpid()} (it holds {lock})" in str(
            caught.value
        )
        assert lock.stat().st_mode & 0o777 == 0o600
    with alone(lock, "dc1/gw-1"):
        assert lock.read_text() == f"{os.getpid()}\n"


def test_alone_when_no_file_can_be_made_then_told_and_it_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lock = tmp_path / "none" / "dc1-gw-1.lock"
    with alone(lock, "dc1/gw-1"):
        assert not lock.parent.exists()
    assert f"{lock} cannot be made" in caplog.text


def test_alone_when_another_user_has_made_the_file_then_it_is_held_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def read_only(path: Path, flags: int, *mode: int) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *mode)

    (tmp_path / "lock").write_text("1\n")
    monkeypatch.setattr(module.os, "open", read_only)
    refused = pytest.raises(UnavailableError, match="process 1 ")
    with alone(tmp_path / "lock", "dc1/gw-1"), refused, alone(tmp_path / "lock", "dc1/gw-1"):
        pytest.fail("two hold it")


def test_alone_when_the_file_system_has_no_locks_then_told_and_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_descriptor: int, _how: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(module, "flock", refuse)
    with alone(tmp_path / "lock", "dc1/gw-1"):
        assert "No locks available" in caplog.text
