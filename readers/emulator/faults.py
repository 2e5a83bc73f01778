"""What can be wrong with a reader, as a table.

A fault changes what the reader says (`spoil`), what it makes of a request (`hear`), its clock, or how its
bytes are cut into segments; the device itself knows none of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from readers.emulator import spoiling
from readers.emulator.clock import ReaderClock
from readers.emulator.grammar import MESSAGES
from readers.emulator.messages import RESPONSES, encode_status
from readers.emulator.outbox import Cut, Outgoing
from readers.emulator.spoiling import Piece, Spoiler
from readers.llrp.constants import MessageType, ParameterType, StatusCode
from readers.llrp.framing import Frame, encode_tlv

Answer: TypeAlias = Sequence[Outgoing | Cut]
Hearing: TypeAlias = Callable[[Frame], Answer | None]
"""What is said to a request instead of what the reader would say; None lets the reader answer."""

_UNDEFINED_STATUS: Final = 999
_UNDEFINED_ATTEMPT_STATUS: Final = 9
_UNKNOWN_MESSAGE: Final = 900
_MEMORY_SELECTOR: Final = encode_tlv(ParameterType.C1G2EPCMemorySelector, b"\x00")[:4]


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    sentence: str
    spoil: Callable[[], Spoiler] | None = None
    """Made anew for every connection, so that it may count."""
    hear: Hearing | None = None
    request: int | None = None
    """The request `hear` is for unless another is named; None hears them all."""
    clock: Callable[[int], ReaderClock] | None = None
    """The reader's clock, from the time in microseconds it is switched on."""
    segment_bytes: int | None = None
    """The most bytes that leave in one piece."""


def _constant(spoiler: Spoiler) -> Callable[[], Spoiler]:
    """For a spoiler that does not count."""
    return lambda: spoiler


def _every(spoil: Callable[[Outgoing], Iterable[Piece]]) -> Callable[[], Spoiler]:
    return lambda: spoiling.every_nth_report(spoil)


def _after(spoil: Callable[[Outgoing], Iterable[Piece]]) -> Callable[[], Spoiler]:
    return lambda: spoiling.after_reports(spoil)


def _without(kind: MessageType) -> Spoiler:
    return lambda message: () if message.type == kind else (message,)


def _is_reply(message: Outgoing) -> bool:
    return message.type in _REPLIES


_REPLIES: Final = {*RESPONSES.values(), MessageType.ERROR_MESSAGE}
_NEWER: Final = {
    MessageType.GET_SUPPORTED_VERSION,
    MessageType.SET_PROTOCOL_VERSION,
    MessageType.CUSTOM_MESSAGE,
}
_KNOWN_TO_EVERY_READER: Final = MESSAGES.keys() - _NEWER


def _renumbered(number: Callable[[int], int]) -> Spoiler:
    return lambda message: (message._replace(id=number(message.id)) if _is_reply(message) else message,)


def _error_message(frame: Frame) -> Answer:
    status = encode_status(StatusCode.M_UnsupportedMessage, "not supported")
    return (Outgoing(MessageType.ERROR_MESSAGE, frame.id, status),)


def _with_status(code: int) -> Hearing:
    def hear(frame: Frame) -> Answer:
        status = encode_status(code, "refused by a fault")
        return (Outgoing(RESPONSES.get(frame.type, MessageType.ERROR_MESSAGE), frame.id, status),)

    return hear


def _drop_at_unknown(frame: Frame) -> Answer | None:
    return None if frame.type in _KNOWN_TO_EVERY_READER else (Cut(),)


def _wants_memory_selector(frame: Frame) -> Answer | None:
    return None if _MEMORY_SELECTOR in frame.body else _with_status(StatusCode.M_ParameterError)(frame)


def _clock_at(year: int) -> Callable[[int], ReaderClock]:
    """Was set to the first moment of this year when it was switched on."""
    start_us = int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    return lambda now_us: ReaderClock(start_us - now_us)


def _uptime_clock(now_us: int) -> ReaderClock:
    return ReaderClock(-now_us, has_utc=False)


def _unknown_message(message: Outgoing) -> Iterable[Piece]:
    return (message._replace(type=_UNKNOWN_MESSAGE, body=b"\x00\x01\x02"), message)


def _empty_and_full(message: Outgoing) -> Iterable[Piece]:
    return (message._replace(body=b""), message)


_FAULTS: Final = (
    # Framing
    Fault("short-length", "Every 10th report claims to be 5 bytes long.", _every(spoiling.with_length(5))),
    Fault("zero-length", "Every 10th report claims to be 0 bytes long.", _every(spoiling.with_length(0))),
    Fault(
        "huge-length", "Every 10th report claims to be 4 GB long.", _every(spoiling.with_length(0xFFFFFFFF))
    ),
    Fault(
        "cut-mid-message",
        "The connection breaks off inside every 10th report.",
        _every(spoiling.cut_inside),
    ),
    Fault("dribble", "Everything arrives one byte at a time.", segment_bytes=1),
    Fault(
        "drip",
        "After 20 reports a long one comes byte by byte and never ends.",
        lambda: spoiling.after_reports(spoiling.never_ending()),
    ),
    Fault(
        "not-llrp",
        "Greets with a line of text, as a server of another protocol would.",
        _constant(spoiling.speak_another_protocol),
    ),
    Fault(
        "wrong-version",
        "Every message carries protocol version 2, which nobody agreed on.",
        _constant(lambda message: (message._replace(version=2),)),
    ),
    # Reports
    Fault(
        "truncated-tv",
        "Every 10th report ends inside its last parameter.",
        _every(spoiling.edit_tags(spoiling.truncated)),
    ),
    Fault(
        "unknown-tv",
        "Every 10th report holds a TV parameter nobody knows the length of.",
        _every(spoiling.edit_tags(spoiling.with_unknown_tv)),
    ),
    Fault(
        "lying-tlv",
        "Every 10th report holds a parameter longer than the report.",
        _every(spoiling.edit_tags(spoiling.with_lying_length)),
    ),
    Fault(
        "vendor-parameter",
        "Reports carry a vendor's Custom parameter nobody asked for.",
        _constant(spoiling.edit_tags(spoiling.with_vendor_parameter)),
    ),
    Fault(
        "unknown-message", "Before every 10th report comes a message of type 900.", _every(_unknown_message)
    ),
    Fault("empty-report", "Before every 10th report comes one without a tag.", _every(_empty_and_full)),
    Fault(
        "odd-epc",
        "EPCs of 1, 93, 128 and 496 bits stand among those of 96.",
        lambda: spoiling.edit_tags(spoiling.odd_epcs()),
    ),
    Fault(
        "missing-fields",
        "Reports hold the EPC and nothing else, whatever was selected.",
        _constant(spoiling.edit_tags(spoiling.epc_only)),
    ),
    Fault(
        "antenna-zero",
        "Every read is reported from antenna 0.",
        _constant(spoiling.edit_tags(spoiling.on_antenna_zero)),
    ),
    Fault(
        "foreign-rospec",
        "Reports of a ROSpec this client never added come before the first reply.",
        _constant(spoiling.of_foreign_rospec),
    ),
    Fault("late-burst", "The first report is followed by 66,000 that are an hour old.", spoiling.late_burst),
    # Silence
    Fault(
        "silent",
        "After 20 reports it says nothing any more; the connection stays open.",
        _after(lambda _: ()),
    ),
    Fault(
        "no-reports",
        "After 20 reports no more come, though keepalives go on.",
        _after(_without(MessageType.RO_ACCESS_REPORT)),
    ),
    Fault(
        "hang",
        "After 20 reports only keepalives go on: no reports, no answers.",
        _after(lambda message: (message,) if message.type == MessageType.KEEPALIVE else ()),
    ),
    Fault("no-keepalive", "Sends no keepalives.", _constant(_without(MessageType.KEEPALIVE))),
    Fault(
        "no-events",
        "Sends no events but the one of the connection: no start or end of a ROSpec.",
        _constant(spoiling.only_connection_events),
    ),
    Fault("no-greeting", "Sends no connection event.", _constant(spoiling.without_connection_event)),
    Fault(
        "no-reply",
        "Does not answer ADD_ROSPEC, or the REQUEST named.",
        hear=lambda _: (),
        request=MessageType.ADD_ROSPEC,
    ),
    # Replies
    Fault(
        "wrong-id",
        "Replies carry another id than their request.",
        _constant(_renumbered(lambda i: i ^ 0x5A5A)),
    ),
    Fault("zero-id", "Replies carry the id 0.", _constant(_renumbered(lambda _: 0))),
    Fault(
        "undefined-status",
        "Answers ADD_ROSPEC, or the REQUEST named, with status 999.",
        hear=_with_status(_UNDEFINED_STATUS),
        request=MessageType.ADD_ROSPEC,
    ),
    Fault(
        "error-status",
        "Answers ADD_ROSPEC, or the REQUEST named, with R_DeviceError.",
        hear=_with_status(StatusCode.R_DeviceError),
        request=MessageType.ADD_ROSPEC,
    ),
    Fault(
        "error-message",
        "Answers ADD_ROSPEC, or the REQUEST named, with an ERROR_MESSAGE.",
        hear=_error_message,
        request=MessageType.ADD_ROSPEC,
    ),
    Fault(
        "needs-memory-selector",
        "Refuses a ROSpec without C1G2EPCMemorySelector.",
        hear=_wants_memory_selector,
        request=MessageType.ADD_ROSPEC,
    ),
    Fault(
        "drop-on-unknown",
        "Hangs up at version negotiation and at any vendor's message.",
        hear=_drop_at_unknown,
    ),
    # The connection
    Fault(
        "busy",
        "Another client has it: status 2, then it hangs up.",
        _constant(spoiling.refuse_connection(2)),
    ),
    Fault(
        "busy-reader-initiated",
        "It has called another client itself: status 1, then it hangs up.",
        _constant(spoiling.refuse_connection(1)),
    ),
    Fault(
        "busy-other",
        "Refuses the connection for another reason: status 3, then it hangs up.",
        _constant(spoiling.refuse_connection(3)),
    ),
    Fault(
        "busy-undefined",
        "Refuses the connection with a status the standard does not have.",
        _constant(spoiling.refuse_connection(_UNDEFINED_ATTEMPT_STATUS)),
    ),
    Fault(
        "close-event",
        "After 20 reports it announces the close, sends one more keepalive and hangs up.",
        _after(spoiling.close_event),
    ),
    # The clock
    Fault("clock-1970", "Its clock started in 1970 when it was switched on.", clock=_clock_at(1970)),
    Fault("clock-2000", "Its clock started in 2000 when it was switched on.", clock=_clock_at(2000)),
    Fault("clock-future", "Its clock started in 2100 when it was switched on.", clock=_clock_at(2100)),
    Fault(
        "uptime-only",
        "It has no UTC clock: times count from when it was switched on.",
        clock=_uptime_clock,
    ),
)
FAULTS: Final = {fault.name: fault for fault in _FAULTS}
