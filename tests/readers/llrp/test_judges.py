"""Foreign LLRP decoders read the same out of the same bytes: sllurp, llrpkit and pyllrp."""

from collections.abc import Callable, Iterator

import bitstring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llrpkit.protocol import codec, params
from pyllrp import pyllrp
from sllurp.llrp import LLRPMessage

from readers.llrp.framing import Deframer
from readers.llrp.report import ReportDecoder
from readers.tag import TagRow
from tests.readers.llrp import wire

Judge = Callable[[bytes], list[TagRow]]


def sllurp_rows(message: bytes) -> list[TagRow]:
    report = LLRPMessage(msgbytes=message).msgdict["RO_ACCESS_REPORT"]
    return [
        (
            bytes.fromhex(tag["EPC"].decode()),
            tag.get("AntennaID"),
            tag.get("PeakRSSI"),
            tag.get("FirstSeenTimestampUTC", tag.get("FirstSeenTimestampUptime")),
            tag.get("LastSeenTimestampUTC", tag.get("LastSeenTimestampUptime")),
            tag.get("TagSeenCount"),
            tag.get("C1G2PC"),
        )
        for tag in report.get("TagReportData", [])
    ]


def llrpkit_rows(message: bytes) -> list[TagRow]:
    def row(tag: params.TagReportData) -> TagRow:
        epc = tag.epc_parameter.epc
        first = tag.first_seen_timestamp_utc or tag.first_seen_timestamp_uptime
        last = tag.last_seen_timestamp_utc or tag.last_seen_timestamp_uptime
        pcs = [word.pc_bits for word in tag.air_protocol_tag_datas if isinstance(word, params.C1G2_PC)]
        return (
            epc if isinstance(epc, bytes) else epc.data,
            tag.antenna_id and tag.antenna_id.antenna_id,
            tag.peak_rssi and tag.peak_rssi.peak_rssi,
            first and first.microseconds,
            last and last.microseconds,
            tag.tag_seen_count and tag.tag_seen_count.tag_count,
            pcs[0] if pcs else None,
        )

    return [row(tag) for tag in codec.decode_message(message).tag_report_datas]


def pyllrp_rows(message: bytes) -> list[TagRow]:
    columns = {
        pyllrp.AntennaID_Parameter: (1, "AntennaID"),
        pyllrp.PeakRSSI_Parameter: (2, "PeakRSSI"),
        pyllrp.FirstSeenTimestampUTC_Parameter: (3, "Microseconds"),
        pyllrp.FirstSeenTimestampUptime_Parameter: (3, "Microseconds"),
        pyllrp.LastSeenTimestampUTC_Parameter: (4, "Microseconds"),
        pyllrp.LastSeenTimestampUptime_Parameter: (4, "Microseconds"),
        pyllrp.TagSeenCount_Parameter: (5, "TagCount"),
        pyllrp.C1G2_PC_Parameter: (6, "PC_Bits"),
    }

    def row(tag: pyllrp.TagReportData_Parameter) -> TagRow:
        (epc,) = [part.EPC for part in tag.Parameters if hasattr(part, "EPC")]
        fields: list[int | None] = [None] * 7
        for part in tag.Parameters:
            if type(part) in columns:
                index, attribute = columns[type(part)]
                fields[index] = getattr(part, attribute)
        return (epc if isinstance(epc, bytes) else epc.to_bytes(12, "big"), *fields[1:])

    report = pyllrp.UnpackMessage(bitstring.ConstBitStream(bytes=message))
    return [row(tag) for tag in report.Parameters]


judges = pytest.mark.parametrize("judge", [sllurp_rows, llrpkit_rows, pyllrp_rows])


@st.composite
def reports(draw: st.DrawFn) -> bytes:
    """What all three can decode: whole-byte EPCs, no vendor parameters, one clock."""
    utc = draw(st.booleans())
    word, time = st.integers(0, 0xFFFF), st.integers(0, 2**63)

    def parameters() -> Iterator[bytes]:
        epc = draw(st.binary(min_size=12, max_size=12))
        yield (
            wire.epc96(epc)
            if draw(st.booleans())
            else wire.epc_data(epc + draw(st.sampled_from([b"", b"\1\2\3\4"])))
        )
        fields = [
            st.builds(wire.rospec_id, st.integers(0, 2**32 - 1)),
            st.builds(wire.antenna, word),
            st.builds(wire.rssi, st.integers(-128, 127)),
            st.builds(wire.first_utc if utc else wire.first_uptime, time),
            st.builds(wire.last_utc if utc else wire.last_uptime, time),
            st.builds(wire.seen_count, word),
            st.builds(wire.pc, word),
        ]
        yield from (draw(field) for field in fields if draw(st.integers(0, 3)))

    count = draw(st.integers(1, 6))
    return b"".join(wire.tag(*parameters()) for _ in range(count))


@judges
@given(body=reports())
def test_rows_of_arbitrary_report_are_what_the_judge_reads(judge: Judge, body: bytes) -> None:
    assert ReportDecoder().rows(body) == judge(wire.message(61, body))


@pytest.mark.parametrize("judge", [sllurp_rows, llrpkit_rows])
def test_rows_with_vendor_parameters_are_what_the_judge_reads(judge: Judge) -> None:
    body = b"".join(
        wire.tag(
            wire.epc96(bytes(12)),
            *wire.full_fields(i),
            wire.impinj(56, i),
            wire.impinj(57, -i),
            wire.impinj(68, i),
        )
        for i in range(5)
    )
    assert ReportDecoder().rows(body) == judge(wire.message(61, body))


@judges
@wire.needs_reference
def test_rows_of_recorded_reports_are_what_the_judge_reads(judge: Judge) -> None:
    bodies = [
        frame.body
        for frame in Deframer().feed((wire.REFERENCE / "dx101_a.bin").read_bytes())
        if frame.type == 61
    ]
    bodies += [
        path.read_bytes() for path in sorted((wire.REFERENCE / "edgex/roAccessReports").glob("*.bytes"))
    ]
    assert len(bodies) == 12
    decoder = ReportDecoder()
    for body in bodies:
        assert decoder.rows(body) == judge(wire.message(61, body))
