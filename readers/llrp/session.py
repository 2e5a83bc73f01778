"""One connection to one reader, without I/O: bytes in, bytes and tag reads out, deadlines as data.

Every method takes the time in microseconds on a clock that never steps. What ends the connection is raised as
a ReaderError. A session serves one connection; what it learned about the reader stays in `Lessons`.
"""

from collections import Counter
from typing import Final

from readers.errors import ConnectError, DeadlineError, ReaderError
from readers.llrp.constants import VENDOR_IMPINJ, MessageType
from readers.llrp.dialogue import Dialogue
from readers.llrp.framing import Deframer, Frame, encode_message
from readers.llrp.intake import Intake
from readers.llrp.lessons import Lessons
from readers.llrp.news import News
from readers.llrp.notifications import ReaderEvent
from readers.llrp.requests import ReaderPlan
from readers.llrp.setup import Setup
from readers.llrp.steps import SessionState
from readers.llrp.watch import LIVELY_BYTES, Watch
from readers.settings import ReaderSettings
from readers.tag import TagRow

_IMPINJ_REPLY: Final = VENDOR_IMPINJ.to_bytes(4, "big") + b"\x16"
"""How an IMPINJ_ENABLE_EXTENSIONS_RESPONSE begins: vendor and subtype."""
_REPORT: Final = int(MessageType.RO_ACCESS_REPORT)
"""As a plain number: looking a member up in its enumeration costs ten times as much as the comparison."""
_ENABLED: Final = frozenset(
    {
        SessionState.ENABLE,
        SessionState.START,
        SessionState.VERIFY,
        SessionState.INVENTORYING,
        SessionState.CLOSING,
    }
)
"""Our ROSpec may run: reads without a ROSpecID are ours."""


class ReaderSession:
    """`receive_data`, then `reads` and `data_to_send`; `tick` when `next_deadline` has come."""

    def __init__(self, settings: ReaderSettings, lessons: Lessons | None = None) -> None:
        self._dialogue = Dialogue(settings, lessons if lessons is not None else Lessons())
        self._watch = Watch(settings)
        self._setup = Setup(settings)
        self._deframer = Deframer()
        self._intake = Intake()
        self._news = News(self._dialogue, self._setup, self._watch, self._intake)
        self._enabled = self._inventorying = False

    @property
    def state(self) -> SessionState:
        return self._dialogue.state

    @property
    def has_news(self) -> bool:
        """Whether there are events, notes or drops to take."""
        return bool(self._news.events or self._dialogue.known.notes or self.dropped)

    @property
    def plan(self) -> ReaderPlan:
        """What is known of the reader by now: capabilities, vendor, version."""
        return self._dialogue.known.plan

    @property
    def offset_us(self) -> int | None:
        """Our clock minus the one the reader stamps its reads with; None before it told any time."""
        return self._intake.offset_us

    @property
    def reports(self) -> int:
        """RO_ACCESS_REPORTs received so far."""
        return self._intake.reports

    @property
    def dropped(self) -> Counter[str]:
        """Reads not delivered, by reason; whoever counts them empties it."""
        return self._intake.dropped

    def connected(self, now_us: int) -> None:
        """The transport is up; the reader speaks first."""
        self._setup.since_us = self._watch.received_us = now_us
        self._dialogue.begin(now_us)

    def buffer(self) -> memoryview:
        """Room for a transport to receive into."""
        return self._deframer.buffer()

    def receive_data(self, data: bytes, now_us: int) -> bool:
        """Reads before a fault in the bytes are kept; then it is raised.

        False where reads came and nothing else: there is then nothing to send, no news and no other state.
        """
        try:
            frames = self._deframer.feed(data)
        except ReaderError:
            self._end()
            raise
        if frames or len(data) >= LIVELY_BYTES:
            self._watch.received_us = now_us
        bodies = [frame.body for frame in frames if frame.type == _REPORT]
        if self._inventorying and bodies and len(bodies) == len(frames) and self._deframer.fault is None:
            return self._take_reports(bodies, now_us)
        return self._take(frames, now_us)

    def data_to_send(self) -> bytes:
        """Whole messages, each of which belongs in one write."""
        data = bytes(self._dialogue.outgoing)
        self._dialogue.outgoing.clear()
        return data

    def reads(self) -> list[TagRow]:
        """The reads since the last call, times on the reader's clock."""
        rows = self._intake.rows
        self._intake.rows = []
        return rows

    def events(self) -> list[ReaderEvent]:
        """The reader's events since the last call."""
        events = self._news.events
        self._news.events = []
        return events

    def notes(self) -> list[str]:
        """What an operator should know, in words, since the last call."""
        notes = self._dialogue.known.notes
        self._dialogue.known.notes = []
        return notes

    def next_deadline(self) -> int | None:
        """When to call `tick` next."""
        if self.state in (SessionState.IDLE, SessionState.CLOSED):
            return None
        reply_us = self._dialogue.exchange.deadline_us
        deadlines: list[int | None] = [reply_us]
        if self.state is SessionState.INVENTORYING:
            watch = self._watch
            deadlines += [watch.dead_us, watch.silent_us, watch.restart_us]
            if reply_us is None:
                deadlines += [self._ask_us, watch.refresh_us]
        else:
            deadlines += [
                self._dialogue.resume_us,
                self._setup.next_us(self.state, self._watch.received_us),
            ]
        return min(deadline for deadline in deadlines if deadline is not None)

    def tick(self, now_us: int) -> None:
        """Time has passed. Raises DeadlineError where the reader owes us what we cannot go on without."""
        if self.state in (SessionState.IDLE, SessionState.CLOSED):
            return
        try:
            self._judge(now_us)
            self._follow(now_us)
        except ReaderError:
            self._end()
            raise

    def set_output(self, port: int, *, is_high: bool, now_us: int) -> bool:
        """Asks the reader to switch an output; False where it does not inventory and is not asked."""
        if self.state is not SessionState.INVENTORYING:
            return False
        self._dialogue.set_output(port, is_high=is_high, now_us=now_us)
        return True

    def close(self, now_us: int) -> None:
        """Asks the reader to end the connection; our ROSpec stays, its reads are held for who comes next."""
        if self.state in (SessionState.IDLE, SessionState.GREETING):
            self._end()
        elif self.state not in (SessionState.CLOSING, SessionState.CLOSED):
            self._dialogue.say_goodbye(now_us)

    def lost(self) -> ReaderError:
        """The transport is gone without a fault of ours; says where that left us."""
        waiting = self.state
        self._dialogue.lost(self._watch.received_us)
        self._end()
        if waiting is SessionState.INVENTORYING:
            return ConnectError("the reader closed the connection")
        return ConnectError(self._setup.hung_up(waiting))

    @property
    def _ask_us(self) -> int:
        return self._watch.ask_us(listed=self._dialogue.known.rospecs.listed)

    def _end(self) -> None:
        self._dialogue.state = SessionState.CLOSED

    def _follow(self, now_us: int) -> None:
        """Whatever just happened may have enabled our ROSpec, begun the inventory or ended it."""
        self._enabled = self.state in _ENABLED
        if self._dialogue.inventorying != self._inventorying:
            self._inventorying = self._dialogue.inventorying
            self._setup.since_us = now_us
            if self._inventorying:
                self._watch.began(now_us, was_left=self._dialogue.was_left)

    def _take_reports(self, bodies: list[bytes], now_us: int) -> bool:
        """The hot path: what a reader sends that inventories. Nothing here is done per read."""
        intake, watch = self._intake, self._watch
        watch.busy_us = now_us
        try:
            if intake.take_all(bodies, now_us):
                watch.reported_us = now_us
        except ReaderError:
            self._end()
            raise
        return bool(intake.dropped)

    def _take(self, frames: list[Frame], now_us: int) -> bool:
        intake = self._intake
        reports = intake.reports
        is_more = False
        if frames:
            self._setup.heard = True
        try:
            for frame in frames:
                if frame.type == _REPORT:
                    if intake.take(frame.body, enabled=self._enabled) and not self._inventorying:
                        self._dialogue.runs(now_us)
                        self._follow(now_us)
                        is_more = True
                elif self.state is not SessionState.CLOSED:
                    self._take_message(frame, now_us)
                    self._follow(now_us)
                    is_more = True
            if self._deframer.fault is not None:
                raise self._deframer.fault
        except ReaderError:
            self._end()
            raise
        finally:
            if intake.reports != reports:
                self._watch.busy_us = now_us
            if intake.settle(now_us):
                self._watch.reported_us = now_us
        return is_more or bool(intake.dropped)

    def _take_message(self, frame: Frame, now_us: int) -> None:
        """What is neither an answer nor one of these is of no use to us, and no fault."""
        if frame.type == MessageType.KEEPALIVE:
            if self.state is not SessionState.CLOSING:
                version = self._dialogue.known.plan.version
                self._dialogue.outgoing += encode_message(MessageType.KEEPALIVE_ACK, frame.id, b"", version)
        elif frame.type == MessageType.READER_EVENT_NOTIFICATION:
            self._news.take(frame.body, now_us)
        elif frame.type != MessageType.CUSTOM_MESSAGE or frame.body.startswith(_IMPINJ_REPLY):
            request = self._dialogue.exchange.pending
            if request is not None and self._dialogue.exchange.answers(frame):
                self._watch.asked_us = now_us
                self._dialogue.answered(frame, request, now_us)

    def _judge(self, now_us: int) -> None:
        if self.state is not SessionState.INVENTORYING:
            self._judge_setup(now_us)
        self._expire(now_us)
        if self.state is SessionState.INVENTORYING:
            self._judge_inventory(now_us)

    def _judge_setup(self, now_us: int) -> None:
        fault = self._setup.fault(self.state, self._watch.received_us, now_us)
        if fault is not None:
            self._dialogue.hung(now_us)
            raise DeadlineError(fault)
        if self.state is SessionState.GREETING and now_us >= self._setup.greeting_us:
            self._dialogue.ungreeted(now_us)
        self._dialogue.resume(now_us)

    def _expire(self, now_us: int) -> None:
        request = self._dialogue.exchange.expire(now_us, self._watch.busy_us)
        if request is not None:
            self._watch.asked_us = now_us
            self._dialogue.unanswered(request, now_us)

    def _judge_inventory(self, now_us: int) -> None:
        watch = self._watch
        fault = watch.fault(now_us)
        if fault is not None:
            self._dialogue.silent(now_us)
            raise DeadlineError(fault)
        if watch.restart_us is not None and now_us >= watch.restart_us:
            watch.ended_us = None
            if self._dialogue.known.rospecs.listed:
                self._dialogue.check(now_us)
            else:
                self._dialogue.enter(SessionState.START, now_us)
        elif self._dialogue.exchange.pending is not None:
            return
        elif now_us >= watch.refresh_us:
            watch.refreshed(now_us)
            self._dialogue.refresh(now_us)
        elif now_us >= self._ask_us:
            watch.asked_us = now_us
            self._dialogue.check(now_us)
