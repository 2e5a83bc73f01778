"""A load that was judged is told when it is quiet, or over; only what was read on is looked at again."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from crossings import EPCS, SECOND, START, Read, passage, play, way

from rules.portal import quiet
from rules.portal import verdict as portal_verdict
from rules.portal.sorting import sort
from rules.portal.verdict import Door, Portal, Verdict
from rules.vocabulary import Direction

IN = way(-2.5, 2.5)
TURNED = way(-2.5, 0.2, -2.5, seconds=9)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds at which loads were sorted out."""
    at: list[float] = []

    def counted(watch: object, now_us: int, *, is_asked: bool) -> object:
        at.append((now_us - START) / SECOND)
        return sort(watch, now_us, is_asked=is_asked)  # type: ignore[arg-type]

    monkeypatch.setattr(portal_verdict, "sort", counted)
    return at


def last_second(reads: list[Read]) -> float:
    return max(seen for seen, *_ in reads) / SECOND


def waits(told: list[tuple[float, Verdict]]) -> list[float]:
    return [second - (verdict.last_us - START) / SECOND for second, verdict in told]


def test_due_when_a_load_is_clear_then_its_stragglers_are_told_as_soon_as_they_are_quiet(
    looks: list[float],
) -> None:
    slow = passage([*IN, *[2.4] * 3], EPCS[4:])
    told = play(Portal([Door("d")]), passage(IN, EPCS[:4]) + slow, until=12)
    assert {verdict.direction for _, verdict in told} == {Direction.IN}
    assert len({second for second, _ in told}) > 1
    assert len(told) == len(EPCS)
    assert max(waits(told)) <= 0.75
    assert len(looks) == 1
    assert {verdict.load_size for _, verdict in told} == {len(EPCS)}


def test_due_when_a_load_surely_turned_back_then_it_is_told_when_over_without_another_look(
    looks: list[float],
) -> None:
    reads = passage(TURNED, EPCS)
    told = play(Portal([Door("d")]), reads, until=20)
    assert {verdict.direction for _, verdict in told} <= {Direction.TURNED_BACK, Direction.PAST}
    assert len(told) == len(EPCS)
    assert min(waits(told)) >= 3.0
    assert max(looks) < last_second(reads) + 1.0


def test_due_when_a_load_goes_on_after_it_was_judged_then_it_is_judged_anew_by_all_its_reads(
    looks: list[float],
) -> None:
    turned = passage(TURNED, EPCS)
    on = passage(IN, EPCS, start=last_second(turned) + 1.5)
    told = play(Portal([Door("d")]), turned + on, until=30)
    assert len(told) == len(EPCS)
    assert sum(verdict.reads for _, verdict in told) == len(turned + on)
    assert min(looks) < last_second(turned) + 1.5 < last_second(on) < max(looks)


def test_due_when_one_of_a_clear_load_is_read_on_then_none_is_told_without_another_look(
    looks: list[float],
) -> None:
    slow = passage([*IN, *[2.4] * 20], EPCS[4:])
    told = play(Portal([Door("d")]), passage(IN, EPCS[:4]) + slow, until=15)
    assert {verdict.direction for _, verdict in told} == {Direction.IN}
    assert len(told) == len(EPCS)
    assert len(looks) > 1


def test_due_when_a_clear_load_was_read_once_more_then_it_is_judged_by_all_its_reads_when_over(
    looks: list[float],
) -> None:
    turned = passage(TURNED, EPCS)
    late = [(round((last_second(turned) + 1.5) * SECOND), "d", EPCS[0], 0, 1, -70)]
    told = play(Portal([Door("d")]), turned + late, until=20)
    assert len(told) == len(EPCS)
    assert sum(verdict.reads for _, verdict in told) == len(turned) + 1
    assert last_second(late) < max(looks) <= min(second for second, _ in told)


@pytest.mark.parametrize("seconds", [(2.9, 3.3, 3.9, 5.1), (3.6, 5.2), (4.9, 5.1, 5.3)])
@pytest.mark.parametrize("more", range(3, 12))
def test_due_when_the_last_of_a_load_is_told_then_the_stray_that_waits_for_it_goes_with_it(
    more: int, seconds: tuple[float, ...]
) -> None:
    stray = bytes([0x33] * 12)
    reads = passage(IN, EPCS[:5]) + passage([*IN, *[2.4] * more], EPCS[5:])
    reads += passage(way(-2.5, 2.5, seconds=9), [bytes([0x40] * 12)], start=6.0)
    for second in seconds:
        side = int(second >= 4.3)
        reads.append((round(second * SECOND), "d", stray, side, side + 1, -66 + side))
    told = {verdict.epc: verdict.direction for _, verdict in play(Portal([Door("d")]), reads, until=30)}
    assert {told[epc] for epc in (*EPCS, stray)} == {Direction.IN}


def test_due_when_another_load_is_read_meanwhile_then_a_clear_one_is_told_when_it_is_over() -> None:
    turned = passage(TURNED, EPCS)
    slow = passage(way(-2.5, 2.5, seconds=20), [bytes([0x40] * 12)], start=last_second(turned) - 0.5)
    told = play(Portal([Door("d")]), turned + slow, until=40)
    first = [(second, verdict) for second, verdict in told if verdict.epc in EPCS]
    assert len(first) == len(EPCS)
    assert max(waits(first)) <= 3.5


def test_due_when_a_crowd_that_never_rests_is_at_the_door_then_no_mover_is_told_as_parked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quiet, "PAIR_US", 10_000)
    rng = random.Random(5)
    epcs = [bytes([0x50, number, *([0] * 10)]) for number in range(40)]
    reads = [
        (n * 20_000, "d", rng.choice(epcs), n % 2, n % 2 + 1, -rng.randint(45, 70)) for n in range(3_000)
    ]
    told = play(Portal([Door("d")]), reads, until=100)
    assert {verdict.epc for _, verdict in told} == set(epcs)
    assert Direction.PARKED not in {verdict.direction for _, verdict in told}
