"""A capture replayed gives the observations that the same traffic gave when it was live."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import InputError
from gateway.readpoints.buffer import Buffer
from gateway.recorded.recording import read_recording
from gateway.recorded.replay import Replay
from gateway.recorded.ticks import TICK_US
from gateway.settings import AntennaRoute, Settings
from gateway.stats import Stats
from readers.capture import CaptureWriter
from readers.settings import ReaderSettings
from rules.observation import Observation, ReadPoint
from rules.policy import DEFAULT_POLICY
from rules.vocabulary import BizStep, ReadPointKind
from tests.readers.scripted import EPC, NOW_US, SECOND_US, greeting, keepalive, report, tag
from tests.readers.taped import TapedConversation

SHELF_EPC = bytes.fromhex("3034257bf7194e4000001a86")
READER_CLOCK_US = 946_684_800 * SECOND_US
"""The reader thinks it is the year 2000."""
SETTINGS = Settings(
    "dc1",
    readers=(ReaderSettings("dock-1", "10.0.0.1"),),
    routes=(AntennaRoute("dock-1", 1, "door"), AntennaRoute("dock-1", 2, "shelf")),
    read_points=(
        ReadPoint("door", ReadPointKind.PORTAL, BizStep.RECEIVING, has_sides=False),
        ReadPoint("shelf", ReadPointKind.PRESENCE, BizStep.STOCKING),
    ),
)


class LiveGateway(TapedConversation):
    """Session and buffer on one clock, as the daemon has them."""

    def __init__(self, writer: CaptureWriter) -> None:
        self.buffer = Buffer(SETTINGS, Stats())
        self.observations: list[Observation] = []
        super().__init__(writer)

    def hear(self, data: bytes) -> None:
        super().hear(data)
        if self.rows:
            self.buffer.on_reads("dock-1", self.rows, self.session.offset_us or 0, self.now_us)
            self.rows = []

    def pass_to(self, time_us: int) -> None:
        """Time goes on; the buffer's clock turns every quarter of a second."""
        while self.now_us // TICK_US < time_us // TICK_US:
            self.now_us = (self.now_us // TICK_US + 1) * TICK_US
            self.buffer.tick(self.now_us)
            self.observations += self.buffer.take(self.now_us)
        self.now_us = time_us

    def read(self, epc: bytes, antenna: int, age_us: int = 0) -> None:
        seen_us = self.now_us - NOW_US + READER_CLOCK_US - age_us
        self.hear(report(tag(epc, antenna=antenna, seen_us=seen_us)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "night.llrpcap"


@pytest.fixture
def live(path: Path) -> Iterator[LiveGateway]:
    with CaptureWriter(path) as writer:
        yield LiveGateway(writer)


def happens(live: LiveGateway) -> None:
    """Somebody carries an item through the door, and another lies on the shelf."""
    live.hear(greeting(time_us=READER_CLOCK_US))
    for step in range(40):
        live.pass_to(NOW_US + step * 77_000 + 1)
        live.read(EPC, 1)
        live.hear(keepalive())
        if step in (10, 11, 12):
            live.read(SHELF_EPC, 2)
        live.hear(report(tag(SHELF_EPC, rospec=7, antenna=1)))
    live.pass_to(NOW_US + 100 * SECOND_US)
    live.read(SHELF_EPC, 2, age_us=80 * SECOND_US)
    live.read(SHELF_EPC, 2, age_us=79 * SECOND_US)
    live.pass_to((live.now_us // TICK_US + 1) * TICK_US)
    live.buffer.flush(live.now_us)
    live.observations += live.buffer.take(live.now_us)


def test_capture_when_replayed_gives_the_observations_it_gave_live(live: LiveGateway, path: Path) -> None:
    happens(live)
    replayed = Replay(SETTINGS, DEFAULT_POLICY, lambda _: None).run(read_recording(path))
    seen = {(one.read_point.id, one.evidence.late) for one in live.observations}
    assert seen == {("door", True), ("shelf", False), ("shelf", True)}
    assert replayed.observations == live.observations


def test_capture_when_it_is_damaged_is_bad_input(live: LiveGateway, path: Path) -> None:
    happens(live)
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"night\.llrpcap: capture is damaged at byte"):
        list(read_recording(path))


def test_capture_when_the_host_clock_was_set_back_does_not_turn_time_back(
    live: LiveGateway, path: Path
) -> None:
    for start_us in (NOW_US, NOW_US - 3600 * SECOND_US):
        live.connect()
        live.now_us = start_us
        live.hear(greeting(time_us=0))
        live.hear(report(tag(seen_us=0)))
    reads = list(read_recording(path))
    assert [read.time_us for read in reads] == [NOW_US, NOW_US - 3600 * SECOND_US]
    assert [read.known_us for read in reads] == [NOW_US, NOW_US]
