"""LLRP traffic in a file: written as it passes, read back message by message.

A capture is MAGIC and then records: CRC-32 of the rest of the record, receive time (microseconds since 1970
UTC), direction, length of the reader's id, length of the message (4, 8, 1, 2 and 4 bytes, big-endian), the id
in UTF-8, the message with its LLRP header. Records are only ever appended, each with one write: a crash cuts
off the last one at most. A file that does not begin with MAGIC is read as a plain stream of LLRP messages.
"""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from struct import Struct
from types import TracebackType
from typing import Final, Self, TypeAlias
from zlib import crc32

from readers.errors import CaptureError
from readers.llrp.constants import MessageType
from readers.llrp.framing import HEADER_BYTES, MAX_MESSAGE_BYTES, decode_header

MAGIC: Final = b"LLRPCAP1"

_CRC: Final = Struct(">I")
_RECORD: Final = Struct(">QBHI")
_HEAD_BYTES: Final = _CRC.size + _RECORD.size
_MESSAGE_TYPES: Final = frozenset(MessageType)

_Data: TypeAlias = bytes | mmap.mmap


class Direction(IntEnum):
    FROM_READER = 0
    TO_READER = 1


@dataclass(frozen=True, slots=True)
class Record:
    """One message, or in a plain stream a stretch that is none; None is what a plain stream does not tell."""

    message: bytes
    """Header included, as it was on the wire."""
    received_us: int | None = None
    reader: str | None = None
    direction: Direction | None = None


class CaptureWriter:
    """Appends to a capture, or begins one; what a crash left of a last record is cut off first."""

    def __init__(self, path: Path) -> None:
        """Raises CaptureError where the file is no capture or damaged, OSError where it cannot be opened."""
        end = _intact_bytes(path) if path.exists() and path.stat().st_size else 0
        self._file = path.open("ab")
        self._file.truncate(end)
        if not end:
            self._file.write(MAGIC)
            self._file.flush()

    def write(self, message: bytes, *, reader: str, direction: Direction, received_us: int) -> None:
        name = reader.encode()
        rest = _RECORD.pack(received_us, direction, len(name), len(message)) + name + message
        self._file.write(_CRC.pack(crc32(rest)) + rest)
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_capture(path: Path) -> Iterator[Record]:
    """The messages of a capture or of a plain LLRP stream, in order.

    In a plain stream a faulty header costs the bytes up to the next place where messages follow each other;
    these come as one record. A damaged capture yields what stands before the damage, then raises
    CaptureError.
    """
    if path.stat().st_size == 0:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if MAGIC.startswith(data[: len(MAGIC)]):
            for _, record in _records(data):
                yield record
        else:
            for message in split_stream(data):
                yield Record(message)


def split_stream(data: _Data) -> Iterator[bytes]:
    """The messages of a plain stream; what is none comes as one piece up to the next that is."""
    position = 0
    while position < len(data):
        stop = _message_end(data, position)
        if stop is None:
            stop = _next_message(data, position + 1)
        yield data[position:stop]
        position = stop


def _message_end(data: _Data, position: int) -> int | None:
    """Where the message that begins here ends; None where none begins or it goes beyond the data."""
    if len(data) - position < HEADER_BYTES:
        return None
    header = decode_header(data[position : position + HEADER_BYTES])
    end = position + header.length
    return None if header.fault is not None or end > len(data) else end


def _next_message(data: _Data, start: int) -> int:
    """Where, from `start` on, a message of the standard begins that another one, or nothing, follows."""
    for position in range(start, len(data) - HEADER_BYTES + 1):
        end = _message_end(data, position)
        if (
            end is not None
            and decode_header(data[position : position + HEADER_BYTES]).type in _MESSAGE_TYPES
            and (end == len(data) or _message_end(data, end) is not None)
        ):
            return position
    return len(data)


def _intact_bytes(path: Path) -> int:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if not MAGIC.startswith(data[: len(MAGIC)]):
            raise CaptureError(f"{path} is no capture: it is left as it is")
        header_end = len(MAGIC) if len(data) >= len(MAGIC) else 0
        return max((end for end, _ in _records(data)), default=header_end)


def _records(data: _Data) -> Iterator[tuple[int, Record]]:
    """Every complete record and where it ends."""
    position = len(MAGIC)
    while position + _HEAD_BYTES <= len(data):
        checksum = _CRC.unpack_from(data, position)[0]
        received_us, direction, name_length, message_length = _RECORD.unpack_from(data, position + _CRC.size)
        message_at = position + _HEAD_BYTES + name_length
        end = message_at + message_length
        if message_length <= MAX_MESSAGE_BYTES and end > len(data):
            return
        if message_length > MAX_MESSAGE_BYTES or crc32(data[position + _CRC.size : end]) != checksum:
            raise CaptureError(f"capture is damaged at byte {position}")
        reader = data[position + _HEAD_BYTES : message_at].decode(errors="replace")
        sense = Direction.TO_READER if direction else Direction.FROM_READER
        yield end, Record(data[message_at:end], received_us, reader, sense)
        position = end
