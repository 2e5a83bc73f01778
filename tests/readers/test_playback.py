"""Reads from a capture are those the session gave when they were live, with the same offsets."""

from collections.abc import Iterator
from pathlib import Path
from struct import pack

import pytest

from readers.capture import CaptureWriter, Direction
from readers.errors import CaptureError, ReaderError
from readers.llrp.constants import MessageType, ParameterType
from readers.llrp.framing import encode_message, encode_tlv
from readers.playback import CapturedReads, reads_in
from tests.readers.scripted import (
    EPC,
    NOW_US,
    SECOND_US,
    greeting,
    keepalive,
    notification,
    report,
    tag,
)
from tests.readers.taped import TapedConversation

OTHER_EPC = bytes.fromhex("e28011700000020a7b3c4d5e")


class Live(TapedConversation):
    """Keeps what a sink would have been given, in the capture's form."""

    def __init__(self, writer: CaptureWriter) -> None:
        self.delivered: list[CapturedReads] = []
        super().__init__(writer)

    def hear(self, data: bytes) -> None:
        self.rows.clear()
        try:
            super().hear(data)
        finally:
            if self.rows:
                offset_us = self.session.offset_us or 0
                self.delivered.append(CapturedReads("dock-1", list(self.rows), offset_us, self.now_us))
                self.rows.clear()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dock.llrpcap"


@pytest.fixture
def live(path: Path) -> Iterator[Live]:
    with CaptureWriter(path) as writer:
        yield Live(writer)


def test_reads_in_a_capture_are_those_of_the_session(live: Live, path: Path) -> None:
    live.hear(greeting(time_us=0) + report(tag(OTHER_EPC, rospec=None)))
    for second in range(1, 5):
        live.now_us += SECOND_US + 1000 * second
        live.hear(report(tag(seen_us=second * SECOND_US)))
        live.hear(report(tag(OTHER_EPC, rospec=7)) + keepalive())
    live.hear(report(tag(seen_us=SECOND_US), tag(OTHER_EPC, seen_us=4 * SECOND_US)))
    assert len(live.delivered) == 5
    assert list(reads_in(path)) == live.delivered


def test_reads_of_a_second_connection_have_the_clock_of_that_connection(live: Live, path: Path) -> None:
    live.hear(greeting(time_us=NOW_US - 5))
    live.hear(report(tag(seen_us=NOW_US - 5)))
    live.now_us += 60 * SECOND_US
    live.connect()
    live.hear(greeting(time_us=0) + report(tag(seen_us=0)))
    live.hear(report(tag(seen_us=0)))
    found = list(reads_in(path))
    assert found == live.delivered
    assert [one.offset_us for one in found] == [5, NOW_US + 60 * SECOND_US, NOW_US + 60 * SECOND_US]


def test_connection_of_a_reader_that_does_not_greet_begins_with_our_first_request(
    live: Live, path: Path
) -> None:
    live.wait(3)
    live.hear(report(tag(seen_us=0)))
    live.now_us += 60 * SECOND_US
    live.connect()
    live.wait(3)
    live.hear(report(tag(seen_us=0)))
    found = list(reads_in(path))
    assert found == live.delivered
    assert found[1].offset_us - found[0].offset_us == 63 * SECOND_US


def test_reads_behind_a_malformed_message_are_not_there_either(live: Live, path: Path) -> None:
    live.hear(greeting())
    with pytest.raises(ReaderError):
        live.hear(report(tag()) + report(tag(OTHER_EPC)[:-3]) + report(tag(OTHER_EPC)))
    live.connect()
    live.hear(greeting())
    live.hear(report(tag()))
    found = list(reads_in(path))
    assert [row[0] for one in found for row in one.rows] == [EPC, EPC]
    assert found == live.delivered


def test_reads_without_any_time_have_no_offset(live: Live, path: Path) -> None:
    live.hear(greeting(time_us=None))
    live.hear(report(tag(seen_us=None)))
    assert [(one.offset_us, one.rows[0][4]) for one in reads_in(path)] == [(0, None)]


def test_capture_of_a_reader_alone_counts_every_read(path: Path) -> None:
    with CaptureWriter(path) as writer:
        for message in (
            report(tag(rospec=7)),
            report(tag(rospec=None)),
            notification(ParameterType.ConnectionAttemptEvent, b"\0"),
            report(tag(OTHER_EPC)),
        ):
            writer.write(message, reader="dock-1", direction=Direction.FROM_READER, received_us=NOW_US)
    assert [row[0] for one in reads_in(path) for row in one.rows] == [EPC, EPC]


def test_acknowledgement_with_the_first_id_begins_no_connection(live: Live, path: Path) -> None:
    live.hear(greeting(time_us=0))
    live.hear(encode_message(MessageType.KEEPALIVE, 1))
    live.hear(report(tag(seen_us=0)))
    assert list(reads_in(path)) == live.delivered != []


def test_records_that_are_no_messages_are_passed_over(path: Path) -> None:
    with CaptureWriter(path) as writer:
        writer.write(b"\x04", reader="dock-1", direction=Direction.FROM_READER, received_us=NOW_US)
        writer.write(report(tag()), reader="dock-1", direction=Direction.FROM_READER, received_us=NOW_US)
    assert len(list(reads_in(path))) == 1


def test_plain_stream_has_no_times_and_so_no_reads(path: Path) -> None:
    path.write_bytes(report(tag()) * 3)
    assert list(reads_in(path)) == []


def test_damaged_capture_is_told(live: Live, path: Path) -> None:
    live.hear(greeting())
    live.hear(report(tag()))
    data = bytearray(path.read_bytes())
    data[30] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(CaptureError, match="damaged"):
        list(reads_in(path))


def test_uptime_only_reader_keeps_its_uptime_clock(live: Live, path: Path) -> None:
    live.hear(greeting(time_us=None))
    uptime = encode_tlv(
        ParameterType.TagReportData,
        bytes((0x8D,)) + EPC + bytes((0x80 | ParameterType.LastSeenTimestampUptime,)) + pack(">Q", 42),
    )
    live.hear(report(uptime))
    assert list(reads_in(path)) == live.delivered
    assert live.delivered[0].offset_us == NOW_US - 42


def test_taped_messages_are_counted_and_noise_is_not(live: Live) -> None:
    live.hear(greeting())
    before = live.tape.messages
    assert before > 10
    with pytest.raises(ReaderError):
        live.hear(b"HTTP/1.1 400 Bad Request\r\n")
    assert live.tape.messages == before
