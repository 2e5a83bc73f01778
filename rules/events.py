"""The events the gateway tells: facts with ids derived from them, so that telling one twice is harmless."""

import hashlib
from typing import NamedTuple
from urllib.parse import quote
from uuid import UUID

from rules.observation import Evidence
from rules.vocabulary import EventKind, ExceptionCode, Gpo


class Event(NamedTuple):
    """One thing that happened. Fields are those of the contract's `data`; None means not known.

    `disposition` is what is to become of the item (`rules.vocabulary.Disposition`; a receipt says `inspect`
    until somebody or a rule has decided), `refund` the refund's state (`Refund`), `biz_step` the CBV step the
    event stands for; `sellable` is true on a restock only and false on every other event of a line's item.
    A tuple, because an event is put together in steps, and each makes a new one.
    """

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
    sealed: bool | None = None
    """What an inspection found besides the grade; kept, not published."""
    complete: bool | None = None
    gpo: Gpo | None = None
    """What a rule wants switched on at the reader; done, not published."""


def fact_id(*fact: str | int) -> str:
    """The id of a fact: the same words give the same UUID on every gateway and resend (RFC 9562, UUIDv8)."""
    digest = hashlib.sha256("\x1f".join(str(word) for word in fact).encode()).digest()
    version, variant = 0x80 | digest[6] & 0x0F, 0x80 | digest[8] & 0x3F
    return str(UUID(bytes=digest[:6] + bytes((version, digest[7], variant)) + digest[9:16]))


def rma_uri(rma: str) -> str:
    """An RMA's name as a URI: the subject of its status events, the value of its EPCIS bizTransaction."""
    return f"urn:returns-gateway:rma:{quote(rma, safe='')}"
