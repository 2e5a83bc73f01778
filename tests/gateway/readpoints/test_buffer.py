"""The buffer: reads go to the read point of their antenna, and come out as observations."""

from dataclasses import replace

from gateway.readpoints.buffer import Buffer
from gateway.settings import AntennaRoute, LimitSettings, Settings
from gateway.stats import Stats
from readers.settings import ReaderSettings
from readers.tag import TagRow
from rules.observation import ReadPoint
from rules.vocabulary import BizStep, Direction, ReadPointKind

SECOND = 1_000_000
START = 1_700_000_000 * SECOND
SGTIN = bytes.fromhex("3074257BF7194E4000001A85")

SHELF = ReadPoint("shelf", ReadPointKind.PRESENCE, BizStep.STOCKING)
BENCH = ReadPoint("bench", ReadPointKind.PRESENCE, BizStep.RECEIVING)
DOCK = ReadPoint("dock", ReadPointKind.PORTAL, BizStep.RECEIVING)
SETTINGS = Settings(
    "dc1",
    "gw-1",
    readers=(ReaderSettings("door", "h"), ReaderSettings("desk", "h"), ReaderSettings("one", "h")),
    routes=(
        AntennaRoute("door", 1, "dock", "outside"),
        AntennaRoute("door", 2, "dock", "inside"),
        AntennaRoute("desk", 1, "bench"),
        AntennaRoute("desk", 2, "shelf"),
        AntennaRoute("one", 1, "bench"),
    ),
    read_points=(SHELF, BENCH, DOCK),
)


def row(epc: bytes, antenna: int | None, seen_us: int | None, rssi_dbm: int | None = -50) -> TagRow:
    return (epc, antenna, rssi_dbm, seen_us, seen_us, 1, None)


def crossing(epc: bytes, first: int, second: int) -> list[TagRow]:
    """Reads of an item that comes near one antenna and then the other, ten a second for eight seconds."""
    reads = []
    for step in range(80):
        near_first, near_second = abs(step - 30), abs(step - 50)
        antenna, distance = (first, near_first) if step % 2 else (second, near_second)
        reads.append(row(epc, antenna, START + step * SECOND // 10, -45 - distance // 2))
    return reads


def test_take_when_tag_lies_on_one_of_two_read_points_then_it_is_observed_there() -> None:
    stats = Stats()
    woken: list[bool] = []
    buffer = Buffer(SETTINGS, stats, lambda: woken.append(True))
    buffer.on_reads("desk", [row(SGTIN, 2, START), row(SGTIN, 2, START + SECOND)], 0, START + SECOND)
    (observation,) = buffer.take(START + SECOND)
    assert observation.read_point is SHELF
    assert observation.epc.gtin == "80614141123458"
    assert observation.evidence.direction is Direction.PRESENT
    assert (observation.evidence.reads, observation.evidence.antennas) == (2, (2,))
    assert (observation.evidence.first_seen_us, observation.seen_us) == (START, START + SECOND)
    assert (observation.confidence, observation.evidence.late) == (1.0, False)
    assert woken == [True]
    assert stats.tag_reads["desk"] == 2


def test_take_when_antenna_is_not_reported_then_only_a_reader_with_one_read_point_is_understood() -> None:
    stats = Stats()
    buffer = Buffer(SETTINGS, stats)
    for antenna in (None, 0):
        buffer.on_reads("one", [row(SGTIN, antenna, None)], 0, START)
        buffer.on_reads("desk", [row(SGTIN, antenna, None)], 0, START)
    assert [observation.read_point for observation in buffer.take(START)] == [BENCH]
    buffer.tick(START)
    assert stats.reads_dropped == {"unassigned_antenna": 2}


def test_take_when_reads_come_from_a_readers_memory_then_they_are_late() -> None:
    buffer = Buffer(SETTINGS, Stats())
    old_us = START - 3600 * SECOND
    buffer.on_reads("one", [row(SGTIN, 1, old_us), row(SGTIN, 1, old_us)], 0, START)
    (observation,) = buffer.take(START)
    assert (observation.evidence.late, observation.seen_us) == (True, old_us)


def test_take_when_more_is_ready_than_asked_for_then_the_rest_stays_in_order() -> None:
    buffer = Buffer(SETTINGS, Stats())
    epcs = [bytes((n,)) * 12 for n in range(5)]
    buffer.on_reads("one", [row(epc, 1, START) for epc in epcs for _ in range(2)], 0, START)
    first = buffer.take(START, 2)
    assert buffer.held() == 3
    buffer.give_back(first)
    assert [observation.epc.hex for observation in buffer.take(START, 9)] == [
        epc.hex().upper() for epc in epcs
    ]
    assert buffer.held() == 0


def test_tick_when_an_item_crosses_the_door_then_its_direction_is_observed() -> None:
    stats = Stats()
    buffer = Buffer(SETTINGS, stats)
    inward, outward = SGTIN, SGTIN[:-1] + b"\x86"
    reads = crossing(inward, 1, 2)
    for seen in reads:
        buffer.on_reads("door", [seen], 0, seen[4] or 0)
        buffer.tick(seen[4] or 0)
    buffer.tick(START + 60 * SECOND)
    (came,) = buffer.take(START + 60 * SECOND)
    assert (came.read_point, came.evidence.direction) == (DOCK, Direction.IN)
    assert came.evidence.reads == 80
    assert stats.passages == {("dock", "in"): 1}
    assert stats.passage_reads == {("dock", "in"): 80}
    buffer.on_reads("door", crossing(outward, 2, 1), 120 * SECOND, START + 128 * SECOND)
    buffer.flush(START + 130 * SECOND)
    (left,) = buffer.take(START + 130 * SECOND)
    assert left.evidence.direction is Direction.OUT


def test_tick_when_a_backlog_is_still_coming_then_doors_judge_on_its_time() -> None:
    buffer = Buffer(SETTINGS, Stats())
    hour_us = 3600 * SECOND
    reads = crossing(SGTIN, 1, 2)
    now_us = START + hour_us
    for n, seen in enumerate(reads):
        now_us += SECOND // 10_000
        buffer.on_reads("door", [seen], 0, now_us)
        if n % 20 == 0:
            buffer.tick(now_us)
    assert buffer.take(now_us) == []
    buffer.tick(now_us + 5 * SECOND)
    (came,) = buffer.take(now_us + 5 * SECOND)
    assert (came.evidence.reads, came.evidence.late) == (80, True)


def test_tick_when_nobody_can_take_then_doors_leave_passages_undecided() -> None:
    settings = replace(SETTINGS, limits=LimitSettings(held_observations=1))
    buffer = Buffer(settings, Stats())
    buffer.on_reads("door", crossing(SGTIN, 1, 2), 0, START + 8 * SECOND)
    buffer.tick(START + 60 * SECOND)
    assert buffer.held() == 1
    buffer.on_reads("door", crossing(SGTIN[:-1] + b"\x86", 1, 2), 100 * SECOND, START + 108 * SECOND)
    buffer.tick(START + 160 * SECOND)
    assert buffer.held() == 1
    buffer.take(START)
    buffer.tick(START + 160 * SECOND)
    assert buffer.held() == 1


def test_tick_when_door_memory_is_full_then_new_tags_are_counted() -> None:
    stats = Stats()
    buffer = Buffer(replace(SETTINGS, limits=LimitSettings(tracked_tags=1, ignore_epcs=("FF",))), stats)
    rows = [row(b"\x01", 1, START), row(b"\x02", 1, START), row(b"\xff", 1, START), row(b"\x01", 3, START)]
    buffer.on_reads("door", rows, 0, START)
    buffer.tick(START)
    assert buffer.tracked()["dock"] == 1
    assert stats.reads_dropped == {"table_full": 1, "ignored_epc": 1, "unassigned_antenna": 1}


def test_take_when_tag_says_it_holds_no_epc_then_it_is_raw() -> None:
    buffer = Buffer(SETTINGS, Stats())
    iso: TagRow = (SGTIN, 1, -50, START, START, 2, 0x3100)
    buffer.on_reads("one", [iso], 0, START)
    assert buffer.take(START)[0].epc.scheme == "raw"


def test_sink_when_readers_come_and_go_then_it_is_counted() -> None:
    stats = Stats()
    buffer = Buffer(SETTINGS, stats)
    buffer.on_dropped("door", "malformed_report", 3)
    buffer.on_reconnect("door", "refused")
    assert stats.reads_dropped == {"malformed_report": 3}
    assert stats.reader_reconnects == {("door", "refused"): 1}
    assert buffer.parked() == {"dock": 0}
    assert buffer.tracked() == {"shelf": 0, "bench": 0, "dock": 0}


def test_tick_when_the_host_clock_is_set_back_then_open_passages_are_judged_at_once() -> None:
    buffer = Buffer(SETTINGS, Stats())
    buffer.on_reads("door", crossing(SGTIN, 1, 2), 0, START + 8 * SECOND)
    buffer.tick(START + 8 * SECOND)
    assert buffer.is_passed()
    buffer.tick(START - 3600 * SECOND)
    (came,) = buffer.take(START)
    assert came.evidence.direction is Direction.IN
    assert not buffer.is_passed()


def adopt(buffer: Buffer, **changed: object) -> None:
    buffer.adopt(replace(SETTINGS, **changed), START + 8 * SECOND)  # type: ignore[arg-type]


def test_adopt_when_a_door_changed_then_what_is_open_there_is_judged_and_it_reads_on() -> None:
    buffer = Buffer(SETTINGS, Stats())
    buffer.on_reads("door", crossing(SGTIN, 1, 2), 0, START + 8 * SECOND)
    buffer.tick(START + 8 * SECOND)
    adopt(buffer, read_points=(SHELF, BENCH, replace(DOCK, min_reads=5)))
    (came,) = buffer.take(START + 8 * SECOND)
    assert (came.evidence.direction, came.read_point) == (Direction.IN, DOCK)
    buffer.on_reads("door", crossing(SGTIN, 1, 2), 0, START + 8 * SECOND)
    assert buffer.tracked()["dock"] == 1


def test_adopt_when_other_read_points_changed_then_a_passage_goes_on() -> None:
    buffer = Buffer(SETTINGS, Stats())
    reads = crossing(SGTIN, 1, 2)
    buffer.on_reads("door", reads[:40], 0, START + 4 * SECOND)
    buffer.tick(START + 4 * SECOND)
    adopt(buffer, read_points=(DOCK, replace(BENCH, min_reads=9)), routes=SETTINGS.routes[:3])
    buffer.on_reads("door", reads[40:], 0, START + 8 * SECOND)
    buffer.flush(START + 8 * SECOND)
    (came,) = buffer.take(START + 8 * SECOND)
    assert came.evidence.direction is Direction.IN
    assert came.evidence.first_seen_us == START


def test_adopt_when_a_presence_changed_then_what_lies_there_is_not_observed_again() -> None:
    buffer = Buffer(SETTINGS, Stats())
    buffer.on_reads("one", [row(SGTIN, 1, START)] * 2, 0, START)
    assert len(buffer.take(START)) == 1
    adopt(buffer, read_points=(SHELF, replace(BENCH, quiet_seconds=60.0), DOCK))
    buffer.on_reads("one", [row(SGTIN, 1, START)] * 2, 0, START)
    assert buffer.take(START) == []


def test_adopt_when_a_presence_goes_then_what_was_observed_there_is_not_lost() -> None:
    buffer = Buffer(SETTINGS, Stats())
    buffer.on_reads("one", [row(SGTIN, 1, START)] * 2, 0, START)
    adopt(buffer, read_points=(SHELF, DOCK), routes=SETTINGS.routes[:2], readers=SETTINGS.readers[:1])
    assert [observation.read_point for observation in buffer.take(START)] == [BENCH]


def test_adopt_when_a_reader_goes_then_what_it_still_says_is_nobodys() -> None:
    stats = Stats()
    buffer = Buffer(SETTINGS, stats)
    adopt(buffer, readers=SETTINGS.readers[:2], routes=SETTINGS.routes[:4])
    buffer.on_reads("one", [row(SGTIN, 1, START)], 0, START)
    buffer.tick(START)
    assert stats.reads_dropped == {"unassigned_antenna": 1}
    adopt(buffer)
    buffer.on_reads("one", [row(SGTIN, 1, START)] * 2, 0, START)
    assert len(buffer.take(START)) == 1


def test_adopt_when_prefixes_change_then_they_hold_for_tags_that_are_new() -> None:
    buffer = Buffer(SETTINGS, Stats())
    adopt(buffer, limits=LimitSettings(ignore_epcs=("30",)))
    buffer.on_reads("one", [row(SGTIN, 1, START)] * 2, 0, START)
    assert buffer.take(START) == []


def test_tick_when_a_tag_was_read_once_at_a_door_then_its_read_is_counted_as_a_ghost() -> None:
    stats = Stats()
    buffer = Buffer(SETTINGS, stats)
    buffer.on_reads("door", [row(SGTIN, 1, START)], 0, START)
    for second in range(20):
        buffer.tick(START + second * SECOND)
    assert buffer.take(START + 20 * SECOND) == []
    assert stats.reads_dropped == {"ghost": 1}
