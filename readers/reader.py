"""Keeps one reader connected for ever: dial, wait for the end, say why, wait, dial again."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from time import monotonic, time_ns
from typing import Final, Protocol

from readers.backoff import Backoff
from readers.dialling import dial
from readers.errors import (
    ConnectError,
    DeadlineError,
    InternalError,
    ProtocolError,
    ReaderBusyError,
    ReaderError,
    RefusedError,
)
from readers.guard import Guard
from readers.journal import Journal
from readers.link import Ear, Link
from readers.llrp.lessons import Lessons
from readers.llrp.notifications import AntennaChange, BufferFill, GpiChange, ReaderEvent, ReaderException
from readers.llrp.requests import VERSION_1_1
from readers.llrp.session import ReaderSession
from readers.llrp.steps import SessionState
from readers.outputs import Outputs
from readers.settings import ReaderSettings
from readers.status import ReaderState, ReaderStatus
from readers.tag import TagRow

HEALTHY_SECONDS: Final = 10.0
"""An inventory that lasted this long was no accident: the next failure starts a new row of delays."""
STANDBY_SECONDS: Final = 2.0
"""Delay while another client has the reader: it gives up a dead client in 12 s, we take over within 15."""
REFUSED_SECONDS: Final = 10.0
"""Longest delay while the host refuses the port: it is up, and some refuse while another client is served."""
CLOSE_SECONDS: Final = 1.0
"""How long the reader may take to answer CLOSE_CONNECTION when we stop."""

FULL_PERCENT: Final = 100

_REASONS: Final[tuple[tuple[type[ReaderError], str], ...]] = (
    (ReaderBusyError, "busy"),
    (ConnectError, "connection"),
    (ProtocolError, "protocol"),
    (RefusedError, "refused"),
    (DeadlineError, "deadline"),
    (InternalError, "internal"),
)
"""Label of the reconnect metric, by error."""


class ReadSink(Protocol):
    """Every method is called on the event loop, inside the receive of a socket, and must not wait."""

    def on_reads(self, reader: str, rows: list[TagRow], offset_us: int, received_us: int) -> None:
        """The reads of one receive; `offset_us` added to their times gives our clock's."""

    def on_status(self, status: ReaderStatus) -> None:
        """State, reason or next try of a reader changed."""

    def on_dropped(self, reader: str, reason: str, count: int) -> None:
        """Reads that were not delivered; the reasons are few and fixed."""

    def on_gpi(self, reader: str, port: int, is_high: bool, time_us: int) -> None:
        """A general purpose input changed; time in microseconds since 1970 UTC on our clock."""

    def on_reconnect(self, reader: str, reason: str) -> None:
        """A connection, or the attempt at one, failed and there will be another; few and fixed reasons."""


class Reader:
    """`run` until cancelled; everything it learns goes to the sink."""

    def __init__(
        self,
        settings: ReaderSettings,
        sink: ReadSink,
        random: Random | None = None,
        *,
        listen: Callable[[], Ear] | None = None,
    ) -> None:
        """`listen` gives each new connection an ear."""
        self.settings = settings
        self._sink = sink
        self._listen = listen
        self._lessons = Lessons()
        self._random = random if random is not None else Random()  # noqa: S311 (spreads retries, guards nothing)
        self._backoff = Backoff(self._random, max_seconds=settings.backoff_max_seconds)
        address = f"{settings.host}:{settings.port}"
        self._journal = Journal(settings.id, address)
        self._status = ReaderStatus(settings.id, address, ReaderState.CONNECTING, _now_us())
        self._session: ReaderSession | None = None
        self._link: Link | None = None
        self._last_report_us: int | None = None
        self._offset_us: int | None = None
        self._inventorying_since: float | None = None
        self._unplugged: set[int] = set()
        """Antennas that are not there, as far as this session was told."""
        self._guard = Guard(self._tell_fault)
        self._outputs = Outputs(self._switch, lambda *call: asyncio.get_running_loop().call_later(*call))
        self._due: float | None = None
        """On the loop's clock: when the present wait is over, whatever happens."""
        self.reports = 0
        """RO_ACCESS_REPORTs of all sessions that ended."""

    @property
    def status(self) -> ReaderStatus:
        offset = None if self._offset_us is None else self._offset_us / 1_000_000
        return replace(self._status, last_report_us=self._last_report_us, clock_offset_seconds=offset)

    @property
    def report_count(self) -> int:
        """RO_ACCESS_REPORTs received since the start."""
        return self.reports + (self._session.reports if self._session is not None else 0)

    @property
    def late_seconds(self) -> float:
        """How long something that was due has not been done; 0 while all is well, the reader there or not."""
        if self._due is not None:
            return max(0.0, asyncio.get_running_loop().time() - self._due)
        return 0.0 if self._link is None else self._link.late_seconds

    async def run(self) -> None:
        with self._guard:
            self._sink.on_status(self.status)
        while True:
            error = await self._serve()
            delay = self._delay(error)
            with self._guard:
                self._fail(error, delay)
            self._due = asyncio.get_running_loop().time() + delay
            await asyncio.sleep(delay)

    def set_output(self, port: int, *, is_high: bool, seconds: float | None = None) -> bool:
        """As `Fleet.set_output`."""
        return self._outputs.set(port, is_high=is_high, seconds=seconds)

    def on_rows(self, rows: list[TagRow], offset_us: int, received_us: int) -> None:
        """From the link, on the hot path."""
        self._last_report_us = received_us
        self._offset_us = offset_us
        self._sink.on_reads(self.settings.id, rows, offset_us, received_us)

    def on_progress(self) -> None:
        """From the link: the session has something to tell."""
        session = self._session
        assert session is not None
        for reason, count in session.dropped.items():
            self._sink.on_dropped(self.settings.id, reason, count)
        session.dropped.clear()
        for note in session.notes():
            self._journal.tell(logging.WARNING, note, _now_us())
        for event in session.events():
            self._tell_event(event)
        if session.offset_us is not None:
            self._offset_us = session.offset_us
        if session.state is SessionState.INVENTORYING and self._inventorying_since is None:
            self._inventorying_since = monotonic()
            self._connected(session)
            self._outputs.reader_is_back()
        elif session.state not in (SessionState.INVENTORYING, SessionState.CLOSED, SessionState.CLOSING):
            if self._inventorying_since is not None:
                self._set_status(ReaderState.CONNECTING, f"our ROSpec stopped: {session.state.value}")
            self._inventorying_since = None

    def _switch(self, port: int, is_high: bool) -> bool:
        return self._link is not None and self._link.set_output(port, is_high=is_high)

    async def _serve(self) -> ReaderError:
        """One connection from dialling to its end; returns what ended it."""
        settings = self.settings
        self._session = session = ReaderSession(settings, self._lessons)
        ear = self._listen() if self._listen is not None else None
        self._link = link = Link(session, self, settings.tls, ear=ear)
        self._inventorying_since = None
        self._unplugged.clear()
        try:
            self._due = asyncio.get_running_loop().time() + settings.connect_seconds
            with link.guard:
                await dial(link, settings)
            self._due = None
            return await asyncio.shield(link.ended)
        except asyncio.CancelledError:
            self._outputs.close()
            link.close()
            await asyncio.wait([link.ended], timeout=CLOSE_SECONDS)
            raise
        finally:
            link.abort()
            self.reports += session.reports
            self._session = self._link = None

    def _delay(self, error: ReaderError) -> float:
        """Seconds until the next attempt."""
        since = self._inventorying_since
        if since is not None and monotonic() - since >= HEALTHY_SECONDS:
            self._backoff.reset()
        if isinstance(error, ReaderBusyError):
            return STANDBY_SECONDS * (0.5 + 0.5 * self._random.random())
        delay = self._backoff.next_delay()
        refused = isinstance(error.__cause__, ConnectionRefusedError)
        return min(delay, REFUSED_SECONDS) if refused else delay

    def _fail(self, error: ReaderError, delay: float) -> None:
        busy = isinstance(error, ReaderBusyError)
        label = next(label for kind, label in _REASONS if isinstance(error, kind))
        state = ReaderState.STANDBY if busy else ReaderState.FAILED
        now_us = _now_us()
        last = f"; last report {_clock_time(self._last_report_us)}, next try in {delay:.1f} s"
        if isinstance(error, InternalError):
            self._tell_fault(error, last)
        else:
            self._journal.tell(logging.INFO if busy else logging.WARNING, str(error), now_us, last)
        self._set_status(state, str(error), next_try_us=now_us + int(delay * 1_000_000))
        self._sink.on_reconnect(self.settings.id, label)

    def _tell_fault(self, error: ReaderError, detail: str = "") -> None:
        self._journal.tell(logging.ERROR, str(error), _now_us(), detail, cause=error.__cause__)

    def _connected(self, session: ReaderSession) -> None:
        model = _model(session)
        self._status = replace(self._status, model=model)
        version = "1.1" if session.plan.version >= VERSION_1_1 else "1.0.1"
        self._journal.tell(
            logging.INFO, f"inventorying ({model or 'unknown model'}, LLRP {version})", _now_us()
        )
        self._set_status(ReaderState.CONNECTED, self._missing())

    def _antenna_changed(self, antenna: int, *, connected: bool) -> None:
        (self._unplugged.discard if connected else self._unplugged.add)(antenna)
        missing = self._missing()
        if self._status.state is ReaderState.CONNECTED and missing != self._status.reason:
            self._set_status(ReaderState.CONNECTED, missing)

    def _missing(self) -> str | None:
        """Connected but no tags: which of our antennas are not there is the reason beside the state."""
        ours = self._unplugged & set(self.settings.antennas) if self.settings.antennas else self._unplugged
        return f"antenna {', '.join(map(str, sorted(ours)))} disconnected" if ours else None

    def _set_status(
        self, state: ReaderState, reason: str | None = None, next_try_us: int | None = None
    ) -> None:
        since_us = self._status.since_us if state is self._status.state else _now_us()
        self._status = replace(
            self._status, state=state, since_us=since_us, reason=reason, next_try_us=next_try_us
        )
        self._sink.on_status(self.status)

    def _tell_event(self, event: ReaderEvent) -> None:
        """What an operator has to do something about."""
        match event:
            case AntennaChange(antenna, connected):
                self._antenna_changed(antenna, connected=connected)
                fact = f"antenna {antenna} {'connected' if connected else 'disconnected'}"
            case BufferFill(percent):
                lost = ": it loses reads" if percent >= FULL_PERCENT else ""
                fact = f"report buffer {percent} % full{lost}"
            case GpiChange(port, is_high, at_us):
                assert self._link is not None
                time_us = at_us + _now_us() - self._link.now_us()
                self._sink.on_gpi(self.settings.id, port, is_high, time_us)
                return
            case ReaderException(message):
                fact = f"reader exception: {message}"
            case _:
                return
        self._journal.tell(logging.WARNING, fact, _now_us())


def _now_us() -> int:
    return time_ns() // 1000


def _clock_time(time_us: int | None) -> str:
    if time_us is None:
        return "never"
    return datetime.fromtimestamp(time_us // 1_000_000, UTC).isoformat()


def _model(session: ReaderSession) -> str | None:
    found = session.plan.capabilities
    if found.manufacturer is None:
        return None
    vendor = session.plan.vendor
    maker = vendor.name if vendor.pen is not None else f"manufacturer {found.manufacturer}"
    return f"{maker} model {found.model} firmware {found.firmware}"
