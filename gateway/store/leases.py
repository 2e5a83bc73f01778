"""Leases: which gateway publishes an outbox. On a shared database a dead one's is taken over."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, and_, exists, extract, func, insert, or_, select, update

from gateway.store.outbox import PENDING, SENT
from gateway.store.tables import gateways, outbox

LEASE_SECONDS = 15.0
"""A gateway that has not renewed its lease for this long is taken for dead."""
LEASE_US = int(LEASE_SECONDS * 1_000_000)

Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Leases:
    """As one gateway of the database, `holder`, sees them. Times are the server's: hosts' clocks differ."""

    holder: str
    now_us: Clock
    """This host's clock, for a database without one of its own."""

    def take(self, connection: Connection, gateway: str) -> bool:
        """Have or keep the right to publish a gateway's outbox; False while another holds it."""
        now_us = self._now_us(connection)
        is_free = or_(
            gateways.c.lease_holder.is_(None),
            gateways.c.lease_holder == self.holder,
            gateways.c.lease_until_us < now_us,
        )
        mine = update(gateways).where(gateways.c.gateway == gateway, is_free)
        taken = mine.values(lease_holder=self.holder, lease_until_us=now_us + LEASE_US)
        if connection.execute(taken).rowcount:
            return True
        is_known = select(gateways.c.gateway).where(gateways.c.gateway == gateway)
        if connection.execute(is_known).first() is not None:
            return False
        connection.execute(insert(gateways).values(gateway=gateway))
        return bool(connection.execute(taken).rowcount)

    def give_back(self, connection: Connection, gateway: str) -> None:
        """It is its own gateway's again, which has one term to take it up; our own is anybody's at once."""
        now_us = self._now_us(connection)
        until_us = now_us - 1 if gateway == self.holder else now_us + LEASE_US
        held = and_(gateways.c.gateway == gateway, gateways.c.lease_holder == self.holder)
        connection.execute(update(gateways).where(held).values(lease_holder=gateway, lease_until_us=until_us))

    def orphan(self, connection: Connection, *, unacknowledged_us: int | None) -> str | None:
        """A gateway that is silent and has messages to send; where a number is given, also messages that
        nobody has acknowledged for so many microseconds.
        """
        now_us = self._now_us(connection)
        waits = outbox.c.state == PENDING
        if unacknowledged_us is not None:
            is_overdue = outbox.c.sent_us < self.now_us() - unacknowledged_us
            waits = or_(waits, and_(outbox.c.state == SENT, is_overdue))
        has_ended = gateways.c.lease_until_us < now_us
        died_young = and_(gateways.c.lease_until_us.is_(None), outbox.c.stored_us < now_us - LEASE_US)
        silent = select(gateways.c.gateway).where(
            gateways.c.gateway != self.holder,
            exists().where(outbox.c.gateway == gateways.c.gateway, waits, or_(has_ended, died_young)),
        )
        return connection.execute(silent.order_by(gateways.c.gateway).limit(1)).scalar_one_or_none()

    def _now_us(self, connection: Connection) -> int:
        if connection.dialect.name != "postgresql":
            return self.now_us()
        seconds = extract("epoch", func.clock_timestamp())
        return int(connection.execute(select(seconds)).scalar_one() * 1_000_000)
