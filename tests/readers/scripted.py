"""A reader made of answers: sans-I/O, so that a session can be taken through any fault without a socket or a wait."""

from collections.abc import Callable
from dataclasses import dataclass, field
from struct import pack, unpack

from readers.errors import ReaderError
from readers.llrp.constants import MessageType, ParameterType, ROSpecState
from readers.llrp.dialogue import PAUSE_US
from readers.llrp.framing import Deframer, Frame, encode_message, encode_tlv, encode_tv
from readers.llrp.lessons import Lessons
from readers.llrp.requests import ROSPEC_ID
from readers.llrp.session import ReaderSession
from readers.llrp.steps import SessionState
from readers.settings import ReaderSettings
from readers.tag import TagRow

NOW_US = 1_795_000_000_000_000
SECOND_US = 1_000_000
EPC = bytes.fromhex("3034257bf7194e4000001a85")

_SELECTOR = encode_tlv(ParameterType.C1G2EPCMemorySelector, b"\x00")[:4]

Answer = Callable[[Frame], bytes]


def status(code: int = 0, text: str = "", inner: bytes = b"") -> bytes:
    return encode_tlv(ParameterType.LLRPStatus, pack(">HH", code, len(text)) + text.encode() + inner)


def error_message(frame: Frame, code: int = 109) -> bytes:
    return encode_message(MessageType.ERROR_MESSAGE, frame.id, status(code))


def notification(
    kind: int, value: bytes = b"", time_us: int | None = NOW_US, clock: int = ParameterType.UTCTimestamp
) -> bytes:
    stamp = b"" if time_us is None else encode_tlv(clock, pack(">Q", time_us))
    content = encode_tlv(ParameterType.ReaderEventNotificationData, stamp + encode_tlv(kind, value))
    return encode_message(MessageType.READER_EVENT_NOTIFICATION, 0, content)


def greeting(code: int = 0, time_us: int | None = NOW_US) -> bytes:
    return notification(ParameterType.ConnectionAttemptEvent, pack(">H", code), time_us)


def rospec_event(change: int, rospec: int = ROSPEC_ID) -> bytes:
    return notification(ParameterType.ROSpecEvent, pack(">BII", change, rospec, 0))


def tag(
    epc: bytes = EPC, *, rospec: int | None = ROSPEC_ID, antenna: int = 1, seen_us: int | None = NOW_US
) -> bytes:
    body = encode_tv(ParameterType.EPC96, epc)
    if rospec is not None:
        body += encode_tv(ParameterType.ROSpecID, pack(">I", rospec))
    body += encode_tv(ParameterType.AntennaID, pack(">H", antenna))
    if seen_us is not None:
        body += encode_tv(ParameterType.LastSeenTimestampUTC, pack(">Q", seen_us))
    return encode_tlv(ParameterType.TagReportData, body)


def report(*tags: bytes) -> bytes:
    return encode_message(MessageType.RO_ACCESS_REPORT, 0, b"".join(tags))


def keepalive() -> bytes:
    return encode_message(MessageType.KEEPALIVE, 77)


def capabilities(*, manufacturer: int = 4711, antennas: int = 4, max_rospecs: int = 4) -> bytes:
    """GeneralDeviceCapabilities and LLRPCapabilities, as parameters."""
    device = pack(">HHII", antennas, 0x4000, manufacturer, 1) + pack(">H", 3) + b"1.0"
    device += encode_tlv(ParameterType.GPIOCapabilities, pack(">HH", 2, 2))
    llrp = pack(">BBHIIIII", 0x08, 1, 0, max_rospecs, 8, 8, 8, 8)
    power = encode_tlv(ParameterType.TransmitPowerLevelTableEntry, pack(">Hh", 1, 3000))
    hops = encode_tlv(ParameterType.FrequencyHopTable, pack(">BBHI", 3, 0, 1, 915_250))
    hopping = encode_tlv(ParameterType.FrequencyInformation, b"\x80" + hops)
    mode = encode_tlv(
        ParameterType.C1G2UHFRFModeTableEntry,
        pack(">IBBBBIIIII", 7, 0x80, 2, 0, 0, 274_000, 1500, 6250, 25000, 0),
    )
    band = encode_tlv(
        ParameterType.UHFBandCapabilities,
        power + hopping + encode_tlv(ParameterType.C1G2UHFRFModeTable, mode),
    )
    return (
        encode_tlv(ParameterType.GeneralDeviceCapabilities, device)
        + encode_tlv(ParameterType.LLRPCapabilities, llrp)
        + encode_tlv(ParameterType.RegulatoryCapabilities, pack(">HH", 840, 1) + band)
    )


def rospec(number: int, state: int) -> bytes:
    return encode_tlv(ParameterType.ROSpec, pack(">IBB", number, 0, state))


@dataclass
class ScriptedReader:
    """Answers as a good reader would, except where `answers` says otherwise."""

    answers: dict[int, Answer] = field(default_factory=dict)
    manufacturer: int = 4711
    antennas: int = 4
    max_rospecs: int = 4
    rospecs: dict[int, int] = field(default_factory=dict)
    echo_ids: bool = True
    own_ids: bool = False
    """Replies carry a count of the reader's own."""
    immediate: bool = True
    """Obeys the Immediate start trigger; then START_ROSPEC is an error."""
    needs_selector: bool = False
    """Refuses a ROSpec without C1G2EPCMemorySelector."""
    requests: list[Frame] = field(default_factory=list)
    """Everything we were asked, in order."""

    replies: int = 0

    def asked(self) -> list[int]:
        return [frame.type for frame in self.requests]

    def respond(self, frame: Frame) -> bytes:
        self.requests.append(frame)
        return self.answers.get(frame.type, self.good)(frame)

    def good(self, frame: Frame) -> bytes:
        match frame.type:
            case MessageType.GET_SUPPORTED_VERSION:
                return error_message(frame, 109 if frame.version == 1 else 110)
            case MessageType.GET_READER_CAPABILITIES:
                content = capabilities(
                    manufacturer=self.manufacturer, antennas=self.antennas, max_rospecs=self.max_rospecs
                )
                return self.reply(frame, MessageType.GET_READER_CAPABILITIES_RESPONSE, status() + content)
            case MessageType.CUSTOM_MESSAGE:
                return self.reply(frame, MessageType.CUSTOM_MESSAGE, pack(">IB", 25882, 22) + status())
            case MessageType.GET_READER_CONFIG:
                return self.reply(frame, MessageType.GET_READER_CONFIG_RESPONSE, status())
            case MessageType.SET_READER_CONFIG:
                return self.reply(frame, MessageType.SET_READER_CONFIG_RESPONSE, status())
            case MessageType.GET_ROSPECS:
                held = b"".join(rospec(number, state) for number, state in self.rospecs.items())
                return self.reply(frame, MessageType.GET_ROSPECS_RESPONSE, status() + held)
            case MessageType.ADD_ROSPEC:
                return self._add(frame)
            case MessageType.CLOSE_CONNECTION:
                return self.reply(frame, MessageType.CLOSE_CONNECTION_RESPONSE, status())
            case (
                MessageType.DELETE_ROSPEC
                | MessageType.ENABLE_ROSPEC
                | MessageType.START_ROSPEC
                | MessageType.STOP_ROSPEC
                | MessageType.DISABLE_ROSPEC
            ):
                return self._change(frame)
            case _:
                return b""

    def reply(self, frame: Frame, kind: int, body: bytes) -> bytes:
        if self.own_ids:
            self.replies += 1
            return encode_message(kind, self.replies, body)
        return encode_message(kind, frame.id if self.echo_ids else 0, body)

    def _add(self, frame: Frame) -> bytes:
        if len(self.rospecs) >= self.max_rospecs:
            return self.reply(frame, MessageType.ADD_ROSPEC_RESPONSE, status(105, "no room"))
        if self.needs_selector and _SELECTOR not in frame.body:
            return self.reply(frame, MessageType.ADD_ROSPEC_RESPONSE, status(103, "no selector"))
        number = unpack(">I", frame.body[4:8])[0]
        self.rospecs[number] = ROSpecState.Disabled
        return self.reply(frame, MessageType.ADD_ROSPEC_RESPONSE, status())

    def _change(self, frame: Frame) -> bytes:
        number = unpack(">I", frame.body)[0]
        if number not in self.rospecs:
            return self.reply(frame, frame.type + 10, status(401, "no such ROSpec"))
        if frame.type == MessageType.DELETE_ROSPEC:
            del self.rospecs[number]
        elif frame.type == MessageType.ENABLE_ROSPEC:
            starts = self.immediate and ROSpecState.Active not in self.rospecs.values()
            self.rospecs[number] = ROSpecState.Active if starts else ROSpecState.Inactive
        elif frame.type == MessageType.DISABLE_ROSPEC:
            self.rospecs[number] = ROSpecState.Disabled
        elif frame.type == MessageType.STOP_ROSPEC:
            self.rospecs[number] = ROSpecState.Inactive
        elif ROSpecState.Active in self.rospecs.values():
            return self.reply(frame, frame.type + 10, status(401, "another ROSpec is active"))
        else:
            self.rospecs[number] = ROSpecState.Active
        return self.reply(frame, frame.type + 10, status())


class Conversation:
    """A session and a scripted reader on one clock, without a wire between them."""

    def __init__(self, reader: ScriptedReader | None = None, **settings: object) -> None:
        self.reader = reader if reader is not None else ScriptedReader()
        self.settings = ReaderSettings("dock-1", "10.0.0.1", **settings)  # type: ignore[arg-type]
        self.lessons = Lessons()
        self.now_us = NOW_US
        self.rows: list[TagRow] = []
        self.notes: list[str] = []
        self.connect()

    def connect(self) -> None:
        self.session = ReaderSession(self.settings, self.lessons)
        self._requests = Deframer()
        self.session.connected(self.now_us)

    def hear(self, data: bytes) -> None:
        """The reader sends `data`; what the session answers reaches the reader, and so on until both are still."""
        while data:
            try:
                self.session.receive_data(data, self.now_us)
            finally:
                self.rows += self.session.reads()
                self.notes += self.session.notes()
            data = self.exchange()
            if not data and self.skip_pause():
                data = self.exchange()

    def skip_pause(self) -> bool:
        """Nothing ever comes in the pause after a request without an answer: the clock need not be turned."""
        is_pausing = self.session.state is SessionState.RELEASE
        if is_pausing:
            self.session.tick(self.now_us + PAUSE_US)
        return is_pausing

    def exchange(self) -> bytes:
        """What the reader answers to what the session has to send."""
        frames = self._requests.feed(self.session.data_to_send())
        return b"".join(self.reader.respond(frame) for frame in frames)

    def wait(self, seconds: float) -> None:
        """Time passes; the session is woken at each of its deadlines."""
        end_us = self.now_us + int(seconds * SECOND_US)
        while True:
            deadline_us = self.session.next_deadline()
            if deadline_us is None or deadline_us > end_us:
                self.now_us = end_us
                return
            assert deadline_us >= self.now_us, "a deadline in the past would spin"
            self.now_us = deadline_us
            self.session.tick(self.now_us)
            self.notes += self.session.notes()
            self.hear(self.exchange())

    def start(self, patience_seconds: float = 50.0) -> None:
        """From the greeting to the inventory, through as many unanswered requests as it takes."""
        self.hear(greeting(time_us=self.now_us))
        for _ in range(20):
            if self.session.state is SessionState.INVENTORYING:
                return
            deadline_us = self.session.next_deadline()
            assert deadline_us is not None
            self.wait((deadline_us - self.now_us) / SECOND_US)
        raise AssertionError(f"still at {self.session.state}")

    def reads_again(self) -> bool:
        """One more tag, and exactly that tag, comes through."""
        self.rows.clear()
        self.hear(report(tag(seen_us=self.now_us)))
        return [row[0] for row in self.rows] == [EPC]

    def redial_until_inventorying(self, attempts: int = 6) -> list[ReaderError]:
        """New connections, as the shell would make them, until one succeeds; what ended the others."""
        errors: list[ReaderError] = []
        for _ in range(attempts):
            self.connect()
            try:
                self.start()
            except ReaderError as error:
                errors.append(error)
            else:
                return errors
        raise AssertionError(f"no inventory: {errors}")
