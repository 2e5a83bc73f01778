"""Inputs and outputs of an emulated reader, through the fleet, and its traffic into a file."""

import asyncio
import errno
import json
import os
import time
from pathlib import Path

import pytest

from gateway.cli.capture_record import record
from gateway.cli.reader_watch import Watch
from readers.capture import MAGIC, CaptureWriter, Direction
from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.server import serve
from readers.status import ReaderState
from tests.integration.reader_peers import Memory, local, running, until


async def test_inputs_reach_the_sink_with_their_time() -> None:
    sink = Memory()
    async with serve(build_devices(EmulatorSettings())) as peers, running(sink, local(peers.ports[0])):
        await until(lambda: sink.state is ReaderState.CONNECTED)
        peers.readers[0].set_gpi(1, high=True)
        peers.readers[0].set_gpi(1, high=False)
        await until(lambda: len(sink.inputs) == 2)
    assert [change[:2] for change in sink.inputs] == [(1, True), (1, False)]
    assert all(abs(change[2] - time.time() * 1e6) < 2_000_000 for change in sink.inputs)


async def test_outputs_are_switched_for_a_while_and_back() -> None:
    sink = Memory()
    devices = build_devices(EmulatorSettings())
    is_high = devices[0].gpo
    async with serve(devices) as peers, running(sink, local(peers.ports[0])) as fleet:
        assert not fleet.set_output("dock-1", 1, is_high=True)
        await until(lambda: sink.state is ReaderState.CONNECTED)
        assert fleet.set_output("dock-1", 1, is_high=True, seconds=0.2)
        assert fleet.set_output("dock-1", 2, is_high=True)
        assert not fleet.set_output("dock-9", 1, is_high=True)
        await until(lambda: is_high(1) and is_high(2))
        await until(lambda: not is_high(1))
        assert is_high(2)


async def test_outputs_go_back_when_the_fleet_stops() -> None:
    sink = Memory()
    devices = build_devices(EmulatorSettings())
    is_high = devices[0].gpo
    async with serve(devices) as peers:
        async with running(sink, local(peers.ports[0])) as fleet:
            await until(lambda: sink.state is ReaderState.CONNECTED)
            for port in (1, 2):
                fleet.set_output("dock-1", port, is_high=True, seconds=60)
            await until(lambda: is_high(1) and is_high(2))
        await until(lambda: not (is_high(1) or is_high(2)))


async def test_antenna_that_is_pulled_out_is_told_beside_the_state_until_it_is_back() -> None:
    sink = Memory()
    async with (
        serve(build_devices(EmulatorSettings())) as peers,
        running(sink, local(peers.ports[0], antennas=(1, 2))),
    ):
        await until(lambda: sink.state is ReaderState.CONNECTED)
        for antenna in (4, 2, 1):
            peers.readers[0].set_antenna(antenna, connected=False)
        await until(lambda: sink.statuses[-1].reason == "antenna 1, 2 disconnected")
        assert sink.state is ReaderState.CONNECTED
        for antenna in (1, 2):
            peers.readers[0].set_antenna(antenna, connected=True)
        await until(lambda: sink.statuses[-1].reason is None)
    assert sink.states() == [ReaderState.CONNECTING, *[ReaderState.CONNECTED] * 5]


class FullDisk(CaptureWriter):
    """Takes the first message and no more."""

    def write(self, message: bytes, *, reader: str, direction: Direction, received_us: int) -> None:
        if self._file.tell() > len(MAGIC):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(message, reader=reader, direction=direction, received_us=received_us)


async def test_recording_when_the_disk_is_full_says_so(tmp_path: Path) -> None:
    async with serve(build_devices(EmulatorSettings())) as peers:
        with FullDisk(tmp_path / "traffic") as writer, pytest.raises(OSError, match="No space left"):
            await record(local(peers.ports[0]), writer, 30.0, lambda _: None)


@pytest.mark.parametrize(("profile", "offered"), [("r420", True), ("fx9600", False)])
async def test_watch_with_rf_shows_channel_everywhere_and_phase_where_it_is_offered(
    profile: str, offered: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    devices = build_devices(EmulatorSettings(tags=3, reads_per_second=200, profile=profile))
    async with serve(devices) as peers:
        watch = Watch(local(peers.ports[0], rf_content=True), as_json=True)
        watching = asyncio.create_task(watch.run(None))
        await until(lambda: watch._reads >= 50)
        watching.cancel()
        await asyncio.wait([watching])
    reads = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(reads) >= 50
    assert all(1 <= read["channel"] <= 50 for read in reads)
    assert all((read["phase_degrees"] is not None) is offered for read in reads)
    assert all((read["doppler_hz"] is not None) is offered for read in reads)
