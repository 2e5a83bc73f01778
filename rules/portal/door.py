"""One dock door: its settings, and what it says about an item's passage."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.portal.direction import Judgement
from rules.portal.evidence import NO_RSSI_DBM, Trace
from rules.vocabulary import Direction


@dataclass(frozen=True, slots=True)
class Door:
    """Settings of a door; the defaults come from the statistics of a real two-antenna gate."""

    id: str
    has_sides: bool = True
    """Antennas have an outside and an inside; without, every moving passage counts as in."""
    min_reads: int = 2
    """Fewer reads than this are a ghost, unless a load surely carried the item."""
    quiet_seconds: float = 3.0
    """A passage has ended when it was unread for this long: 1.001 passages per true one."""
    max_quiet_seconds: float = 15.0
    """The same for tags read so seldom that ten average gaps are longer than `quiet_seconds`."""
    early_seconds: float = 0.5
    """A clear passage is decided when its whole load was unread for this long."""
    early_confidence: float = 0.97
    """From here a passage is clear."""
    contrary_confidence: float = 0.9
    """From here what a passage went on to do replaces what was told of it."""
    rest_seconds: float = 3.0
    """A load that stands still in the field for this long has ended its way, if that is clear."""
    parked_seconds: float = 60.0
    """Present without motion for this long: parked, until it moves or is gone."""
    gone_seconds: float = 600.0
    """A parked tag unread for this long is forgotten."""
    rssi_reference_dbm: float = -60.0
    """What this door's antennas read of a tag in its middle: neighbours are compared relative to it."""
    neighbour_db: float = 6.0
    """One of two doors that read the same item wins when it reads it this much stronger, …"""
    neighbour_reads: float = 3.0
    """… or this many times as often."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one item passed one door once. Times in microseconds since 1970 UTC."""

    door: str
    epc: bytes
    direction: Direction
    confidence: float
    """0 … 1: the probability of `direction`."""
    first_us: int
    last_us: int
    reads: int
    antennas: tuple[int, ...]
    peak_rssi_dbm: int | None
    load_size: int = 1
    """Items that moved together, this one included."""
    features: Mapping[str, float] = field(default_factory=dict)
    """What the decision was made from, by name."""
    reasons: tuple[str, ...] = ()
    """The same in sentences for the operator."""
    pc: int | None = None


def verdict_on(door: Door, trace: Trace, judgement: Judgement, size: int = 1) -> Verdict:
    """On what was read of one item of a load of so many."""
    return Verdict(
        door=door.id,
        epc=trace.epc,
        direction=judgement.direction,
        confidence=judgement.confidence,
        first_us=trace.first_us,
        last_us=trace.last_us,
        reads=trace.reads,
        antennas=trace.antennas,
        peak_rssi_dbm=None if trace.peak_rssi_dbm == NO_RSSI_DBM else trace.peak_rssi_dbm,
        load_size=size,
        features=judgement.features,
        reasons=judgement.reasons,
        pc=trace.pc,
    )
