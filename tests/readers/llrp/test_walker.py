"""The reference walker against recorded reports and their decoded truth."""

import base64
import json
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from readers.errors import ProtocolError
from readers.llrp.framing import Deframer
from readers.llrp.walker import Clock, TagReport, walk_report
from readers.tag import OddEpc
from tests.readers.llrp import wire

EPC = bytes.fromhex("3034257BF7194E4000001A85")
NAMESPACE = "{http://www.llrp.org/ltk/schema/core/encoding/xml/1.0}"


def test_walk_report_of_every_field_gives_every_field() -> None:
    body = wire.tag(
        wire.epc96(EPC),
        wire.channel(5),
        *wire.full_fields(0),
        wire.impinj(56, 1024),
        wire.impinj(57, -5012),
        wire.impinj(68, -24),
    )
    assert walk_report(body) == [
        TagReport(
            epc=EPC,
            epc_bits=96,
            antenna=1,
            rssi_dbm=-40,
            first_seen_us=1_700_000_000_000_000,
            last_seen_us=1_700_000_000_500_000,
            seen_count=1,
            pc=0x3000,
            clock=Clock.UTC,
            rospec_id=1,
            channel=5,
            impinj_phase_degrees=90.0,
            impinj_rssi_dbm=-50.12,
            impinj_doppler_hz=-1.5,
        )
    ]


def test_walk_report_of_epc_alone_reports_nothing_else() -> None:
    assert walk_report(wire.tag(wire.epc_data(b"\xff\xff", 9))) == [TagReport(epc=b"\xff\x80", epc_bits=9)]


def test_walk_report_of_epc_without_bits_keeps_it() -> None:
    assert walk_report(wire.tag(wire.epc_data(b""))) == [TagReport()]


@pytest.mark.parametrize(
    "custom",
    [wire.tlv(1023, b"\0\0\x65\x1a"), wire.tlv(1023, b"\0\0\0\xa1\0\0\0\x38\0\1"), wire.impinj(99, 1)],
)
def test_walk_report_of_other_custom_parameters_skips_them(custom: bytes) -> None:
    assert walk_report(wire.tag(wire.epc96(EPC), custom)) == [TagReport(epc=EPC, epc_bits=96)]


def test_row_of_odd_epc_carries_its_bits() -> None:
    epc = TagReport(epc=b"\xf8", epc_bits=5).row()[0]
    assert isinstance(epc, OddEpc)
    assert epc.bits == 5


@pytest.mark.parametrize(
    "record", [wire.tag(), wire.tag(wire.antenna(1)), wire.tag(wire.epc96(EPC), wire.epc_data(EPC))]
)
def test_walk_report_without_exactly_one_epc_raises(record: bytes) -> None:
    with pytest.raises(ProtocolError, match="EPC"):
        walk_report(record)


def truth(message: ET.Element) -> list[TagReport]:
    return [truth_of_tag(tag) for tag in message.iter(f"{NAMESPACE}TagReportData")]


def truth_of_tag(tag: ET.Element) -> TagReport:
    def text(name: str) -> str:
        return tag.findtext(f"{NAMESPACE}{name.replace('/', '/' + NAMESPACE)}", "")

    def microseconds(name: str) -> int:
        at = datetime.fromisoformat(text(f"{name}/Microseconds"))
        return int(at.timestamp()) * 1_000_000 + at.microsecond

    return TagReport(
        epc=bytes.fromhex(text("EPC_96/EPC")),
        epc_bits=96,
        antenna=int(text("AntennaID/AntennaID")),
        rssi_dbm=int(text("PeakRSSI/PeakRSSI")),
        first_seen_us=microseconds("FirstSeenTimestampUTC"),
        last_seen_us=microseconds("LastSeenTimestampUTC"),
        seen_count=int(text("TagSeenCount/TagCount")),
        pc=int(text("C1G2_PC/PC_Bits")),
        clock=Clock.UTC,
        rospec_id=int(text("ROSpecID/ROSpecID")),
        channel=int(text("ChannelIndex/ChannelIndex")),
    )


@wire.needs_reference
def test_walk_report_of_recorded_session_gives_its_truth() -> None:
    frames = Deframer().feed((wire.REFERENCE / "dx101_a.bin").read_bytes())
    messages = list(ET.parse(wire.REFERENCE / "dx101_a.xml").getroot())
    assert len(frames) == len(messages) == 934
    tags = 0
    for frame, message in zip(frames, messages, strict=True):
        assert frame.id == int(message.get("MessageID", ""))
        expected = truth(message)
        assert (walk_report(frame.body) if frame.type == 61 else []) == expected
        tags += len(expected)
    assert tags == 130


def edgex_reports() -> list[Path]:
    return sorted((wire.REFERENCE / "edgex/roAccessReports").glob("*.bytes"))


@wire.needs_reference
@pytest.mark.parametrize("path", edgex_reports(), ids=lambda path: path.stem)
def test_walk_report_of_impinj_r420_gives_its_truth(path: Path) -> None:
    (expected,) = json.loads(path.with_suffix(".json").read_text())["TagReportData"]
    (tag,) = walk_report(path.read_bytes())
    assert tag.epc == base64.b64decode(expected["EPC96"]["EPC"])
    assert (tag.antenna, tag.rssi_dbm, tag.first_seen_us) == (
        expected["AntennaID"],
        expected["PeakRSSI"],
        expected["FirstSeenUTC"],
    )
    assert (tag.last_seen_us, tag.seen_count, tag.pc, tag.channel) == (None, None, None, None)
