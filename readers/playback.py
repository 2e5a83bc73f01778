"""The reads in a capture, chosen and with their clock set right as the session did when they were live."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from readers.capture import Direction, Record, read_capture
from readers.errors import ProtocolError
from readers.llrp.constants import MessageType
from readers.llrp.framing import HEADER_BYTES, Header, decode_header
from readers.llrp.intake import Intake
from readers.llrp.notifications import ConnectionAttempt, parse_notification
from readers.llrp.requests import ROSPEC_ID
from readers.tag import TagRow

_FIRST_ID: Final = 1
"""Every session counts its requests from here."""


class CapturedReads(NamedTuple):
    """Those of one report, as `ReadSink.on_reads` had them."""

    reader: str
    rows: list[TagRow]
    offset_us: int
    received_us: int


def reads_in(path: Path) -> Iterator[CapturedReads]:
    """In order of receipt. Raises CaptureError where the file is damaged.

    Where the capture holds our requests, only reads of our ROSpec count, as they did live; where it holds
    only what a reader said, all do.
    """
    asked = {record.reader for record in read_capture(path) if record.direction is Direction.TO_READER}
    connections: dict[str, _Connection] = {}
    for record in read_capture(path):
        if record.reader is None or record.received_us is None or len(record.message) < HEADER_BYTES:
            continue
        connection = connections.get(record.reader)
        if connection is None or connection.is_over(record):
            connection = connections[record.reader] = _Connection(is_ours=record.reader in asked)
        rows = connection.take(record.message, record.direction, record.received_us)
        if rows:
            offset_us = connection.intake.offset_us or 0
            yield CapturedReads(record.reader, rows, offset_us, record.received_us)


class _Connection:
    """What a session remembers that decides about reads."""

    def __init__(self, *, is_ours: bool) -> None:
        self.intake = Intake(ROSPEC_ID if is_ours else None)
        self._is_enabled = not is_ours
        self._has_asked = False
        self._is_broken = False
        """A malformed message ended it; what came behind it was not read."""

    def is_over(self, record: Record) -> bool:
        """Whether the record begins a new connection."""
        header = decode_header(record.message)
        if record.direction is Direction.TO_READER:
            return self._has_asked and _is_request(header) and header.id == _FIRST_ID
        return header.type == MessageType.READER_EVENT_NOTIFICATION and _is_greeting(record.message)

    def take(self, message: bytes, direction: Direction | None, received_us: int) -> list[TagRow]:
        header, body = decode_header(message), message[HEADER_BYTES:]
        if direction is Direction.TO_READER:
            self._has_asked |= _is_request(header)
            self._is_enabled |= header.type == MessageType.ENABLE_ROSPEC
            return []
        if not self._is_broken:
            try:
                self._hear(header.type, body, received_us)
            except ProtocolError:
                self._is_broken = True
        rows, self.intake.rows = self.intake.rows, []
        return rows

    def _hear(self, kind: int, body: bytes, received_us: int) -> None:
        if kind == MessageType.RO_ACCESS_REPORT:
            self.intake.take(body, enabled=self._is_enabled)
            self.intake.settle(received_us)
        elif kind == MessageType.READER_EVENT_NOTIFICATION:
            told = parse_notification(body)
            self.intake.told_time(received_us, told.utc_us, told.uptime_us)


def _is_request(header: Header) -> bool:
    return header.type != MessageType.KEEPALIVE_ACK


def _is_greeting(message: bytes) -> bool:
    try:
        events = parse_notification(message[HEADER_BYTES:]).events
    except ProtocolError:
        return False
    return ConnectionAttempt(0) in events
