"""What is told when nothing more is awaited: what is missing of an RMA, and what a container held."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rules.epc import Epc
from rules.events import Event, fact_id, rma_uri
from rules.lifecycle import line_status
from rules.vocabulary import BizStep, EventKind, ExceptionCode


@dataclass(frozen=True, slots=True)
class ShutLine:
    """A line of an RMA that was closed or has expired."""

    rma: str
    line: int
    order: str | None
    customer: str | None
    reason: str | None
    gtin: str | None
    sku: str | None
    expected: int
    received: int


@dataclass(frozen=True, slots=True)
class PackedLine:
    """A line of an RMA that names containers: such a line itself, or one of what is in them."""

    line: int
    gtin: str | None
    expected: int
    received: int
    is_container: bool = False
    takes_any: bool = False
    """It names items by their GTIN only: which of several containers they came in, they do not say."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A container that came in, and how many items were awaited in it and came."""

    receipt_id: str
    rma: str
    line: int
    order: str | None
    customer: str | None
    container: Epc
    read_point: str
    expected: int
    received: int


def packing(lines: Sequence[PackedLine]) -> Mapping[int, Sequence[PackedLine]]:
    """By a container's line, the lines of what is in it: those that follow, up to the next container.

    A single container holds all that the RMA lists. So do several together, when no line follows one of
    them: they are not a packing list then, and stand under the last of their lines.
    """
    lines = sorted(lines, key=lambda one: one.line)
    holders = [one.line for one in lines if one.is_container]
    contents = [one for one in lines if not one.is_container]
    ends = [*holders[1:], lines[-1].line + 1]
    packed = {
        holder: [one for one in contents if holder < one.line < end]
        for holder, end in zip(holders, ends, strict=True)
    }
    return packed if len(holders) > 1 and all(packed.values()) else {holders[-1]: contents}


def came_in(
    packed: Mapping[int, Sequence[PackedLine]], holder: int, near: Mapping[str, int], beside: Collection[int]
) -> int:
    """How many of the items awaited in a container came.

    Where other containers hold items of the same GTIN too, and nothing tells whose they are, those count that
    came with this container: `near`, by GTIN. Containers that came `beside` it are filled in their order.
    """
    others = [one for line, some in packed.items() if line != holder for one in some]
    shared = {one.gtin for one in others if one.takes_any}
    own = packed[holder]
    count = sum(one.received for one in own if not one.takes_any or one.gtin not in shared)
    for gtin in sorted({one.gtin for one in own if one.takes_any} & shared, key=str):
        left = near.get(gtin or "", 0)
        for line in sorted({*beside, holder}):
            filled = min(left, _awaited(packed[line], gtin))
            left -= filled
            if line == holder:
                count += filled
                break
    return count


def _awaited(lines: Sequence[PackedLine], gtin: str | None) -> int:
    return sum(one.expected for one in lines if one.takes_any and one.gtin == gtin)


def missing(lines: Sequence[ShutLine], time_us: int) -> tuple[Event, ...]:
    """One `short` for each line that got less than it expected, if anything came in at all."""
    if not any(line.received for line in lines):
        return ()
    return tuple(_short(line, time_us) for line in lines if line.received < line.expected)


def _short(line: ShutLine, time_us: int) -> Event:
    return Event(
        EventKind.EXCEPTION,
        fact_id("exception", ExceptionCode.SHORT, line.rma, line.line, time_us),
        time_us,
        rma_uri(line.rma),
        rma=line.rma,
        line=line.line,
        order=line.order,
        customer=line.customer,
        reason=line.reason,
        gtin=line.gtin,
        sku=line.sku,
        quantity=line.expected - line.received,
        expected=line.expected,
        received=line.received,
        line_status=line_status(line.received, line.expected),
        detail=_count(line.expected, line.received, 0),
        code=ExceptionCode.SHORT,
    )


def tally(delivery: Delivery, strangers: Sequence[Epc], time_us: int) -> tuple[Event, ...]:
    """What a container lacked and what it held beside; nothing when it held what was awaited."""
    lacks = max(0, delivery.expected - delivery.received)
    if not lacks and not strangers:
        return ()
    short = _about(
        delivery,
        delivery.container,
        ExceptionCode.SHORT,
        time_us,
        quantity=lacks,
        detail=_count(delivery.expected, delivery.received, len(strangers)),
    )
    wrong = f"came in container {delivery.container.subject}, which should not hold it"
    return (
        short,
        *(
            _about(delivery, epc, ExceptionCode.WRONG_ITEM, time_us, quantity=1, detail=wrong)
            for epc in strangers
        ),
    )


def _about(
    delivery: Delivery, epc: Epc, code: ExceptionCode, time_us: int, *, quantity: int, detail: str
) -> Event:
    return Event(
        EventKind.EXCEPTION,
        fact_id("exception", code, delivery.receipt_id, epc.identity),
        time_us,
        epc.subject,
        read_point=delivery.read_point,
        biz_step=BizStep.RECEIVING,
        rma=delivery.rma,
        line=delivery.line,
        order=delivery.order,
        customer=delivery.customer,
        epc=epc.hex,
        epc_uri=epc.uri or epc.subject,
        gtin=epc.gtin,
        serial=epc.serial,
        quantity=quantity,
        expected=delivery.expected,
        received=delivery.received,
        detail=detail,
        code=code,
    )


def _count(expected: int, received: int, unexpected: int) -> str:
    words = [f"expected {expected}, got {received}"]
    if expected > received:
        words.append(f"{expected - received} missing")
    if unexpected:
        words.append(f"{unexpected} unexpected")
    return ", ".join(words)
