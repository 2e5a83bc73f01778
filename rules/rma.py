"""An RMA and its lines: what a customer was authorized to send back."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class RmaLine:
    """One line of an RMA. It names items by EPC, by GTIN + serial, or by GTIN alone (any serial)."""

    rma: str
    line: int
    quantity: int
    gtin: str | None = None
    """GTIN-14."""
    serials: frozenset[str] = frozenset()
    epcs: frozenset[str] = frozenset()
    """Upper-case hex."""
    sku: str | None = None
    reason: str | None = None
    category: str | None = None
    value: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Rma:
    """An RMA as the sender described it. Times in microseconds since 1970 UTC."""

    rma: str
    lines: tuple[RmaLine, ...]
    opened_us: int
    expires_us: int | None = None
    order: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class LineState:
    """A line with what has come in on it so far: what matching looks at."""

    line: RmaLine
    rma_opened_us: int
    rma_expires_us: int | None
    rma_closed_us: int | None
    order: str | None
    customer: str | None
    items: Mapping[str, "ReceivedItem"]
    """Received so far on this line, by the item's identity (`Epc.identity`)."""
    rma_expected: int
    """Quantity over all lines of the RMA."""
    rma_received: int
    """Received over all lines of the RMA."""

    @property
    def received(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class ReceivedItem:
    """An item booked on a line: the end of its story so far."""

    identity: str
    epc: str
    """Upper-case hex as first read."""
    receipt_id: str
    received_us: int
    restocked_us: int | None = None
