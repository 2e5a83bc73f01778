"""Items, RMAs and observations for the store's tests."""

from rules.epc import Epc, identify_hex
from rules.observation import Evidence, Observation, ReadPoint
from rules.rma import Rma, RmaLine
from rules.vocabulary import BizStep, Direction, ReadPointKind

START_US = 1_795_000_000_000_000
SECOND_US = 1_000_000
DOCK = ReadPoint("dock-1", ReadPointKind.PORTAL, BizStep.RECEIVING)
OTHER_DOCK = ReadPoint("dock-2", ReadPointKind.PORTAL, BizStep.RECEIVING)
BENCH = ReadPoint("bench-1", ReadPointKind.PRESENCE, BizStep.RECEIVING, quiet_seconds=30.0)
SHELF = ReadPoint("shelf-1", ReadPointKind.PRESENCE, BizStep.STOCKING)


def sgtin(serial: int, item: int = 1, filter_value: int = 1) -> str:
    """SGTIN-96 of company 0614141 in hex."""
    value = 0x30 << 88 | filter_value << 85 | 5 << 82 | 614141 << 58 | item << 38 | serial
    return f"{value:024X}"


def item(serial: int, item_reference: int = 1) -> Epc:
    return identify_hex(sgtin(serial, item_reference))


def gtin(item_reference: int = 1) -> str:
    found = item(1, item_reference).gtin
    assert found is not None
    return found


def rma(name: str, *lines: RmaLine, opened_us: int | None = START_US, expires_us: int | None = None) -> Rma:
    return Rma(name, lines, opened_us, expires_us, order=f"SO-{name}", customer="C-77")


def line(name: str, number: int = 1, quantity: int = 1, **fields: object) -> RmaLine:
    return RmaLine(name, number, quantity, **fields)  # type: ignore[arg-type]


def epc_rma(name: str, *serials: int, **fields: object) -> Rma:
    """One line that names these items by EPC."""
    epcs = frozenset(sgtin(serial) for serial in serials)
    return rma(name, line(name, quantity=len(serials), gtin=gtin(), epcs=epcs), **fields)  # type: ignore[arg-type]


def seen(
    epc: Epc | int,
    at_us: int = START_US + 60 * SECOND_US,
    *,
    point: ReadPoint = DOCK,
    direction: Direction | None = None,
    confidence: float = 0.99,
) -> Observation:
    if direction is None:
        is_portal = point.kind is ReadPointKind.PORTAL
        direction = Direction.IN if is_portal else Direction.PRESENT
    evidence = Evidence(7, (1, 2), at_us, at_us + SECOND_US // 2, -51, direction)
    return Observation(item(epc) if isinstance(epc, int) else epc, point, evidence, confidence, ("moved",))


def left(epc: Epc | int, at_us: int) -> Observation:
    return seen(epc, at_us, direction=Direction.OUT)
