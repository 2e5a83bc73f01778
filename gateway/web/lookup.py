"""An item as somebody holds it in the hand: the RMA line it came back on, or those that could expect it."""

from collections.abc import Mapping, Sequence

from gateway.store import candidates
from gateway.store.database import Database
from rules.epc import Epc
from rules.matching import last_receipt, named_by
from rules.rma import LineState, ReceivedItem

MAX_LINES = 20
"""Lines told of an item that has not come: of a common GTIN there may be hundreds."""


async def look_up(database: Database, epc: Epc) -> Mapping[str, object]:
    """`rma` and what follows are null when it was received on none. Raises UnavailableError."""
    found = await database.read(
        lambda connection: candidates.load(connection, candidates.find(connection, [epc]).keys)
    )
    lines = list(found[0].values())
    held = last_receipt(epc, lines)
    return {
        "epc": epc.hex,
        "item": epc.uri or epc.hex,
        "gtin": epc.gtin,
        "serial": epc.serial,
        "error": epc.error,
        **(_nothing() if held is None else _receipt(*held)),
        "expected_by": [] if held is not None else _expecting(epc, lines),
    }


def _receipt(state: LineState, item: ReceivedItem) -> Mapping[str, object]:
    line = state.line
    return {
        "rma": line.rma,
        "line": line.line,
        "reason": line.reason,
        "sku": line.sku,
        "order": state.order,
        "customer": state.customer,
        "receipt": item.receipt_id,
        "received_ms": item.received_us // 1000,
        "state": item.state.value,
        "grade": item.grade,
        "disposition": item.disposition,
        "refund": item.refund,
    }


def _nothing() -> Mapping[str, object]:
    names = ("rma", "line", "reason", "sku", "order", "customer", "receipt", "received_ms", "state")
    return dict.fromkeys((*names, "grade", "disposition", "refund"))


def _expecting(epc: Epc, lines: Sequence[LineState]) -> list[Mapping[str, object]]:
    return [
        {
            "rma": state.line.rma,
            "line": state.line.line,
            "by": by.value,
            "received": state.received,
            "quantity": state.line.quantity,
        }
        for state in lines[:MAX_LINES]
        if (by := named_by(epc, state.line)) is not None
    ]
