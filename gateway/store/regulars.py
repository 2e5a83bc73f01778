"""Regulars: tags that belong to a read point and are never booked there, as somebody approved them."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from gateway.store.among import among
from gateway.store.tables import approved_tags
from gateway.store.upserting import insert_new


@dataclass(frozen=True, slots=True)
class Regular:
    """One tag at one read point; EPCs are upper-case hex."""

    read_point: str
    epc: str
    approved_us: int
    approved_by: str


def approved(connection: Connection, read_point: str | None = None) -> list[Regular]:
    """Of one read point or all, in the order they were approved."""
    query = select(approved_tags).order_by(
        approved_tags.c.approved_us, approved_tags.c.read_point, approved_tags.c.epc
    )
    if read_point is not None:
        query = query.where(approved_tags.c.read_point == read_point)
    return [
        Regular(row.read_point, row.epc, row.approved_us, row.approved_by)
        for row in connection.execute(query)
    ]


def approve(
    connection: Connection, read_point: str, epcs: Iterable[str], *, by: str, now_us: int
) -> list[str]:
    """These belong to the read point; gives those that did not before, which alone bear `by` and `now_us`."""
    new = _sorted(epcs)
    known = set(_known(connection, read_point, new))
    new = [epc for epc in new if epc not in known]
    if new:
        connection.execute(
            _APPROVE[connection.dialect.name],
            [{"read_point": read_point, "epc": epc, "approved_us": now_us, "approved_by": by} for epc in new],
        )
    return new


def withdraw(connection: Connection, read_point: str, epcs: Iterable[str]) -> list[str]:
    """These are items again; gives those that were regulars."""
    gone = _known(connection, read_point, _sorted(epcs))
    if gone:
        is_gone = among(approved_tags.c.epc, "gone")
        those = delete(approved_tags).where(approved_tags.c.read_point == read_point, is_gone)
        connection.execute(those, {"gone": gone})
    return gone


def _known(connection: Connection, read_point: str, epcs: list[str]) -> list[str]:
    is_named = among(approved_tags.c.epc, "epcs")
    query = select(approved_tags.c.epc).where(approved_tags.c.read_point == read_point, is_named)
    return list(connection.scalars(query.order_by(approved_tags.c.epc), {"epcs": epcs}))


def _sorted(epcs: Iterable[str]) -> list[str]:
    return sorted({epc.upper() for epc in epcs})


_APPROVE = insert_new(approved_tags)
