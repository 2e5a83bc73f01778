"""Builders for the nouns of a return: items, lines, read points, observations, and a book that keeps lines."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rules.booking import applied
from rules.decide import decide
from rules.epc import Epc, decode_epc
from rules.events import Event
from rules.observation import Evidence, Observation, ReadPoint
from rules.policy import DEFAULT_POLICY, Policy
from rules.rma import Finding, LineState, ReceivedItem, RmaLine
from rules.vocabulary import BizStep, Direction, Disposition, Grade, ReadPointKind
from tests.rules.epc_encoder import gtin, sgtin_96

PREFIX, ITEM = "0614141", "812345"
GTIN = gtin(PREFIX, ITEM)
OTHER_GTIN = gtin(PREFIX, "712345")
MINUTE_US = 60_000_000
DAY_US = 86_400_000_000

DOCK = ReadPoint("dock-1", ReadPointKind.PORTAL, BizStep.RECEIVING)
BENCH = ReadPoint("bench-1", ReadPointKind.PRESENCE, BizStep.INSPECTING)
SHELF = ReadPoint("shelf-1", ReadPointKind.PRESENCE, BizStep.STOCKING)
BIN = ReadPoint("bin-1", ReadPointKind.PRESENCE, BizStep.DISPOSING)


def item(serial: int = 1, *, kind: str = ITEM, filter_value: int = 1) -> Epc:
    return decode_epc(sgtin_96(PREFIX, kind, serial, filter_value=filter_value))


def line(
    rma: str = "RMA-1",
    number: int = 1,
    *,
    quantity: int = 1,
    gtin: str | None = GTIN,
    serials: Sequence[str] = (),
    epcs: Sequence[str] = (),
) -> RmaLine:
    return RmaLine(
        rma, number, quantity, gtin, frozenset(serials), frozenset(epcs), sku="SKU-1", reason="TOO_SMALL"
    )


def state(
    rma_line: RmaLine,
    *,
    opened_us: int = 0,
    expires_us: int | None = None,
    closed_us: int | None = None,
    rma_expected: int | None = None,
) -> LineState:
    return LineState(
        rma_line,
        rma_opened_us=opened_us,
        rma_expires_us=expires_us,
        rma_closed_us=closed_us,
        order="SO-1",
        customer="C-1",
        items={},
        rma_expected=rma_line.quantity if rma_expected is None else rma_expected,
        rma_received=0,
    )


def observed(
    epc: Epc,
    at: ReadPoint = DOCK,
    *,
    time_us: int = MINUTE_US,
    direction: Direction | None = None,
    confidence: float = 0.99,
    reasons: tuple[str, ...] = (),
) -> Observation:
    if direction is None:
        direction = Direction.IN if at.kind is ReadPointKind.PORTAL else Direction.PRESENT
    evidence = Evidence(12, (1, 2), time_us - 1_000_000, time_us, -48, direction)
    return Observation(epc, at, evidence, confidence, reasons)


@dataclass
class Book:
    """Lines that remember what was decided: what the store does, in ten lines."""

    lines: list[LineState]
    policy: Policy = DEFAULT_POLICY
    told: list[Event] = field(default_factory=list)

    def see(self, observation: Observation) -> tuple[Event, ...]:
        events = decide(observation, self.lines, self.policy)
        self.book(events)
        return events

    def book(self, events: Sequence[Event]) -> None:
        for event in events:
            changed = next((line for line in self.lines if key(line) == (event.rma, event.line)), None)
            if changed is not None:
                after = applied(changed, event)
                totals = {"rma_received": after.rma_received, "rma_ended": after.rma_ended}
                self.lines = [
                    after
                    if line is changed
                    else replace(line, **totals)
                    if line.line.rma == event.rma
                    else line
                    for line in self.lines
                ]
        self.told.extend(events)

    def close(self, rma: str, *, time_us: int) -> None:
        self.lines = [
            replace(line, rma_closed_us=time_us) if line.line.rma == rma else line for line in self.lines
        ]

    def kinds(self) -> list[str]:
        return [str(event.kind) for event in self.told]


def key(line: LineState) -> tuple[str | None, int | None]:
    return line.line.rma, line.line.line


def kinds(events: Sequence[Event]) -> list[str]:
    return [str(event.kind) for event in events]


def decided_to(book: Book, disposition: Disposition) -> None:
    """An inspection decided about the only item of the first line."""
    before = book.lines[0]
    (only,) = before.items.values()
    after: ReceivedItem = replace(only, disposition=disposition, found=Finding(Grade.D))
    book.lines = [replace(before, items={only.identity: after})]
