"""What came in together: a stranger beside the items of one RMA that lacks others is the wrong item."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules.epc import identify_hex
from rules.events import Event, fact_id
from rules.vocabulary import BizStep, EventKind, ExceptionCode

TOGETHER_US = 5_000_000
"""What comes in at a read point within five seconds of each other came together."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An item that came in: on an RMA, or as a stranger, by the id of the event that said so."""

    identity: str
    epc: str
    """Upper-case hex."""
    first_us: int
    last_us: int
    rma: str | None = None
    stranger: str | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """What an RMA still awaits: how many items, and on which line when it is only one."""

    rma: str
    order: str | None
    customer: str | None
    count: int
    line: int | None = None
    expected: int | None = None
    received: int | None = None


def companies(arrivals: Sequence[Arrival]) -> Iterator[list[Arrival]]:
    """Those that came together, in the order they came."""
    company: list[Arrival] = []
    last_us = 0
    for arrival in sorted(arrivals, key=lambda one: (one.first_us, one.identity)):
        if company and arrival.first_us > last_us + TOGETHER_US:
            yield company
            company = []
        last_us = max(last_us, arrival.last_us) if company else arrival.last_us
        company.append(arrival)
    if company:
        yield company


def host(company: Sequence[Arrival]) -> str | None:
    """The one RMA whose items came with strangers; None when it cannot be known."""
    hosts = {arrival.rma for arrival in company if arrival.rma is not None}
    return hosts.pop() if len(hosts) == 1 else None


def wrong_items(company: Sequence[Arrival], lack: Lack, read_point: str) -> tuple[Event, ...]:
    """A `wrong_item` for each stranger, unless there are more of them than items lacking."""
    strangers = {one.identity: one for one in company if one.stranger is not None}
    if len(strangers) > lack.count:
        return ()
    return tuple(_wrong(arrival, lack, read_point) for arrival in strangers.values())


def _wrong(arrival: Arrival, lack: Lack, read_point: str) -> Event:
    epc = identify_hex(arrival.epc)
    return Event(
        EventKind.EXCEPTION,
        fact_id("exception", ExceptionCode.WRONG_ITEM, arrival.stranger or ""),
        arrival.last_us,
        epc.subject,
        read_point=read_point,
        biz_step=BizStep.RECEIVING,
        rma=lack.rma,
        line=lack.line,
        order=lack.order,
        customer=lack.customer,
        epc=epc.hex,
        epc_uri=epc.uri or epc.subject,
        gtin=epc.gtin,
        serial=epc.serial,
        quantity=1,
        expected=lack.expected,
        received=lack.received,
        detail=f"came in with items of {lack.rma}, which awaits {lack.count} of another kind",
        code=ExceptionCode.WRONG_ITEM,
    )
