"""Tags that seem to belong to a read point: told as parked there for days, and never as anything else."""

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from gateway.store.tables import observations
from rules.vocabulary import Direction


@dataclass(frozen=True, slots=True)
class Stood:
    """One tag at one read point; EPC in hex, times in microseconds since 1970 UTC."""

    read_point: str
    epc: str
    first_us: int
    last_us: int


def stood(connection: Connection, at_least_us: int, read_point: str | None = None) -> list[Stood]:
    """From what is retained of the observations: there for so long, the longest first."""
    first, last = func.min(observations.c.first_seen_us), func.max(observations.c.last_seen_us)
    elsewhere = func.sum(case((observations.c.verdict == Direction.PARKED, 0), else_=1))
    query = (
        select(observations.c.read_point, observations.c.epc, first, last)
        .group_by(observations.c.read_point, observations.c.epc)
        .having(elsewhere == 0, last - first >= at_least_us)
        .order_by((first - last), observations.c.read_point, observations.c.epc)
    )
    if read_point is not None:
        query = query.where(observations.c.read_point == read_point)
    return [Stood(*row) for row in connection.execute(query)]
