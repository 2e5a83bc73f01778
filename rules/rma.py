"""An RMA and its lines: what a customer was authorized to send back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from rules.vocabulary import Disposition, Grade, ItemState, Refund


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
    opened_us: int | None
    """None: it is as old as its first sending."""
    expires_us: int | None = None
    order: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What somebody who looked at an item found; None means not looked at."""

    grade: Grade
    sealed: bool | None = None
    complete: bool | None = None


@dataclass(frozen=True, slots=True)
class ReceivedItem:
    """An item booked on a line: its story so far. Times in microseconds since 1970 UTC."""

    identity: str
    epc: str
    """Upper-case hex as first read."""
    receipt_id: str
    received_us: int
    restocked_us: int | None = None
    gone_us: int | None = None
    """Disposed of, or sent on to somebody else."""
    found: Finding | None = None
    """What inspections found; None while nobody has looked."""
    inspections: int = 0
    """How often somebody looked at it and found something new."""
    disposition: Disposition | None = None
    """As an inspection or a rule decided; None while nobody has."""
    refund: Refund | None = None
    decided_us: int | None = None
    """When the disposition was decided."""
    doubted_us: int | None = None
    """When its EPC was seen at two places at once: one is a copy, so no refund is released from then on."""

    @property
    def grade(self) -> Grade | None:
        return None if self.found is None else self.found.grade

    def looked_at(self, found: Finding) -> Finding:
        """A finding together with what was found before and not looked at again."""
        if self.found is None:
            return found
        sealed = self.found.sealed if found.sealed is None else found.sealed
        complete = self.found.complete if found.complete is None else found.complete
        return Finding(found.grade, sealed, complete)

    @property
    def ended_us(self) -> int | None:
        """When its return was over: back in stock, or gone."""
        return self.gone_us if self.restocked_us is None else self.restocked_us

    @property
    def state(self) -> ItemState:
        if self.restocked_us is not None:
            return ItemState.RESTOCKED
        if self.gone_us is not None:
            return ItemState.GONE
        if self.disposition not in (None, Disposition.INSPECT):
            return ItemState.DISPOSITIONED
        return ItemState.RECEIVED if self.found is None else ItemState.INSPECTED


@dataclass(frozen=True, slots=True)
class EarlierReceipts:
    """Receipts of an item on a line that were taken back."""

    count: int
    reversed_us: int
    """When the last of them was."""


@dataclass(frozen=True, slots=True)
class LineState:
    """A line with what has come in on it so far: what matching looks at."""

    line: RmaLine
    rma_opened_us: int
    rma_expires_us: int | None
    rma_closed_us: int | None
    order: str | None
    customer: str | None
    items: Mapping[str, ReceivedItem]
    """Received and not taken back, by the item's identity (`Epc.identity`)."""
    rma_expected: int
    """Quantity over all lines of the RMA."""
    rma_received: int
    """Received over all lines of the RMA."""
    earlier: Mapping[str, EarlierReceipts] = field(default_factory=dict)
    """By identity; an item that was never taken back is not in it."""
    rma_ended: int = 0
    """Of those received over all lines of the RMA: back in stock, gone, or containers, which are no goods."""
    is_expired: bool = False
    """The RMA has expired, and that was told: nothing more is awaited."""

    @property
    def received(self) -> int:
        return len(self.items)
