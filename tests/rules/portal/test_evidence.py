"""A trace keeps what the door needs to know, and never more than it may."""

import itertools
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.portal.evidence import INSIDE, MAX_KEPT_READS, NO_RSSI_DBM, NO_SIDE, OUTSIDE, Trace

START = 1_700_000_000_000_000


def test_samples_when_reads_were_added_then_they_come_back_as_they_were() -> None:
    trace = Trace(b"\x30", START)
    trace.add(START, OUTSIDE, 1, -61, 1)
    trace.add(START + 5, INSIDE, 2, -128, 2)
    trace.add(START + 9, NO_SIDE, 0, 0, 1)
    assert trace.samples() == [(START, OUTSIDE, -61), (START + 5, INSIDE, -128), (START + 9, NO_SIDE, 0)]
    assert (trace.reads, trace.antennas, trace.peak_rssi_dbm) == (4, (1, 2, 0), 0)
    assert (trace.first_us, trace.last_us) == (START, START + 9)


def test_add_when_the_reader_reports_no_rssi_then_the_read_still_counts() -> None:
    trace = Trace(b"\x30", START)
    trace.add(START, OUTSIDE, 1, None, 1)
    assert trace.samples() == [(START, OUTSIDE, NO_RSSI_DBM)]


@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.sampled_from((0, 1, 2)), st.integers(-128, 127)), max_size=200
    )
)
def test_samples_when_reads_come_out_of_order_then_they_are_sorted_by_time(
    rows: list[tuple[int, int, int]],
) -> None:
    trace = Trace(b"\x30", START)
    for late, side, rssi in rows:
        trace.add(START + late, side, 1, rssi, 1)
    samples = trace.samples()
    assert [seen for seen, _, _ in samples] == sorted(START + late for late, _, _ in rows)
    assert sorted(samples) == sorted((START + late, side, rssi) for late, side, rssi in rows)


def test_samples_when_asked_since_a_moment_then_earlier_ones_are_left_out() -> None:
    trace = Trace(b"\x30", START)
    for late, side in ((30, INSIDE), (10, OUTSIDE), (20, NO_SIDE), (20, OUTSIDE)):
        trace.add(START + late, side, 1, -50, 1)
    assert trace.samples(START + 20) == trace.samples()[1:]
    assert trace.samples(START + 31) == []


def test_add_when_a_moving_tag_is_read_very_often_then_the_kept_reads_stay_even() -> None:
    trace = Trace(b"\x30", START)
    for number in range(10_000):
        trace.add(START + number * 1000, OUTSIDE, 1, -60, 1)
    kept = [seen for seen, _, _ in trace.samples()]
    gaps = {after - before for before, after in itertools.pairwise(kept)}
    assert MAX_KEPT_READS / 2 <= len(kept) <= MAX_KEPT_READS
    assert len(gaps) <= 2
    assert trace.reads == 10_000


def test_add_when_a_tag_is_parked_for_hours_then_only_the_newest_reads_are_kept() -> None:
    trace = Trace(b"\x30", START)
    trace.park([-60, -60, -60], [])
    for number in range(5_000):
        trace.add(START + number * 1_000_000, OUTSIDE, 1, -60, 1)
    kept = [seen for seen, _, _ in trace.samples()]
    assert len(kept) <= MAX_KEPT_READS
    assert kept[-1] == trace.last_us
    assert kept[0] > START + 4_000 * 1_000_000


def test_add_when_a_parked_tag_leaves_its_level_then_it_is_told_once() -> None:
    stirred: list[Trace] = []
    trace = Trace(b"\x30", START)
    trace.park([-60, -70, -1000], stirred)
    trace.add(START, OUTSIDE, 1, -61, 1)
    assert stirred == []
    trace.add(START + 1, OUTSIDE, 1, -62, 1)
    trace.add(START + 2, OUTSIDE, 1, -66, 1)
    assert stirred == [trace]


def test_forget_before_when_a_new_passage_begins_then_old_reads_are_gone() -> None:
    trace = Trace(b"\x30", START)
    for number in range(10):
        trace.add(START + number, OUTSIDE, 1, -60, 1)
    trace.forget_before(START + 7)
    assert [seen - START for seen, _, _ in trace.samples()] == [7, 8, 9]
    assert (trace.first_us, trace.reads) == (START + 7, 3)


@pytest.mark.parametrize("reads", [1, 7, 255, 300, 2000])
def test_of_when_made_from_a_tally_then_the_trace_goes_on_as_the_first_would(reads: int) -> None:
    one = Trace(b"e", 1000)
    one.pc = 0x3000
    for number in range(reads):
        one.add(1000 + number, number % 2, number % 3, -60 + number % 20, 1)
    other = Trace.of(b"e", one.tally(), array("q", one.kept))
    for trace in (one, other):
        for number in range(400):
            trace.add(9000 + number, 1, 1, -40, 2)
    assert other.tally() == one.tally()
    assert other.samples() == one.samples()
