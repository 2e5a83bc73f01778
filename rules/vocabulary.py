"""The field's words: GS1 CBV 2.0 business steps and dispositions, grades, event kinds, exception codes."""

from dataclasses import dataclass
from enum import StrEnum


class ReadPointKind(StrEnum):
    PORTAL = "portal"
    """Things pass through it."""
    PRESENCE = "presence"
    """Things are put down in its field."""


class BizStep(StrEnum):
    """What happens at a read point; the words a configuration may use (CBV 2.0, section 7.1)."""

    RECEIVING = "receiving"
    INSPECTING = "inspecting"
    STOCKING = "stocking"
    DISPOSING = "disposing"


class Direction(StrEnum):
    """How an item moved at a read point."""

    IN = "in"
    OUT = "out"
    PAST = "past"
    """Driven past the gate without crossing it."""
    TURNED_BACK = "turned_back"
    PARKED = "parked"
    """In the field but not moving."""
    PRESENT = "present"
    """Put down in the field of a presence read point."""
    UNCLEAR = "unclear"


class EventKind(StrEnum):
    """The last level of an event's topic."""

    RECEIPT = "receipt"
    CANDIDATE = "candidate"
    REVERSAL = "reversal"
    DISPOSITION = "disposition"
    RESTOCK = "restock"
    EXCEPTION = "exception"
    STATUS = "status"


class ExceptionCode(StrEnum):
    UNKNOWN_ITEM = "unknown_item"
    OVER_RECEIPT = "over_receipt"
    RMA_CLOSED = "rma_closed"
    RMA_EXPIRED = "rma_expired"
    WRONG_ITEM = "wrong_item"
    SERIAL_MISMATCH = "serial_mismatch"
    DUPLICATE_EPC = "duplicate_epc"
    SHORT = "short"
    LATE_READ = "late_read"
    SUSPECT = "suspect"


class Grade(StrEnum):
    """Condition found at inspection."""

    A = "A"
    """New."""
    B = "B"
    """Open, like new."""
    C = "C"
    """Used, works."""
    D = "D"
    """Damaged."""
    F = "F"
    """Scrap."""


class Disposition(StrEnum):
    """What is to become of the item; `inspect` until somebody or a rule has decided."""

    INSPECT = "inspect"
    RESTOCK = "restock"
    REFURBISH = "refurbish"
    REPAIR = "repair"
    RETURN_TO_VENDOR = "return_to_vendor"
    LIQUIDATE = "liquidate"
    DONATE = "donate"
    RECYCLE = "recycle"
    DISPOSE = "dispose"


class Refund(StrEnum):
    """The refund's own state; a rule says `hold` or `release`, events tell the state."""

    NONE = "none"
    ELIGIBLE = "eligible"
    RELEASED = "released"
    HELD = "held"


class Restock(StrEnum):
    """When an item may count as sellable stock again."""

    AT_STOCKING = "at_stocking"
    """Seen at a stocking read point."""
    AT_DISPOSITION = "at_disposition"
    """As soon as the disposition `restock` is decided."""
    AT_RECEIPT = "at_receipt"
    """At the door: only for the capped fast track."""


@dataclass(frozen=True, slots=True)
class Gpo:
    """A reader's output to switch on: a lamp, a buzzer (LLRP GPOWriteData)."""

    port: int
    seconds: float


class MatchedBy(StrEnum):
    """What tied an item to an RMA line."""

    EPC = "epc"
    SERIAL = "serial"
    GTIN = "gtin"


class RmaState(StrEnum):
    AUTHORIZED = "authorized"
    IN_TRANSIT = "in_transit"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    INSPECTING = "inspecting"
    DISPOSITIONED = "dispositioned"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    OVERDUE = "overdue"
    REOPENED = "reopened"


class ItemState(StrEnum):
    EXPECTED = "expected"
    CANDIDATE = "candidate"
    RECEIVED = "received"
    INSPECTED = "inspected"
    DISPOSITIONED = "dispositioned"
    RESTOCKED = "restocked"
    GONE = "gone"
    REVERSED = "reversed"


class LineStatus(StrEnum):
    OPEN = "open"
    PARTIAL = "partial"
    COMPLETE = "complete"
    OVER = "over"
