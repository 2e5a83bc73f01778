"""The fleet against our own emulator: every profile, and every fault it can make, over real sockets."""

import asyncio

import pytest

from readers.emulator.build import EmulatorSettings, build_devices, items
from readers.emulator.server import serve
from readers.status import ReaderState
from tests.integration.reader_peers import Memory, local, running, until

ITEMS = frozenset(items(5))

# What happens again and again does not keep the reads from coming; what happens once is over at the next try.
LIVED_WITH = [
    "short-length", "zero-length", "huge-length", "cut-mid-message", "dribble", "wrong-version", "truncated-tv",
    "unknown-tv", "lying-tlv", "vendor-parameter", "unknown-message", "empty-report", "missing-fields", "no-greeting",
    "antenna-zero", "foreign-rospec", "no-keepalive", "no-events", "wrong-id", "zero-id", "needs-memory-selector",
    "drop-on-unknown", "close-event", "clock-1970", "clock-2000", "clock-future", "uptime-only",
]  # fmt: skip
NEVER_SERVED = {
    "not-llrp": (ReaderState.FAILED, "protocol", "not LLRP"),
    "busy": (ReaderState.STANDBY, "busy", "another client"),
    "busy-reader-initiated": (ReaderState.STANDBY, "busy", "its own connection"),
    "busy-other": (ReaderState.FAILED, "refused", "status 3"),
    "busy-undefined": (ReaderState.FAILED, "refused", "undefined"),
    "no-reply": (ReaderState.FAILED, "deadline", "ADD_ROSPEC not answered"),
    "error-message": (ReaderState.FAILED, "refused", "ADD_ROSPEC refused"),
    "undefined-status": (ReaderState.FAILED, "refused", "undefined status (999)"),
}


def emulated(fault: str | None = None, profile: str = "generic") -> EmulatorSettings:
    return EmulatorSettings(tags=5, reads_per_second=500, fault=fault, profile=profile)


@pytest.mark.parametrize("profile", ["generic", "r420", "fx9600"])
async def test_every_item_in_the_field_is_read_from_every_profile(profile: str) -> None:
    sink = Memory()
    devices = build_devices(emulated(profile=profile))
    async with serve(devices) as peers, running(sink, local(peers.ports[0])) as fleet:
        await until(lambda: {row[0] for row in sink.rows} == ITEMS)
        assert fleet.statuses[0].state is ReaderState.CONNECTED
    assert sink.reconnects == []
    assert not sink.dropped


@pytest.mark.parametrize("fault", LIVED_WITH)
async def test_reads_come_through_and_no_phantom_with_fault(fault: str) -> None:
    sink = Memory()
    async with serve(build_devices(emulated(fault))) as peers:
        settings = local(peers.ports[0], keepalive_seconds=0.5, reply_seconds=1.0)
        async with running(sink, settings):
            await until(lambda: len(sink.rows) >= 100)
            assert {row[0] for row in sink.rows} <= ITEMS
            since = len(sink.rows)
            await until(lambda: len(sink.rows) >= since + 50)
    times = [row[4] for row in sink.rows if row[4] is not None]
    for seen_us, offset_us, received_us in zip(times[:1], sink.offsets_us, sink.received_us, strict=False):
        assert abs(seen_us + offset_us - received_us) < 1_000_000


@pytest.mark.parametrize("fault", NEVER_SERVED)
async def test_reader_that_never_serves_is_told_in_words_with_fault(fault: str) -> None:
    state, label, words = NEVER_SERVED[fault]
    sink = Memory()
    devices = build_devices(emulated(fault))
    async with serve(devices) as peers, running(sink, local(peers.ports[0], reply_seconds=0.1)):
        await until(lambda: sink.reconnects)
    assert sink.reconnects[0] == label
    told = next(status for status in sink.statuses if status.reason)
    assert told.state is state
    assert words in (told.reason or "")
    assert sink.rows == []


@pytest.mark.parametrize("request_name", [
    "GET_SUPPORTED_VERSION", "GET_READER_CAPABILITIES", "SET_READER_CONFIG", "GET_ROSPECS", "ADD_ROSPEC",
    "ENABLE_ROSPEC", "START_ROSPEC",
])  # fmt: skip
@pytest.mark.parametrize("fault", ["no-reply", "error-message", "undefined-status", "error-status"])
async def test_request_that_fails_once_does_not_keep_the_reads_away(fault: str, request_name: str) -> None:
    sink = Memory()
    devices = build_devices(emulated(f"{fault}:{request_name}*1"))
    async with serve(devices) as peers, running(sink, local(peers.ports[0], reply_seconds=0.1)):
        await until(lambda: sink.rows)
        assert {row[0] for row in sink.rows} <= ITEMS


@pytest.mark.parametrize("fault", ["silent", "no-reports", "hang", "drip"])
async def test_silence_is_noticed_and_reads_are_back(fault: str) -> None:
    sink = Memory()
    async with serve(build_devices(emulated(fault))) as peers:
        settings = local(peers.ports[0], keepalive_seconds=0.2, reply_seconds=0.5, silent_seconds=0.5)
        async with running(sink, settings):
            await until(lambda: sink.reconnects)
            before = len(sink.rows)
            await until(lambda: len(sink.rows) > before)
    assert sink.reconnects[0] == "deadline"


async def test_second_client_of_an_emulated_reader_stands_by() -> None:
    first, second = Memory(), Memory()
    async with serve(build_devices(emulated())) as peers, running(first, local(peers.ports[0])):
        await until(lambda: first.rows)
        async with running(second, local(peers.ports[0])):
            await until(lambda: second.state is ReaderState.STANDBY)
            await asyncio.sleep(0)
    assert second.rows == []
