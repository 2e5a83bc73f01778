"""What must hold of framing and decoding for any bytes at all, and valid messages to start from."""

from contextlib import suppress
from functools import lru_cache
from random import Random

from readers.errors import FrameError, ProtocolError
from readers.llrp.capabilities import Capabilities, decode_capabilities, decode_config
from readers.llrp.describe import describe
from readers.llrp.framing import HEADER_BYTES, MAX_MESSAGE_BYTES, Deframer, Frame
from readers.llrp.report import MAX_PLANS, MAX_SHAPES, ReportDecoder
from readers.llrp.requests import Detail, ReaderPlan, add_rospec, set_reader_config
from readers.llrp.vendors import vendor_of
from readers.llrp.walker import walk_report
from readers.settings import ReaderSettings
from readers.tag import TagRow
from tests.readers.llrp import wire
from tests.readers.scripted import capabilities, status

EPC = bytes.fromhex("3034257BF7194E4000001A85")


def report_seeds() -> list[bytes]:
    fields = wire.full_fields(3)
    vendor = [wire.impinj(56, 77), wire.impinj(57, -5012)]
    uptime = [wire.antenna(1), wire.first_uptime(5), wire.last_uptime(6)]
    return [
        b"",
        wire.full_tag(1),
        b"".join(map(wire.full_tag, range(20))),
        wire.tag(wire.epc96(EPC), *fields, *vendor) * 3,
        wire.tag(wire.epc_data(b"\xff" * 16), *fields) + wire.full_tag(2),
        wire.tag(wire.epc_data(b"\xff\xf8", 13), wire.rssi(-60)) * 2 + wire.tag(wire.epc_data(b"")),
        wire.tag(wire.epc96(EPC), *uptime) * 2,
        wire.tlv(242, b"survey") + wire.full_tag(4) + wire.tlv(1023, bytes(12)),
        wire.tag(wire.epc96(EPC), wire.rospec_id(9), wire.tlv(349, bytes(9)), wire.tlv(800)),
        wire.tag(wire.epc96(EPC), wire.tlv(3)),
    ]


def check_report(decoder: ReportDecoder, body: bytes) -> None:
    """Fast path and walker agree, or both refuse; nothing but ProtocolError escapes; caches stay bounded."""
    expected = _walked(body)
    try:
        rows: list[TagRow] | None = decoder.rows(body)
    except ProtocolError:
        rows = None
    assert rows == expected, body.hex()
    if body:
        twice = decoder.rows_of_alike([body, body])
        assert twice is None or twice == (expected or []) * 2, body.hex()
    assert sum(map(len, decoder._shapes.values())) <= MAX_SHAPES
    assert len(decoder._plans) <= MAX_PLANS


def stream_seeds() -> list[bytes]:
    """Whole conversations, a message of each version, and what breaks a stream off."""
    reports = [wire.message(61, body) for body in report_seeds()]
    versions = [wire.message(62, b"", 7, version) for version in (1, 2, 3)]
    return [
        *reports,
        b"".join(reports + versions),
        *versions,
        wire.message(63, b"\0\xf6\0\4") + wire.message(900, b"\xff" * 33) + wire.message(61),
        wire.message(61) + b"\x04\x3d\0\0\0\5" + bytes(4),
        wire.message(61) + b"\x04\x3d\xff\xff\xff\xff" + bytes(4),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ]


def check_stream(stream: bytes, random: Random) -> None:
    """Whole or in pieces, the messages a plain reading finds, before the same end; each can be described."""
    whole = _deframed([stream])
    assert whole == _split(stream), stream.hex()
    pieces = []
    position = 0
    while position < len(stream):
        size = random.randint(1, 40)
        pieces.append(stream[position : position + size])
        position += size
    assert _deframed(pieces) == whole, stream.hex()
    for frame in whole[0]:
        describe(wire.message(frame.type, frame.body, frame.id, frame.version))
    describe(stream)


def capability_seeds() -> list[bytes]:
    return [
        status() + capabilities(),
        status() + capabilities(manufacturer=25882, antennas=8),
        status(100, "no") + capabilities()[:40],
        status() + wire.tlv(217, bytes(4)) + wire.tlv(220, b"\1" + bytes(4)) + wire.tlv(226, b"\x80"),
        b"",
    ]


def check_capabilities(body: bytes) -> None:
    """Decoded or refused; whatever is decoded, a ROSpec and a configuration can be asked for."""
    with suppress(ProtocolError):
        decode_config(body)
    try:
        found = decode_capabilities(body)
    except ProtocolError:
        return
    check_requests(found)


@lru_cache(maxsize=4096)
def check_requests(found: Capabilities) -> None:
    plan = ReaderPlan(ReaderSettings("dock-1", "10.0.0.1"), found, vendor_of(found.manufacturer))
    for detail in Detail:
        for request in (add_rospec(plan, detail), set_reader_config(plan, detail)):
            describe(wire.message(request.type, request.body))


def mutate(data: bytes, random: Random) -> bytes:
    """A few of: a byte changed, a length made to lie, a stretch cut out, doubled or filled with noise."""
    damaged = bytearray(data or b"\0")
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(damaged))
        kind = random.randrange(5)
        if kind == 0:
            damaged[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            damaged[at] = random.choice((0, 1, 3, 4, 5, 0x7F, 0x80, 0x8D, 0xF0, 0xF1, 0xFF))
        elif kind == 2 and len(damaged) > 1:
            del damaged[at : at + random.randint(1, 8)]
        elif kind == 3:
            damaged[at:at] = damaged[at : at + random.randint(1, 60)]
        else:
            damaged[at:at] = random.randbytes(random.randint(1, 8))
        if not damaged:
            damaged += b"\0"
    return bytes(damaged)


def _walked(body: bytes) -> list[TagRow] | None:
    try:
        tags = [tag for tag in walk_report(body) if tag.epc_bits]
    except ProtocolError:
        return None
    clock = next((tag.clock for tag in tags if tag.clock), None)
    for tag in tags:
        if tag.clock is not clock:
            tag.first_seen_us = tag.last_seen_us = None
    return [tag.row() for tag in tags]


def _split(stream: bytes) -> tuple[list[Frame], bool]:
    """The messages of a stream, byte by byte as the standard says it, and whether it breaks off."""
    frames, rest = [], stream
    while rest:
        if not 1 <= rest[0] >> 2 <= 3:
            return frames, True
        length = int.from_bytes(rest[2:6], "big")
        if len(rest) < HEADER_BYTES:
            return frames, False
        if not HEADER_BYTES <= length <= MAX_MESSAGE_BYTES:
            return frames, True
        if len(rest) < length:
            return frames, False
        kind = int.from_bytes(rest[:2], "big") & 0x3FF
        frames.append(Frame(rest[0] >> 2, kind, int.from_bytes(rest[6:10], "big"), rest[10:length]))
        rest = rest[length:]
    return frames, False


def _deframed(pieces: list[bytes]) -> tuple[list[Frame], bool]:
    deframer, frames = Deframer(), []
    for piece in pieces:
        try:
            frames += deframer.feed(piece)
        except FrameError:
            break
    return frames, deframer.fault is not None
