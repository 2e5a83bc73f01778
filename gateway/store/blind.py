"""Blind items: came in, and no RMA expected them. Kept until one does, they leave, or their time is over."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, or_, select

from gateway.store.among import among
from gateway.store.json_text import to_json
from gateway.store.tables import blind_items, line_epcs, line_serials, rma_lines
from gateway.store.upserting import insert_new
from rules.epc import identify_hex
from rules.events import Event
from rules.observation import Evidence, Observation, ReadPoint
from rules.telling import REFUSALS
from rules.vocabulary import BizStep, Direction, EventKind, ReadPointKind

KEEP_US = 30 * 86_400_000_000
"""So long an RMA may come after its item."""
MAX_ITEMS = 1_000_000


def mind(connection: Connection, seen: Sequence[Observation], events: Sequence[Sequence[Event]]) -> None:
    """Items that came in and no line took are kept; those that left or were received are not."""
    kept: dict[str, Observation] = {}
    gone: dict[str, None] = {}
    for observation, made in zip(seen, events, strict=True):
        identity = observation.epc.identity
        is_out = observation.evidence.direction is Direction.OUT
        if is_out or any(event.kind is EventKind.RECEIPT for event in made):
            kept.pop(identity, None)
            gone[identity] = None
        elif not observation.epc.is_blank and any(_is_blind(event) for event in made):
            kept.setdefault(identity, observation)
    forget(connection, gone)
    keep(connection, list(kept.values()))


def keep(connection: Connection, items: Sequence[Observation]) -> None:
    """Remember items that came in and no line took; one that is remembered already keeps its first time."""
    if not items:
        return
    connection.execute(
        _KEEP[connection.dialect.name],
        [
            {
                "identity": item.epc.identity,
                "epc": item.epc.hex,
                "gtin": item.epc.gtin if item.epc.is_trade_item else None,
                "serial": item.epc.serial if item.epc.is_trade_item else None,
                "observation": _dump(item),
                "seen_us": item.seen_us,
            }
            for item in items
        ],
    )


def forget(connection: Connection, identities: Iterable[str]) -> None:
    """They left, or were received."""
    gone = list(identities)
    if gone:
        connection.execute(_FORGET, {"gone": gone})


def awaited_by(connection: Connection, rmas: Sequence[str]) -> list[Observation]:
    """Items that lines of these RMAs name, or whose GTIN they name; those seen first come first."""
    if connection.execute(select(blind_items.c.identity).limit(1)).first() is None:
        return []
    found = {row.identity: row for way in _AWAITED for row in connection.execute(way, {"rmas": rmas})}
    return [_load(row.observation) for row in sorted(found.values(), key=lambda row: row.seen_us)]


def prune(connection: Connection, now_us: int) -> int:
    """Forget items nobody has asked for in time, and the oldest of a flood; how many."""
    newest_first = select(blind_items.c.seen_us).order_by(blind_items.c.seen_us.desc())
    flood_us = connection.execute(newest_first.offset(MAX_ITEMS).limit(1)).scalar_one_or_none()
    before_us = max(now_us - KEEP_US, 0 if flood_us is None else flood_us + 1)
    return connection.execute(delete(blind_items).where(blind_items.c.seen_us < before_us)).rowcount


def _is_blind(event: Event) -> bool:
    """It came in, and no line took it: another may, as soon as there is one."""
    return event.code in REFUSALS and event.biz_step in (BizStep.RECEIVING, BizStep.INSPECTING)


def _dump(item: Observation) -> str:
    facts = {
        "epc": item.epc.hex,
        "read_point": _flat(item.read_point, _POINT),
        "evidence": _flat(item.evidence, _EVIDENCE),
        "confidence": item.confidence,
        "reasons": item.reasons,
    }
    return to_json(facts)


def _flat(facts: ReadPoint | Evidence, names: Sequence[str]) -> dict[str, object]:
    """As `asdict`, which would copy every value: these hold nothing that changes."""
    return {name: getattr(facts, name) for name in names}


def _load(text: str) -> Observation:
    facts = json.loads(text)
    point, evidence = facts["read_point"], facts["evidence"]
    return Observation(
        identify_hex(facts["epc"]),
        ReadPoint(
            **{**point, "kind": ReadPointKind(point["kind"]), "biz_step": BizStep(point["biz_step"])},
        ),
        Evidence(
            **{
                **evidence,
                "antennas": tuple(evidence["antennas"]),
                "direction": Direction(evidence["direction"]),
            },
        ),
        facts["confidence"],
        tuple(facts["reasons"]),
    )


def _awaited(table: Table, is_it: ColumnElement[bool]) -> Select[Any]:
    return select(blind_items).where(among(table.c.rma, "rmas"), is_it)


_POINT = [field.name for field in fields(ReadPoint)]
_EVIDENCE = [field.name for field in fields(Evidence)]
_items = blind_items.c
_AWAITED = (
    _awaited(line_epcs, or_(line_epcs.c.identity == _items.identity, line_epcs.c.epc == _items.epc)),
    _awaited(line_serials, (line_serials.c.gtin == _items.gtin) & (line_serials.c.serial == _items.serial)),
    _awaited(rma_lines, rma_lines.c.gtin == _items.gtin),
)
_KEEP = insert_new(blind_items)
_FORGET = delete(blind_items).where(among(_items.identity, "gone"))
