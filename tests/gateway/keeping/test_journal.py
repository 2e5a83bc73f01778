"""A journal gives back what was written whole, whatever became of its end."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from gateway.keeping import journal as journal_module
from gateway.keeping.journal import HEADER, Journal

PAYLOADS = [b"one", b"", b"three" * 1000]


def written(path: Path, payloads: list[bytes]) -> Journal:
    journal = Journal(path)
    journal.replace(payloads[:1])
    for payload in payloads[1:]:
        journal.append(payload)
    return journal


def test_read_when_frames_were_written_then_they_come_in_order(tmp_path: Path) -> None:
    journal = written(tmp_path / "j", PAYLOADS)
    assert list(Journal(tmp_path / "j").read()) == PAYLOADS
    assert journal.size == (tmp_path / "j").stat().st_size
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600
    journal.close()


def test_read_when_there_is_no_file_then_there_is_nothing(tmp_path: Path) -> None:
    assert list(Journal(tmp_path / "j").read()) == []


def test_read_when_the_file_is_cut_anywhere_then_every_whole_frame_is_there(tmp_path: Path) -> None:
    payloads = [b"first", b"second", b"third"]
    written(tmp_path / "j", payloads).close()
    content = (tmp_path / "j").read_bytes()
    for length in range(len(content) + 1):
        (tmp_path / "cut").write_bytes(content[:length])
        whole, end = 0, 0
        for payload in payloads:
            end += HEADER.size + len(payload)
            whole += end <= length
        assert list(Journal(tmp_path / "cut").read()) == payloads[:whole]


def test_read_when_a_byte_is_another_then_reading_ends_before_it(tmp_path: Path) -> None:
    payloads = [b"first", b"second"]
    written(tmp_path / "j", payloads).close()
    content = (tmp_path / "j").read_bytes()
    for at in range(len(content)):
        (tmp_path / "j").write_bytes(content[:at] + bytes((content[at] ^ 0x40,)) + content[at + 1 :])
        assert list(Journal(tmp_path / "j").read()) == payloads[: at >= HEADER.size + len(b"first")]


def test_replace_when_written_then_only_the_new_frames_are_there_and_more_can_be_added(
    tmp_path: Path,
) -> None:
    journal = written(tmp_path / "j", PAYLOADS)
    journal.replace([])
    assert (journal.size, list(journal.read())) == (0, [])
    journal.append(b"new")
    assert list(journal.read()) == [b"new"]
    journal.close()


def test_replace_when_the_disk_fails_then_the_old_frames_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = written(tmp_path / "j", PAYLOADS)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal_module.os, "pwrite", full)
    with pytest.raises(OSError, match="No space"):
        journal.replace([b"new"])
    assert list(journal.read()) == PAYLOADS
    assert [path.name for path in tmp_path.iterdir()] == ["j"]
    with pytest.raises(OSError, match="closed"):
        journal.append(b"more")


def test_append_when_the_disk_takes_it_in_pieces_then_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = journal_module.os.pwrite
    monkeypatch.setattr(
        journal_module.os, "pwrite", lambda descriptor, data, offset: real(descriptor, data[:3], offset)
    )
    written(tmp_path / "j", PAYLOADS).close()
    assert list(Journal(tmp_path / "j").read()) == PAYLOADS


def test_close_when_a_write_is_still_under_way_then_it_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = written(tmp_path / "j", PAYLOADS)
    real, begun, may_go = journal_module.os.pwrite, Event(), Event()

    def slow(descriptor: int, data: bytes, offset: int) -> int:
        begun.set()
        assert may_go.wait(30)
        return real(descriptor, data, offset)

    monkeypatch.setattr(journal_module.os, "pwrite", slow)
    with ThreadPoolExecutor(2) as threads:
        appended = threads.submit(journal.append, b"late")
        assert begun.wait(30)
        closed = threads.submit(journal.close)
        with pytest.raises(TimeoutError):
            closed.result(0.05)
        may_go.set()
        appended.result(30)
        closed.result(30)
    assert list(Journal(tmp_path / "j").read()) == [*PAYLOADS, b"late"]
