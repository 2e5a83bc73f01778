"""The events the gateway tells: facts with ids derived from the fact, so that telling one twice is harmless."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from rules.observation import Evidence
from rules.vocabulary import EventKind, ExceptionCode


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. Fields are those of the contract's `data`; None means not known."""

    kind: EventKind
    id: str
    time_us: int
    """When it happened, microseconds since 1970 UTC."""
    subject: str
    """The item's canonical URI, or the RMA's for a status."""
    read_point: str | None = None
    biz_step: str | None = None
    disposition: str | None = None
    rma: str | None = None
    line: int | None = None
    order: str | None = None
    customer: str | None = None
    reason: str | None = None
    epc: str | None = None
    """Upper-case hex."""
    epc_uri: str | None = None
    gtin: str | None = None
    serial: str | None = None
    sku: str | None = None
    quantity: int | None = None
    expected: int | None = None
    received: int | None = None
    line_status: str | None = None
    grade: str | None = None
    refund: str | None = None
    route: str | None = None
    sellable: bool | None = None
    rule: str | None = None
    ruleset: str | None = None
    confidence: float | None = None
    evidence: Evidence | None = None
    detail: str | None = None
    code: ExceptionCode | None = None
    """Exceptions only."""
    reverses: str | None = None
    """Reversals only: the id of the event taken back."""
    status: str | None = None
    """Status events only."""
    match: str | None = None
    """How the item was matched: epc, serial or gtin; counted, not published."""


def fact_id(*fact: str | int) -> str:
    """The id of a fact: the same words give the same UUID on every gateway and every resend (RFC 9562, v8)."""
    digest = hashlib.sha256("\x1f".join(str(word) for word in fact).encode()).digest()
    return str(UUID(bytes=digest[:6] + bytes((0x80 | digest[6] & 0x0F, digest[7], 0x80 | digest[8] & 0x3F)) + digest[9:16]))
