"""The fast path: the same rows as the walker's, whatever the mix of shapes, and none of a malformed report."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.errors import ProtocolError
from readers.llrp.framing import Deframer
from readers.llrp.report import MAX_PLANS, MAX_SHAPES, ReportDecoder
from readers.llrp.shape import BLOCK_RECORDS
from readers.llrp.walker import Clock, walk_report
from readers.tag import OddEpc, TagRead, TagRow, epc_bits
from tests.readers.llrp import wire
from tests.readers.llrp.strategies import bodies, tags

EPC = bytes.fromhex("3034257BF7194E4000001A85")


def walked(body: bytes) -> list[TagRow]:
    return [tag.row() for tag in walk_report(body) if tag.epc_bits]


def test_rows_of_full_tag_are_the_fields_in_the_order_of_tag_read() -> None:
    body = wire.tag(
        wire.epc96(EPC),
        wire.antenna(2),
        wire.rssi(-50),
        wire.first_utc(10),
        wire.last_utc(20),
        wire.seen_count(3),
        wire.pc(0x3000),
    )
    assert ReportDecoder().rows(body) == [
        TagRead(epc=EPC, antenna=2, rssi_dbm=-50, first_seen_us=10, last_seen_us=20, seen_count=3, pc=0x3000)
    ]


def test_rows_of_empty_report_are_none() -> None:
    decoder = ReportDecoder()
    assert decoder.rows(b"") == []
    assert decoder.clock is None


@pytest.mark.parametrize("count", [1, 2, BLOCK_RECORDS - 1, BLOCK_RECORDS, BLOCK_RECORDS + 1, 500])
def test_rows_of_uniform_report_are_the_same_learning_and_remembering(count: int) -> None:
    decoder = ReportDecoder()
    body = b"".join(map(wire.full_tag, range(count)))
    expected = list(map(wire.full_row, range(count)))
    assert decoder.rows(body) == expected
    assert decoder.rows(body) == expected


def test_rows_with_fields_missing_have_none_there() -> None:
    assert ReportDecoder().rows(wire.tag(wire.epc96(EPC), wire.seen_count(9))) == [
        (EPC, None, None, None, None, 9, None)
    ]
    assert ReportDecoder().rows(wire.tag(wire.epc96(EPC))) == [(EPC, *[None] * 6)]
    assert ReportDecoder().rows(wire.tag(wire.epc96(EPC), wire.antenna(0))) == [(EPC, 0, *[None] * 5)]


def test_rows_with_fields_in_another_order_come_in_the_order_of_tag_read() -> None:
    fields = [
        wire.pc(7),
        wire.seen_count(6),
        wire.last_utc(5),
        wire.first_utc(4),
        wire.rssi(-3),
        wire.antenna(2),
    ]
    body = wire.tag(*fields, wire.epc96(EPC)) * 3
    assert ReportDecoder().rows(body) == [(EPC, 2, -3, 4, 5, 6, 7)] * 3


@pytest.mark.parametrize("dbm", [-128, -1, 0, 127])
def test_rows_rssi_is_signed(dbm: int) -> None:
    assert ReportDecoder().rows(wire.tag(wire.epc96(EPC), wire.rssi(dbm)))[0][2] == dbm


@pytest.mark.parametrize("bits", [1, 7, 8, 9, 95, 96, 97, 128, 255, 496, 512, 513])
def test_rows_epc_data_of_any_length_keeps_its_bits_and_clears_the_rest(bits: int) -> None:
    length = (bits + 7) // 8
    unused = length * 8 - bits
    expected = b"\xff" * (length - 1) + bytes([0xFF << unused & 0xFF])
    for count in (1, 3):
        rows = ReportDecoder().rows(wire.tag(wire.epc_data(b"\xff" * length, bits)) * count)
        assert [row[0] for row in rows] == [expected] * count
        assert [epc_bits(row[0]) for row in rows] == [bits] * count
        assert all(isinstance(row[0], OddEpc) == bool(bits % 8) for row in rows)


def test_rows_epc_without_bits_is_dropped_and_counted() -> None:
    decoder = ReportDecoder()
    assert decoder.rows(wire.tag(wire.epc_data(b"")) * 2 + wire.full_tag()) == [wire.full_row()]
    assert (decoder.blank, decoder.foreign) == (2, 0)


def test_rows_of_other_rospec_are_dropped_and_counted() -> None:
    decoder = ReportDecoder(rospec_id=1)
    other = wire.tag(wire.epc96(EPC), wire.rospec_id(2))
    ours = wire.tag(wire.epc96(EPC), wire.rospec_id(1))
    silent = wire.tag(wire.epc96(EPC))
    row = (EPC, *[None] * 6)
    for turn in range(1, 4):
        assert decoder.rows(other * 3) == []
        assert decoder.rows(ours + other + silent) == [row, row]
        assert decoder.rows(ours * 5) == [row] * 5
        assert decoder.foreign == turn * 4


def test_rows_of_any_rospec_are_kept_when_none_is_given() -> None:
    decoder = ReportDecoder()
    assert len(decoder.rows(wire.tag(wire.epc96(EPC), wire.rospec_id(2)) + wire.full_tag())) == 2
    assert decoder.foreign == 0


def test_clock_of_report_is_utc_where_the_reader_has_it() -> None:
    decoder = ReportDecoder()
    both = wire.tag(
        wire.epc96(EPC), wire.first_utc(1), wire.first_uptime(2), wire.last_utc(3), wire.last_uptime(4)
    )
    assert decoder.rows(both)[0][3:5] == (1, 3)
    assert decoder.clock is Clock.UTC
    assert decoder.rows(wire.tag(wire.epc96(EPC), wire.first_uptime(2), wire.last_uptime(4)))[0][3:5] == (
        2,
        4,
    )
    assert decoder.clock is Clock.UPTIME
    assert decoder.rows(wire.tag(wire.epc96(EPC), wire.first_uptime(2), wire.last_utc(3)))[0][3:5] == (
        None,
        3,
    )
    assert decoder.clock is Clock.UTC
    decoder.rows(wire.tag(wire.epc96(EPC)))
    assert decoder.clock is None


def test_clock_when_tags_disagree_is_the_first_and_other_times_are_unknown() -> None:
    decoder = ReportDecoder()
    up = wire.tag(wire.epc96(EPC), wire.antenna(1), wire.first_uptime(2), wire.last_uptime(4))
    utc = wire.tag(wire.epc96(EPC), wire.antenna(1), wire.first_utc(1), wire.last_utc(3), wire.seen_count(5))
    assert [row[3:6] for row in decoder.rows(up + utc)] == [(2, 4, None), (None, None, 5)]
    assert decoder.clock is Clock.UPTIME


def test_rows_with_vendor_parameters_are_those_without() -> None:
    vendor = [wire.impinj(56, 1000), wire.impinj(57, -5012), wire.tlv(1023, b"\0\0\0\xa1\0\0\0\1xyz")]
    decoder = ReportDecoder()
    body = b"".join(
        wire.tag(wire.epc96(i.to_bytes(12, "big")), *wire.full_fields(i), *vendor) for i in range(20)
    )
    assert decoder.rows(body) == decoder.rows(body) == list(map(wire.full_row, range(20)))


def test_rows_skip_unknown_tlvs_and_remember_no_shape_of_them() -> None:
    decoder = ReportDecoder()
    body = wire.tag(wire.epc96(EPC), wire.tlv(900, b"?"), wire.antenna(3)) * 4
    assert decoder.rows(body) == [(EPC, 3, *[None] * 5)] * 4
    assert not decoder._shapes


def test_rows_pass_over_survey_and_custom_beside_the_tags() -> None:
    body = (
        wire.tlv(242, b"survey")
        + wire.full_tag(1)
        + wire.tlv(1023, b"\0\0\x65\x1a\0\0\0\1")
        + wire.full_tag(2)
    )
    decoder = ReportDecoder()
    assert decoder.rows(body) == decoder.rows(body) == [wire.full_row(1), wire.full_row(2)]
    assert decoder.rows(wire.tlv(242, b"survey")) == []


def damaged_length(body: bytes) -> bytes:
    return body[:3] + bytes([body[3] - 1]) + body[4:]


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body[:-1],
        lambda body: body[:3],
        lambda body: body + b"\0",
        lambda body: body + b"\x81\0",
        damaged_length,
        lambda body: body + wire.tag(wire.antenna(1)),
        lambda body: body + wire.tag(wire.epc96(EPC), wire.epc96(EPC)),
        lambda body: body + wire.tag(wire.epc96(EPC), wire.epc_data(EPC)),
        lambda body: body + wire.tag(wire.epc96(EPC), b"\xff\0"),
        lambda body: body + wire.tag(wire.tlv(241, b"\0")),
        lambda body: body + wire.tag(wire.epc_data(EPC, bits=97)),
        lambda body: body + wire.tag(wire.epc96(EPC), b"\x03\x84\0\3"),
        lambda body: body + wire.tag(wire.epc96(EPC), wire.tlv(3)),
        lambda body: body + wire.tag(wire.epc96(EPC), b"\x03\x84\xff\xff"),
    ],
)
def test_rows_of_malformed_report_raise_and_leave_the_decoder_usable(
    damage: Callable[[bytes], bytes],
) -> None:
    good = wire.full_tag(1) + wire.full_tag(2)
    fresh, practised = ReportDecoder(), ReportDecoder()
    practised.rows(good)
    for decoder in (fresh, practised):
        with pytest.raises(ProtocolError):
            decoder.rows(damage(good))
        with pytest.raises(ProtocolError):
            walk_report(damage(good))
        assert decoder.rows(good) == [wire.full_row(1), wire.full_row(2)]


def test_rows_cut_anywhere_raise_or_are_whole_tags() -> None:
    decoder = ReportDecoder()
    body = b"".join(map(wire.full_tag, range(3)))
    decoder.rows(body)
    size = len(wire.full_tag())
    for cut in range(len(body)):
        if cut % size == 0:
            assert len(decoder.rows(body[:cut])) == cut // size
        else:
            with pytest.raises(ProtocolError):
                decoder.rows(body[:cut])


def test_remembered_shapes_and_lengths_are_bounded() -> None:
    decoder = ReportDecoder()
    for bits in range(8, 8 * (2 * MAX_SHAPES + 10), 8):
        decoder.rows(wire.tag(wire.epc_data(bytes(bits // 8))))
        assert sum(map(len, decoder._shapes.values())) <= MAX_SHAPES
        assert len(decoder._plans) <= MAX_PLANS
    for number in range(2 * MAX_SHAPES):
        assert len(decoder.rows(wire.tag(wire.epc96(EPC), wire.rospec_id(number)))) == 1
        assert sum(map(len, decoder._shapes.values())) <= MAX_SHAPES


def test_shape_of_long_tag_is_not_remembered() -> None:
    decoder = ReportDecoder()
    body = wire.tag(wire.epc96(EPC), wire.tlv(1023, bytes(600))) * 3
    assert len(decoder.rows(body)) == 3
    assert not decoder._shapes


@given(bodies)
def test_rows_of_any_mix_equal_the_walkers(body: bytes) -> None:
    decoder = ReportDecoder()
    expected = walked(body)
    assert decoder.rows(body) == expected
    assert decoder.rows(body) == expected


@given(st.lists(bodies, max_size=6))
def test_rows_of_one_decoder_for_many_reports_equal_the_walkers(reports: list[bytes]) -> None:
    decoder = ReportDecoder()
    for body in reports * 2:
        assert decoder.rows(body) == walked(body)


@given(tags, st.integers(2, 80))
def test_rows_of_equal_shapes_equal_the_walkers(record: bytes, count: int) -> None:
    decoder = ReportDecoder()
    decoder.rows(record)
    assert decoder.rows(record * count) == walked(record * count)


@given(tags, st.data())
def test_rows_of_damaged_report_equal_the_walkers_or_both_refuse(record: bytes, data: st.DataObject) -> None:
    """The decoder has learned the intact shape: damage must not slip through it."""
    decoder = ReportDecoder()
    decoder.rows(record * 2)
    damaged = bytearray(record * 2)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        expected = walked(bytes(damaged))
    except ProtocolError:
        with pytest.raises(ProtocolError):
            decoder.rows(bytes(damaged))
    else:
        clocks = {tag.clock for tag in walk_report(bytes(damaged)) if tag.epc_bits} - {None}
        if len(clocks) < 2:
            assert decoder.rows(bytes(damaged)) == expected


@wire.needs_reference
def test_rows_of_recorded_reports_equal_the_walkers() -> None:
    decoder = ReportDecoder()
    reports = [
        frame.body
        for frame in Deframer().feed((wire.REFERENCE / "dx101_a.bin").read_bytes())
        if frame.type == 61
    ]
    assert sum(len(decoder.rows(body)) for body in reports) == 130
    assert [decoder.rows(body) for body in reports] == list(map(walked, reports))
    assert decoder.clock is Clock.UTC


def test_rows_of_alike_when_reports_are_of_the_known_shape_then_they_are_the_rows_of_each() -> None:
    bodies = [wire.full_tag(index) for index in range(200)]
    decoder = ReportDecoder(rospec_id=1)
    assert decoder.rows_of_alike(bodies) is None
    apart = [row for body in bodies for row in decoder.rows(body)]
    assert decoder.rows_of_alike(bodies) == apart


def test_rows_of_alike_when_one_is_cut_off_and_the_next_completes_it_then_none() -> None:
    bodies = [wire.full_tag(index) for index in range(4)]
    decoder = ReportDecoder(rospec_id=1)
    decoder.rows(bodies[0])
    moved = [bodies[0], bodies[1][:-7], bodies[1][-7:] + bodies[2], bodies[3]]
    assert decoder.rows_of_alike(moved) is None


def test_rows_of_alike_when_one_is_of_another_shape_then_none() -> None:
    bodies = [wire.full_tag(index) for index in range(4)]
    decoder = ReportDecoder(rospec_id=1)
    decoder.rows(bodies[0])
    strange = bytearray(bodies[2])
    strange[4] ^= 0x01
    assert decoder.rows_of_alike([*bodies[:2], bytes(strange)]) is None
