"""Which reported reads are ours, and how far the clock that stamped them is from our own."""

from collections import Counter
from typing import Final

from readers.llrp.clock import ClockOffset
from readers.llrp.report import ReportDecoder
from readers.llrp.requests import ROSPEC_ID
from readers.llrp.walker import Clock, walk_report
from readers.tag import TagRow

ALIKE_REPORTS: Final = 3
"""From so many reports in one receive on, decoding them together is cheaper than one by one."""


class Intake:
    """One per connection."""

    def __init__(self, rospec_id: int | None = ROSPEC_ID) -> None:
        """Of the ROSpec that is ours; None: of all."""
        self._decoder = ReportDecoder(rospec_id)
        self._clocks = {clock: ClockOffset() for clock in Clock}
        self._clock: Clock | None = None
        """What stamped the latest reads."""
        self._timed = False
        """Reads told the time."""
        self.rows: list[TagRow] = []
        """Taken and emptied by whoever delivers them."""
        self.reports = 0
        """RO_ACCESS_REPORTs so far."""
        self.offset_us: int | None = None
        """Our clock minus the reader's; None before it told any time."""
        self.dropped: Counter[str] = Counter()
        """Reads left out, by reason; emptied by whoever counts them."""

    def take(self, body: bytes, *, enabled: bool) -> bool:
        """Whether there was a read of ours in this report; `enabled`: our ROSpec may run by now.

        Raises ProtocolError where the report is malformed; then no read of it counts.
        """
        self.reports += 1
        if not enabled:
            rows = self._decode_strictly(body)
        else:
            decoder = self._decoder
            rows = decoder.rows(body)
            self._clock = decoder.clock
            if decoder.foreign or decoder.blank:
                self._count_dropped()
        if not rows:
            return False
        self.rows += rows
        return True

    def take_all(self, bodies: list[bytes], now_us: int) -> bool:
        """As `take` and `settle` for a receive of nothing but reports while our ROSpec runs, with a call less
        for each of them.
        """
        decoder = self._decoder
        self.reports += len(bodies)
        try:
            alike = decoder.rows_of_alike(bodies) if len(bodies) >= ALIKE_REPORTS else None
            if alike is not None:
                self.rows += alike
            else:
                for body in bodies:
                    self.rows += decoder.rows(body)
        finally:  # what stands before a malformed report counts
            self._clock = decoder.clock
            if decoder.foreign or decoder.blank:
                self._count_dropped()
            is_read = self.settle(now_us)
        return is_read

    def settle(self, now_us: int) -> bool:
        """Once per receive: the latest read tells the time. Whether there were reads."""
        if not self.rows:
            return False
        last_seen_us = self.rows[-1][4]
        if self._clock is not None and last_seen_us is not None:
            self._timed = True
            self.offset_us = self._clocks[self._clock].sample(last_seen_us, now_us)
        return True

    def told_time(self, now_us: int, utc_us: int | None, uptime_us: int | None) -> int:
        """An event said what time it is at the reader; once there were reads, they know better.

        Returns when that was on our clock.
        """
        reader_us, clock = (uptime_us, Clock.UPTIME) if utc_us is None else (utc_us, Clock.UTC)
        if reader_us is None:
            return now_us
        offset_us = self._clocks[clock].sample(reader_us, now_us)
        if not self._timed:
            self.offset_us = offset_us
        return min(now_us, reader_us + offset_us)

    def _count_dropped(self) -> None:
        decoder = self._decoder
        self.dropped += Counter({"foreign_rospec": decoder.foreign, "blank_epc": decoder.blank})
        decoder.foreign = decoder.blank = 0

    def _decode_strictly(self, body: bytes) -> list[TagRow]:
        """Before we enabled our ROSpec, only reads that name it are ours: those held while we were away."""
        tags = walk_report(body)
        ours = [tag for tag in tags if tag.rospec_id == ROSPEC_ID and tag.epc_bits]
        if len(ours) < len(tags):
            self.dropped["stray_report"] += len(tags) - len(ours)
        if ours:
            self._clock = ours[-1].clock
        return [tag.row() for tag in ours if tag.clock is self._clock]
