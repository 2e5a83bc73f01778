"""The fleet against a reader emulator nobody here wrote."""

import time
from contextlib import AsyncExitStack

from llrpkit.emulator import EmulatedTag, LLRPEmulator
from llrpkit.protocol import messages

from readers.discovery import discover, probe
from readers.status import ReaderState
from tests.integration.reader_peers import Memory, local, running, until

EPC = bytes.fromhex("3034257bf7194e4000001a85")
TAGS = [EmulatedTag(EPC, antennas=(1, 2))]


async def test_reads_of_a_foreign_reader_arrive_with_antenna_strength_and_time() -> None:
    sink = Memory()
    async with (
        LLRPEmulator(tags=TAGS) as emulator,
        running(sink, local(emulator.port, antennas=(1, 2))) as fleet,
    ):
        await until(lambda: len(sink.rows) >= 20)
        assert {row[0] for row in sink.rows} == {EPC}
        assert {row[1] for row in sink.rows} == {1, 2}
        row = sink.rows[-1]
        assert row[2] is not None
        assert row[2] < 0
        assert row[4] is not None
        assert abs(row[4] + sink.offsets_us[-1] - time.time() * 1e6) < 2_000_000
        status = fleet.statuses[0]
        assert status.state is ReaderState.CONNECTED
        assert status.model == "Impinj model 700 firmware llrpkit-emu 0.1"
        assert status.last_report_us is not None
        assert abs(status.clock_offset_seconds or 9) < 0.5
        assert fleet.reports["dock-1"] >= 20
    assert emulator._writer is None, "the fleet said good-bye"


async def test_keepalives_are_acknowledged() -> None:
    sink = Memory()
    async with LLRPEmulator(tags=[]) as emulator, running(sink, local(emulator.port, keepalive_seconds=0.1)):
        await until(lambda: emulator.keepalive_acks >= 3)
        assert sink.states() == [ReaderState.CONNECTING, ReaderState.CONNECTED]


async def test_foreign_reader_that_restarts_is_back_by_itself() -> None:
    sink = Memory()
    async with LLRPEmulator(tags=TAGS) as first, running(sink, local(first.port)):
        await until(lambda: sink.rows)
        await first.stop()
        await until(lambda: sink.state is ReaderState.FAILED)
        sink.rows.clear()
        async with LLRPEmulator(tags=TAGS, port=first.port):
            await until(lambda: len(sink.rows) >= 5)
            assert sink.state is ReaderState.CONNECTED
    assert set(sink.reconnects) == {"connection"}


async def test_foreign_reader_that_swallows_a_request_is_inventoried() -> None:
    sink = Memory()
    async with LLRPEmulator(tags=TAGS) as emulator:
        emulator.drop_next(messages.GET_ROSPECS)
        async with running(sink, local(emulator.port, reply_seconds=0.2)):
            await until(lambda: sink.rows)


async def test_second_gateway_stands_by_and_takes_over_when_the_first_is_gone() -> None:
    first, second = Memory(), Memory()
    async with LLRPEmulator(tags=TAGS) as emulator, AsyncExitStack() as stack:
        async with running(first, local(emulator.port)):
            await until(lambda: first.rows)
            standby = await stack.enter_async_context(running(second, local(emulator.port)))
            await until(lambda: second.state is ReaderState.STANDBY)
            assert "another client" in (standby.statuses[0].reason or "")
            assert second.reconnects == ["busy"]
            assert second.rows == []
        await until(lambda: second.rows)
        assert second.state is ReaderState.CONNECTED


async def test_foreign_reader_is_discovered_and_probed() -> None:
    async with LLRPEmulator(tags=[]) as emulator:
        found = await discover(["127.0.0.1", "127.0.0.2"], emulator.port)
        assert [(one.host, one.busy) for one in found] == [("127.0.0.1", False)]
        profile = await probe(local(emulator.port))
        assert profile.capabilities.antennas == 4
        assert profile.vendor == "Impinj"
        assert profile.rospecs == {}
        assert profile.faults == ()
        assert len(profile.config["GPIPortCurrentState"]) == 4  # type: ignore[arg-type]
