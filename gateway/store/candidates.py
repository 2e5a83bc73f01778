"""Which lines may concern a batch of items: by what they hold, name, or by their GTIN; never a scan."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    Table,
    Text,
    null,
    select,
    text,
    type_coerce,
    union_all,
)

from gateway.store.among import among, pairs_among
from gateway.store.tables import line_epcs, line_serials, received_items, rma_lines, rmas
from rules.epc import Epc
from rules.rma import EarlierReceipts, Finding, LineState, ReceivedItem, RmaLine
from rules.vocabulary import Disposition, Grade, Refund

LineKey = tuple[str, int]
"""RMA and line number."""

SPARE = 4
"""Lines of a GTIN fetched beyond those its items of the batch could fill."""
SHUT = 4
"""Lines of a GTIN fetched that take nothing any more, the youngest: they say why."""

_Names = dict[LineKey, list[str]]
_Rows = Iterable[Row[*tuple[Any, ...]]]


@dataclass(slots=True)
class Candidates:
    """Keys of lines; `named` by item identity, `classes` those found by their GTIN."""

    named: dict[str, list[LineKey]] = field(default_factory=lambda: defaultdict(list))
    classes: set[LineKey] = field(default_factory=set)

    @property
    def keys(self) -> list[LineKey]:
        """In the one order in which everybody locks them."""
        return sorted(self.classes.union(*self.named.values()))


def find(connection: Connection, epcs: Sequence[Epc]) -> Candidates:
    """Few statements however many items; each looks up by an index and reads no more than it returns."""
    found = Candidates()
    items = [epc for epc in epcs if not epc.is_blank]
    by_name: dict[tuple[str | None, str], str] = {}
    for epc in items:
        by_name[None, epc.identity] = by_name[None, epc.hex] = epc.identity
        if epc.is_trade_item and epc.gtin is not None and epc.serial is not None:
            by_name[epc.gtin, epc.serial] = epc.identity
    if by_name:
        wanted = {
            "identities": list({epc.identity for epc in items}),
            "epcs": list({epc.hex for epc in items}),
            "serials": [key for key in by_name if key[0] is not None],
        }
        for rma, line, gtin, name in connection.execute(_NAMED, wanted).all():
            found.named[by_name[gtin, name]].append((rma, line))
    found.classes = _class_keys(connection, Counter(epc.gtin for epc in epcs if epc.gtin is not None))
    return found


def load(connection: Connection, keys: Sequence[LineKey]) -> dict[LineKey, LineState]:
    """Lines with all that the rules look at. Their RMAs are locked, in order, until the transaction ends."""
    if not keys:
        return {}
    locked = connection.execute(_RMAS, {"names": sorted({key[0] for key in keys})})
    by_rma = {row.rma: row for row in locked.all()}
    wanted = {"keys": keys}
    epcs, serials = _names(connection.execute(_NAMES, wanted).all())
    items, earlier = _items(connection.execute(_ITEMS, wanted).all())
    states: dict[LineKey, LineState] = {}
    for row in connection.execute(_LINES, wanted).all():
        key = (row.rma, row.line)
        rma = by_rma[row.rma]
        states[key] = LineState(
            line=_line(row, frozenset(epcs[key]), frozenset(serials[key])),
            rma_opened_us=rma.opened_us,
            rma_expires_us=rma.expires_us,
            rma_closed_us=rma.closed_us,
            order=rma.order_ref,
            customer=rma.customer,
            items=items[key],
            rma_expected=rma.expected,
            rma_received=rma.received,
            earlier=earlier[key],
            rma_ended=rma.ended,
            is_expired=rma.is_expired,
        )
    return states


def _names(rows: _Rows) -> tuple[_Names, _Names]:
    """EPCs and serials by line."""
    epcs: _Names = defaultdict(list)
    serials: _Names = defaultdict(list)
    for rma, line, epc, serial in rows:
        if epc is not None:
            epcs[rma, line].append(epc)
        else:
            serials[rma, line].append(serial)
    return epcs, serials


def _items(
    rows: _Rows,
) -> tuple[dict[LineKey, dict[str, ReceivedItem]], dict[LineKey, dict[str, EarlierReceipts]]]:
    items: dict[LineKey, dict[str, ReceivedItem]] = defaultdict(dict)
    earlier: dict[LineKey, dict[str, EarlierReceipts]] = defaultdict(dict)
    for row in rows:
        key = (row.rma, row.line)
        if row.reversed_us is None:
            items[key][row.identity] = _item(row)
        else:
            before = earlier[key].get(row.identity)
            last_us = row.reversed_us if before is None else max(before.reversed_us, row.reversed_us)
            earlier[key][row.identity] = EarlierReceipts(1 if before is None else before.count + 1, last_us)
    return items, earlier


def _item(row: Row[Any]) -> ReceivedItem:
    return ReceivedItem(
        identity=row.identity,
        epc=row.epc,
        receipt_id=row.receipt_id,
        received_us=row.received_us,
        restocked_us=row.restocked_us,
        gone_us=row.gone_us,
        found=None if row.grade is None else Finding(Grade(row.grade), row.sealed, row.complete),
        inspections=row.inspections,
        disposition=None if row.disposition is None else Disposition(row.disposition),
        refund=None if row.refund is None else Refund(row.refund),
        decided_us=row.decided_us,
        doubted_us=row.doubted_us,
    )


def _line(row: Row[Any], epcs: frozenset[str], serials: frozenset[str]) -> RmaLine:
    return RmaLine(
        rma=row.rma,
        line=row.line,
        quantity=row.quantity,
        gtin=row.gtin,
        serials=serials,
        epcs=epcs,
        sku=row.sku,
        reason=row.reason,
        category=row.category,
        value=None if row.value is None else Decimal(row.value),
        currency=row.currency,
    )


_NONE = type_coerce(null(), Text())


def _naming(name: Column[str], listed: str) -> Select[Any]:
    return select(name.table.c.rma, name.table.c.line, _NONE, name).where(among(name, listed))


_serials = line_serials.c
_NAMED: CompoundSelect[str, int, str | None, str] = union_all(
    _naming(received_items.c.identity, "identities"),
    _naming(line_epcs.c.identity, "identities"),
    _naming(line_epcs.c.epc, "epcs"),
    select(_serials.rma, _serials.line, _serials.gtin, _serials.serial).where(
        pairs_among(_serials.gtin, _serials.serial, "serials")
    ),
)
"""Lines that hold an item or name it: by its identity, its EPC, or its GTIN and serial."""


def _of_lines(table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
    return select(*(columns or table.c)).where(pairs_among(table.c.rma, table.c.line, "keys"))


_RMAS = select(rmas).where(among(rmas.c.rma, "names")).order_by(rmas.c.rma).with_for_update(key_share=True)
_LINES = _of_lines(rma_lines)
_ITEMS = _of_lines(received_items)
_NAMES = union_all(
    _of_lines(line_epcs, line_epcs.c.rma, line_epcs.c.line, line_epcs.c.epc, _NONE),
    _of_lines(line_serials, _serials.rma, _serials.line, _NONE, _serials.serial),
)
_CLASS_PARTS = (
    "x.takes_any = :yes AND x.is_open = :yes ORDER BY x.opened_us, x.rma, x.line LIMIT :taking",
    "x.takes_any = :no AND x.is_open = :yes ORDER BY x.opened_us, x.rma, x.line LIMIT :shut",
    "x.takes_any = :no AND x.is_open = :no ORDER BY x.opened_us DESC, x.rma DESC, x.line DESC LIMIT :shut",
)
"""Lines that take any item of a GTIN, those open for other items only, those that take nothing more."""
_SQLITE = (
    "SELECT l.rma, l.line FROM json_each(:gtins) g JOIN rma_lines l ON (l.rma, l.line) IN "
    "(SELECT x.rma, x.line FROM rma_lines x WHERE x.gtin = g.value AND "
)
_POSTGRESQL = (
    "SELECT l.rma, l.line FROM json_array_elements_text(CAST(:gtins AS json)) g(gtin) CROSS JOIN LATERAL "
    "(SELECT x.rma, x.line FROM rma_lines x WHERE x.gtin = g.gtin AND "
)
_CLASS_LINES = {
    "sqlite": text(" UNION ALL ".join(_SQLITE + part + ")" for part in _CLASS_PARTS)),
    "postgresql": text(" UNION ALL ".join(_POSTGRESQL + part + ") l" for part in _CLASS_PARTS)),
}
"""Each part walks one stretch of `ix_rma_lines_class` per GTIN, however many lines that GTIN has."""


def _class_keys(connection: Connection, demand: Counter[str]) -> set[LineKey]:
    """The oldest lines of each GTIN that could take its items, as many as there are items and a few more."""
    by_limit: dict[int, list[str]] = defaultdict(list)
    for gtin, count in demand.items():
        by_limit[SPARE + (1 << (count - 1).bit_length())].append(gtin)
    keys: set[LineKey] = set()
    for limit, gtins in by_limit.items():
        parameters = {"gtins": json.dumps(gtins), "taking": limit, "shut": SHUT, "yes": True, "no": False}
        rows = connection.execute(_CLASS_LINES[connection.dialect.name], parameters).all()
        keys.update((rma, line) for rma, line in rows)
    return keys
