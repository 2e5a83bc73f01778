from dataclasses import replace

import pytest

from gateway.readpoints.signals import LATE_US, Signals
from gateway.settings import AntennaRoute, Settings
from readers.settings import ReaderSettings
from rules.events import Event
from rules.observation import Evidence, ReadPoint
from rules.vocabulary import BizStep, Direction, EventKind, Gpo, ReadPointKind

NOW_US = 1_795_000_000_000_000
SEEN = Evidence(
    reads=9,
    antennas=(1,),
    first_seen_us=NOW_US,
    last_seen_us=NOW_US,
    peak_rssi_dbm=-50,
    direction=Direction.IN,
    late=False,
)
LAMPS = ReaderSettings(
    "dock-1-reader", "10.0.0.1", gpo_matched=1, gpo_exception=2, gpo_fault=3, gpo_seconds=4.0
)
BARE = ReaderSettings("shelf-reader", "10.0.0.2")


class Bench:
    def __init__(self) -> None:
        self.switched: list[tuple[str, int, bool, float | None]] = []
        self.is_connected = True
        points = tuple(
            ReadPoint(name, ReadPointKind.PRESENCE, BizStep.RECEIVING)
            for name in ("dock-1", "shelf", "dock-2")
        )
        settings = Settings(
            "dc1",
            readers=(LAMPS, BARE),
            routes=(
                AntennaRoute("dock-1-reader", 1, "dock-1"),
                AntennaRoute("dock-1-reader", 2, "dock-1"),
                AntennaRoute("dock-1-reader", 3, "dock-2"),
                AntennaRoute("shelf-reader", 1, "shelf"),
            ),
            read_points=points,
        )
        self.signals = Signals(settings, self.switch, lambda: NOW_US)

    def switch(self, reader: str, port: int, *, is_high: bool, seconds: float | None = None) -> bool:
        if self.is_connected:
            self.switched.append((reader, port, is_high, seconds))
        return self.is_connected


def event(kind: EventKind, **fields: object) -> Event:
    return Event(kind, "id", NOW_US, "urn:x", "dock-1", evidence=SEEN)._replace(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "port"), [(EventKind.RECEIPT, 1), (EventKind.RESTOCK, 1), (EventKind.EXCEPTION, 2)]
)
def test_event_of_an_item_at_the_door_switches_its_output_on_for_a_while(kind: EventKind, port: int) -> None:
    bench = Bench()
    bench.signals.tell([event(kind)])
    assert bench.switched == [("dock-1-reader", port, True, 4.0)]


@pytest.mark.parametrize(
    "kind", [EventKind.CANDIDATE, EventKind.DISPOSITION, EventKind.STATUS, EventKind.REVERSAL]
)
def test_event_of_another_kind_switches_nothing(kind: EventKind) -> None:
    bench = Bench()
    bench.signals.tell([event(kind)])
    assert bench.switched == []


@pytest.mark.parametrize(
    "late",
    [
        event(EventKind.RECEIPT, evidence=replace(SEEN, late=True)),
        event(EventKind.RECEIPT, time_us=NOW_US - LATE_US - 1),
        event(EventKind.RECEIPT, evidence=None),
        event(EventKind.RECEIPT, gpo=Gpo(4, 1.0), evidence=replace(SEEN, late=True)),
    ],
    ids=["late reads", "decided late", "nothing was read", "rule for late reads"],
)
def test_event_that_does_not_tell_of_now_switches_nothing(late: Event) -> None:
    bench = Bench()
    bench.signals.tell([late])
    assert bench.switched == []


def test_rule_that_wants_an_output_gets_it_besides_the_usual_one() -> None:
    bench = Bench()
    bench.signals.tell(
        [event(EventKind.DISPOSITION, gpo=Gpo(4, 0.5)), event(EventKind.RECEIPT, gpo=Gpo(1, 9.0))]
    )
    assert bench.switched == [("dock-1-reader", 4, True, 0.5), ("dock-1-reader", 1, True, 9.0)]


def test_event_at_a_reader_without_lamps_or_at_no_read_point_switches_nothing() -> None:
    bench = Bench()
    bench.signals.tell(
        [event(EventKind.RECEIPT, read_point="shelf"), event(EventKind.RECEIPT, read_point=None)]
    )
    assert bench.switched == []


def test_fault_lamp_follows_the_fault_once_each_way() -> None:
    bench = Bench()
    for is_faulty in (False, True, True, False, False):
        bench.signals.watch(is_faulty=is_faulty)
    assert bench.switched == [("dock-1-reader", 3, True, None), ("dock-1-reader", 3, False, None)]


def test_fault_lamp_of_a_reader_that_was_away_follows_when_it_is_back() -> None:
    bench = Bench()
    bench.is_connected = False
    bench.signals.watch(is_faulty=True)
    bench.is_connected = True
    bench.signals.watch(is_faulty=True)
    assert bench.switched == [("dock-1-reader", 3, True, None)]


def test_adopt_when_a_read_point_gets_other_lamps_then_they_light() -> None:
    bench = Bench()
    settings = Settings(
        "dc1",
        readers=(replace(BARE, gpo_matched=4),),
        routes=(AntennaRoute("shelf-reader", 1, "shelf"),),
        read_points=(ReadPoint("shelf", ReadPointKind.PRESENCE, BizStep.RECEIVING),),
    )
    bench.signals.adopt(settings)
    bench.signals.tell([event(EventKind.RECEIPT, read_point=point) for point in ("shelf", "dock-1")])
    assert bench.switched == [("shelf-reader", 4, True, 2.0)]
