"""RMAs in: set-based, so that a million lines are one transaction of bounded memory.

Sending an RMA again replaces what it says and keeps what was received. A line it no longer names is deleted,
or, when something came in on it, expects no more than that. The same words again change nothing, and a closed
RMA stays closed; other words open it again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    select,
    update,
)

from gateway.errors import InputError
from gateway.store.among import among
from gateway.store.rma_digest import digest_of
from gateway.store.tables import line_epcs, line_serials, received_items, rma_lines, rmas
from rules.epc import identify_hex
from rules.rma import Rma, RmaLine

UPSERT_LINES = 5_000
"""Lines held in memory at once."""
SWEEP = 1_000
"""RMAs that expire in one transaction."""

_Row = dict[str, Any]
"""A row by column name."""


@dataclass(frozen=True, slots=True)
class Upserted:
    """What an upsert did: RMAs new, changed and the same as before, and the lines of all of them."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    lines: int = 0

    def __add__(self, other: "Upserted") -> "Upserted":
        return Upserted(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.lines + other.lines,
        )


def upsert(
    connection: Connection,
    batch: Iterable[Rma],
    now_us: int,
    on_changed: Callable[[Sequence[str]], object] = lambda _names: None,
) -> Upserted:
    """Create or update RMAs. An RMA that does not say when it was opened is as old as its first sending.

    `on_changed` hears the names of those created or changed, many at a time.
    """
    total = Upserted()
    for some in _in_chunks(batch):
        done, changed = _upsert_chunk(connection, some, now_us)
        total += done
        if changed:
            on_changed(changed)
    return total


def close_rma(connection: Connection, rma: str, now_us: int) -> bool:
    """Expect nothing more of an RMA; False when it was closed already. Raises InputError when unknown."""
    closing = update(rmas).where(rmas.c.rma == rma, rmas.c.closed_us.is_(None)).values(closed_us=now_us)
    if connection.execute(closing).rowcount:
        shut = update(rma_lines).where(rma_lines.c.rma == rma)
        connection.execute(shut.values(is_open=False, takes_any=False))
        return True
    if connection.execute(select(rmas.c.rma).where(rmas.c.rma == rma)).one_or_none() is None:
        raise InputError((f"rma: {rma} is not known",))
    return False


def expire_some(connection: Connection, now_us: int) -> Sequence[str]:
    """Take lines of the RMAs that expired first out of the search for open ones. Cheap when none has."""
    names = connection.scalars(_EXPIRING, {"now_us": now_us, "most": SWEEP}).all()
    if names:
        expired = update(rmas).where(among(rmas.c.rma, "names")).values(is_expired=True)
        connection.execute(expired, {"names": names})
        shut = update(rma_lines).where(among(rma_lines.c.rma, "names"))
        connection.execute(shut.values(is_open=False, takes_any=False), {"names": names})
    return names


def _in_chunks(batch: Iterable[Rma]) -> Iterator[dict[str, tuple[Rma, str]]]:
    """RMAs with their digests, no RMA twice in a chunk: the later one must find the earlier one stored."""
    chunk: dict[str, tuple[Rma, str]] = {}
    lines = 0
    for rma in batch:
        if rma.rma in chunk or lines + len(rma.lines) > UPSERT_LINES:
            yield chunk
            chunk, lines = {}, 0
        chunk[rma.rma] = (rma, digest_of(rma))
        lines += len(rma.lines)
    if chunk:
        yield chunk


def _upsert_chunk(
    connection: Connection, chunk: dict[str, tuple[Rma, str]], now_us: int
) -> tuple[Upserted, list[str]]:
    stored = _stored(connection, list(chunk))
    created, changed = _Rows(now_us), _Rows(now_us)
    for rma, digest in chunk.values():
        before = stored.get(rma.rma)
        if before is None:
            created.add(rma, digest)
        elif before.digest != digest:
            changed.add(rma, digest, opened_us=before.opened_us)
    done = Upserted(
        len(created.rmas),
        len(changed.rmas),
        len(chunk) - len(created.rmas) - len(changed.rmas),
        sum(len(rma.lines) for rma, _ in chunk.values()),
    )
    names = [row["rma"] for row in (*created.rmas, *changed.rmas)]
    _insert(connection, created)
    _replace(connection, changed)
    return done, names


class _Rows:
    """What RMAs become, one list per table."""

    def __init__(self, now_us: int) -> None:
        self.now_us = now_us
        self.rmas: list[_Row] = []
        self.lines: list[_Row] = []
        self.epcs: list[_Row] = []
        self.serials: list[_Row] = []

    def add(self, rma: Rma, digest: str, opened_us: int | None = None) -> None:
        opened_us = rma.opened_us or opened_us or self.now_us
        is_past = rma.expires_us is not None and rma.expires_us <= self.now_us
        self.rmas.append(
            {
                "rma": rma.rma,
                "opened_us": opened_us,
                "expires_us": rma.expires_us,
                "closed_us": None,
                "order_ref": rma.order,
                "customer": rma.customer,
                "expected": sum(line.quantity for line in rma.lines),
                "is_expired": False,
                "digest": digest,
                "updated_us": self.now_us,
            }
        )
        for line in rma.lines:
            self._add_line(line, opened_us, not is_past)

    def _add_line(self, line: RmaLine, opened_us: int, is_open: bool) -> None:
        key: _Row = {"rma": line.rma, "line": line.line}
        self.lines.append(
            {
                **key,
                "gtin": line.gtin,
                "quantity": line.quantity,
                "sku": line.sku,
                "reason": line.reason,
                "category": line.category,
                "value": None if line.value is None else str(line.value),
                "currency": line.currency,
                "opened_us": opened_us,
                "is_open": is_open,
                "takes_any": is_open and line.quantity > max(len(line.epcs), len(line.serials)),
            }
        )
        self.epcs += ({**key, "epc": epc, "identity": identify_hex(epc).identity} for epc in line.epcs)
        self.serials += ({**key, "serial": serial, "gtin": line.gtin} for serial in line.serials)


class _Stored(NamedTuple):
    opened_us: int
    digest: str | None


def _stored(connection: Connection, names: Sequence[str]) -> dict[str, _Stored]:
    """RMAs already known, locked against the ledger."""
    wanted = select(rmas.c.rma, rmas.c.opened_us, rmas.c.digest).where(among(rmas.c.rma, "names"))
    locked = wanted.order_by(rmas.c.rma).with_for_update(key_share=True)
    rows = connection.execute(locked, {"names": names}).all()
    return {row.rma: _Stored(row.opened_us, row.digest) for row in rows}


def _insert(connection: Connection, rows: _Rows) -> None:
    tables = (
        (rmas, rows.rmas),
        (rma_lines, rows.lines),
        (line_epcs, rows.epcs),
        (line_serials, rows.serials),
    )
    for table, new in tables:
        if new:
            connection.execute(insert(table), new)


def _replace(connection: Connection, rows: _Rows) -> None:
    """Lines on which something came in are changed, all others made anew."""
    names = [row["rma"] for row in rows.rmas]
    empty = delete(rma_lines).where(among(rma_lines.c.rma, "names"), ~_HAS_ITEMS)
    connection.execute(empty, {"names": names})
    received = _received(connection, names)
    sent = {(row["rma"], row["line"]): row for row in rows.lines}
    left = {key: count for key, count in received.items() if key not in sent}
    kept = Counter[str]()
    for (rma, _), count in left.items():
        kept[rma] += count
    for row in rows.rmas:
        row["expected"] += kept[row["rma"]]
    _update_rmas(connection, rows.rmas)
    _end_lines(connection, left)
    _update_lines(
        connection, [_still_open(sent[key], count) for key, count in received.items() if key in sent]
    )
    rows.rmas = []
    rows.lines = [row for key, row in sent.items() if key not in received]
    _insert(connection, rows)


_HAS_ITEMS = exists().where(
    received_items.c.rma == rma_lines.c.rma, received_items.c.line == rma_lines.c.line
)


def _received(connection: Connection, names: Sequence[str]) -> dict[tuple[str, int], int]:
    """How many items are on each line that ever had one."""
    items = received_items.c
    count = func.count().filter(items.reversed_us.is_(None))
    counted = select(items.rma, items.line, count).group_by(items.rma, items.line)
    rows = connection.execute(counted.where(among(items.rma, "names")), {"names": names})
    return {(rma, line): received for rma, line, received in rows}


def _update_rmas(connection: Connection, rows: Sequence[_Row]) -> None:
    """All columns but `received`, which the ledger keeps."""
    if rows:
        keyed = [{**row, "key_rma": row["rma"], "now_expected": row["expected"]} for row in rows]
        is_more = rmas.c.received < bindparam("now_expected")
        resolved_us = case((is_more, None), else_=rmas.c.resolved_us)
        these = update(rmas).where(rmas.c.rma == bindparam("key_rma"))
        connection.execute(these.values(resolved_us=resolved_us), keyed)


def _update_lines(connection: Connection, rows: Sequence[_Row]) -> None:
    """All columns but `received`, and the names, which are inserted afresh."""
    if not rows:
        return
    keyed = [{**row, "key_rma": row["rma"], "key_line": row["line"]} for row in rows]
    connection.execute(update(rma_lines).where(*_this_line(rma_lines)), keyed)
    for names in (line_epcs, line_serials):
        connection.execute(delete(names).where(*_this_line(names)), keyed)


def _end_lines(connection: Connection, left: Mapping[tuple[str, int], int]) -> None:
    """The sender no longer names these: they expect no more than came in."""
    ended = [{"key_rma": rma, "key_line": line, "quantity": count} for (rma, line), count in left.items()]
    if ended:
        statement = update(rma_lines).where(*_this_line(rma_lines))
        connection.execute(statement.values(is_open=False, takes_any=False), ended)


def _still_open(row: _Row, received: int) -> _Row:
    is_open = row["is_open"] and received < row["quantity"]
    return {**row, "is_open": is_open, "takes_any": is_open and row["takes_any"]}


def _this_line(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.rma == bindparam("key_rma"), table.c.line == bindparam("key_line")


_EXPIRING = (
    select(rmas.c.rma)
    .where(rmas.c.closed_us.is_(None), rmas.c.is_expired == false(), rmas.c.expires_us <= bindparam("now_us"))
    .order_by(rmas.c.expires_us)
    .limit(bindparam("most"))
)
