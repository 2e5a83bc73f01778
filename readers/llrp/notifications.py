"""What a reader tells unasked: the events of READER_EVENT_NOTIFICATION (LLRP 1.1, 17.2.7.4 and following)."""

from dataclasses import dataclass
from struct import Struct
from typing import Final, TypeAlias

from readers.errors import ProtocolError, ReaderBusyError, ReaderError, RefusedError
from readers.llrp.constants import AntennaEventType, ConnectionAttemptStatus, ParameterType, ROSpecEventType
from readers.llrp.framing import walk_parameters

_TIME: Final = Struct(">Q")
_SHORT: Final = Struct(">H")
_GPI: Final = Struct(">HB")
_ROSPEC: Final = Struct(">BII")
_ANTENNA: Final = Struct(">BH")

_OWNERS: Final[dict[int, str]] = {
    ConnectionAttemptStatus.Failed_A_Reader_Initiated_Connection_Already_Exists: "its own connection",
    ConnectionAttemptStatus.Failed_A_Client_Initiated_Connection_Already_Exists: "another client",
}


@dataclass(frozen=True, slots=True)
class ConnectionAttempt:
    """The reader's first word; any status but 0 means it does not serve us."""

    status: int


@dataclass(frozen=True, slots=True)
class ConnectionClose:
    """The reader ends the connection."""


@dataclass(frozen=True, slots=True)
class GpiChange:
    """A general purpose input changed: a light barrier, a button."""

    port: int
    is_high: bool
    at_us: int = 0
    """On our clock."""


@dataclass(frozen=True, slots=True)
class AntennaChange:
    antenna: int
    connected: bool


@dataclass(frozen=True, slots=True)
class ROSpecChange:
    rospec: int
    running: bool


@dataclass(frozen=True, slots=True)
class BufferFill:
    """The reader's report buffer; at 100 % reads are lost."""

    percent: int


@dataclass(frozen=True, slots=True)
class ReaderException:
    message: str


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """Hopping, RF survey, AISpec and vendors' events: nothing we act on."""

    parameter: int


ReaderEvent: TypeAlias = (
    ConnectionAttempt
    | ConnectionClose
    | GpiChange
    | AntennaChange
    | ROSpecChange
    | BufferFill
    | ReaderException
    | OtherEvent
)


@dataclass(frozen=True, slots=True)
class Notification:
    events: tuple[ReaderEvent, ...]
    utc_us: int | None = None
    uptime_us: int | None = None


def parse_notification(body: bytes) -> Notification:
    """The body of a READER_EVENT_NOTIFICATION; raises ProtocolError where it is cut off."""
    utc_us: int | None = None
    uptime_us: int | None = None
    events: list[ReaderEvent] = []
    for kind, content in walk_parameters(body):
        if kind != ParameterType.ReaderEventNotificationData:
            continue
        for inner, value in walk_parameters(content):
            if inner == ParameterType.UTCTimestamp:
                utc_us = _unpack(_TIME, value)[0]
            elif inner == ParameterType.Uptime:
                uptime_us = _unpack(_TIME, value)[0]
            else:
                events.append(_event(inner, value))
    return Notification(tuple(events), utc_us, uptime_us)


def refusal_of(attempt: ConnectionAttempt) -> ReaderError | None:
    """Why the reader does not serve us; None where it does."""
    status = attempt.status
    if status == ConnectionAttemptStatus.Success:
        return None
    if status in _OWNERS:
        return ReaderBusyError(f"{_OWNERS[status]} has the reader (ConnectionAttemptEvent status {status})")
    known = status in list(ConnectionAttemptStatus)
    name = ConnectionAttemptStatus(status).name if known else "undefined"
    return RefusedError(f"the reader refused the connection: status {status} ({name})")


def _event(kind: int, value: bytes) -> ReaderEvent:
    match kind:
        case ParameterType.ConnectionAttemptEvent:
            return ConnectionAttempt(_unpack(_SHORT, value)[0])
        case ParameterType.ConnectionCloseEvent:
            return ConnectionClose()
        case ParameterType.GPIEvent:
            port, flags = _unpack(_GPI, value)
            return GpiChange(port, bool(flags & 0x80))
        case ParameterType.AntennaEvent:
            change, antenna = _unpack(_ANTENNA, value)
            return AntennaChange(antenna, change == AntennaEventType.Antenna_Connected)
        case ParameterType.ROSpecEvent:
            change, rospec, _preempting = _unpack(_ROSPEC, value)
            return ROSpecChange(rospec, change == ROSpecEventType.Start_Of_ROSpec)
        case ParameterType.ReportBufferLevelWarningEvent:
            return BufferFill(value[0] if value else 0)
        case ParameterType.ReportBufferOverflowErrorEvent:
            return BufferFill(100)
        case ParameterType.ReaderExceptionEvent:
            count = _unpack(_SHORT, value)[0]
            return ReaderException(value[2 : 2 + count].decode("utf-8", "replace"))
        case _:
            return OtherEvent(kind)


def _unpack(layout: Struct, value: bytes) -> tuple[int, ...]:
    if len(value) < layout.size:
        raise ProtocolError(f"an event of {len(value)} bytes where {layout.size} are due")
    return layout.unpack_from(value)
