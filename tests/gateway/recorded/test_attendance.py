"""How long tags stood in a field, from the reads of a recording."""

from dataclasses import replace

from gateway.recorded.attendance import SPAN_US, Attendance, Standing
from gateway.recorded.recording import RecordedRead
from gateway.settings import AntennaRoute, Settings
from readers.settings import ReaderSettings
from readers.tag import OddEpc
from rules.epc import identify
from rules.observation import Observation
from rules.vocabulary import Direction
from tests.gateway.store.samples import BENCH, DOCK, START_US, item, seen

SETTINGS = Settings(
    "dc1",
    readers=(ReaderSettings("r", "10.0.0.1"),),
    routes=(AntennaRoute("r", 1, "dock-1", "outside"), AntennaRoute("r", 3, "bench-1")),
    read_points=(DOCK, BENCH),
)


def attended(reads: list[tuple[int, int, int]]) -> Attendance:
    """Reads as (quarter of an hour, serial, antenna)."""
    attendance = Attendance(SETTINGS)
    recorded = [
        RecordedRead(START_US + quarter * SPAN_US, "r", antenna, bytes.fromhex(item(serial).hex), -50)
        for quarter, serial, antenna in reads
    ]
    assert list(attendance.noting(recorded)) == recorded
    return attendance


def parked(*serials: int) -> list[Observation]:
    return [seen(serial, direction=Direction.PARKED) for serial in serials]


def test_standing_when_always_there_then_proposed_from_the_given_time_on() -> None:
    attendance = attended([(quarter, 1, 1) for quarter in range(9)])
    expected = Standing("dock-1", item(1).hex, START_US, START_US + 8 * SPAN_US, 9, is_proposed=True)
    assert attendance.standing(parked(1), 8 * SPAN_US) == [expected]
    assert not attendance.standing(parked(1), 8 * SPAN_US + 1)[0].is_proposed


def test_standing_when_it_went_away_in_between_then_not_proposed() -> None:
    attendance = attended([(quarter, 1, 1) for quarter in (0, 1, 7, 8)])
    assert [one.is_proposed for one in attendance.standing(parked(1), SPAN_US)] == [False]


def test_standing_when_it_also_moved_or_nothing_was_said_then_not_listed() -> None:
    attendance = attended([(0, 1, 1), (9, 1, 1), (9, 2, 1)])
    moved = [*parked(1), seen(1, direction=Direction.OUT)]
    assert attendance.standing(moved, 0) == []


def test_standing_when_several_then_the_longest_comes_first() -> None:
    attendance = attended([(0, 1, 1), (0, 2, 1), (1, 1, 1), (2, 2, 1)])
    assert [one.epc for one in attendance.standing(parked(1, 2), 0)] == [item(2).hex, item(1).hex]


def test_at_when_reads_come_elsewhere_then_only_portals_are_counted() -> None:
    attendance = attended([(0, 1, 1), (1, 2, 1), (2, 2, 1), (3, 9, 3), (4, 9, 7)])
    assert attendance.at("dock-1") == (2, 3)
    assert attendance.at("bench-1") == (0, 0)
    assert (attendance.reads, attendance.first_us, attendance.last_us) == (
        5,
        START_US,
        START_US + 4 * SPAN_US,
    )


def test_standing_when_an_epc_fills_no_whole_byte_then_it_is_named_as_it_was_observed() -> None:
    odd = OddEpc.of(b"\xe2\x80", 10)
    attendance = Attendance(SETTINGS)
    reads = [RecordedRead(START_US + quarter * SPAN_US, "r", 1, odd, -50) for quarter in range(9)]
    assert len(list(attendance.noting(reads))) == 9
    told = [replace(parked(1)[0], epc=identify(odd, bits=10))]
    (one,) = attendance.standing(told, 8 * SPAN_US)
    assert (one.epc, one.hours, one.is_proposed) == ("E28", 2.0, True)
