"""Events as CloudEvents 1.0 in structured JSON mode, and the topics they go to: the published contract.

The same event with the same sequence always gives the same bytes, so that sending one again changes nothing.
Schemas stand beside this file: `event.schema.json` for the envelope, `data.schema.json` for `data`.
"""

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from rules.events import Event
from rules.observation import Evidence
from rules.vocabulary import Direction, EventKind, ExceptionCode

CONTENT_TYPE = "application/cloudevents+json"
NO_READ_POINT = "-"
"""The topic level of an event that happened nowhere in particular: an RMA that is overdue, say."""
SEQUENCE_DIGITS = 18

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODE = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
).encode

JsonValue = str | int | float | bool | list[int] | dict[str, "JsonValue"] | None


def source(site: str, gateway: str) -> str:
    """The CloudEvents `source` of one gateway; together with `sequence` it numbers the gateway's events."""
    return f"/{site}/{gateway}"


def topic(base: str, site: str, event: Event) -> str:
    """Where an event is published. Its levels come from the configuration, never from a tag or a message."""
    return f"{base}/{site}/{event.read_point or NO_READ_POINT}/{event.kind}"


def encode_event(event: Event, *, source: str, sequence: int) -> bytes:
    """One event as it goes out. Half a surrogate pair, which UTF-8 cannot say, becomes a question mark."""
    document: dict[str, JsonValue] = {
        "specversion": "1.0",
        "id": event.id,
        "type": f"returns.{event.kind}.v1",
        "source": source,
        "subject": event.subject,
        "time": rfc3339(event.time_us),
        "datacontenttype": "application/json",
        "sequence": f"{sequence:0{SEQUENCE_DIGITS}d}",
        "data": _data(event),
    }
    return _ENCODE(document).encode("utf-8", "replace")


def decode_event(payload: bytes) -> Event:
    """An event as `encode_event` wrote it; fields that are not published are not known."""
    document = json.loads(payload)
    data = document["data"]
    evidence, code = data.pop("evidence"), data.pop("code", None)
    return Event(
        EventKind(document["type"].split(".")[1]),
        document["id"],
        _time_us(document["time"]),
        document["subject"],
        evidence=None if evidence is None else _decoded(evidence),
        code=None if code is None else ExceptionCode(code),
        **data,
    )


def subject_of(payload: bytes) -> bytes:
    """The subject, read back from what `encode_event` wrote; empty for anything else."""
    _, _, rest = payload.partition(b'","subject":"')
    subject, quote, _ = rest.partition(b'","time":"')
    return subject if quote else b""


def rfc3339(time_us: int) -> str:
    """Microseconds since 1970 as `2026-11-20T10:00:00.000000Z`."""
    seconds, microseconds = divmod(time_us, 1_000_000)
    return f"{_second(seconds)}.{microseconds:06d}Z"


@lru_cache(maxsize=256)
def _second(seconds: int) -> str:
    """Events of one moment share their seconds, and printing a date is the dearest part of an event."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")


def _data(event: Event) -> dict[str, JsonValue]:
    """Every field of the contract, null if not known; `code`, `reverses`, `status` only on their kinds."""
    fields: dict[str, JsonValue] = {
        "rma": event.rma,
        "line": event.line,
        "order": event.order,
        "customer": event.customer,
        "reason": event.reason,
        "read_point": event.read_point,
        "biz_step": event.biz_step,
        "disposition": event.disposition,
        "epc": event.epc,
        "epc_uri": event.epc_uri,
        "gtin": event.gtin,
        "serial": event.serial,
        "sku": event.sku,
        "quantity": event.quantity,
        "expected": event.expected,
        "received": event.received,
        "line_status": event.line_status,
        "grade": event.grade,
        "refund": event.refund,
        "route": event.route,
        "sellable": event.sellable,
        "rule": event.rule,
        "ruleset": event.ruleset,
        "confidence": event.confidence,
        "evidence": None if event.evidence is None else _evidence(event.evidence),
        "detail": event.detail,
    }
    if event.kind is EventKind.EXCEPTION:
        fields["code"] = event.code
    elif event.kind is EventKind.REVERSAL:
        fields["reverses"] = event.reverses
    elif event.kind is EventKind.STATUS:
        fields["status"] = event.status
    return fields


def _decoded(evidence: dict[str, Any]) -> Evidence:
    return Evidence(
        evidence["reads"],
        tuple(evidence["antennas"]),
        _time_us(evidence["first_seen"]),
        _time_us(evidence["last_seen"]),
        evidence["peak_rssi_dbm"],
        Direction(evidence["direction"]),
        evidence["late"],
    )


def _time_us(rfc3339_text: str) -> int:
    return (datetime.fromisoformat(rfc3339_text) - _EPOCH) // timedelta(microseconds=1)


def _evidence(evidence: Evidence) -> dict[str, JsonValue]:
    return {
        "reads": evidence.reads,
        "antennas": list(evidence.antennas),
        "first_seen": rfc3339(evidence.first_seen_us),
        "last_seen": rfc3339(evidence.last_seen_us),
        "peak_rssi_dbm": evidence.peak_rssi_dbm,
        "direction": evidence.direction,
        "late": evidence.late,
    }
