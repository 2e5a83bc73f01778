"""Which of several doors an item passed, when more than one has read it.

An item is compared by its own reads first: its load may hold things of another one that passed the next door
meanwhile.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from rules.portal.direction import Judgement
from rules.portal.door import Door
from rules.portal.evidence import Trace
from rules.vocabulary import Direction


class Rival(NamedTuple):
    """The strongest other door that has read an item meanwhile."""

    door: str
    lead_db: float
    """How much stronger our door has read it."""


def rival(door: Door, item: Trace, elsewhere: Iterable[tuple[Door, Trace]]) -> Rival | None:
    """By the item's own reads; `elsewhere` is what other doors have read of it."""
    rivals = [
        Rival(other.id, lead_db(door, item, other, theirs))
        for other, theirs in elsewhere
        if _overlap(item, theirs)
    ]
    return min(rivals, key=lambda one: one.lead_db, default=None)


def with_load(door: Door, own: Rival, load: Sequence[Rival | None]) -> Rival:
    """The same where the item's own reads decide; else its load's mean lead counts with it."""
    most = door.neighbour_db
    if abs(own.lead_db) >= most:
        return own
    leads = [most if one is None else max(-most, min(most, one.lead_db)) for one in load]
    return own._replace(lead_db=own.lead_db + sum(leads) / len(leads))


def lead_db(door: Door, ours: Trace, other: Door, theirs: Trace) -> float:
    """How much stronger we read the item: all energy of the passage; reads decide where energy does not."""
    lead = _energy_db(ours, door) - _energy_db(theirs, other)
    if abs(lead) >= door.neighbour_db:
        return lead
    if ours.reads >= door.neighbour_reads * theirs.reads:
        return door.neighbour_db
    if theirs.reads >= door.neighbour_reads * ours.reads:
        return -door.neighbour_db
    return lead


def _overlap(one: Trace, other: Trace) -> bool:
    return one.first_us <= other.last_us and other.first_us <= one.last_us


def _energy_db(trace: Trace, door: Door) -> float:
    """Σ 10^((RSSI - reference)/10), in dB."""
    samples = trace.samples()
    share = trace.reads / max(1, len(samples))
    total = share * sum(math.pow(10.0, (rssi - door.rssi_reference_dbm) / 10.0) for _, _, rssi in samples)
    return 10.0 * math.log10(total + 1e-12)


def not_here(judgement: Judgement, winner: Rival) -> Judgement:
    """The same for an item that went through the rival's door."""
    reason = f"door {winner.door} read it {-winner.lead_db:.0f} dB stronger: it belongs there"
    return replace(judgement, direction=Direction.PAST, reasons=(reason, *judgement.reasons))
