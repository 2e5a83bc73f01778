"""How far a reader's clock is from ours: host minus reader, in microseconds.

What a reader stamps reaches us late by the network and by the time it gathered reads, never early. So the
least difference seen is the nearest to the truth; later ones may only raise the estimate as fast as clocks
drift. Reads held through an outage are late by minutes and change nothing. A clock that was set back shows as
many differences that agree with each other and not with the estimate.
"""

from dataclasses import dataclass
from typing import Final

DRIFT_PPM: Final = 200
STEP_US: Final = 2_000_000
"""Differences this far above the estimate, agreeing within as much, mean that the clock was set."""
STEP_WINDOW_US: Final = 10_000_000
"""For this long: held reads arrive faster than they were made, so they do not agree for as long."""
HELD_US: Final = 30 * 86_400_000_000
"""No reader holds reads for longer: what is further off was stamped by another clock."""


@dataclass(slots=True)
class ClockOffset:
    """One clock of one reader (UTC, or uptime)."""

    offset_us: int | None = None
    _at_us: int = 0
    _far_since_us: int | None = None
    _far_least_us: int = 0
    _far_most_us: int = 0

    def sample(self, reader_us: int, now_us: int) -> int:
        """A time the reader stamped, just received; returns the offset as now known."""
        difference = now_us - reader_us
        if self.offset_us is None or difference - self.offset_us > HELD_US:
            self.offset_us = difference
        else:
            raised = self.offset_us + max(0, now_us - self._at_us) * DRIFT_PPM // 1_000_000
            self.offset_us = min(difference, raised)
            if difference - self.offset_us > STEP_US:
                self._consider_step(difference, now_us)
            else:
                self._far_since_us = None
        self._at_us = now_us
        return self.offset_us

    def _consider_step(self, difference: int, now_us: int) -> None:
        least = min(self._far_least_us, difference)
        most = max(self._far_most_us, difference)
        if self._far_since_us is None or most - least > STEP_US:
            self._far_since_us = now_us
            self._far_least_us = self._far_most_us = difference
        elif now_us - self._far_since_us >= STEP_WINDOW_US:
            self.offset_us = least
            self._far_since_us = None
        else:
            self._far_least_us, self._far_most_us = least, most
