"""Visits at a presence read point: counted per EPC, aged by last read, bounded under any flood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.readpoints.admission import Admission
from gateway.readpoints.visits import PresencePoint
from readers.tag import TagRow
from rules.observation import ReadPoint
from rules.vocabulary import BizStep, ReadPointKind

SECOND = 1_000_000
START = 1_700_000_000 * SECOND
SHELF = ReadPoint("shelf", ReadPointKind.PRESENCE, BizStep.RECEIVING, quiet_seconds=10.0)
ANTENNAS = frozenset({0, 1, 2, None})


def row(epc: bytes, seen_us: int | None = START, antenna: int | None = 1, count: int | None = 1) -> TagRow:
    return (epc, antenna, -50, seen_us, seen_us, count, None)


def point(limit: int = 100, admission: Admission | None = None) -> PresencePoint:
    return PresencePoint(SHELF, limit, admission or Admission())


def test_add_when_read_often_enough_then_the_visit_is_ready_once() -> None:
    shelf = point()
    shelf.add([row(b"a"), row(b"b")], ANTENNAS, 0, START)
    assert shelf.ready == []
    shelf.add([row(b"a"), row(b"a", START + SECOND)], ANTENNAS, 0, START)
    assert [(visit.epc, visit.reads, visit.last_us) for visit in shelf.ready] == [(b"a", 3, START + SECOND)]


def test_add_when_the_reader_counted_several_reads_then_they_all_count() -> None:
    shelf = point()
    shelf.add([row(b"a", count=2)], ANTENNAS, 0, START)
    assert [visit.reads for visit in shelf.ready] == [2]


def test_add_when_fields_are_not_reported_then_the_receive_time_stands_in() -> None:
    shelf = point()
    nothing: TagRow = (b"a", None, None, None, None, None, None)
    shelf.add([nothing, nothing], ANTENNAS, 5, START)
    visit = shelf.ready[0]
    assert (visit.first_us, visit.last_us, visit.antennas, visit.peak_rssi_dbm) == (START, START, 0, None)


def test_add_when_reader_clock_is_off_then_the_offset_corrects_it() -> None:
    shelf = point()
    shelf.add([row(b"a", 5), row(b"a", 7)], ANTENNAS, START, START + 9)
    assert (shelf.ready[0].first_us, shelf.ready[0].last_us) == (START + 5, START + 7)


def test_add_when_rssi_and_antennas_differ_then_peak_and_all_antennas_are_kept() -> None:
    shelf = point()
    shelf.add(
        [(b"a", 1, -60, START, START, 1, None), (b"a", 2, -40, START, START, 1, None)], ANTENNAS, 0, START
    )
    assert (shelf.ready[0].antennas, shelf.ready[0].peak_rssi_dbm) == (0b110, -40)


def test_add_when_antenna_belongs_to_nothing_then_the_read_is_counted_and_dropped() -> None:
    admission = Admission()
    shelf = point(admission=admission)
    shelf.add([row(b"a", antenna=9), row(b"a", antenna=9)], ANTENNAS, 0, START)
    assert (len(shelf), admission.unassigned) == (0, 2)


def test_add_when_epc_is_ignored_then_it_is_no_item() -> None:
    admission = Admission(ignored=("e2",))
    shelf = point(admission=admission)
    shelf.add([row(b"\xe2\x01"), row(b"\x30\x01")], ANTENNAS, 0, START)
    assert (len(shelf), admission.ignored) == (1, 1)


def test_tick_when_tag_was_quiet_long_enough_then_the_next_read_is_a_new_visit() -> None:
    shelf = point()
    shelf.add([row(b"a"), row(b"a")], ANTENNAS, 0, START)
    shelf.tick(START)
    shelf.tick(START + 9 * SECOND)
    assert len(shelf) == 1
    shelf.tick(START + 11 * SECOND)
    assert len(shelf) == 0
    shelf.add([row(b"a", START + 12 * SECOND, count=2)], ANTENNAS, 0, START + 12 * SECOND)
    assert len(shelf.ready) == 2


def test_tick_when_tag_is_still_read_then_its_visit_goes_on() -> None:
    shelf = point()
    for second in range(60):
        shelf.add([row(b"a", START + second * SECOND)], ANTENNAS, 0, START + second * SECOND)
        shelf.tick(START + second * SECOND)
    assert (len(shelf), len(shelf.ready)) == (1, 1)


def test_tick_when_the_clock_leaps_then_every_visit_still_ends() -> None:
    shelf = point()
    for n in range(50):
        seen_us = START + n * SECOND // 7
        shelf.add([row(bytes((n,)), seen_us)], ANTENNAS, 0, seen_us)
    shelf.tick(START)
    shelf.tick(START + 86_400 * SECOND)
    assert len(shelf) == 0


def test_tick_when_the_clock_is_set_back_then_visits_end_in_their_usual_time() -> None:
    shelf = point()
    for n in range(50):
        shelf.add([row(bytes((n,)), START, count=2)], ANTENNAS, 0, START)
    shelf.tick(START)
    hour_ago = START - 3600 * SECOND
    shelf.tick(hour_ago)
    assert len(shelf) == 50
    assert {(visit.first_us, visit.last_us) for visit in shelf.ready} == {(hour_ago, hour_ago)}
    shelf.add([row(b"later", hour_ago + SECOND)], ANTENNAS, 0, hour_ago + SECOND)
    shelf.tick(hour_ago + 11 * SECOND)
    assert len(shelf) == 1
    shelf.add([row(b"\x00", hour_ago + 12 * SECOND, count=2)], ANTENNAS, 0, hour_ago + 12 * SECOND)
    assert [visit.epc for visit in shelf.ready].count(b"\x00") == 2


def test_add_when_full_then_an_observed_visit_makes_room_and_a_first_sighting_never_does() -> None:
    admission = Admission()
    shelf = point(limit=2, admission=admission)
    shelf.add([row(b"a", count=2), row(b"b"), row(b"c")], ANTENNAS, 0, START)
    assert (len(shelf), admission.evicted, admission.full) == (2, 1, 0)
    shelf.add([row(b"d")], ANTENNAS, 0, START)
    assert (len(shelf), admission.evicted, admission.full) == (2, 1, 1)
    shelf.add([row(b"b"), row(b"c")], ANTENNAS, 0, START)
    assert [visit.epc for visit in shelf.ready] == [b"a", b"b"]


def test_add_when_nobody_takes_what_is_ready_then_further_visits_stay_undecided() -> None:
    shelf = point(limit=3)
    for n in range(10):
        shelf.add([row(bytes((n,)), count=2)], ANTENNAS, 0, START)
    assert len(shelf.ready) == 3
    shelf.ready.clear()
    undecided = [epc for epc in (bytes((n,)) for n in range(10)) if epc in shelf._visits][-1]
    shelf.add([row(undecided)], ANTENNAS, 0, START)
    assert [visit.epc for visit in shelf.ready] == [undecided]


@given(
    st.lists(
        st.tuples(st.binary(min_size=1, max_size=1), st.integers(0, 40), st.integers(1, 3)), max_size=200
    ),
    st.integers(1, 20),
)
def test_add_when_reads_come_in_any_order_then_memory_stays_bounded(
    reads: list[tuple[bytes, int, int]], limit: int
) -> None:
    shelf = point(limit=limit)
    now_us = START
    for epc, seconds, count in reads:
        now_us += seconds * SECOND // 4
        shelf.tick(now_us)
        shelf.add([row(epc, now_us, count=count)], ANTENNAS, 0, now_us)
        assert len(shelf) <= limit
        assert len(shelf.ready) <= limit
        if seconds % 3 == 0:
            shelf.take(1)
        assert sum(map(len, shelf._wheel.values())) == shelf._armed == len(shelf)
    shelf.tick(now_us + 3600 * SECOND)
    assert (len(shelf), shelf._armed, shelf._wheel) == (0, 0, {})


@pytest.mark.parametrize(
    ("allowed", "ignored", "epc", "is_item"),
    [
        ((), (), b"\x30", True),
        (("30",), (), b"\x30\x01", True),
        (("30", "36"), (), b"\xe2\x01", False),
        ((), ("3",), b"\x30\x01", False),
        (("30",), ("3001",), b"\x30\x01", False),
        (("30",), ("3001",), b"\x30\x02", True),
    ],
)
def test_admits_when_prefixes_are_given_then_they_decide(
    allowed: tuple[str, ...], ignored: tuple[str, ...], epc: bytes, is_item: bool
) -> None:
    admission = Admission(allowed, ignored)
    assert admission.admits(epc) is is_item
    assert admission.drain() == ({} if is_item else {"ignored_epc": 1})
    assert admission.drain() == {}


def test_add_when_the_visit_was_taken_then_further_reads_only_keep_it() -> None:
    shelf = point()
    shelf.add([row(b"a", count=2)], ANTENNAS, 0, START)
    (visit,) = shelf.take(10)
    shelf.add([row(b"a", START + 8 * SECOND, antenna=2)], ANTENNAS, 0, START + 8 * SECOND)
    assert (visit.reads, visit.antennas, visit.last_us) == (2, 0b10, START)
    shelf.tick(START + 12 * SECOND)
    assert (len(shelf), shelf.ready) == (1, [])


def test_tick_when_a_taken_visit_was_read_in_the_future_then_it_ends_in_its_usual_time() -> None:
    shelf = point()
    shelf.add([row(b"a", count=2)], ANTENNAS, 0, START)
    shelf.take(10)
    shelf.tick(START)
    hour_ago = START - 3600 * SECOND
    shelf.tick(hour_ago)
    shelf.tick(hour_ago + 9 * SECOND)
    assert len(shelf) == 1
    shelf.tick(hour_ago + 11 * SECOND)
    assert len(shelf) == 0


def test_take_when_the_visit_has_ended_then_a_later_read_is_a_visit_of_its_own() -> None:
    shelf = point()
    shelf.add([row(b"a", count=2)], ANTENNAS, 0, START)
    shelf.tick(START)
    shelf.tick(START + 11 * SECOND)
    shelf.add([row(b"a", START + 12 * SECOND)], ANTENNAS, 0, START + 12 * SECOND)
    assert [visit.reads for visit in shelf.take(10)] == [2]
    shelf.add([row(b"a", START + 12 * SECOND)], ANTENNAS, 0, START + 12 * SECOND)
    assert [visit.reads for visit in shelf.take(10)] == [2]


def test_add_when_reads_of_a_taken_visit_come_out_of_order_then_the_latest_counts() -> None:
    shelf = point()
    shelf.add([row(b"a", count=2)], ANTENNAS, 0, START)
    shelf.take(10)
    shelf.add([row(b"a", START + 8 * SECOND), row(b"a", START + SECOND)], ANTENNAS, 0, START + 8 * SECOND)
    shelf.tick(START)
    shelf.tick(START + 15 * SECOND)
    assert len(shelf) == 1


def test_take_when_more_are_ready_than_wanted_then_the_rest_still_gathers_reads() -> None:
    shelf = point()
    shelf.add([row(b"a", count=2), row(b"b", count=2)], ANTENNAS, 0, START)
    assert [visit.epc for visit in shelf.take(1)] == [b"a"]
    shelf.add([row(b"a"), row(b"b")], ANTENNAS, 0, START)
    assert [(visit.epc, visit.reads) for visit in shelf.ready] == [(b"b", 3)]
