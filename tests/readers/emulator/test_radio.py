"""The air behaves as measured: ripple for what moves, a constant for what stands, fewer reads where it is weak."""

from random import Random
from statistics import fmean, median, pstdev

from readers.emulator.geometry import Antenna, Path, Point
from readers.emulator.radio import Air, Room, Sighting, Tag, inventory

OUTSIDE = Antenna(1, Point(0.0, -0.55, 1.5))
INSIDE = Antenna(2, Point(0.0, 0.95, 1.5))
ROOM = Room(k_factor=4.0, diffuse_db=-22.0, threshold_dbm=-13.0, rssi_slope=0.45)
WALK = [(0.0, 1.3, -2.7), (8.0, 1.3, 2.7)]


def tag(path: list[tuple[float, float, float]], number: int = 0, **settings: float) -> Tag:
    rng = Random(number)
    phases = tuple(rng.uniform(0, 6.28) for _ in range(6))
    return Tag(bytes([number] * 12), Path(path), Point(0.0, 0.0, 1.0), phases=phases, **settings)


def sightings(
    tags: list[Tag], *, seconds: float = 8.0, rate: float = 90.0, seed: int = 1, room: Room = ROOM
) -> list[Sighting]:
    air = Air((OUTSIDE, INSIDE), room, Random(seed))
    return list(inventory(air, tags, Random(seed), slots_per_second=rate, until_seconds=seconds))


def test_inventory_when_run_twice_then_it_reads_the_same() -> None:
    first, second = sightings([tag(WALK)]), sightings([tag(WALK)])
    assert [(s.seconds, s.port, s.rssi_dbm) for s in first] == [
        (s.seconds, s.port, s.rssi_dbm) for s in second
    ]
    assert [s.seconds for s in first] == sorted(s.seconds for s in first)


def test_inventory_when_a_tag_is_parked_then_its_level_is_nearly_constant() -> None:
    parked = [tag([(0.0, 1.2, -0.5)], number) for number in range(6)]
    seen = sightings(parked)
    spreads = []
    for port in (1, 2):
        for one in parked:
            levels = [s.rssi_dbm for s in seen if s.tag is one and s.port == port]
            if len(levels) >= 5:
                spreads.append(pstdev(levels))
    assert len(spreads) >= 6
    assert median(spreads) < 0.4


def test_inventory_when_tags_walk_in_then_the_outside_antenna_has_them_earlier_and_levels_ripple() -> None:
    seen = sightings([tag(WALK, number) for number in range(6)])
    outside = [s.seconds for s in seen if s.port == 1]
    inside = [s.seconds for s in seen if s.port == 2]
    assert fmean(inside) - fmean(outside) > 0.8
    assert pstdev(s.rssi_dbm for s in seen if s.port == 2) > 1.0


def test_inventory_when_a_tag_is_far_away_then_it_is_not_read() -> None:
    assert sightings([tag([(0.0, 1.2, -12.0)])]) == []


def test_inventory_when_a_tag_is_blocked_then_it_is_read_less() -> None:
    free, blocked = tag(WALK, 1), tag(WALK, 1, loss_db=10.0)
    assert len(sightings([blocked])) < len(sightings([free])) / 2


def test_inventory_when_many_tags_share_the_reader_then_its_rate_is_shared() -> None:
    one = len(sightings([tag([(0.0, 1.0, 0.2)])], rate=100.0))
    many = sightings([tag([(0.0, 1.0, 0.2)], number) for number in range(10)], rate=100.0)
    assert 300 < one <= 1000
    assert len(many) <= 1200
    assert {s.tag.epc for s in many} == {bytes([number] * 12) for number in range(10)}


def test_inventory_when_a_tag_leaves_then_it_is_read_no_more() -> None:
    seen = sightings([tag([(0.0, 1.0, 0.2)], leaves_seconds=3.0)])
    assert seen
    assert max(s.seconds for s in seen) < 3.7


def test_link_when_people_disturb_a_parked_tag_then_its_level_dips() -> None:
    air = Air((OUTSIDE, INSIDE), ROOM, Random(1))
    parked = tag([(0.0, 1.2, 0.0)], unrest_db=2.0)
    levels = [air.link_db(INSIDE, parked, second / 10) for second in range(100)]
    assert 1.0 < max(levels) - min(levels) <= 2.0
