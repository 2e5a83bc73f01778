"""Messages out of a byte stream, however it is cut, and parameters out of a body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.errors import FrameError, ProtocolError
from readers.llrp.framing import (
    MAX_MESSAGE_BYTES,
    RECEIVE_BYTES,
    Deframer,
    Frame,
    Header,
    Parameter,
    decode_header,
    encode_message,
    encode_tlv,
    encode_tv,
    walk_parameters,
)
from tests.readers.llrp.wire import REFERENCE, message, needs_reference, tlv

KEEPALIVE = message(62, number=1)
REPORT = message(61, b"x" * 50, number=2)

frames = st.builds(
    Frame, st.integers(1, 3), st.integers(0, 1023), st.integers(0, 2**32 - 1), st.binary(max_size=300)
)


def encoded(frame: Frame) -> bytes:
    return encode_message(frame.type, frame.id, frame.body, frame.version)


def test_encode_message_of_body_gives_the_standards_bytes() -> None:
    assert encode_message(61, 0x01020304, b"\xaa", version=2) == bytes.fromhex("083d 0000000b 01020304 aa")


def test_decode_header_of_encoded_message_gives_its_fields() -> None:
    header = decode_header(encode_message(62, 9))
    assert header == Header(version=1, type=62, length=10, id=9)
    assert header.fault is None


def test_feed_whole_message_returns_it_and_keeps_nothing() -> None:
    deframer = Deframer()
    assert deframer.feed(REPORT) == [Frame(1, 61, 2, b"x" * 50)]
    assert deframer.feed(KEEPALIVE) == [Frame(1, 62, 1, b"")]


def test_feed_split_at_every_byte_returns_the_same_messages() -> None:
    stream = KEEPALIVE + REPORT + KEEPALIVE
    whole = Deframer().feed(stream)
    assert len(whole) == 3
    for cut in range(len(stream) + 1):
        deframer = Deframer()
        assert deframer.feed(stream[:cut]) + deframer.feed(stream[cut:]) == whole


def test_feed_byte_by_byte_returns_each_message_with_its_last_byte() -> None:
    deframer = Deframer()
    counts = [len(deframer.feed(bytes([byte]))) for byte in REPORT]
    assert counts == [0] * (len(REPORT) - 1) + [1]


@given(st.lists(frames, max_size=8), st.lists(st.integers(1, 97), min_size=1, max_size=20))
def test_feed_in_arbitrary_pieces_returns_what_was_encoded(sent: list[Frame], sizes: list[int]) -> None:
    stream = b"".join(map(encoded, sent))
    deframer, got, position, turn = Deframer(), [], 0, 0
    while position < len(stream):
        size = sizes[turn % len(sizes)]
        got += deframer.feed(stream[position : position + size])
        position, turn = position + size, turn + 1
    assert got == sent


def test_received_in_the_buffer_returns_what_feed_would() -> None:
    deframer = Deframer()
    room = deframer.buffer()
    room[: len(REPORT)] = REPORT
    assert deframer.received(len(REPORT)) == [Frame(1, 61, 2, b"x" * 50)]
    assert len(deframer.buffer()) == RECEIVE_BYTES


def test_received_message_longer_than_the_buffer_is_put_together_and_forgotten() -> None:
    body = bytes(range(256)) * 1000
    stream = message(61, body) + KEEPALIVE
    deframer, got = Deframer(), []
    for start in range(0, len(stream), RECEIVE_BYTES):
        piece = stream[start : start + RECEIVE_BYTES]
        deframer.buffer()[: len(piece)] = piece
        got += deframer.received(len(piece))
    assert [(frame.type, frame.body) for frame in got] == [(61, body), (62, b"")]
    assert deframer._partial.__alloc__() < RECEIVE_BYTES


def test_frames_keep_their_bytes_when_the_buffer_is_used_again() -> None:
    deframer = Deframer()
    deframer.buffer()[: len(REPORT)] = REPORT
    (frame,) = deframer.received(len(REPORT))
    deframer.buffer()[:] = bytes(RECEIVE_BYTES)
    assert frame.body == b"x" * 50


@pytest.mark.parametrize("length", [0, 5, 9, MAX_MESSAGE_BYTES + 1, 0xFFFFFFFF])
def test_feed_impossible_length_raises_and_says_it(length: int) -> None:
    with pytest.raises(FrameError, match=f"length {length} "):
        Deframer().feed(b"\x04\x3d" + length.to_bytes(4, "big") + b"\0\0\0\1")


@pytest.mark.parametrize(
    "start", [b"H", b"HTTP/1.1 400 Bad Request\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01", b"\0", b"\xff"]
)
def test_feed_first_bytes_of_another_protocol_raises_at_once(start: bytes) -> None:
    with pytest.raises(FrameError, match="not LLRP"):
        Deframer().feed(start)


@pytest.mark.parametrize("version", [0, 4, 7])
def test_feed_unknown_version_raises(version: int) -> None:
    with pytest.raises(FrameError, match="not LLRP"):
        Deframer().feed(message(62, version=version))


def test_feed_fault_behind_good_messages_returns_them_first_then_raises() -> None:
    deframer = Deframer()
    assert [frame.type for frame in deframer.feed(KEEPALIVE + REPORT + b"\x04\x3d\0\0\0\5\0\0\0\1")] == [
        62,
        61,
    ]
    assert isinstance(deframer.fault, FrameError)
    for _ in range(2):
        with pytest.raises(FrameError):
            deframer.feed(KEEPALIVE)


def test_feed_claim_of_a_long_message_holds_only_what_came() -> None:
    deframer = Deframer()
    deframer.feed(b"\x04\x3d" + MAX_MESSAGE_BYTES.to_bytes(4, "big") + b"\0\0\0\1")
    assert deframer._partial.__alloc__() < 100


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_feed_garbage_raises_frame_error_or_waits(pieces: list[bytes]) -> None:
    deframer = Deframer()
    for piece in pieces:
        try:
            deframer.feed(piece)
        except FrameError:
            assert deframer.fault is not None


def test_walk_parameters_of_tv_and_tlv_gives_type_and_value() -> None:
    data = encode_tv(1, b"\0\3") + encode_tlv(999, b"abc") + encode_tlv(257)
    assert list(walk_parameters(data)) == [
        Parameter(1, b"\0\3"),
        Parameter(999, b"abc"),
        Parameter(257, b""),
    ]


@pytest.mark.parametrize(
    ("data", "message_part"),
    [
        (b"\x81\0", "parameter 1 at byte 0 has length 3 where 2 bytes are left"),
        (b"\xff\0\0", "TV parameter 127 at byte 0 is of unknown length"),
        (b"\0\xf0\0", "header cut off"),
        (b"\0\xf0\0\3", "has length 3 where 4"),
        (b"\0\xf0\0\0", "has length 0 where 4"),
        (b"\0\xf0\0\5", "has length 5 where 4"),
        (b"\x40\xf0\0\4", "16624 at byte 0 is no TLV parameter type"),
        (b"\0\x03\0\4", "3 at byte 0 is no TLV parameter type"),
        (tlv(257) + b"\x81\0", "at byte 4"),
    ],
)
def test_walk_parameters_of_malformed_data_raises_and_says_where(data: bytes, message_part: str) -> None:
    with pytest.raises(ProtocolError, match=message_part):
        list(walk_parameters(data))


@needs_reference
def test_feed_recorded_session_in_pieces_returns_its_934_messages() -> None:
    stream = (REFERENCE / "dx101_a.bin").read_bytes()
    whole = Deframer().feed(stream)
    assert len(whole) == 934
    assert b"".join(map(encoded, whole)) == stream
    for size in (1, 3, 1448):
        deframer, got = Deframer(), []
        for start in range(0, len(stream), size):
            got += deframer.feed(stream[start : start + size])
        assert got == whole
