"""Recorded reads on their own time: ticks as the daemon has them, silences leapt over, strangers counted."""

from dataclasses import replace

from gateway.recorded.recording import RecordedRead
from gateway.recorded.ticks import LEAP_US, SETTLING_US, TICK_US, Player
from gateway.settings import AntennaRoute, Settings
from readers.settings import ReaderSettings
from rules.observation import ReadPoint
from rules.vocabulary import BizStep, ReadPointKind
from tests.gateway.store.samples import BENCH, START_US, item

SETTINGS = Settings(
    "dc1",
    readers=(ReaderSettings("r", "10.0.0.1"),),
    routes=(AntennaRoute("r", 1, "bench-1"),),
    read_points=(BENCH,),
)
BEGIN = START_US // TICK_US * TICK_US


def read(after_us: int, reader: str = "r", received_us: int | None = None) -> RecordedRead:
    return RecordedRead(BEGIN + after_us, reader, 1, bytes.fromhex(item(1).hex), -50, received_us=received_us)


def played(*reads: RecordedRead) -> list[tuple[int, int]]:
    return [((now_us - BEGIN) // TICK_US, count) for now_us, count in Player(SETTINGS).play(reads)]


def test_play_when_reads_fall_into_ticks_then_each_tick_comes_once_and_the_last_again_at_the_end() -> None:
    assert played(read(0), read(1), read(TICK_US), read(3 * TICK_US + 5)) == [
        (0, 0), (1, 2), (2, 1), (3, 0), (4, 1), (4, 0),
    ]  # fmt: skip


def test_play_when_the_silence_is_long_then_time_leaps() -> None:
    ticks = played(read(0), read(10 * LEAP_US))
    assert len(ticks) == LEAP_US // TICK_US + 4
    assert ticks[-1] == (10 * LEAP_US // TICK_US + 1, 0)


def test_play_when_nothing_is_open_at_any_door_then_time_leaps_sooner() -> None:
    dock = ReadPoint("dock-1", ReadPointKind.PORTAL, BizStep.RECEIVING)
    door = replace(SETTINGS, routes=(AntennaRoute("r", 1, "dock-1", "outside"),), read_points=(dock,))
    reads = [*(read(number * TICK_US) for number in range(8)), read(10 * LEAP_US)]
    ticks = [(now_us - BEGIN) // TICK_US for now_us, _ in Player(door).play(reads)]
    end = 10 * LEAP_US // TICK_US + 1
    assert ticks == [*range(8 + SETTLING_US // TICK_US + 1), end, end]


def test_play_when_there_are_no_reads_then_it_ends_at_once() -> None:
    assert list(Player(SETTINGS).play([])) == [(0, 0)]


def test_play_when_reads_came_in_late_then_they_count_when_they_came() -> None:
    assert played(read(0, received_us=BEGIN + 2 * TICK_US)) == [(2, 0), (3, 1), (3, 0)]


def test_play_when_a_reader_is_unknown_then_its_reads_are_dropped_and_counted() -> None:
    player = Player(SETTINGS)
    assert [count for _, count in player.play([read(0), read(1), read(2, "other")])] == [0, 3, 0]
    assert dict(player.stats.reads_dropped) == {"unknown_reader": 1}
    assert len(player.buffer.take(BEGIN + TICK_US)) == 1
