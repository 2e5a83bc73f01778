"""The keeper writes what changed, starts from what it finds, and comes back when the disk does."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.keeping import keeper as keeper_module
from gateway.keeping.journal import Journal
from gateway.keeping.keeper import Keeper, journal_path
from gateway.readpoints.buffer import Buffer
from gateway.settings import AntennaRoute, DatabaseSettings, Settings
from gateway.stats import Stats
from readers.settings import ReaderSettings
from rules.observation import Observation, ReadPoint
from rules.vocabulary import BizStep, ReadPointKind

NOW = 1_700_000_000_000_000
DOCK = ReadPoint("dock", ReadPointKind.PORTAL, BizStep.RECEIVING)
BENCH = ReadPoint("bench", ReadPointKind.PRESENCE, BizStep.INSPECTING)
SETTINGS = Settings(
    "dc1",
    "gw-1",
    readers=(ReaderSettings("r", "h"), ReaderSettings("b", "h")),
    routes=(AntennaRoute("r", 1, "dock", "outside"), AntennaRoute("b", 1, "bench")),
    read_points=(DOCK, BENCH),
)
EPC = bytes.fromhex("3074257BF7194E4000001A85")


def made(path: Path, settings: Settings = SETTINGS) -> tuple[Buffer, Keeper, list[Observation]]:
    buffer = Buffer(settings, Stats())
    recording: list[Observation] = []
    return buffer, Keeper(path, buffer, settings, lambda: recording), recording


def read(buffer: Buffer, reader: str, number: int = 0) -> None:
    buffer.on_reads(reader, [(EPC, 1, -50 + number % 7, None, NOW + number, 2, None)], 0, NOW + number)


def kinds(path: Path) -> list[str]:
    return [record[0] for payload in Journal(path).read() for record in json.loads(payload)]


async def test_keep_when_a_passage_begins_then_the_next_run_goes_on_with_it(tmp_path: Path) -> None:
    buffer, keeper, _ = made(tmp_path / "j")
    keeper.restore(NOW)
    await keeper.keep()
    assert kinds(tmp_path / "j") == []
    read(buffer, "r")
    buffer.tick(NOW)
    await keeper.keep()
    read(buffer, "r", 1)
    await keeper.keep()
    await keeper.keep()
    assert kinds(tmp_path / "j") == ["read", "read"]
    again, other, _ = made(tmp_path / "j")
    other.restore(NOW)
    ((door, passage),) = again.passages()
    assert (door, passage.trace.reads) == ("dock", 4)
    await other.close()
    assert kinds(tmp_path / "j") == ["read"]


async def test_run_when_a_reader_tells_what_it_kept_then_it_is_written_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "KEEP_SECONDS", 1e9)
    buffer, keeper, _ = made(tmp_path / "j")
    running = asyncio.create_task(keeper.run())
    async with asyncio.timeout(30):
        while not (tmp_path / "j").exists():
            await asyncio.sleep(0.001)
        read(buffer, "r")
        while kinds(tmp_path / "j") != ["read"]:
            await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_on_reads_when_a_reader_is_connected_then_only_what_is_old_is_told_as_kept() -> None:
    buffer, told = Buffer(SETTINGS, Stats()), list[int]()
    buffer.on_kept = lambda: told.append(1)
    read(buffer, "r")
    assert len(told) == 1
    buffer.on_connected("r", NOW)
    read(buffer, "r", 1)
    assert len(told) == 1
    buffer.on_reads("r", [(EPC, 1, -50, None, NOW, 1, None)], 0, NOW + 60_000_000)
    assert len(told) == 2


async def test_keep_when_decisions_are_not_stored_then_the_next_run_has_them_until_they_are(
    tmp_path: Path,
) -> None:
    buffer, keeper, recording = made(tmp_path / "j")
    read(buffer, "b")
    recording += buffer.take(NOW)
    await keeper.keep()
    again, other, taken = made(tmp_path / "j")
    other.restore(NOW)
    taken += again.take(NOW)
    assert taken == recording
    await other.keep()
    taken.clear()
    await other.keep()
    assert (tmp_path / "j").stat().st_size > 0
    await other.keep()
    assert (tmp_path / "j").stat().st_size == 0


async def test_keep_when_the_disk_fails_then_it_is_told_once_and_all_is_written_when_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO")
    buffer, keeper, _ = made(tmp_path / "j")
    keeper.restore(NOW)
    read(buffer, "r")
    buffer.tick(NOW)
    await keeper.keep()

    def fail(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", fail)
        patch.setattr(Journal, "replace", fail)
        for number in range(1, 4):
            read(buffer, "r", number)
            await keeper.keep()
    assert caplog.text.count("Read-only file system") == 1
    await keeper.keep()
    assert "again" in caplog.text
    again, other, _ = made(tmp_path / "j")
    other.restore(NOW)
    ((_, passage),) = again.passages()
    assert passage.trace.reads == 8


async def test_keep_when_it_is_given_up_while_it_writes_then_the_file_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer, keeper, _ = made(tmp_path / "j")
    await keeper.keep()
    read(buffer, "r")
    buffer.tick(NOW)

    async def given_up(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "to_thread", given_up)
        with pytest.raises(asyncio.CancelledError):
            await keeper.keep()
    await keeper.close()
    assert kinds(tmp_path / "j") == ["read"]


@pytest.mark.parametrize(
    "payload", [b"\xff", b"{}", b'[["held",1,{}]]', b"[[]]", b'[["read"]]', b'[["told","x","30",1]]', b"7"]
)
async def test_restore_when_a_record_is_none_of_ours_then_what_came_before_it_is_taken(
    tmp_path: Path, payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    buffer, keeper, _ = made(tmp_path / "j")
    read(buffer, "r")
    buffer.tick(NOW)
    await keeper.keep()
    whole = list(Journal(tmp_path / "j").read())
    Journal(tmp_path / "j").replace([*whole, payload, *whole])
    again, other, _ = made(tmp_path / "j")
    other.restore(NOW)
    assert len(list(again.passages())) == 1
    assert ("no record" in caplog.text) == (payload != b"{}")


async def test_restore_when_the_door_is_gone_then_its_passages_are_left_out(tmp_path: Path) -> None:
    buffer, keeper, _ = made(tmp_path / "j")
    read(buffer, "r")
    buffer.tick(NOW)
    await keeper.keep()
    bench_only = Settings(
        "dc1", "gw-1", readers=SETTINGS.readers, routes=SETTINGS.routes[1:], read_points=(BENCH,)
    )
    again, other, _ = made(tmp_path / "j", bench_only)
    other.restore(NOW)
    assert list(again.passages()) == []


async def test_restore_when_the_clock_was_set_back_meanwhile_then_what_was_open_is_decided(
    tmp_path: Path,
) -> None:
    buffer, keeper, _ = made(tmp_path / "j")
    read(buffer, "r")
    buffer.tick(NOW)
    await keeper.keep()
    again, other, _ = made(tmp_path / "j")
    other.restore(NOW - 3600_000_000)
    assert list(again.passages()) == []
    assert again.held() == 1


def test_path_when_chosen_then_beside_the_database_else_in_the_state_directory_else_where_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def path(url: str) -> Path:
        return journal_path(Settings("dc/1", "gw 1", database=DatabaseSettings(url)), tmp_path)

    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    assert path("sqlite:////var/lib/x/returns.db") == Path("/var/lib/x/dc%2F1-gw%201.journal")
    assert path("postgresql+psycopg://h/d").parent == tmp_path
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/one:/var/lib/two")
    assert path("postgresql+psycopg://h/d").parent == Path("/var/lib/one")
    assert path("sqlite:////var/lib/x/returns.db").parent == Path("/var/lib/x")
