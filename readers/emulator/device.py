"""The reader as its client sees it, without I/O: frames and time in, bytes and a deadline out.

    device.connected(now)              a client came; `refused(now)` answers a second one
    device.receive(frame, now)         one message of the client
    device.tick(now)                   at `next_deadline()`, or later
    device.data_to_send() -> bytes     after each of them; then hang up if `device.closing`
    device.disconnected(now)           the reader goes on without a client

Times are microseconds since 1970 on the host's clock; the reader's own clock may show something else.
"""

from collections.abc import Callable, Sequence
from typing import Final

from readers.emulator import events
from readers.emulator.clock import ReaderClock
from readers.emulator.config import ReaderConfig
from readers.emulator.field import StaticField, TagSource
from readers.emulator.injector import FaultInjector
from readers.emulator.messages import RESPONSES, SUCCESS, Node, RequestError, encode_status, parse_request
from readers.emulator.model import ReaderModel
from readers.emulator.profiles import PROFILES, Profile
from readers.emulator.requests import answer
from readers.emulator.voice import RunVoice, Voice
from readers.llrp.constants import ConnectionAttemptStatus, MessageType, NotificationEventType, StatusCode
from readers.llrp.framing import Frame

_US_PER_MS: Final = 1_000
_LLRP_1_0_1: Final = 1
_VERSION_MESSAGES: Final = frozenset({MessageType.GET_SUPPORTED_VERSION, MessageType.SET_PROTOCOL_VERSION})


class Device:
    """One reader. It keeps ROSpecs, configuration and unsent reports from connection to connection."""

    def __init__(
        self,
        profile: Profile = PROFILES["generic"],
        tags: TagSource | None = None,
        *,
        clock: ReaderClock | None = None,
        fault: FaultInjector | None = None,
    ) -> None:
        self.profile = profile
        self.tags: TagSource = StaticField() if tags is None else tags
        self.fault = fault
        """What is wrong with this reader; may be changed at run time (but for a wrong clock)."""
        self.closing = False
        """The connection is to be closed once `data_to_send` was sent."""
        self.is_connected = False
        clock = clock or ReaderClock()
        config = ReaderConfig(profile)
        self._voice = Voice(clock, profile.buffered_reports)
        self._model = ReaderModel(config, self.tags, RunVoice(self._voice, config), clock)
        self._keepalive_due_us: int | None = None

    # The connection

    def connected(self, now_us: int) -> None:
        self.tick(now_us)
        if self.fault is not None:
            self.fault.connected()
        self.is_connected, self.closing = True, False
        self._model.impinj_extensions = False
        self._voice.version = _LLRP_1_0_1
        self._voice.unacknowledged = 0
        self._arm_keepalive(now_us)
        self._voice.tell(events.connection_attempt(ConnectionAttemptStatus.Success), now_us)
        if not self._model.config.hold_reports:
            self._voice.open(now_us)

    def refused(self, now_us: int) -> bytes:
        """What a second client is told before it is hung up on; the first one hears of it too."""
        self._voice.tell(
            events.connection_attempt(ConnectionAttemptStatus.Another_Connection_Attempted), now_us
        )
        status = ConnectionAttemptStatus.Failed_A_Client_Initiated_Connection_Already_Exists
        return self._voice.connection_event(events.connection_attempt(status), now_us)

    def disconnected(self, now_us: int) -> None:
        """The client is gone; ROSpecs run on and reports are kept, up to the profile's bound."""
        self.tick(now_us)
        self.is_connected, self.closing = False, False
        self._keepalive_due_us = None
        self._voice.shut()

    def receive(self, frame: Frame, now_us: int) -> None:
        self.tick(now_us)
        if self.closing or (self.fault is not None and self.fault.hears(frame, self._voice)):
            return
        try:
            self._check_version(frame)
            node = parse_request(frame)
            handle = _ABOUT_THE_CONNECTION.get(frame.type)
            if handle is not None:
                handle(self, node, frame, now_us)
            else:
                self._answer(node, frame, now_us)
        except RequestError as fault:
            self._refuse(frame, fault)

    def receive_garbage(self, why: str, now_us: int) -> None:
        """The client's bytes are no LLRP: say so and hang up."""
        self.tick(now_us)
        self._voice.reply(MessageType.ERROR_MESSAGE, 0, encode_status(StatusCode.M_ParameterError, why))
        self.closing = True

    def data_to_send(self) -> bytes:
        data, broken_off = self._voice.take(self.fault)
        self.closing = self.closing or broken_off
        return data

    # Time

    def next_deadline(self) -> int | None:
        deadlines = (self._keepalive_due_us, self._model.rospecs.next_deadline_us())
        return min((due for due in deadlines if due is not None), default=None)

    def tick(self, now_us: int) -> None:
        """All that is due by now, in its order and each at its own time."""
        while (due_us := self.next_deadline()) is not None and due_us <= now_us:
            if due_us == self._keepalive_due_us:
                self._keep_alive(due_us)
            else:
                self._model.rospecs.advance(due_us)

    def skip(self, until_us: int) -> None:
        """Miss the reads until then: for a host that is too slow for the rate it was asked for."""
        self._model.rospecs.skip(until_us)

    # The world around the reader

    @property
    def segment_bytes(self) -> int | None:
        """The most bytes that are to leave in one piece."""
        return None if self.fault is None else self.fault.fault.segment_bytes

    def put(self, epc: bytes, antennas: Sequence[int] = (), rssi_dbm: int | None = None) -> None:
        """Lay a tag down in front of these antennas, or of all of them."""
        self._field().put(epc, antennas or range(1, self.profile.antennas + 1), rssi_dbm)

    def take_away(self, epc: bytes) -> None:
        self._field().take_away(epc)

    def set_gpi(self, port: int, now_us: int, *, high: bool) -> None:
        """Put an input to this level: if the client enabled it, an event that may start ROSpecs."""
        self.tick(now_us)
        config = self._model.config
        if config.gpi_high[port] is high:
            return
        config.gpi_high[port] = high
        if config.gpi_enabled[port]:
            event = events.gpi_event(port, high=high)
            self._voice.notify(config, NotificationEventType.GPI_Event, event, now_us)
            self._model.rospecs.gpi(port, now_us, high=high)

    def set_antenna(self, antenna: int, now_us: int, *, connected: bool) -> None:
        """Plug an antenna in or pull it out: without it nothing is read there."""
        self.tick(now_us)
        unplugged = self._model.config.unplugged
        (unplugged.discard if connected else unplugged.add)(antenna)
        event = events.antenna_event(antenna, connected=connected)
        self._voice.notify(self._model.config, NotificationEventType.Antenna_Event, event, now_us)

    def gpo(self, port: int) -> bool:
        """Whether the client set this output high."""
        return self._model.config.gpo_high[port]

    @property
    def rospec_states(self) -> dict[int, int]:
        """ROSpecID → ROSpecState."""
        return dict(self._model.rospecs.states())

    @property
    def reports_made(self) -> int:
        """RO_ACCESS_REPORTs since it was switched on, sent or not."""
        return self._voice.reports_made

    @property
    def reports_stored(self) -> int:
        """Reports and events that wait for a client."""
        return self._voice.stored

    def _field(self) -> StaticField:
        if not isinstance(self.tags, StaticField):
            raise TypeError("tags are put down and taken away where no scenario is played")
        return self.tags

    # Requests

    def _check_version(self, frame: Frame) -> None:
        negotiates = frame.type in _VERSION_MESSAGES and frame.version <= self.profile.protocol_version
        if frame.version != self._voice.version and not negotiates:
            raise RequestError(
                f"protocol version {frame.version} was not agreed on",
                code=StatusCode.M_UnsupportedVersion,
            )

    def _answer(self, node: Node, frame: Frame, now_us: int) -> None:
        body = answer(self._model, node, now_us)
        if frame.type == MessageType.SET_READER_CONFIG:
            self._arm_keepalive(now_us)
        self._voice.reply(RESPONSES.get(frame.type, frame.type), frame.id, body)

    def _refuse(self, frame: Frame, fault: RequestError) -> None:
        """With the request's own response where it has one, else with an ERROR_MESSAGE."""
        response = RESPONSES.get(frame.type, MessageType.ERROR_MESSAGE)
        is_unsupported = fault.code in {StatusCode.M_UnsupportedMessage, StatusCode.M_UnsupportedVersion}
        if (is_unsupported and fault.field is None) or frame.type == MessageType.GET_SUPPORTED_VERSION:
            response = MessageType.ERROR_MESSAGE
        self._voice.reply(response, frame.id, fault.status())

    def _get_supported_version(self, _node: Node, frame: Frame, _now_us: int) -> None:
        self._require_1_1()
        versions = bytes((self._voice.version, self.profile.protocol_version))
        self._voice.reply(RESPONSES[frame.type], frame.id, versions + SUCCESS, frame.version)

    def _set_protocol_version(self, node: Node, frame: Frame, _now_us: int) -> None:
        self._require_1_1()
        wanted = node.fields[0]
        if not _LLRP_1_0_1 <= wanted <= self.profile.protocol_version:
            raise node.refuse(0, f"version {wanted} is not supported", StatusCode.M_UnsupportedVersion)
        self._voice.reply(RESPONSES[frame.type], frame.id, SUCCESS, frame.version)
        self._voice.version = wanted

    def _require_1_1(self) -> None:
        if self.profile.protocol_version == _LLRP_1_0_1:
            raise RequestError("this reader speaks LLRP 1.0.1", code=StatusCode.M_UnsupportedMessage)

    def _close_connection(self, _node: Node, frame: Frame, _now_us: int) -> None:
        self._voice.reply(RESPONSES[frame.type], frame.id, SUCCESS)
        self.closing = True

    def _get_report(self, _node: Node, _frame: Frame, now_us: int) -> None:
        self._model.rospecs.report(now_us)
        self._voice.release()

    def _enable_events_and_reports(self, _node: Node, _frame: Frame, now_us: int) -> None:
        self._voice.open(now_us)

    def _keepalive_acknowledged(self, _node: Node, _frame: Frame, _now_us: int) -> None:
        self._voice.unacknowledged = 0

    # Keepalives

    def _arm_keepalive(self, now_us: int) -> None:
        period_ms = self._model.config.keepalive_ms
        self._keepalive_due_us = now_us + period_ms * _US_PER_MS if period_ms else None

    def _keep_alive(self, now_us: int) -> None:
        most = self._model.link_down_threshold or self.profile.unacknowledged_keepalives
        if most is not None and self._voice.unacknowledged >= most:
            self._voice.tell(events.connection_close(), now_us)
            self.closing = True
            self._keepalive_due_us = None
            return
        self._voice.keepalive()
        self._arm_keepalive(now_us)


_Handler = Callable[[Device, Node, Frame, int], None]
_ABOUT_THE_CONNECTION: Final[dict[int, _Handler]] = {
    MessageType.GET_SUPPORTED_VERSION: Device._get_supported_version,  # noqa: SLF001 (its own table)
    MessageType.SET_PROTOCOL_VERSION: Device._set_protocol_version,  # noqa: SLF001
    MessageType.CLOSE_CONNECTION: Device._close_connection,  # noqa: SLF001
    MessageType.GET_REPORT: Device._get_report,  # noqa: SLF001
    MessageType.ENABLE_EVENTS_AND_REPORTS: Device._enable_events_and_reports,  # noqa: SLF001
    MessageType.KEEPALIVE_ACK: Device._keepalive_acknowledged,  # noqa: SLF001
}
