"""What a door has told is known to the doors beside it for a minute."""

from rules.portal.door import Verdict
from rules.portal.evidence import Trace
from rules.portal.told import REMEMBERED_US, ToldLately
from rules.vocabulary import Direction

START = 1_700_000_000_000_000
EPC = b"\x30" * 12


def verdict(door: str, direction: Direction = Direction.IN, *, first: int = 0, last: int = 5) -> Verdict:
    first_us, last_us = START + first * 1_000_000, START + last * 1_000_000
    return Verdict(door, EPC, direction, 0.99, first_us, last_us, 20, (1, 2), -50)


def told(*verdicts: Verdict) -> ToldLately:
    lately = ToldLately()
    for one in verdicts:
        lately.remember(one, Trace(EPC, one.first_us))
    return lately


def test_crossed_when_another_door_told_the_same_passage_as_in_or_out_then_it_is_named() -> None:
    for direction in (Direction.IN, Direction.OUT):
        assert told(verdict("a", direction)).crossed(verdict("b", first=4), ["a", "b"]) == "a"


def test_crossed_when_it_was_another_passage_or_no_crossing_or_the_same_door_then_none_is_named() -> None:
    assert told(verdict("a")).crossed(verdict("b", first=6, last=9), ["a", "b"]) is None
    assert told(verdict("a", Direction.TURNED_BACK)).crossed(verdict("b"), ["a", "b"]) is None
    assert told(verdict("a")).crossed(verdict("a"), ["a", "b"]) is None
    assert told().crossed(verdict("a"), ["a", "b"]) is None


def test_crossed_when_a_door_told_it_anew_then_its_latest_word_counts() -> None:
    lately = told(verdict("a"), verdict("a", Direction.PAST))
    assert lately.crossed(verdict("b"), ["a", "b"]) is None


def test_trace_when_told_then_the_reads_are_known_until_a_minute_has_passed() -> None:
    lately = told(verdict("a", last=5), verdict("b", last=8))
    assert lately.trace("a", EPC) is not None
    assert lately.trace("c", EPC) is None
    lately.forget(START + 5_000_000 + REMEMBERED_US)
    assert lately.trace("a", EPC) is None
    assert lately.trace("b", EPC) is not None
    lately.clear()
    assert lately.trace("b", EPC) is None
