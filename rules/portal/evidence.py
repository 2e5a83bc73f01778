"""What the reads of one EPC at one door add up to: kept compactly and bounded, nothing decided."""

from array import array
from bisect import bisect_left
from typing import NamedTuple, Self

OUTSIDE = 0
INSIDE = 1
NO_SIDE = 2

MAX_KEPT_READS = 256
"""More reads than this are thinned evenly, so that time and level keep their shape."""
NO_LEVEL_DB = -1000
"""A parked tag's level on a side where it was never read."""
NO_RSSI_DBM = -128
"""Stands for a read whose RSSI the reader did not report."""

_SIDE_SHIFT = 8
_TIME_SHIFT = 10
_RSSI_MASK = 0xFF
_SIDE_MASK = 0x3


class Tally(NamedTuple):
    """A trace but for its kept reads."""

    first_us: int
    last_us: int
    reads: int
    antennas: tuple[int, ...]
    peak_rssi_dbm: int
    pc: int | None
    keep_every: int
    skipped: int


class Trace:
    """One EPC in the field of one door. `add` is the daemon's hot path: integers and appends only.

    A kept read is one 64-bit integer: microseconds since 1970, two bits of side, eight bits of RSSI.
    """

    __slots__ = (
        "_keep_every",
        "_skipped",
        "adopted",
        "antennas",
        "epc",
        "first_us",
        "kept",
        "last_us",
        "levels_db",
        "pc",
        "peak_rssi_dbm",
        "reads",
        "stirred",
    )

    def __init__(self, epc: bytes, seen_us: int) -> None:
        self.epc = epc
        self.first_us = seen_us
        self.last_us = seen_us
        self.reads = 0
        self.antennas: tuple[int, ...] = ()
        self.peak_rssi_dbm = NO_RSSI_DBM
        self.pc: int | None = None
        """Protocol-control word, where the reader reports it."""
        self.kept = array("q")
        self.adopted = False
        """The portal knows this trace."""
        self.levels_db: list[int] | None = None
        """While parked: its usual level per side; a read far from it puts the trace into `stirred`."""
        self.stirred: list[Trace] = []
        self._keep_every = 1
        self._skipped = 0

    def add(self, seen_us: int, side: int, antenna: int, rssi_dbm: int | None, count: int) -> None:
        """A read, or `count` reads the reader has reported as one."""
        if rssi_dbm is None:
            rssi_dbm = NO_RSSI_DBM
        self.reads += count
        if seen_us > self.last_us:
            self.last_us = seen_us
        if rssi_dbm > self.peak_rssi_dbm:
            self.peak_rssi_dbm = rssi_dbm
        if antenna not in self.antennas:
            self.antennas += (antenna,)
        if self._keep_every > 1 and self._skips():
            return
        kept = self.kept
        kept.append(seen_us << _TIME_SHIFT | side << _SIDE_SHIFT | rssi_dbm & _RSSI_MASK)
        if len(kept) > MAX_KEPT_READS:
            self._thin()
        levels = self.levels_db
        if levels is not None and not -2 < rssi_dbm - levels[side] < 2:
            self.levels_db = None
            self.stirred.append(self)

    def tally(self) -> Tally:
        """With `epc` and `kept` all there is to know of a trace that is not parked."""
        return Tally(
            self.first_us,
            self.last_us,
            self.reads,
            self.antennas,
            self.peak_rssi_dbm,
            self.pc,
            self._keep_every,
            self._skipped,
        )

    @classmethod
    def of(cls, epc: bytes, tally: Tally, kept: "array[int]") -> Self:
        """The trace as it was when its tally was taken."""
        trace = cls(epc, tally.first_us)
        trace.last_us = tally.last_us
        trace.reads = tally.reads
        trace.antennas = tally.antennas
        trace.peak_rssi_dbm = tally.peak_rssi_dbm
        trace.pc = tally.pc
        trace.kept = kept
        trace._keep_every, trace._skipped = tally.keep_every, tally.skipped
        return trace

    def samples(self, since_us: int = 0) -> list[tuple[int, int, int]]:
        """The kept reads in time order: (microseconds, side, RSSI in dBm)."""
        ordered = sorted(self.kept)
        return [
            (packed >> _TIME_SHIFT, packed >> _SIDE_SHIFT & _SIDE_MASK, (packed & _RSSI_MASK ^ 0x80) - 0x80)
            for packed in ordered[bisect_left(ordered, since_us << _TIME_SHIFT) :]
        ]

    def park(self, levels_db: list[int], stirred: "list[Trace]") -> None:
        """Rest at these levels; the first read 2 dB or more away from them is told to `stirred`."""
        self.stirred = stirred
        self.levels_db = levels_db
        self._keep_every, self._skipped = 1, 0

    def forget_before(self, seen_us: int) -> None:
        """A new passage begins: what was read before it is no longer part of the evidence."""
        samples = [packed for packed in self.kept if packed >> _TIME_SHIFT >= seen_us]
        self.kept = array("q", samples)
        self.reads = len(samples)
        self.first_us = min((packed >> _TIME_SHIFT for packed in samples), default=self.last_us)
        self._keep_every, self._skipped = 1, 0

    def _skips(self) -> bool:
        """Whether this read is one of those that thinning leaves out."""
        self._skipped = (self._skipped + 1) % self._keep_every
        return self._skipped > 0

    def _thin(self) -> None:
        """A parked tag keeps its newest reads; a moving one every second read of all, and from now on too."""
        if self.levels_db is not None:
            del self.kept[: MAX_KEPT_READS // 2]
            return
        self.kept = self.kept[::2]
        self._keep_every *= 2
