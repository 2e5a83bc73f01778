"""What somebody types to find an item: an RMA or a serial number, and the items known by it."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from gateway.store.rma_listing import LineDetail, show_rma
from gateway.store.tables import blind_items, line_serials, received_items, rmas
from rules.epc_bits import link

MOST = 50
"""Nobody reads more."""


@dataclass(frozen=True, slots=True)
class Found:
    """One item, or where none has come in yet, a line that expects some; what is not known is None."""

    words: str
    rma: str | None = None
    line: int | None = None
    epc: str | None = None
    gtin: str | None = None
    serial: str | None = None


def find(connection: Connection, asked: str, now_us: int) -> list[Found]:
    """By RMA and by serial number; an RMA comes first."""
    return [*by_rma(connection, asked, now_us), *by_serial(connection, asked)][:MOST]


def by_rma(connection: Connection, asked: str, now_us: int) -> list[Found]:
    """The items of an RMA and what it still expects, however its letters are written."""
    names = select(rmas.c.rma).limit(1)
    rma = connection.scalar(names.where(rmas.c.rma == asked))
    rma = rma or connection.scalar(names.where(func.lower(rmas.c.rma) == func.lower(asked)))
    detail = None if rma is None else show_rma(connection, rma, now_us)
    if detail is None:
        return []
    return [found for line in detail.lines for found in _of_line(detail.summary.rma, line)][:MOST]


def by_serial(connection: Connection, serial: str) -> list[Found]:
    """Items that came in with a serial number, lines that name it, and items no RMA expected."""
    identity, ending = received_items.c.identity, f"/21/{link(serial)}"
    is_it = func.substr(identity, func.length(identity) - len(ending) + 1) == ending
    came = select(received_items).where(is_it, received_items.c.reversed_us.is_(None)).limit(MOST)
    found = [
        Found("received", row.rma, row.line, row.epc, serial=serial)
        for row in connection.execute(came.order_by(received_items.c.received_us.desc()))
    ]
    held = {(one.rma, one.line) for one in found}
    lines = select(line_serials.c.rma, line_serials.c.line, line_serials.c.gtin)
    lines = lines.where(line_serials.c.serial == serial).order_by(line_serials.c.rma).limit(MOST)
    found += [
        Found("expected", row.rma, row.line, gtin=row.gtin, serial=serial)
        for row in connection.execute(lines)
        if (row.rma, row.line) not in held
    ]
    unknown = select(blind_items).where(blind_items.c.serial == serial).limit(MOST)
    found += [
        Found("came in, and no RMA expects it", epc=row.epc, gtin=row.gtin, serial=serial)
        for row in connection.execute(unknown)
    ]
    return found[:MOST]


def _of_line(rma: str, line: LineDetail) -> list[Found]:
    here = [item for item in line.items if item.reversed_us is None]
    found = [Found("received", rma, line.line, item.epc, line.gtin) for item in here]
    came = {item.epc for item in here}
    found += [Found("expected", rma, line.line, epc, line.gtin) for epc in line.epcs if epc not in came]
    if len(found) < line.expected:
        words = f"{line.received} of {line.expected} in"
        serial = line.serials[0] if len(line.serials) == 1 else None
        found.append(Found(words, rma, line.line, gtin=line.gtin, serial=serial))
    return found
