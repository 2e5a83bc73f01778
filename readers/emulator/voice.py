"""What the reader says: ids, versions, timestamps, and which events and reports the client wants now."""

from collections.abc import Iterable

from readers.emulator import events
from readers.emulator.clock import ReaderClock
from readers.emulator.config import ReaderConfig
from readers.emulator.injector import FaultInjector
from readers.emulator.outbox import Cut, Outbox, Outgoing
from readers.emulator.spoiling import Piece
from readers.llrp.constants import MessageType, NotificationEventType, ROSpecEventType
from readers.llrp.framing import encode_message

_WARNING_PERCENT = 90
_LAST_ID = 0xFFFFFFFF


class Voice:
    """The outgoing half of a device; `version` is the protocol version both sides agreed on."""

    def __init__(self, clock: ReaderClock, buffered_reports: int) -> None:
        self.version = 1
        self.unacknowledged = 0
        """KEEPALIVEs that really went out since the client's last KEEPALIVE_ACK."""
        self.reports_made = 0
        self._clock = clock
        self._outbox = Outbox(buffered_reports)
        self._next_id = 1
        self._warned = False

    @property
    def stored(self) -> int:
        """Reports and events kept until a client takes them."""
        return self._outbox.stored

    def reply(self, kind: int, request_id: int, body: bytes, version: int | None = None) -> None:
        self._outbox.send(Outgoing(kind, request_id, body, version or self.version))

    def interject(self, piece: Outgoing | Cut) -> None:
        """What a fault says in the reader's place."""
        self._outbox.send(piece)

    def keepalive(self) -> None:
        self._outbox.send(Outgoing(MessageType.KEEPALIVE, self._take_id(), b"", self.version))

    def tell(self, event: bytes, now_us: int) -> None:
        """An event about the connection: it cannot be held or switched off."""
        self._outbox.send(self._event(event, now_us))

    def notify(self, config: ReaderConfig, kind: NotificationEventType, event: bytes, now_us: int) -> None:
        """An event, if the client asked for its kind."""
        if kind in config.events:
            self._outbox.offer(self._event(event, now_us))

    def report(self, config: ReaderConfig, body: bytes, now_us: int) -> None:
        self.reports_made += 1
        self._outbox.offer(Outgoing(MessageType.RO_ACCESS_REPORT, self._take_id(), body, self.version))
        full = self._outbox.percent_full
        if full >= _WARNING_PERCENT and not self._warned:
            self._warned = True
            warning = NotificationEventType.Report_Buffer_Fill_Warning
            self.notify(config, warning, events.buffer_warning(full), now_us)

    def connection_event(self, event: bytes, now_us: int) -> bytes:
        """The whole message, for a client that is not ours."""
        return _encode(self._event(event, now_us)._replace(version=1))

    def open(self, now_us: int) -> None:
        """Reports and events may go: first what was lost, then what was stored, then what comes."""
        if self._outbox.lost:
            self._outbox.lost = 0
            self.tell(events.buffer_overflow(), now_us)
        self._warned = False
        self._outbox.open()

    def release(self) -> None:
        """Send what is stored now; whether the rest is held stays as it was."""
        self._outbox.release()

    def shut(self) -> None:
        self._outbox.shut()

    def take(self, fault: FaultInjector | None) -> tuple[bytes, bool]:
        """The bytes to send, and whether the connection breaks off after them."""
        pieces: list[bytes] = []
        for message in self._outbox.take():
            spoiled: Iterable[Piece] = (message,)
            if fault is not None and isinstance(message, Outgoing):
                spoiled = fault.spoil(message)
            for piece in spoiled:
                if isinstance(piece, Cut):
                    return b"".join(pieces), True
                if isinstance(piece, Outgoing):
                    self.unacknowledged += piece.type == MessageType.KEEPALIVE
                    pieces.append(_encode(piece))
                else:
                    pieces.append(piece)
        return b"".join(pieces), False

    def _event(self, event: bytes, now_us: int) -> Outgoing:
        body = events.event_body(self._clock.timestamp(now_us), event)
        return Outgoing(MessageType.READER_EVENT_NOTIFICATION, self._take_id(), body, self.version)

    def _take_id(self) -> int:
        taken = self._next_id
        self._next_id = taken % _LAST_ID + 1
        return taken


class RunVoice:
    """Tells the client what a running ROSpec does."""

    def __init__(self, voice: Voice, config: ReaderConfig) -> None:
        self._voice = voice
        self._config = config

    def on_report(self, body: bytes, now_us: int) -> None:
        self._voice.report(self._config, body, now_us)

    def on_rospec(self, event: ROSpecEventType, rospec_id: int, preempting_id: int, now_us: int) -> None:
        parameter = events.rospec_event(event, rospec_id, preempting_id)
        self._voice.notify(self._config, NotificationEventType.ROSpec_Event, parameter, now_us)

    def on_ai_spec_end(self, rospec_id: int, spec_index: int, now_us: int) -> None:
        parameter = events.ai_spec_end(rospec_id, spec_index)
        self._voice.notify(self._config, NotificationEventType.AISpec_Event, parameter, now_us)


def _encode(message: Outgoing) -> bytes:
    return encode_message(message.type, message.id, message.body, message.version)
