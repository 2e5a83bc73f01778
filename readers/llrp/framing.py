"""Splits a byte stream into LLRP messages, and message bodies into parameters (LLRP 1.1, 17.1)."""

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from readers.errors import FrameError, ProtocolError
from readers.llrp.constants import FIRST_TLV_TYPE, PROTOCOL_VERSIONS, TV_BYTES
from readers.llrp.foreign import protocol_of

HEADER_BYTES: Final = 10
MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
"""Legal reports of 1.4 MB exist; what is longer than this is no LLRP."""
RECEIVE_BYTES: Final = 16 * 1024
"""Room of one receive: small enough that one busy reader does not make the others wait."""

_HEADER: Final = Struct(">HII")
"""3 bits reserved, 3 bits version, 10 bits type; length of the whole message; id."""
_TLV_HEADER: Final = Struct(">HH")
_VERSION_SHIFT: Final = 10
_TYPE_MASK: Final = 0x3FF
_LEAST_HEAD: Final = min(PROTOCOL_VERSIONS) << _VERSION_SHIFT
_GREATEST_HEAD: Final = max(PROTOCOL_VERSIONS) << _VERSION_SHIFT | _TYPE_MASK


class Header(NamedTuple):
    """The first 10 bytes of a message; `length` is that of the whole message, these bytes included."""

    version: int
    """Reserved bits above it included, so that set ones make an unknown version."""
    type: int
    length: int
    id: int

    @property
    def fault(self) -> str | None:
        """Why no LLRP message can begin with this header; None where one can."""
        if self.version not in PROTOCOL_VERSIONS:
            return "not LLRP: neither version 1.0.1, 1.1 nor 2.0"
        if not HEADER_BYTES <= self.length <= MAX_MESSAGE_BYTES:
            return f"message length {self.length} is not between {HEADER_BYTES} and {MAX_MESSAGE_BYTES}"
        return None


class Frame(NamedTuple):
    """One message as it was on the wire; `type` is a MessageType where the standard has that number."""

    version: int
    type: int
    id: int
    body: bytes


class Parameter(NamedTuple):
    """One TV or TLV parameter; `value` is what follows its type (TV) or its type and length (TLV)."""

    type: int
    value: bytes


def encode_message(type: int, id: int, body: bytes = b"", version: int = 1) -> bytes:  # noqa: A002 (LLRP's words)
    return _HEADER.pack(version << _VERSION_SHIFT | type, HEADER_BYTES + len(body), id) + body


def decode_header(data: bytes) -> Header:
    """The first 10 bytes of `data`, plausible or not."""
    head, length, message_id = _HEADER.unpack_from(data)
    return Header(head >> _VERSION_SHIFT, head & _TYPE_MASK, length, message_id)


def encode_tlv(type: int, value: bytes = b"") -> bytes:  # noqa: A002
    return _TLV_HEADER.pack(type, _TLV_HEADER.size + len(value)) + value


def encode_tv(type: int, value: bytes) -> bytes:  # noqa: A002
    return bytes((0x80 | type,)) + value


def walk_parameters(data: bytes) -> Iterator[Parameter]:
    """The parameters that fill `data`; unknown TLVs are yielded like any other.

    Raises ProtocolError at the first that is cut off, lies about its length, or is a TV of unknown length.
    """
    position, end = 0, len(data)
    while position < end:
        kind, header_bytes, length = parameter_extent(data, position, end)
        yield Parameter(kind, data[position + header_bytes : position + length])
        position += length


def parameter_extent(data: bytes, position: int, end: int) -> tuple[int, int, int]:
    """Type, header length and whole length of the parameter at `position`; raises as `walk_parameters`."""
    left = end - position
    first = data[position]
    if first & 0x80:
        kind, header_bytes = first & 0x7F, 1
        if kind not in TV_BYTES:
            raise ProtocolError(f"TV parameter {kind} at byte {position} is of unknown length")
        length = TV_BYTES[kind]
    else:
        if left < _TLV_HEADER.size:
            raise ProtocolError(f"parameter header cut off at byte {position}")
        kind, length = _TLV_HEADER.unpack_from(data, position)
        header_bytes = _TLV_HEADER.size
        if not FIRST_TLV_TYPE <= kind <= _TYPE_MASK:
            raise ProtocolError(f"{kind} at byte {position} is no TLV parameter type")
    if not header_bytes <= length <= left:
        raise ProtocolError(
            f"parameter {kind} at byte {position} has length {length} where {left} bytes are left"
        )
    return kind, header_bytes, length


_new_tuple = tuple.__new__
"""Frame(…) without the Python call behind it: half the cost of splitting a stream of short messages."""


class Deframer:
    """Bytes in, in pieces of any size; messages out, each as soon as it is complete.

    For asyncio.BufferedProtocol: receive into `buffer()`, tell `received()` how much came. Keeps at most one
    incomplete message, and of that only what has really arrived. Frames own their bytes.
    """

    __slots__ = ("_buffer", "_partial", "_wanted", "fault")

    def __init__(self) -> None:
        self._buffer = memoryview(bytearray(RECEIVE_BYTES))
        self._partial = bytearray()
        self._wanted = 0
        """Bytes that complete the partial message, or its header while that is incomplete."""
        self.fault: FrameError | None = None
        """Why the stream broke off behind the frames returned last; every further call raises it."""

    def buffer(self) -> memoryview:
        """Room to receive into; what was there before is gone."""
        return self._buffer

    def received(self, count: int) -> list[Frame]:
        """The messages that `count` bytes in the buffer complete; as `feed`."""
        return self.feed(bytes(self._buffer[:count]))

    def feed(self, data: bytes) -> list[Frame]:
        """The messages that `data` completes.

        Raises FrameError where the stream is no LLRP. Messages complete before that place are returned first:
        `fault` then holds the error, and the next call raises it.
        """
        if self.fault is not None:
            raise self.fault
        partial = self._partial
        if partial:
            partial += data
            if len(partial) < self._wanted:
                return []
            data = bytes(partial)
            partial.clear()
        frames: list[Frame] = []
        position, end = 0, len(data)
        while position < end:
            if end - position < HEADER_BYTES:
                if not _LEAST_HEAD >> 8 <= data[position] <= _GREATEST_HEAD >> 8:
                    return self._break_off(data[position:], frames)
                self._keep(data[position:], HEADER_BYTES)
                break
            head, length, message_id = _HEADER.unpack_from(data, position)
            if not (_LEAST_HEAD <= head <= _GREATEST_HEAD and HEADER_BYTES <= length <= MAX_MESSAGE_BYTES):
                return self._break_off(data[position:], frames)
            body, next_message = position + HEADER_BYTES, position + length
            if next_message > end:
                self._keep(data[position:], length)
                break
            fields = (head >> _VERSION_SHIFT, head & _TYPE_MASK, message_id, data[body:next_message])
            frames.append(_new_tuple(Frame, fields))
            position = next_message
        return frames

    def _keep(self, rest: bytes, wanted: int) -> None:
        self._partial += rest
        self._wanted = wanted

    def _break_off(self, rest: bytes, frames: list[Frame]) -> list[Frame]:
        start = rest[:HEADER_BYTES]
        header = decode_header(start.ljust(HEADER_BYTES, b"\0"))
        stranger = protocol_of(start)
        fault = header.fault if stranger is None else f"not LLRP, the peer speaks {stranger}"
        self.fault = FrameError(f"{fault}: {start!r}")
        if frames:
            return frames
        raise self.fault
