"""READER_EVENT_NOTIFICATION: the parameters of ReaderEventNotificationData (LLRP 1.1, 17.2.6)."""

from struct import pack

from readers.llrp.constants import (
    AntennaEventType,
    ConnectionAttemptStatus,
    ParameterType,
    ROSpecEventType,
)
from readers.llrp.framing import encode_tlv

_HIGH = 0x80


def event_body(timestamp: bytes, event: bytes) -> bytes:
    """`timestamp` is a UTCTimestamp or Uptime parameter."""
    return encode_tlv(ParameterType.ReaderEventNotificationData, timestamp + event)


def connection_attempt(status: ConnectionAttemptStatus | int) -> bytes:
    return encode_tlv(ParameterType.ConnectionAttemptEvent, pack(">H", status))


def connection_close() -> bytes:
    return encode_tlv(ParameterType.ConnectionCloseEvent)


def rospec_event(kind: ROSpecEventType, rospec_id: int, preempting_id: int) -> bytes:
    return encode_tlv(ParameterType.ROSpecEvent, pack(">BII", kind, rospec_id, preempting_id))


def ai_spec_end(rospec_id: int, spec_index: int) -> bytes:
    return encode_tlv(ParameterType.AISpecEvent, pack(">BIH", 0, rospec_id, spec_index))


def antenna_event(antenna: int, *, connected: bool) -> bytes:
    kind = AntennaEventType.Antenna_Connected if connected else AntennaEventType.Antenna_Disconnected
    return encode_tlv(ParameterType.AntennaEvent, pack(">BH", kind, antenna))


def gpi_event(port: int, *, high: bool) -> bytes:
    return encode_tlv(ParameterType.GPIEvent, pack(">HB", port, _HIGH * high))


def hopping_event(hop_table_id: int, next_channel: int) -> bytes:
    return encode_tlv(ParameterType.HoppingEvent, pack(">HH", hop_table_id, next_channel))


def buffer_warning(percent_full: int) -> bytes:
    return encode_tlv(ParameterType.ReportBufferLevelWarningEvent, bytes((percent_full,)))


def buffer_overflow() -> bytes:
    return encode_tlv(ParameterType.ReportBufferOverflowErrorEvent)


def reader_exception(message: str) -> bytes:
    text = message.encode()
    return encode_tlv(ParameterType.ReaderExceptionEvent, pack(">H", len(text)) + text)
