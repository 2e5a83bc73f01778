"""What the antennas see between two moments."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.emulator.field import StaticField
from readers.emulator.playback import Curtain, ScenarioField
from readers.emulator.scenario import AirRead

NOW = 1_764_000_000_000_000
A, B = b"a" * 12, b"b" * 12


def field(rate: float = 100.0) -> StaticField:
    static = StaticField(rate, seed=4)
    static.put(A, (1, 2))
    static.put(B, (1, 2), -50)
    return static


def test_static_field_when_a_second_passes_then_reads_at_its_rate_round_robin() -> None:
    seen = list(field().reads(NOW, NOW + 1_000_000, (1, 2)))
    assert len(seen) == 100
    assert Counter((epc, antenna) for _, epc, antenna, _, _ in seen) == {
        (A, 1): 25,
        (A, 2): 25,
        (B, 1): 25,
        (B, 2): 25,
    }
    assert all(-60 <= rssi <= -40 for _, epc, _, rssi, _ in seen if epc == B)
    assert {channel for *_, channel in seen} <= set(range(1, 51))


@given(
    st.floats(0.5, 50_000, allow_nan=False),
    st.lists(st.integers(1, 20_000), min_size=1, max_size=8),
)
def test_static_field_when_time_is_cut_anywhere_then_no_read_is_lost_or_doubled(
    rate: float, steps: list[int]
) -> None:
    static = field(rate)
    whole = list(static.reads(NOW, NOW + sum(steps), (1, 2)))
    pieces, now = [], NOW
    for step in steps:
        pieces += static.reads(now, now + step, (1, 2))
        now += step
    assert pieces == whole
    assert all(NOW < sighting[0] <= now for sighting in whole)


def test_static_field_when_no_antenna_sees_a_tag_then_no_reads() -> None:
    assert list(field().reads(NOW, NOW + 1_000_000, (3,))) == []


def test_static_field_when_seeds_are_equal_then_so_are_the_reads() -> None:
    assert list(field().reads(NOW, NOW + 10**6, (1,))) == list(field().reads(NOW, NOW + 10**6, (1,)))


READS = [AirRead(at * 1_000, "r1", 1 + at % 2, bytes([at]) * 12, -60, 1) for at in range(10)]


def test_scenario_field_when_time_passes_then_each_read_comes_at_its_moment() -> None:
    curtain = Curtain()
    played = ScenarioField(READS, curtain)
    seen = list(played.reads(NOW, NOW + 4_000, (1, 2)))
    assert [time - NOW for time, *_ in seen] == [1_000, 2_000, 3_000, 4_000]
    assert curtain.raised_us == NOW
    assert not played.is_over
    list(played.reads(NOW + 4_000, NOW + 60_000, (1, 2)))
    assert played.is_over


def test_scenario_field_when_two_readers_play_then_they_begin_together() -> None:
    curtain = Curtain()
    first, second = ScenarioField(READS, curtain), ScenarioField(READS, curtain)
    list(first.reads(NOW, NOW + 2_000, (1, 2)))
    assert [time - NOW for time, *_ in second.reads(NOW + 2_000, NOW + 3_000, (1, 2))] == [3_000]


@pytest.mark.parametrize(("antennas", "count"), [((1,), 4), ((2,), 5), ((), 0), ((1, 2, 3), 9)])
def test_scenario_field_when_an_antenna_is_not_used_then_its_reads_are_missed(
    antennas: tuple[int, ...], count: int
) -> None:
    played = ScenarioField(READS, Curtain())
    assert len(list(played.reads(NOW, NOW + 20_000, antennas))) == count
