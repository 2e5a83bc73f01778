"""An item as somebody holds it in the hand: the RMA line it came back on, and its story."""

from collections.abc import Mapping
from dataclasses import asdict

from gateway.store import candidates
from gateway.store.database import Database
from gateway.store.stories import Story, story
from rules.epc import Epc
from rules.matching import last_receipt
from rules.rma import LineState, ReceivedItem

_NOTHING = dict.fromkeys(
    (
        "rma",
        "line",
        "reason",
        "sku",
        "order",
        "customer",
        "receipt",
        "received_ms",
        "state",
        "grade",
        "disposition",
        "refund",
    )
)


async def look_up(database: Database, epc: Epc, now_us: int) -> Mapping[str, object]:
    """`rma` and what goes with it are null when it was received on none. Raises UnavailableError."""
    found, told = await database.read(
        lambda connection: (
            candidates.load(connection, candidates.find(connection, [epc]).keys),
            story(connection, epc, now_us),
        )
    )
    held = last_receipt(epc, list(found.values()))
    return {
        "epc": epc.hex,
        "item": epc.label,
        **(_NOTHING if held is None else _receipt(*held)),
        "story": _story(told),
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


def _story(told: Story) -> Mapping[str, object]:
    """As `item explain --json` tells it, with the times as browsers count."""
    document = asdict(told)
    for chapter in document["chapters"]:
        chapter["time_ms"] = chapter.pop("time_us") // 1000
        for event in chapter["told"]:
            sent_us = event.pop("sent_us")
            event["sent_ms"] = None if sent_us is None else sent_us // 1000
    return document
