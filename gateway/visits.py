"""What a presence read point remembers: one visit per EPC, aged by a lazy timer wheel, bounded."""

from collections.abc import Container, Iterable
from typing import Final

from gateway.admission import Admission
from readers.tag import TagRow
from rules.observation import ReadPoint

WHEEL_US = 250_000
"""Width of a bucket of the timer wheel."""
STEP_BUCKETS = 4
"""The clock was set back when it shows so much less than before."""
EVICTION_TRIES = 64
"""Visits looked at to make room for a new one: a flood must not make each read cost a search."""


OPEN: Final = 0
"""Not yet observed: fewer reads than the read point asks for."""
READY: Final = 1
"""To be taken as an observation; what is read until then is part of it."""
TAKEN: Final = 2
"""Observed: of further reads only the last one's time matters, so the others' cost little."""


class Visit:
    """One EPC in the field of a read point; times in microseconds on the host's clock."""

    __slots__ = ("antennas", "epc", "first_us", "last_us", "pc", "peak_rssi_dbm", "reads", "stage")

    def __init__(self, epc: bytes, seen_us: int, pc: int | None) -> None:
        self.epc = epc
        self.first_us = seen_us
        self.last_us = seen_us
        self.pc = pc
        self.reads = 0
        self.antennas = 0
        """Bit n is set when antenna n has read it."""
        self.peak_rssi_dbm: int | None = None
        self.stage = OPEN


class PresencePoint:
    """Visits of one read point. `ready` holds those read often enough, until they are taken."""

    __slots__ = (
        "_admission",
        "_armed",
        "_limit",
        "_quiet_us",
        "_turned_us",
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
        self._quiet_us = int(point.quiet_seconds * 1_000_000)
        self._wheel: dict[int, list[Visit]] = {}
        self._armed = 0
        self._turned_us = 0

    def __len__(self) -> int:
        return len(self._visits)

    def add(
        self, rows: Iterable[TagRow], antennas: Container[int | None], offset_us: int, received_us: int
    ) -> None:
        """Add reads. The rows' times are the reader's; `offset_us` brings them to the host's clock."""
        get = self._visits.get
        min_reads = self.point.min_reads
        for epc, antenna, rssi_dbm, _first, last_us, count, pc in rows:
            if antenna not in antennas:
                self._admission.unassigned += 1
                continue
            seen_us = received_us if last_us is None else last_us + offset_us
            visit = get(epc)
            if visit is None:
                visit = self._enter(epc, seen_us, pc, received_us)
                if visit is None:
                    continue
            if seen_us > visit.last_us:
                visit.last_us = seen_us
            if visit.stage == TAKEN:
                continue
            visit.reads += count or 1
            if antenna:
                visit.antennas |= 1 << antenna
            if rssi_dbm is not None and (visit.peak_rssi_dbm is None or rssi_dbm > visit.peak_rssi_dbm):
                visit.peak_rssi_dbm = rssi_dbm
            if visit.stage == OPEN and visit.reads >= min_reads and len(self.ready) < self._limit:
                visit.stage = READY
                self.ready.append(visit)

    def take(self, most: int) -> list[Visit]:
        """Up to `most` of those ready, oldest first."""
        taken, self.ready = self.ready[:most], self.ready[most:]
        for visit in taken:
            visit.stage = TAKEN
        return taken

    def tick(self, now_us: int) -> None:
        """Turn the wheel: visits unread for the quiet time end, the others are armed again."""
        bucket = now_us // WHEEL_US
        if bucket < self._turned_us - STEP_BUCKETS:
            self._set_back(now_us)
        if self._armed == 0:
            self._turned_us = bucket
            return
        start = self._turned_us
        if bucket - start > len(self._wheel):
            due = sorted(tick for tick in self._wheel if tick <= bucket)
        else:
            due = [tick for tick in range(start, bucket + 1) if tick in self._wheel]
        for tick in due:
            for visit in self._wheel.pop(tick):
                self._armed -= 1
                if visit.last_us + self._quiet_us > now_us:
                    self._arm(visit, visit.last_us + self._quiet_us)
                elif self._visits.get(visit.epc) is visit:
                    del self._visits[visit.epc]
        self._turned_us = bucket

    def _enter(self, epc: bytes, seen_us: int, pc: int | None, received_us: int) -> Visit | None:
        if not self._admission.admits(epc):
            return None
        if len(self._visits) >= self._limit and not self._evict():
            self._admission.full += 1
            return None
        visit = self._visits[epc] = Visit(epc, seen_us, pc)
        self._arm(visit, received_us + self._quiet_us)
        return visit

    def _set_back(self, now_us: int) -> None:
        """Nothing was read in the future: else no visit would end before that time has come again."""
        self._wheel.clear()
        self._armed = 0
        self._turned_us = now_us // WHEEL_US
        for visit in self._visits.values():
            visit.last_us = min(visit.last_us, now_us)
            self._arm(visit, visit.last_us + self._quiet_us)

    def _arm(self, visit: Visit, due_us: int) -> None:
        bucket = max(due_us // WHEEL_US, self._turned_us) + 1
        self._armed += 1
        held = self._wheel.get(bucket)
        if held is None:
            self._wheel[bucket] = [visit]
        else:
            held.append(visit)

    def _evict(self) -> bool:
        """Forget an observed visit among the first to end; an unobserved first sighting is never given up."""
        for _ in range(min(EVICTION_TRIES, self._armed)):
            tick = min(self._wheel)
            bucket = self._wheel[tick]
            visit = bucket.pop()
            self._armed -= 1
            if not bucket:
                del self._wheel[tick]
            if visit.stage == OPEN:
                self._arm(visit, max(visit.last_us + self._quiet_us, tick * WHEEL_US))
            elif self._visits.get(visit.epc) is visit:
                del self._visits[visit.epc]
                self._admission.evicted += 1
                return True
        return False
