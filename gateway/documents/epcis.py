"""The same facts as EPCIS 2.0 ObjectEvents in CBV 2.0 words: one document per event, from its CloudEvent.

Told are receipts, restocks, dispositions and those exceptions that say something about an item with an EPC.
Not told: candidates (nothing is certain), statuses (no item), and reversals, which EPCIS would say by
repeating the whole erroneous event; a consumer that books from EPCIS takes reversals from the event topics.
The same CloudEvent always gives the same bytes; `eventID` is the CBV event hash, so that any two systems that
know the fact compute the same id.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from rules.events import rma_uri
from rules.vocabulary import Disposition, EventKind, ExceptionCode, Grade

CONTENT_TYPE = "application/ld+json"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
CBV = "https://ref.gs1.org/cbv/"
SGLN = "urn:epc:id:sgln:"


@dataclass(frozen=True, slots=True)
class _Words:
    """CBV 2.0, sections 7.1 and 7.2."""

    biz_step: str
    disposition: str
    action: str = "OBSERVE"


_RECEIPT = _Words("receiving", "returned")
_RESTOCK = _Words("stocking", "sellable_accessible")
_GRADED = _Words("inspecting", "in_progress")
_DAMAGED = _Words("inspecting", "damaged")
_DESTROYED = _Words("destroying", "destroyed", action="DELETE")
_SENT_ON = _Words("shipping", "in_transit")
_EXCEPTIONS = {
    ExceptionCode.UNKNOWN_ITEM: _Words("receiving", "unknown"),
    ExceptionCode.WRONG_ITEM: _Words("receiving", "mismatch_class"),
    ExceptionCode.SERIAL_MISMATCH: _Words("receiving", "mismatch_instance"),
    ExceptionCode.OVER_RECEIPT: _Words("receiving", "mismatch_quantity"),
}


def encode_epcis(payload: bytes, sglns: Mapping[str, str | None]) -> bytes | None:
    """The EPCIS document of a stored CloudEvent; None for what EPCIS does not tell.

    `sglns` are the configured SGLNs by read point; the event of a read point without one says no place.
    """
    document = json.loads(payload)
    data = document["data"]
    words = _words(document["type"].split(".")[1], data)
    if words is None or document["subject"].startswith("urn:epc:raw:"):
        return None
    event: dict[str, object] = {
        "type": "ObjectEvent",
        "eventTime": f"{document['time'][:23]}Z",
        "eventTimeZoneOffset": "+00:00",
        "epcList": [document["subject"]],
        "action": words.action,
        "bizStep": words.biz_step,
        "disposition": words.disposition,
    }
    sgln = sglns.get(data["read_point"])
    if sgln is not None:
        event["readPoint"] = {"id": sgln_link(sgln)}
    if data["rma"] is not None:
        event["bizTransactionList"] = [{"type": "rma", "bizTransaction": rma_uri(data["rma"])}]
    event["eventID"] = event_hash(event)
    return json.dumps(
        {
            "@context": [CONTEXT],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": event["eventTime"],
            "epcisBody": {"eventList": [event]},
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode("utf-8", "replace")


def epcis_topic(topic: str) -> str:
    """Where the EPCIS document of an event on `topic` goes."""
    return f"{topic.rpartition('/')[0]}/epcis"


def sgln_link(sgln: str) -> str:
    """`urn:epc:id:sgln:0614141.00001.1` as GS1 Digital Link: GLN with check digit, and extension unless 0."""
    prefix, location, extension = sgln.removeprefix(SGLN).split(".", 2)
    digits = prefix + location
    total = sum(int(digit) * (1, 3)[index % 2] for index, digit in enumerate(digits))
    link = f"https://id.gs1.org/414/{digits}{-total % 10}"
    return link if extension == "0" else f"{link}/254/{extension}"


def event_hash(event: Mapping[str, object]) -> str:
    """CBV 2.0, section 8.9.2: the hash of the event's fields in the standard's order."""
    parts = [f"{name}={event[name]}" for name in ("eventTime", "eventTimeZoneOffset")]
    epcs = event["epcList"]
    assert isinstance(epcs, list)
    parts += ["epcList", *(f"epc={epc}" for epc in sorted(epcs)), f"action={event['action']}"]
    parts += [f"bizStep={CBV}BizStep-{event['bizStep']}", f"disposition={CBV}Disp-{event['disposition']}"]
    read_point = event.get("readPoint")
    if isinstance(read_point, dict):
        parts += ["readPoint", f"id={read_point['id']}"]
    transactions = event.get("bizTransactionList")
    if isinstance(transactions, list):
        parts.append("bizTransactionList")
        parts += [
            f"type={CBV}BTT-{one['type']}bizTransaction={one['bizTransaction']}" for one in transactions
        ]
    text = f"eventType={event['type']}{''.join(parts)}"
    return f"ni:///sha-256;{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}?ver=CBV2.0"


def _words(kind: str, data: Mapping[str, object]) -> _Words | None:
    match kind:
        case EventKind.RECEIPT:
            return _RECEIPT
        case EventKind.RESTOCK:
            return _RESTOCK
        case EventKind.DISPOSITION if data["biz_step"] == "disposing":
            is_destroyed = data["disposition"] in {Disposition.RECYCLE, Disposition.DISPOSE}
            return _DESTROYED if is_destroyed else _SENT_ON
        case EventKind.DISPOSITION:
            return _DAMAGED if data["grade"] in {Grade.D, Grade.F} else _GRADED
        case EventKind.EXCEPTION:
            return _EXCEPTIONS.get(ExceptionCode(str(data["code"])))
        case _:
            return None
