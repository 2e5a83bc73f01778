"""When a quiet reader is asked whether all is well, and when it is given up."""

from dataclasses import dataclass
from typing import Final

from readers.settings import ReaderSettings

VERIFY_US: Final = 4_000_000
"""Without reports for this long, the reader is asked whether our ROSpec still runs."""
RESTART_US: Final = 1_000_000
"""After the end of our ROSpec, this long for it to start again by itself."""
REFRESH_US: Final = 8_000_000
"""Without reports for this long our ROSpec is started anew, in case the reader only says that it runs."""
LEFT_REFRESH_US: Final = 2_000_000
"""The same for one that ran when we came: its reports may have ended with the connection before."""
MAX_REFRESH_US: Final = 900_000_000
"""An empty door at night: each time twice as long after the last, up to this."""
LIVELY_BYTES: Final = 500
"""So much at once is a sign of life though the message is not complete; a byte now and then is none."""
LINK_US: Final = 9_000_000
"""A dead link is noticed within this time, unless keepalives are asked for less often."""
MISSED_KEEPALIVES: Final = 4
"""So many keepalives that do not come are no delay on the way."""


@dataclass(slots=True)
class Watch:
    """Of a reader that inventories. Times in microseconds on the session's clock."""

    settings: ReaderSettings
    received_us: int = 0
    """When the last whole message came, or so much of one that it is a sign of life (`LIVELY_BYTES`)."""
    busy_us: int = 0
    """When it last sent a report of any kind: answers may stand behind a backlog of them."""
    reported_us: int = 0
    """When it last reported reads of ours, or began to inventory."""
    asked_us: int = 0
    """When it was last asked."""
    ended_us: int | None = None
    """When it said that our ROSpec ended, and nothing since."""

    _refresh_after_us: int = REFRESH_US
    _refreshed_us: int = 0

    @property
    def link_us(self) -> int:
        keepalive_us = int(self.settings.keepalive_seconds * 1_000_000)
        return max(2 * keepalive_us, min(MISSED_KEEPALIVES * keepalive_us, LINK_US))

    @property
    def dead_us(self) -> int:
        """When silence means that the link or the reader is dead."""
        return self.received_us + self.link_us

    @property
    def silent_us(self) -> int | None:
        """When an inventory without a single read is a fault."""
        seconds = self.settings.silent_seconds
        return None if seconds is None else self.reported_us + int(seconds * 1_000_000)

    @property
    def restart_us(self) -> int | None:
        """When a ROSpec that ended is ours to start, unless reads tell that it started again by itself."""
        if self.ended_us is None or self.reported_us > self.ended_us:
            return None
        return self.ended_us + RESTART_US

    @property
    def refresh_us(self) -> int:
        return max(self.reported_us, self._refreshed_us) + self._patience_us

    def ask_us(self, *, listed: bool) -> int:
        """After half the time of a dead link; where ROSpecs can be listed, also when no reads come."""
        sign_of_life_us = max(self.received_us, self.asked_us) + self.link_us // 2
        if not listed:
            return sign_of_life_us
        return min(sign_of_life_us, max(self.reported_us, self.asked_us) + VERIFY_US)

    def fault(self, now_us: int) -> str | None:
        """Why to give the connection up now, in words."""
        if now_us >= self.dead_us:
            return f"no message for {self.link_us / 1e6:g} s: no keepalive, no answer"
        if self.silent_us is not None and now_us >= self.silent_us:
            return f"no tag report for {self.settings.silent_seconds:g} s"
        return None

    def began(self, now_us: int, *, was_left: bool) -> None:
        """The inventory runs; `was_left` by a connection before this one."""
        self._refresh_after_us = LEFT_REFRESH_US if was_left else self._patience_us
        self.reported_us = self.asked_us = self._refreshed_us = now_us
        self.ended_us = None

    def refreshed(self, now_us: int) -> None:
        self._refresh_after_us = min(max(2 * self._patience_us, REFRESH_US), MAX_REFRESH_US)
        self._refreshed_us = now_us

    @property
    def _patience_us(self) -> int:
        """Reads since the last start anew begin the row of pauses again."""
        return REFRESH_US if self.reported_us > self._refreshed_us else self._refresh_after_us
