"""What a reader tells unasked, and what follows from it."""

from dataclasses import replace
from typing import Final

from readers.errors import ConnectError
from readers.llrp.dialogue import Dialogue
from readers.llrp.intake import Intake
from readers.llrp.notifications import (
    ConnectionAttempt,
    ConnectionClose,
    GpiChange,
    ReaderEvent,
    ROSpecChange,
    parse_notification,
    refusal_of,
)
from readers.llrp.requests import ROSPEC_ID
from readers.llrp.setup import Setup
from readers.llrp.steps import SessionState
from readers.llrp.watch import Watch

MAX_EVENTS: Final = 1000
"""Events nobody has taken; of a reader that floods us with them the newest are lost."""


class News:
    """One per connection; `events` are taken and emptied by whoever tells them."""

    def __init__(self, dialogue: Dialogue, setup: Setup, watch: Watch, intake: Intake) -> None:
        self._dialogue = dialogue
        self._setup = setup
        self._watch = watch
        self._intake = intake
        self.events: list[ReaderEvent] = []

    def take(self, body: bytes, now_us: int) -> None:
        """A READER_EVENT_NOTIFICATION; raises ReaderError where it ends the connection."""
        notification = parse_notification(body)
        at_us = self._intake.told_time(now_us, notification.utc_us, notification.uptime_us)
        for event in notification.events:
            if len(self.events) < MAX_EVENTS:
                self.events.append(replace(event, at_us=at_us) if isinstance(event, GpiChange) else event)
            match event:
                case ConnectionAttempt() if not self._setup.greeted:
                    self._greeted(event, now_us)
                case ConnectionClose():
                    raise ConnectError("the reader ended the connection (ConnectionCloseEvent)")
                case ROSpecChange(rospec, running) if rospec == ROSPEC_ID:
                    self._rospec_changed(running=running, now_us=now_us)
                case _:
                    pass

    def _greeted(self, attempt: ConnectionAttempt, now_us: int) -> None:
        """The first one, whenever it comes, is about us; later ones are about other clients."""
        refusal = refusal_of(attempt)
        if refusal is not None:
            raise refusal
        self._setup.greeted = True
        if self._dialogue.state is SessionState.GREETING:
            self._dialogue.enter(SessionState.VERSION, now_us)

    def _rospec_changed(self, *, running: bool, now_us: int) -> None:
        if running:
            self._watch.ended_us = None
            self._dialogue.runs(now_us)
        elif self._dialogue.inventorying:
            self._watch.ended_us = now_us
