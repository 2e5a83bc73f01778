"""An observation: one item at one read point in one visit, as the door or the shelf understood it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.epc import Epc
from rules.vocabulary import BizStep, Direction, ReadPointKind


@dataclass(frozen=True, slots=True)
class ReadPoint:
    """A place where items are seen (EPCIS readPoint), made of one or more antennas."""

    id: str
    kind: ReadPointKind
    biz_step: BizStep
    sgln: str | None = None
    has_sides: bool = True
    """Portals: antennas have an outside and an inside; without, every moving passage counts as in."""
    min_reads: int = 2
    """Fewer reads than this are a ghost, unless a load surely carried the item through a door."""
    quiet_seconds: float = 30.0
    """Presence: unread for this long, the item has left; its next read is a new visit."""
    min_confidence: float = 0.8
    """Below it a receipt is published as a candidate."""
    travel_seconds: float = 2.0
    """Nothing gets here faster from another read point; 0: never a reason to doubt an EPC."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the reads of one item in one visit add up to; times in microseconds since 1970 UTC."""

    reads: int
    antennas: tuple[int, ...]
    first_seen_us: int
    last_seen_us: int
    peak_rssi_dbm: int | None
    direction: Direction
    late: bool = False
    """The reads were older than the door is quick: a reader's backlog after an outage."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One visit of one item. A door (`portal`) gives direction in or out, a shelf gives present."""

    epc: Epc
    read_point: ReadPoint
    evidence: Evidence
    confidence: float
    """0 … 1: how sure the read point is of the direction."""
    reasons: tuple[str, ...] = ()
    load_size: int = 1
    """Portals: items that moved together, this one included."""
    features: Mapping[str, float] = field(default_factory=dict)
    """Portals: what the decision was made from, by name."""

    @property
    def seen_us(self) -> int:
        """When it happened, for the event's `time`."""
        return self.evidence.last_seen_us
