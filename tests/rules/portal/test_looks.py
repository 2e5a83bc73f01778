"""A load that was judged is told when it is quiet, or over; only what was read on is looked at again."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from crossings import EPCS, SECOND, START, Read, passage, play, way

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

    def counted(watch: object, now_us: int, *, is_end: bool) -> object:
        at.append((now_us - START) / SECOND)
        return sort(watch, now_us, is_end=is_end)  # type: ignore[arg-type]

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
