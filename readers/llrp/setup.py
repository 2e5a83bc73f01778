"""How long a peer may take to say its first word, to go on talking, and to get to an inventory."""

from dataclasses import dataclass
from typing import Final

from readers.llrp.steps import SessionState
from readers.settings import ReaderSettings

GREETING_US: Final = 3_000_000
"""A reader that has not sent its ConnectionAttemptEvent by then never will, and is asked all the same."""
QUIET_US: Final = 9_000_000
"""A peer that says nothing for this long on the way to inventory is given up, as one that inventories is."""
SETUP_US: Final = 60_000_000
"""From connection to inventory, all requests and their deadlines together."""


@dataclass(slots=True)
class Setup:
    """Of one connection. Times in microseconds on the session's clock."""

    settings: ReaderSettings
    since_us: int = 0
    """Connected, or no longer inventorying."""
    heard: bool = False
    """The peer has sent a message of LLRP."""
    greeted: bool = False
    """The peer has told that it serves us."""

    @property
    def reply_us(self) -> int:
        return int(self.settings.reply_seconds * 1_000_000)

    @property
    def greeting_us(self) -> int:
        """When to go on without a greeting."""
        return self.since_us + min(GREETING_US, self.reply_us)

    @property
    def mute_us(self) -> int:
        """When a peer that has said nothing, not even to our first request, is no reader."""
        return min(self.greeting_us + self.reply_us, self.since_us + QUIET_US)

    def next_us(self, state: SessionState, received_us: int) -> int:
        """The next deadline before the inventory."""
        deadline_us = min(self.since_us + SETUP_US, self._quiet_us(received_us))
        return min(deadline_us, self.greeting_us) if state is SessionState.GREETING else deadline_us

    def fault(self, state: SessionState, received_us: int, now_us: int) -> str | None:
        """Why to give the connection up now, in words."""
        if not self.heard and now_us >= self.mute_us:
            seconds = (self.mute_us - self.since_us) / 1e6
            return (
                f"no ConnectionAttemptEvent and no answer within {seconds:g} s: no LLRP reader, or it hangs"
            )
        if now_us >= self._quiet_us(received_us):
            return f"no message for {self._patience_us / 1e6:g} s while we waited for {state.value}"
        if now_us >= self.since_us + SETUP_US:
            return f"no inventory within {SETUP_US / 1e6:g} s, still at {state.value}"
        return None

    def hung_up(self, state: SessionState) -> str:
        """Where the end of the connection left us, in words."""
        text = f"the reader closed the connection while we waited for {state.value}"
        if self.heard or state is SessionState.GREETING:
            return text
        return f"{text}, without ever a word: no LLRP reader, or one that wants TLS"

    @property
    def _patience_us(self) -> int:
        return max(QUIET_US, self.reply_us)

    def _quiet_us(self, received_us: int) -> int:
        if not self.heard:
            return self.mute_us
        return max(received_us, self.since_us) + self._patience_us
