"""What the demo plays: two dock doors, a bench, a shelf; goods that come, leave, pass by or stand; RMAs."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from random import Random

from gateway.settings import AntennaRoute, DatabaseSettings, MqttSettings, Settings, WebSettings
from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.device import Device
from readers.emulator.field import StaticField
from readers.emulator.loads import Load, Move
from readers.emulator.profiles import PROFILES
from readers.emulator.scenario import Scenario, SceneDoor
from readers.emulator.server import Emulators
from readers.settings import ReaderSettings
from rules.epc import identify
from rules.events import Event
from rules.observation import ReadPoint
from rules.rma import Rma, RmaLine
from rules.vocabulary import BizStep, EventKind, ReadPointKind

DOORS = ("dock-1", "dock-2")
BENCH = "bench"
SHELF = "shelf"
TOKEN = "demo"  # noqa: S105 - told to everybody who looks
"""What the inspection page asks for."""
REPEAT_SECONDS = 9.0
"""A load goes through a door this often."""
PLAN = (Move.IN, Move.IN, Move.OUT, Move.IN, Move.PAST, Move.IN, Move.TURNED_BACK)
PARKED_ITEMS = 6
ITEMS = 4
STRANGER_EVERY = 3
"""Every third load has an item that no RMA knows."""
INSPECTED_EVERY = 4
"""Every fourth item that comes in lies on the inspection bench before it goes to the shelf."""
ON_BENCH_SECONDS = 20.0
TO_SHELF_SECONDS = (2.0, 4.0)
ON_SHELF_SECONDS = 6.0
MAX_SECONDS = 4 * 3600.0
REASONS = ("SIZE_TOO_SMALL", "UNWANTED", "DAMAGED", "WRONG_ITEM")


def scenario(seconds: float | None) -> Scenario:
    """Loads at both doors in turn, for as long as the demo runs."""
    length = min(seconds or MAX_SECONDS, MAX_SECONDS)
    loads = [
        Load(door, Move.PARKED, items=PARKED_ITEMS, name=f"parked-{door}", near_y=1.4, near_inside=True)
        for door in DOORS
    ]
    for number in range(int(length / REPEAT_SECONDS * len(DOORS)) + 1):
        door = DOORS[number % len(DOORS)]
        move = PLAN[number // len(DOORS) % len(PLAN)]
        start = 0.5 + number * REPEAT_SECONDS / len(DOORS)
        loads.append(Load(door, move, start, items=ITEMS, name=f"load-{number + 1}"))
    return Scenario(
        tuple(SceneDoor(door, f"{door}-reader") for door in DOORS), tuple(loads), 7, length + 60.0
    )


def rmas(scene: Scenario, opened_us: int) -> list[Rma]:
    """An RMA per load; of some loads one item is on none."""
    random = Random(scene.seed)  # noqa: S311 - a story, no secret
    found = []
    for number, (load, epcs) in enumerate(zip(scene.loads, scene.epcs, strict=True), 1):
        items = [identify(epc) for epc in epcs]
        if load.move is Move.IN and number % STRANGER_EVERY == 0:
            items = items[:-1]
        rma = f"RMA-{1000 + number}"
        serials = frozenset(item.serial for item in items if item.serial is not None)
        line = RmaLine(rma, 1, len(items), gtin=items[0].gtin, serials=serials, reason=random.choice(REASONS))
        found.append(
            Rma(rma, (line,), opened_us, order=f"SO-{number}", customer=f"C-{random.randint(10, 99)}")
        )
    return found


def devices(scene: Scenario) -> list[Device]:
    """A reader for each door, and those of the bench and the shelf, where nothing lies yet."""
    places = [Device(PROFILES["generic"], StaticField(reads_per_second=40.0)) for _ in (BENCH, SHELF)]
    return [*build_devices(EmulatorSettings(scenario=scene)), *places]


def settings(state: Path, ports: Sequence[int], mqtt_port: int) -> Settings:
    """The configuration an operator would write for this site."""
    names = tuple(f"{place}-reader" for place in (*DOORS, BENCH, SHELF))
    token_file = state / "web-token"
    token_file.write_text(TOKEN, encoding="utf-8")
    sides = ((1, "outside"), (2, "inside"))
    doors = [AntennaRoute(f"{door}-reader", port, door, side) for door in DOORS for port, side in sides]
    return Settings(
        site="demo",
        name="gw-1",
        database=DatabaseSettings(f"sqlite:///{state / 'returns.db'}"),
        mqtt=MqttSettings(port=mqtt_port),
        web=WebSettings("127.0.0.1:0", token_file=str(token_file)),
        readers=tuple(
            ReaderSettings(name, "127.0.0.1", port, antennas=(1, 2) if name.startswith("dock") else (1,))
            for name, port in zip(names, ports, strict=True)
        ),
        routes=(*doors, *(AntennaRoute(f"{place}-reader", 1, place) for place in (BENCH, SHELF))),
        read_points=(
            *(ReadPoint(door, ReadPointKind.PORTAL, BizStep.RECEIVING) for door in DOORS),
            ReadPoint(BENCH, ReadPointKind.PRESENCE, BizStep.INSPECTING, quiet_seconds=3.0),
            ReadPoint(SHELF, ReadPointKind.PRESENCE, BizStep.STOCKING, quiet_seconds=3.0),
        ),
    )


class Porter:
    """Puts each received item on the shelf a little later, some on the bench first; takes it off again."""

    def __init__(self, emulators: Emulators) -> None:
        self._bench, self._shelf = emulators.devices[-2:]
        self._received = 0
        self._random = Random(1)  # noqa: S311 - a story, no secret

    def heard(self, events: Sequence[Event]) -> None:
        loop = asyncio.get_running_loop()
        for event in events:
            if event.kind is EventKind.RECEIPT and event.epc is not None:
                epc = bytes.fromhex(event.epc)
                delay = self._random.uniform(*TO_SHELF_SECONDS)
                self._received += 1
                if self._received % INSPECTED_EVERY == 0:
                    self._bench.put(epc, (1,))
                    loop.call_later(ON_BENCH_SECONDS, self._bench.take_away, epc)
                    delay += ON_BENCH_SECONDS
                loop.call_later(delay, self._shelf.put, epc, (1,))
                loop.call_later(delay + ON_SHELF_SECONDS, self._shelf.take_away, epc)
