"""What `reader watch --rf` shows beside the reads."""

from gateway.cli.reader_rf import RfContent
from readers.llrp.report import ReportDecoder
from tests.readers.llrp import wire

EPC = bytes.fromhex("3034257BF7194E4000001A85")
NOTHING = {"channel": None, "phase_degrees": None, "doppler_hz": None}


def report(phase: int) -> bytes:
    content = [wire.antenna(1), wire.last_utc(5), wire.tv(7, "H", 12), wire.impinj(56, phase)]
    return wire.tag(wire.epc96(EPC), *content)


def test_content_when_a_report_comes_in_pieces_then_it_is_that_of_its_reads() -> None:
    rf = RfContent()
    ear, body = rf.listen(), report(2048)
    message = wire.message(61, body)
    ear.heard(wire.message(62) + message[:20], 0)
    ear.heard(message[20:], 0)
    (row,) = ReportDecoder().rows(body)
    assert rf.of(row) == {"channel": 12, "phase_degrees": 180.0, "doppler_hz": None}
    ear.heard(wire.message(62), 0)
    assert rf.of(row) == NOTHING


def test_content_when_the_stream_is_faulty_then_there_is_none() -> None:
    rf = RfContent()
    ear = rf.listen()
    ear.heard(wire.message(61, report(1)[:-3]), 0)
    ear.heard(b"\xff" * 20, 0)
    (row,) = ReportDecoder().rows(report(1))
    assert rf.of(row) == NOTHING


def test_content_when_a_connection_is_new_then_what_was_cut_off_before_is_forgotten() -> None:
    rf, body = RfContent(), report(1024)
    rf.listen().heard(wire.message(61, body)[:20], 0)
    rf.listen().heard(wire.message(61, body), 0)
    (row,) = ReportDecoder().rows(body)
    assert rf.of(row)["phase_degrees"] == 90.0
