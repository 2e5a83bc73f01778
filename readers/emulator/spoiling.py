"""Ways to spoil what a reader says: each takes one outgoing message and gives what goes out instead."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from struct import pack, pack_into
from typing import Final, TypeAlias

from readers.emulator.events import connection_attempt, connection_close, event_body
from readers.emulator.outbox import Cut, Outgoing
from readers.emulator.tagdata import epc_parameter
from readers.llrp.constants import MessageType, ParameterType
from readers.llrp.framing import (
    HEADER_BYTES,
    Parameter,
    encode_message,
    encode_tlv,
    encode_tv,
    walk_parameters,
)

Piece: TypeAlias = Outgoing | bytes | Cut
"""A message to encode, raw bytes, or the end."""
Spoiler: TypeAlias = Callable[[Outgoing], Iterable[Piece]]
"""Lives for one connection, so it may count."""
TagEdit: TypeAlias = Callable[[list[Parameter]], bytes]
"""The parameters of a TagReportData → what it holds instead."""

_EVERY: Final = 10
_AFTER: Final = 20
_LONG_BYTES: Final = 1_400_000
_FIRST_TV: Final = 128
_HOUR_US: Final = 3_600_000_000
LATE_REPORTS: Final = 66_000
FOREIGN_ROSPEC_ID: Final = 4_711


def encoded(message: Outgoing) -> bytes:
    return encode_message(message.type, message.id, message.body, message.version)


def every_nth_report(spoil: Callable[[Outgoing], Iterable[Piece]]) -> Spoiler:
    """Nine good reports, then a spoiled one: whoever recovers gets on."""
    count = 0

    def spoiler(message: Outgoing) -> Iterable[Piece]:
        nonlocal count
        if message.type == MessageType.RO_ACCESS_REPORT:
            count += 1
            if count % _EVERY == 0:
                return spoil(message)
        return (message,)

    return spoiler


def after_reports(spoil: Callable[[Outgoing], Iterable[Piece]]) -> Spoiler:
    """Everything after the first twenty reports of a connection is spoiled."""
    count = 0

    def spoiler(message: Outgoing) -> Iterable[Piece]:
        nonlocal count
        count += message.type == MessageType.RO_ACCESS_REPORT
        return spoil(message) if count > _AFTER else (message,)

    return spoiler


def with_length(length: int) -> Callable[[Outgoing], Iterable[Piece]]:
    """The message with this length in its header."""

    def spoil(message: Outgoing) -> Iterable[Piece]:
        data = bytearray(encoded(message))
        pack_into(">I", data, 2, length)
        yield bytes(data)

    return spoil


def edit_tags(edit: TagEdit) -> Callable[[Outgoing], Iterable[Piece]]:
    """The report with each of its TagReportData rewritten."""

    def spoil(message: Outgoing) -> Iterable[Piece]:
        if message.type != MessageType.RO_ACCESS_REPORT:
            yield message
            return
        tags = (
            encode_tlv(kind, edit(list(walk_parameters(value))))
            if kind == ParameterType.TagReportData
            else encode_tlv(kind, value)
            for kind, value in walk_parameters(message.body)
        )
        yield message._replace(body=b"".join(tags))

    return spoil


def encode_parameter(parameter: Parameter) -> bytes:
    encode = encode_tv if parameter.type < _FIRST_TV else encode_tlv
    return encode(parameter.type, parameter.value)


def truncated(parameters: list[Parameter]) -> bytes:
    """Ends inside its last parameter."""
    return b"".join(map(encode_parameter, parameters))[:-1]


def with_unknown_tv(parameters: list[Parameter]) -> bytes:
    return b"".join(map(encode_parameter, parameters)) + bytes((0x80 | 100, 1, 2, 3))


def with_vendor_parameter(parameters: list[Parameter]) -> bytes:
    custom = encode_tlv(ParameterType.Custom, pack(">II", 12_345, 678) + b"not asked for")
    return b"".join(map(encode_parameter, parameters)) + custom


def with_lying_length(parameters: list[Parameter]) -> bytes:
    """Its last parameter claims more bytes than there are."""
    return b"".join(map(encode_parameter, parameters)) + pack(">HH", ParameterType.Custom, 500)


def on_antenna_zero(parameters: list[Parameter]) -> bytes:
    return b"".join(
        encode_tv(parameter.type, bytes(2))
        if parameter.type == ParameterType.AntennaID
        else encode_parameter(parameter)
        for parameter in parameters
    )


def epc_only(parameters: list[Parameter]) -> bytes:
    return encode_parameter(parameters[0])


def odd_epcs() -> TagEdit:
    """EPCs of 1, 93, 128 and 496 bits in turn, and one as it was."""
    lengths = (None, 1, 93, 128, 496)
    count = 0

    def edit(parameters: list[Parameter]) -> bytes:
        nonlocal count
        bits = lengths[count % len(lengths)]
        count += 1
        head = parameters[0]
        if bits is not None and head.type == ParameterType.EPC96:
            size = (bits + 7) // 8
            value = int.from_bytes((head.value * 6)[:size], "big") >> (size * 8 - bits) << (size * 8 - bits)
            first = epc_parameter(value.to_bytes(size, "big"), bits)
        else:
            first = encode_parameter(head)
        return first + b"".join(map(encode_parameter, parameters[1:]))

    return edit


def of_foreign_rospec(message: Outgoing) -> Iterable[Piece]:
    """The connection event is followed at once by reports of a ROSpec this client never added."""
    yield message
    if is_connection_event(message):
        report = encode_tlv(
            ParameterType.TagReportData,
            encode_tv(ParameterType.EPC96, b"\xee" * 12)
            + encode_tv(ParameterType.ROSpecID, pack(">I", FOREIGN_ROSPEC_ID)),
        )
        for number in range(3):
            yield Outgoing(MessageType.RO_ACCESS_REPORT, number, report, message.version)


def late_burst() -> Spoiler:
    """The first report comes 66,000 times, an hour old, as after an outage."""
    came = False

    def spoiler(message: Outgoing) -> Iterator[Piece]:
        nonlocal came
        if message.type == MessageType.RO_ACCESS_REPORT and not came:
            came = True
            (old,) = edit_tags(_an_hour_older)(message)
            yield from [encoded(old) if isinstance(old, Outgoing) else old] * LATE_REPORTS
        yield message

    return spoiler


def close_event(message: Outgoing) -> Iterable[Piece]:
    """ConnectionCloseEvent, a stray KEEPALIVE, and the end."""
    stamp = encode_tlv(ParameterType.UTCTimestamp, bytes(8))
    body = event_body(stamp, connection_close())
    yield message._replace(type=MessageType.READER_EVENT_NOTIFICATION, body=body)
    yield message._replace(type=MessageType.KEEPALIVE, body=b"")
    yield Cut()


def never_ending() -> Callable[[Outgoing], Iterable[Piece]]:
    """Instead of messages, a byte for each, of one that claims to be long."""
    header = encode_message(MessageType.RO_ACCESS_REPORT, 0, bytes(_LONG_BYTES))[:HEADER_BYTES]
    pieces = chain((header,), repeat(b"\0"))
    return lambda _: (next(pieces),)


def cut_inside(message: Outgoing) -> Iterable[Piece]:
    data = encoded(message)
    yield data[: (HEADER_BYTES + len(data)) // 2]
    yield Cut()


def refuse_connection(status: int) -> Spoiler:
    """The connection event carries this status and the connection is closed."""

    def spoiler(message: Outgoing) -> Iterator[Piece]:
        if is_connection_event(message):
            _, stamp, _ = _event_parts(message)
            yield message._replace(body=event_body(stamp, connection_attempt(status)))
            yield Cut()
        else:
            yield message

    return spoiler


def is_connection_event(message: Outgoing) -> bool:
    return message.type == MessageType.READER_EVENT_NOTIFICATION and (
        _event_parts(message)[0] == ParameterType.ConnectionAttemptEvent
    )


def _event_parts(message: Outgoing) -> tuple[int, bytes, bytes]:
    """Type of the event, its timestamp parameter, its value."""
    (whole,) = walk_parameters(message.body)
    stamp, event = walk_parameters(whole.value)
    return event.type, encode_parameter(stamp), event.value


def _an_hour_older(parameters: list[Parameter]) -> bytes:
    seen = {ParameterType.FirstSeenTimestampUTC, ParameterType.LastSeenTimestampUTC}
    return b"".join(
        encode_tv(kind, pack(">Q", max(0, int.from_bytes(value, "big") - _HOUR_US)))
        if kind in seen
        else encode_parameter(Parameter(kind, value))
        for kind, value in parameters
    )


def speak_another_protocol(message: Outgoing) -> Iterable[Piece]:
    return (b"220 printer.example ready\r\n", Cut()) if is_connection_event(message) else ()


def only_connection_events(message: Outgoing) -> Iterable[Piece]:
    is_event = message.type == MessageType.READER_EVENT_NOTIFICATION
    return () if is_event and not is_connection_event(message) else (message,)


def without_connection_event(message: Outgoing) -> Iterable[Piece]:
    return () if is_connection_event(message) else (message,)
