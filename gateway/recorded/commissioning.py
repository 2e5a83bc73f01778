"""What a recording tells about the doors it was made at, for those who set them up."""

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from gateway.recorded.attendance import Attendance, Standing
from gateway.recorded.recording import RecordedRead
from gateway.recorded.score import Score, TruthRow
from gateway.recorded.ticks import Player
from gateway.settings import Settings
from rules.observation import Observation
from rules.vocabulary import Direction, EventKind, ReadPointKind

MOVING = (Direction.IN, Direction.OUT, Direction.PAST, Direction.TURNED_BACK, Direction.UNCLEAR)
UNSEEN = "not seen"
CANDIDATE = "in, unsure"
ENOUGH_READS = 10
"""Reads per tag from which direction is told well; with half as many every third item is missed."""
CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
MIN_READS = (2, 3, 5, 8, 12)
SHARES = (1.0, 0.5, 0.25, 0.1)

Recording = Callable[[], Iterable[RecordedRead]]
"""The reads in order of time, again at each call."""
Item = tuple[str, str]
"""EPC in hex and read point."""


@dataclass(slots=True)
class DoorFigures:
    """One portal."""

    id: str
    tags: int = 0
    reads: int = 0
    verdicts: Counter[Direction] = field(default_factory=Counter)
    reads_per_tag: list[int] = field(default_factory=list)
    """Of each moving passage."""
    confidences: list[float] = field(default_factory=list)
    """Of each passage that was told as in or out."""

    @property
    def few_share(self) -> float:
        """Of the moving passages, those with too few reads to be sure."""
        few = sum(reads < ENOUGH_READS for reads in self.reads_per_tag)
        return few / len(self.reads_per_tag) if self.reads_per_tag else 0.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What would have been told with one threshold changed.

    Right and missed are against the truth or, where there is none, against what is told as it is configured.
    """

    setting: str
    value: float
    is_current: bool
    score: Score


@dataclass(frozen=True, slots=True)
class Survey:
    """All there is to see in a recording; times in microseconds since 1970 UTC."""

    first_us: int
    last_us: int
    reads: int
    doors: tuple[DoorFigures, ...]
    standing: tuple[Standing, ...]
    """Tags that stood in a field, the longest first."""
    confusion: Counter[tuple[str, str]]
    """Truth (receipt or nothing) and verdict → items; empty without truth."""
    wrong: tuple[Observation, ...]
    """Told as receipts and not true."""
    missed: tuple[Item, ...]
    """True and not told; the read point is empty where the truth does not name one."""
    trials: tuple[Trial, ...]
    dropped: dict[str, int]


def survey(
    settings: Settings, recording: Recording, truth: Sequence[TruthRow] | None, *, parked_us: int
) -> Survey:
    """Plays the recording once as configured and once for each threshold tried. Raises InputError."""
    attendance = Attendance(settings)
    seen, dropped = _observed(settings, attendance.noting(recording()))
    told = _receipts(seen)
    due = None if truth is None else {row for row in truth if row.kind is EventKind.RECEIPT}
    expected = {(row.epc, row.read_point or "") for row in due} if due is not None else set(told)
    right = _right(told, expected)
    return Survey(
        attendance.first_us,
        attendance.last_us,
        attendance.reads,
        tuple(_figures(settings, attendance, seen)),
        tuple(attendance.standing(seen, parked_us)),
        Counter() if due is None else _confusion(seen, expected),
        () if due is None else tuple(one for item, one in told.items() if item not in right),
        () if due is None else tuple(sorted(_missed(right, expected))),
        tuple(_trials(settings, recording, seen, expected)),
        dropped,
    )


def _observed(settings: Settings, reads: Iterable[RecordedRead]) -> tuple[list[Observation], dict[str, int]]:
    player = Player(settings)
    seen: list[Observation] = []
    for now_us, _count in player.play(reads):
        seen += player.buffer.take(now_us, sys.maxsize)
    return seen, dict(player.stats.reads_dropped)


def _receipts(seen: Iterable[Observation], min_confidence: float | None = None) -> dict[Item, Observation]:
    """What came in, each item once per read point; by the read point's own limit unless another is given."""
    told: dict[Item, Observation] = {}
    for one in seen:
        limit = one.read_point.min_confidence if min_confidence is None else min_confidence
        if one.evidence.direction is Direction.IN and one.confidence >= limit:
            told.setdefault((one.epc.hex, one.read_point.id), one)
    return told


def _right(told: Iterable[Item], expected: set[Item]) -> set[Item]:
    """Of what was told, what is true; a truth without a read point holds at any."""
    return {(epc, point) for epc, point in told if expected & {(epc, point), (epc, "")}}


def _missed(right: set[Item], expected: set[Item]) -> set[Item]:
    anywhere = {epc for epc, _ in right}
    return {
        (epc, point)
        for epc, point in expected
        if (epc, point) not in right and (point or epc not in anywhere)
    }


def _figures(
    settings: Settings, attendance: Attendance, seen: Sequence[Observation]
) -> Iterator[DoorFigures]:
    doors = {
        point.id: DoorFigures(point.id)
        for point in settings.read_points
        if point.kind is ReadPointKind.PORTAL
    }
    for door in doors.values():
        door.tags, door.reads = attendance.at(door.id)
    for one in seen:
        if (found := doors.get(one.read_point.id)) is None:
            continue
        direction = one.evidence.direction
        found.verdicts[direction] += 1
        if direction in MOVING:
            found.reads_per_tag.append(one.evidence.reads)
        if direction in (Direction.IN, Direction.OUT):
            found.confidences.append(one.confidence)
    yield from doors.values()


def _confusion(seen: Iterable[Observation], expected: set[Item]) -> Counter[tuple[str, str]]:
    """Per item: the surest thing that was said about it where it was due, else anywhere."""
    said: dict[Item, list[str]] = defaultdict(list)
    for one in seen:
        unsure = one.evidence.direction is Direction.IN and one.confidence < one.read_point.min_confidence
        said[one.epc.hex, one.read_point.id].append(CANDIDATE if unsure else str(one.evidence.direction))
    found: Counter[tuple[str, str]] = Counter()
    matched: set[Item] = set()
    for epc, point in expected:
        items = [item for item in said if item[0] == epc and point in ("", item[1])] or [(epc, point)]
        matched |= set(items)
        found["came in", _best([word for item in items for word in said.get(item, ())])] += 1
    for item, words in said.items():
        if item not in matched:
            found["did not", _best(words)] += 1
    return found


def _best(words: Sequence[str]) -> str:
    """`in` counts before anything else that was said of the same item."""
    order = (Direction.IN, CANDIDATE, *MOVING[1:], Direction.PARKED, Direction.PRESENT)
    return next((str(word) for word in order if word in words), UNSEEN)


def _trials(
    settings: Settings, recording: Recording, seen: Sequence[Observation], expected: set[Item]
) -> Iterator[Trial]:
    points = [point for point in settings.read_points if point.kind is ReadPointKind.PORTAL]
    usual = {point.min_confidence for point in points}
    for limit in sorted({*CONFIDENCES, *usual}):
        yield _trial("min_confidence", limit, usual == {limit}, _receipts(seen, limit), expected)
    usual_reads = {point.min_reads for point in points}
    for count in sorted({*MIN_READS, *usual_reads}):
        changed = replace(
            settings, read_points=tuple(replace(point, min_reads=count) for point in settings.read_points)
        )
        is_current = usual_reads == {count}
        told = _receipts(seen if is_current else _observed(changed, recording())[0])
        yield _trial("min_reads", count, is_current, told, expected)
    for share in SHARES:
        told = _receipts(seen if share == 1 else _observed(settings, _thinned(recording(), share))[0])
        yield _trial("share_of_reads", share, share == 1, told, expected)


def _trial(setting: str, value: float, is_current: bool, told: Iterable[Item], expected: set[Item]) -> Trial:
    items = set(told)
    right = _right(items, expected)
    due = len(right) + len(_missed(right, expected))
    return Trial(setting, value, is_current, Score(due, len(right), len(items - right), duplicates=0))


def _thinned(reads: Iterable[RecordedRead], share: float) -> Iterator[RecordedRead]:
    rng = random.Random(share)  # noqa: S311 - the same reads at every run, no secret
    return (read for read in reads if rng.random() < share)
