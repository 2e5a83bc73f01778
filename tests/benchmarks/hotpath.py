"""Pieces of the hot path for an instruction counter: fixed work, no clock, no randomness.

python -m tests.benchmarks.hotpath PIECE PASSES
"""

import sys
from collections.abc import Callable
from struct import pack

from gateway.readpoints.admission import Admission
from gateway.readpoints.doorway import DoorWay
from gateway.readpoints.visits import PresencePoint
from readers.llrp.framing import Deframer, encode_message, encode_tlv, encode_tv
from readers.llrp.report import ReportDecoder
from readers.tag import TagRow
from rules.observation import ReadPoint
from rules.portal.evidence import NO_SIDE, Trace
from rules.vocabulary import BizStep, ReadPointKind
from tests.readers.scripted import Conversation

READS = 1000
"""Of one pass."""
TAGS = 200
LIMIT = 1_000_000
STEP_US = 20_000


def body_of(size: int, start: int) -> bytes:
    return b"".join(record(index % TAGS) for index in range(start, start + size))


def record(index: int) -> bytes:
    """EPC-96, antenna, RSSI, first and last seen, count, PC: what the gateway asks a reader for."""
    seen = encode_tv(2, pack(">Q", 1_700_000_000_000_000 + index)) + encode_tv(
        4, pack(">Q", 1_700_000_000_500_000 + index)
    )
    antenna = encode_tv(1, pack(">H", 1 + index % 4)) + encode_tv(6, pack(">b", -40 - index % 40))
    rest = encode_tv(8, pack(">H", 1)) + encode_tv(12, pack(">H", 0x3000))
    return encode_tlv(240, encode_tv(13, index.to_bytes(12, "big")) + antenna + seen + rest)


def _decode(size: int) -> Callable[[int], object]:
    """From received bytes to rows, one report at a time."""
    stream = b"".join(encode_message(61, 7, body_of(size, start)) for start in range(0, READS, size))
    deframer, decoder = Deframer(), ReportDecoder(rospec_id=1)
    return lambda _: [decoder.rows(frame.body) for frame in deframer.feed(stream)]


def _receive(size: int) -> Callable[[int], object]:
    """From a receive to the read point: session, decoder and buffer, one report at a time."""
    reports = [encode_message(61, 7, body_of(size, start)) for start in range(0, READS, size)]
    conversation = Conversation()
    conversation.start()
    session, presence = conversation.session, _presence_point()

    def one_pass(turn: int) -> None:
        for report in reports:
            session.receive_data(report, conversation.now_us)
            presence.add(session.reads(), {1, 2, 3, 4}, turn * STEP_US, 0)
        presence.take(LIMIT)

    return one_pass


def _decode_alike(_: int) -> object:
    return [_ALIKE.rows_of_alike(_SHORT[start : start + 10]) for start in range(0, READS, 10)]


def _presence_point() -> PresencePoint:
    return PresencePoint(ReadPoint("bench", ReadPointKind.PRESENCE, BizStep.RECEIVING), LIMIT, Admission())


def _presence() -> Callable[[int], object]:
    presence, rows = _presence_point(), _rows()

    def one_pass(turn: int) -> None:
        presence.add(rows, {1, 2, 3, 4}, turn * STEP_US, 0)
        presence.take(LIMIT)

    return one_pass


def _portal() -> Callable[[int], object]:
    traces: dict[bytes, Trace] = {}
    door, rows = DoorWay("door", traces, LIMIT, Admission()), _rows()
    sides = dict.fromkeys((1, 2, 3, 4), NO_SIDE)
    return lambda turn: door.add(rows, sides, turn * STEP_US, 0)


def _rows() -> list[TagRow]:
    return ReportDecoder(rospec_id=1).rows(body_of(READS, 0))


_SHORT = [body_of(1, start) for start in range(READS)]
_ALIKE = ReportDecoder(rospec_id=1)
_ALIKE.rows(_SHORT[0])

PIECES: dict[str, Callable[[int], object]] = {
    "decode, 1 tag per report": _decode(1),
    "decode, 10 reports of 1 tag at once": _decode_alike,
    "decode, 50 tags per report": _decode(50),
    "receive, 1 tag per report": _receive(1),
    "receive, 50 tags per report": _receive(50),
    "presence read point": _presence(),
    "portal": _portal(),
}
"""What one pass of each does; the argument counts the passes."""


def main() -> None:
    piece, passes = PIECES[sys.argv[1]], int(sys.argv[2])
    for turn in range(passes):
        piece(turn)


if __name__ == "__main__":
    main()
