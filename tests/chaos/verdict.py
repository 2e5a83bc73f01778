"""What came of it: everything laid down was told once, in bytes that never changed, numbered without a gap."""

import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields

from tests.chaos.wms import Heard


@dataclass(frozen=True, slots=True)
class Verdict:
    """Figures of one run; the first group are bars, all zero in a run that passed."""

    lost: int
    """Items of an RMA without a receipt, strangers without an exception, and stored events that never came."""
    doubled: int
    """Receipts, or exceptions, of one item beyond the first, known by their ids to be others."""
    changed: int
    """Ids that came again with other bytes."""
    gaps: int
    """Sequence numbers that never came, and numbers that two events have."""
    foreign: int
    """Events that came and are not stored."""
    items: int
    receipts: int
    exceptions: int
    events: int
    resent: int
    """Arrivals of events that had come before."""
    overtaken: int
    """Events that came after a later one of the same gateway."""
    longest_gap_seconds: float
    """Between two new events, while items were coming."""
    slowest_seconds: float
    """From an item's being laid down to its first event at the consumer."""

    @property
    def passed(self) -> bool:
        return not (self.lost or self.doubled or self.changed or self.gaps or self.foreign)

    def __str__(self) -> str:
        return "\n".join(f"{field.name:20} {getattr(self, field.name):>10.6g}" for field in fields(self))


def judge(
    heard: Sequence[Heard],
    stored: Collection[tuple[str, int, str]],
    *,
    expected: Collection[str],
    strangers: Collection[str],
    laid_down: Mapping[str, float],
    changed: int,
) -> Verdict:
    """`stored` are gateway, sequence and id of every event in the outboxes."""
    receipts = Counter(event.epc for event in heard if event.kind == "receipt")
    exceptions = Counter(event.epc for event in heard if event.kind == "exception")
    came = {(event.gateway, event.sequence, event.id) for event in heard}
    told = {event.epc for event in heard}
    first = {event.epc: event.heard for event in reversed(heard) if event.epc is not None}
    moments = [event.heard for event in heard if event.heard <= max(laid_down.values(), default=0.0)]
    waits = [first[epc] - moment for epc, moment in laid_down.items() if epc in first]
    return Verdict(
        lost=len(set(expected) - set(receipts)) + len(set(strangers) - told) + len(set(stored) - came),
        doubled=sum((receipts - Counter(set(receipts))).values())
        + sum((exceptions - Counter(set(exceptions))).values()),
        changed=changed,
        gaps=_gaps(heard),
        foreign=len(came - set(stored)),
        items=len(laid_down),
        receipts=receipts.total(),
        exceptions=exceptions.total(),
        events=len(heard),
        resent=sum(event.arrivals - 1 for event in heard),
        overtaken=_overtaken(heard),
        longest_gap_seconds=max(
            (later - earlier for earlier, later in itertools.pairwise(moments)), default=0.0
        ),
        slowest_seconds=max(waits, default=0.0),
    )


def _gaps(heard: Sequence[Heard]) -> int:
    gaps = 0
    for gateway in {event.gateway for event in heard}:
        numbers = Counter(event.sequence for event in heard if event.gateway == gateway)
        gaps += max(numbers) - len(numbers) + numbers.total() - len(numbers)
    return gaps


def _overtaken(heard: Sequence[Heard]) -> int:
    highest: Counter[str] = Counter()
    count = 0
    for event in heard:
        count += event.sequence < highest[event.gateway]
        highest[event.gateway] = max(highest[event.gateway], event.sequence)
    return count
