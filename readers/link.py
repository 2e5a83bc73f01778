"""One connection: a transport and the session that speaks over it; bytes to reads is one synchronous call."""

import asyncio
import os
import socket
from time import monotonic_ns, time_ns
from typing import Final, Protocol, cast

from readers.errors import ConnectError, DeadlineError, ReaderError
from readers.guard import Guard
from readers.llrp.framing import RECEIVE_BYTES
from readers.llrp.session import ReaderSession
from readers.llrp.steps import SessionState
from readers.rounds import PAUSE_SECONDS, Rounds, rounds_of
from readers.settings import TlsSettings
from readers.tag import TagRow
from readers.tls import check_fingerprint

MAX_UNSENT_BYTES: Final = 1024 * 1024
"""A reader that floods us with what we must answer, and takes no answer, is given up."""
USER_TIMEOUT_MS: Final = 10_000
"""TCP gives up on unacknowledged data after this long, instead of after a quarter of an hour."""


class LinkOwner(Protocol):
    """Who wants to know what the link brings."""

    def on_rows(self, rows: list[TagRow], offset_us: int, received_us: int) -> None: ...

    def on_progress(self) -> None:
        """The session's state changed, or it has events, notes or drops to tell."""


class Ear(Protocol):
    """Hears the traffic of one connection, before the session does; times are the session's."""

    def heard(self, data: bytes, time_us: int) -> None:
        """From the reader, cut anywhere."""

    def said(self, data: bytes, time_us: int) -> None:
        """To the reader, whole messages."""


class Link(asyncio.BufferedProtocol):
    """`ended` holds what ended the connection: whatever goes wrong in here, or under `guard`, ends it."""

    def __init__(
        self,
        session: ReaderSession,
        owner: LinkOwner,
        tls: TlsSettings | None = None,
        *,
        ear: Ear | None = None,
    ) -> None:
        self._session = session
        self._owner = owner
        self._tls = tls
        self._ear = ear
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rounds: Rounds | None = None
        self._descriptor = -1
        """Of the socket, while it is read in rounds."""
        self._anchor_us = time_ns() // 1000 - monotonic_ns() // 1000
        """The session's clock never steps, and shows the time of day as it was when we connected."""
        self.ended: asyncio.Future[ReaderError] = self._loop.create_future()
        self.guard = Guard(self._end)
        self._seen_state = session.state
        self._delivered_us = 0
        """When there were reads last."""

    def now_us(self) -> int:
        return monotonic_ns() // 1000 + self._anchor_us

    @property
    def late_seconds(self) -> float:
        """How long ago the session's next deadline was, while nothing is done about it."""
        deadline_us = None if self.ended.done() else self._session.next_deadline()
        return 0.0 if deadline_us is None else max(0, self.now_us() - deadline_us) / 1_000_000

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self.ended.done():
            self._transport.abort()
            return
        with self.guard:
            _tune(transport.get_extra_info("socket"))
            if self._tls is not None:
                ssl_object = transport.get_extra_info("ssl_object")
                check_fingerprint(self._tls, ssl_object.getpeercert(binary_form=True))
            self._session.connected(self.now_us())
            self._settle()

    def receive(self) -> bool:
        """As `readers.rounds.Receiver`; an end or a fault of the socket is left to the transport to find."""
        try:
            data = os.read(self._descriptor, RECEIVE_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if data:
            self._take(data)
        else:
            self.rest()
        return len(data) == RECEIVE_BYTES

    def rest(self) -> None:
        """As `readers.rounds.Receiver`: the transport reads again."""
        self._leave_rounds()
        if self._transport is not None:
            self._transport.resume_reading()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 (the deframer knows how much is good)
        return self._session.buffer()

    def buffer_updated(self, nbytes: int) -> None:
        before_us = self._delivered_us
        self._take(bytes(self._session.buffer()[:nbytes]))
        is_busy = 0 < self._delivered_us - before_us < PAUSE_SECONDS * 1_000_000
        if is_busy and self._session.state is SessionState.INVENTORYING:
            self._join_rounds()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        with self.guard:
            error = self._session.lost()
            self._end(ConnectError(f"{error}: {exc}") if exc is not None else error)

    def set_output(self, port: int, *, is_high: bool) -> bool:
        """Whether the reader is asked to."""
        is_asked = False
        with self.guard:
            is_asked = self._session.set_output(port, is_high=is_high, now_us=self.now_us())
            self._settle()
        return is_asked

    def close(self) -> None:
        """Says good-bye; `ended` follows when the reader has answered."""
        with self.guard:
            self._session.close(self.now_us())
            self._settle()

    def abort(self) -> None:
        self._end(ConnectError("closed by us"))

    def _take(self, data: bytes) -> None:
        """Reads that stand before a fault count. The hot path: each call is 1 % of what a receive costs."""
        session = self._session
        with self.guard:
            now_us = monotonic_ns() // 1000 + self._anchor_us
            if self._ear is not None:
                self._ear.heard(data, now_us)
            is_more = True
            try:
                is_more = session.receive_data(data, now_us)
            finally:
                rows = session.reads()
                if rows:
                    self._delivered_us = now_us
                    received_us = time_ns() // 1000
                    offset_us = (session.offset_us or 0) + received_us - now_us
                    self._owner.on_rows(rows, offset_us, received_us)
            if is_more:
                self._settle()

    def _settle(self) -> None:
        """Sends what is to be sent; tells the owner and sets the timer where something changed."""
        session = self._session
        data = session.data_to_send()
        transport = self._transport
        if data and self._ear is not None:
            self._ear.said(data, self.now_us())
        if data and transport is not None:
            transport.write(data)
            if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
                self._end(DeadlineError("the reader takes nothing of what we send"))
                return
        state_changed = session.state is not self._seen_state
        if state_changed or session.has_news:
            self._seen_state = session.state
            self._owner.on_progress()
        if data or state_changed:
            self._set_timer()
        if session.state is SessionState.CLOSED:
            self._end(ConnectError("closed by us"))

    def _join_rounds(self) -> None:
        transport = self._transport
        if self._tls is not None or transport is None or self.ended.done():
            return
        with self.guard:
            transport.pause_reading()
            self._descriptor = transport.get_extra_info("socket").fileno()
            self._rounds = rounds_of(self._loop)
            self._rounds.add(self._descriptor, self)

    def _leave_rounds(self) -> None:
        if self._rounds is not None:
            self._rounds.remove(self._descriptor)
            self._rounds = None

    def _set_timer(self) -> None:
        """Deadlines mostly move away; a timer that comes too early only sets itself again."""
        deadline_us = self._session.next_deadline()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if deadline_us is not None:
            wait_seconds = max(0, deadline_us - self.now_us()) / 1_000_000
            self._timer = self._loop.call_later(wait_seconds, self._tick)

    def _tick(self) -> None:
        self._timer = None
        with self.guard:
            self._session.tick(self.now_us())
            self._settle()
            if self._timer is None and not self.ended.done():
                self._set_timer()

    def _end(self, error: ReaderError) -> None:
        if self.ended.done():
            return
        self.ended.set_result(error)
        self._leave_rounds()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._transport is not None:
            self._transport.abort()
        with self.guard:
            self._owner.on_progress()


def _tune(sock: socket.socket | None) -> None:
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
