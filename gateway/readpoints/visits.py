"""What a presence read point remembers: one visit per EPC, aged by a lazy timer wheel, bounded."""

from collections.abc import Container, Iterable

from gateway.readpoints.admission import Admission
from readers.tag import TagRow
from rules.observation import ReadPoint

WHEEL_US = 250_000
"""Width of a bucket of the timer wheel."""
STEP_BUCKETS = 4
"""The clock was set back when it shows so much less than before."""
EVICTION_TRIES = 64
"""Visits looked at to make room for a new one: a flood must not make each read cost a search."""


class Visit:
    """One EPC in the field of a read point until it is taken; times in microseconds on the host's clock."""

    __slots__ = ("antennas", "epc", "first_us", "is_ready", "last_us", "pc", "peak_rssi_dbm", "reads")

    def __init__(self, epc: bytes, seen_us: int, pc: int | None) -> None:
        self.epc = epc
        self.first_us = seen_us
        self.last_us = seen_us
        self.pc = pc
        self.reads = 0
        self.antennas = 0
        """Bit n is set when antenna n has read it."""
        self.peak_rssi_dbm: int | None = None
        self.is_ready = False
        """Read often enough; what is read until it is taken is part of it."""

    def add(self, seen_us: int, antenna: int | None, rssi_dbm: int | None, count: int | None) -> None:
        """A read, or `count` reads the reader has reported as one."""
        if seen_us > self.last_us:
            self.last_us = seen_us
        self.reads += count or 1
        if antenna:
            self.antennas |= 1 << antenna
        if rssi_dbm is not None and (self.peak_rssi_dbm is None or rssi_dbm > self.peak_rssi_dbm):
            self.peak_rssi_dbm = rssi_dbm


class PresencePoint:
    """Visits of one read point. `ready` holds those read often enough, until they are taken."""

    __slots__ = (
        "_admission",
        "_armed",
        "_limit",
        "_quiet_us",
        "_taken",
        "_turned_bucket",
        "_visits",
        "_wheel",
        "point",
        "ready",
    )

    def __init__(self, point: ReadPoint, limit: int, admission: Admission) -> None:
        """`limit` bounds the visits remembered at once."""
        self.point = point
        self.ready: list[Visit] = []
        """Read often enough and not yet taken; while it is full, visits stay undecided."""
        self._limit = limit
        self._admission = admission
        self._visits: dict[bytes, Visit] = {}
        """Those not taken yet."""
        self._taken: dict[bytes, int] = {}
        """When the others were read last: all that still matters of them. No object of their own, because at
        fleet load memory that must be fetched costs more than what is done with it.
        """
        self._quiet_us = int(point.quiet_seconds * 1_000_000)
        self._wheel: dict[int, list[bytes]] = {}
        """By the bucket in which their quiet time may be over; every EPC stands in it once."""
        self._armed = 0
        self._turned_bucket = 0

    def adopt(self, point: ReadPoint, limit: int) -> None:
        """Other settings of the same read point, for what is read from now on."""
        self.point = point
        self._limit = limit
        self._quiet_us = int(point.quiet_seconds * 1_000_000)

    def __len__(self) -> int:
        return len(self._visits) + len(self._taken)

    def add(
        self, rows: Iterable[TagRow], antennas: Container[int | None], offset_us: int, received_us: int
    ) -> None:
        """Add reads. The rows' times are the reader's; `offset_us` brings them to the host's clock."""
        taken, taken_us = self._taken, self._taken.get
        for epc, antenna, rssi_dbm, _first, last_us, count, pc in rows:
            if antenna not in antennas:
                self._admission.unassigned += 1
                continue
            seen_us = received_us if last_us is None else last_us + offset_us
            known_us = taken_us(epc)
            if known_us is not None:
                if seen_us > known_us:
                    taken[epc] = seen_us
                continue
            visit = self._visits.get(epc) or self._enter(epc, seen_us, pc, received_us)
            if visit is not None:
                visit.add(seen_us, antenna, rssi_dbm, count)
                self._judge(visit)

    def take(self, most: int) -> list[Visit]:
        """Up to `most` of those ready, oldest first."""
        taken, self.ready = self.ready[:most], self.ready[most:]
        for visit in taken:
            if self._visits.get(visit.epc) is visit:
                del self._visits[visit.epc]
                self._taken[visit.epc] = visit.last_us
        return taken

    def present(self, since_us: int) -> list[tuple[bytes, int]]:
        """Those taken and read again after that moment, with when they were read last."""
        return [(epc, last_us) for epc, last_us in self._taken.items() if last_us > since_us]

    def tick(self, now_us: int) -> None:
        """Turn the wheel: visits unread for the quiet time end, the others are armed again."""
        bucket = now_us // WHEEL_US
        if bucket < self._turned_bucket - STEP_BUCKETS:
            self._set_back(now_us)
        if self._armed == 0:
            self._turned_bucket = bucket
            return
        start = self._turned_bucket
        if bucket - start > len(self._wheel):
            due = sorted(tick for tick in self._wheel if tick <= bucket)
        else:
            due = [tick for tick in range(start, bucket + 1) if tick in self._wheel]
        for tick in due:
            for epc in self._wheel.pop(tick):
                self._armed -= 1
                ends_us = self._last_us(epc) + self._quiet_us
                if ends_us > now_us:
                    self._arm(epc, ends_us)
                else:
                    self._forget(epc)
        self._turned_bucket = bucket

    def _enter(self, epc: bytes, seen_us: int, pc: int | None, received_us: int) -> Visit | None:
        if not self._admission.admits(epc):
            return None
        if len(self) >= self._limit and not self._evict():
            self._admission.full += 1
            return None
        visit = self._visits[epc] = Visit(epc, seen_us, pc)
        self._arm(epc, received_us + self._quiet_us)
        return visit

    def _judge(self, visit: Visit) -> None:
        if not visit.is_ready and visit.reads >= self.point.min_reads and len(self.ready) < self._limit:
            visit.is_ready = True
            self.ready.append(visit)

    def _last_us(self, epc: bytes) -> int:
        taken_us = self._taken.get(epc)
        return self._visits[epc].last_us if taken_us is None else taken_us

    def _forget(self, epc: bytes) -> None:
        if self._taken.pop(epc, None) is None:
            del self._visits[epc]

    def _set_back(self, now_us: int) -> None:
        """Nothing was read in the future: else no visit would end before that time has come again."""
        self._wheel.clear()
        self._armed = 0
        self._turned_bucket = now_us // WHEEL_US
        for epc, last_us in self._taken.items():
            self._taken[epc] = min(last_us, now_us)
        for visit in self._visits.values():
            visit.first_us, visit.last_us = min(visit.first_us, now_us), min(visit.last_us, now_us)
        for epc in (*self._taken, *self._visits):
            self._arm(epc, self._last_us(epc) + self._quiet_us)

    def _arm(self, epc: bytes, due_us: int) -> None:
        bucket = max(due_us // WHEEL_US, self._turned_bucket) + 1
        self._armed += 1
        held = self._wheel.get(bucket)
        if held is None:
            self._wheel[bucket] = [epc]
        else:
            held.append(epc)

    def _evict(self) -> bool:
        """Forget an observed visit among the first to end; an unobserved first sighting is never given up."""
        for _ in range(min(EVICTION_TRIES, self._armed)):
            tick = min(self._wheel)
            bucket = self._wheel[tick]
            epc = bucket.pop()
            self._armed -= 1
            if not bucket:
                del self._wheel[tick]
            visit = self._visits.get(epc)
            if visit is not None and not visit.is_ready:
                self._arm(epc, max(visit.last_us + self._quiet_us, tick * WHEEL_US))
            else:
                self._forget(epc)
                self._admission.evicted += 1
                return True
        return False
