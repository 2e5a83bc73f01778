"""Which of several doors an item passed, when more than one has read it."""

import math
from collections.abc import Iterable, Sequence

from rules.portal.door import Door
from rules.portal.evidence import Trace


def rival(
    door: Door, load: Sequence[Trace], others: Iterable[tuple[Door, dict[bytes, Trace]]]
) -> tuple[str, float] | None:
    """The strongest other door that has read this load meanwhile: its id, and our lead over it in dB."""
    found: tuple[str, float] | None = None
    for other, traces in others:
        theirs = [traces[trace.epc] for trace in load if trace.epc in traces]
        theirs = [trace for trace in theirs if any(_overlap(trace, own) for own in load)]
        if not theirs:
            continue
        lead = lead_db(door, load, other, theirs)
        if found is None or lead < found[1]:
            found = other.id, lead
    return found


def lead_db(door: Door, ours: Sequence[Trace], other: Door, theirs: Sequence[Trace]) -> float:
    """How much stronger we read the load: all energy of the passage; reads decide where energy does not."""
    lead = _energy_db(ours, door) - _energy_db(theirs, other)
    if abs(lead) >= door.neighbour_db:
        return lead
    own_reads, their_reads = sum(t.reads for t in ours), sum(t.reads for t in theirs)
    if own_reads >= door.neighbour_reads * their_reads:
        return door.neighbour_db
    if their_reads >= door.neighbour_reads * own_reads:
        return -door.neighbour_db
    return lead


def _overlap(one: Trace, other: Trace) -> bool:
    return one.first_us <= other.last_us and other.first_us <= one.last_us


def _energy_db(traces: Sequence[Trace], door: Door) -> float:
    """Σ 10^((RSSI - reference)/10), in dB."""
    total = 0.0
    for trace in traces:
        samples = trace.samples()
        share = trace.reads / max(1, len(samples))
        total += share * sum(
            math.pow(10.0, (rssi - door.rssi_reference_dbm) / 10.0) for _, _, rssi in samples
        )
    return 10.0 * math.log10(total + 1e-12)
