"""Which lines may concern a batch of items: by what they hold, name, or by their GTIN; never a scan."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, select, text

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
    items = list({epc.hex: epc for epc in epcs if not epc.is_blank}.values())
    identities = list({epc.identity for epc in items})
    by_hex = {epc.hex: epc.identity for epc in items}
    by_serial = {
        (epc.gtin, epc.serial): epc.identity
        for epc in items
        if epc.is_trade_item and epc.gtin is not None and epc.serial is not None
    }
    for table in (received_items, line_epcs):
        for row in _where_in(connection, _keys(table, table.c.identity), table.c.identity, identities):
            found.named[row.name].append((row.rma, row.line))
    for row in _where_in(connection, _keys(line_epcs, line_epcs.c.epc), line_epcs.c.epc, list(by_hex)):
        found.named[by_hex[row.name]].append((row.rma, row.line))
    serials = _keys(line_serials, line_serials.c.serial).add_columns(line_serials.c.gtin)
    wanted = pairs_among(connection, line_serials.c.gtin, line_serials.c.serial, list(by_serial))
    for row in connection.execute(serials.where(wanted)) if by_serial else ():
        found.named[by_serial[row.gtin, row.name]].append((row.rma, row.line))
    found.classes = _class_keys(connection, Counter(epc.gtin for epc in epcs if epc.gtin is not None))
    return found


def load(connection: Connection, keys: Sequence[LineKey]) -> dict[LineKey, LineState]:
    """Lines with all that the rules look at. Their RMAs are locked, in order, until the transaction ends."""
    by_rma = {row.rma: row for row in _locked(connection, sorted({key[0] for key in keys}))}
    epcs, serials = (
        _names(connection, line_epcs, "epc", keys),
        _names(connection, line_serials, "serial", keys),
    )
    items, earlier = _items(connection, keys)
    states: dict[LineKey, LineState] = {}
    for row in _of_lines(connection, select(rma_lines), rma_lines, keys):
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


def _keys(table: Table, name: ColumnElement[str]) -> Select[Any]:
    return select(table.c.rma, table.c.line, name.label("name"))


def _where_in(
    connection: Connection, statement: Select[Any], column: ColumnElement[Any], values: Sequence[str]
) -> Sequence[Row[Any]]:
    if not values:
        return ()
    return connection.execute(statement.where(among(connection, column, values))).all()


def _of_lines(
    connection: Connection, statement: Select[Any], table: Table, keys: Sequence[LineKey]
) -> Sequence[Row[Any]]:
    if not keys:
        return ()
    wanted = pairs_among(connection, table.c.rma, table.c.line, keys)
    return connection.execute(statement.where(wanted)).all()


def _locked(connection: Connection, names: Sequence[str]) -> Sequence[Row[Any]]:
    wanted = select(rmas).order_by(rmas.c.rma).with_for_update(key_share=True)
    return _where_in(connection, wanted, rmas.c.rma, names)


def _names(
    connection: Connection, table: Table, column: str, keys: Sequence[LineKey]
) -> dict[LineKey, list[str]]:
    names: dict[LineKey, list[str]] = defaultdict(list)
    for row in _of_lines(connection, _keys(table, table.c[column]), table, keys):
        names[row.rma, row.line].append(row.name)
    return names


def _items(
    connection: Connection, keys: Sequence[LineKey]
) -> tuple[dict[LineKey, dict[str, ReceivedItem]], dict[LineKey, dict[str, EarlierReceipts]]]:
    items: dict[LineKey, dict[str, ReceivedItem]] = defaultdict(dict)
    earlier: dict[LineKey, dict[str, EarlierReceipts]] = defaultdict(dict)
    for row in _of_lines(connection, select(received_items), received_items, keys):
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
        rows = connection.execute(_CLASS_LINES[connection.dialect.name], parameters)
        keys.update((rma, line) for rma, line in rows)
    return keys
