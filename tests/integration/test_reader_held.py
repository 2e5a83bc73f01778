"""What a reader read while we were away reaches us when we are back, with its own time."""

import asyncio
import time

from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.server import serve
from readers.status import ReaderState
from tests.integration.reader_peers import Memory, local, running, until

EPC = bytes.fromhex("3034257bf7194e4000001a85")
SECOND_US = 1_000_000


async def test_reads_held_while_no_client_was_there_come_with_the_time_they_were_made() -> None:
    (device,) = build_devices(EmulatorSettings(tags=0, reads_per_second=50))
    async with serve([device]) as peers:
        async with running(Memory(), local(peers.ports[0])) as fleet:
            await until(lambda: fleet.statuses[0].state is ReaderState.CONNECTED)
        device.put(EPC, (1,))
        put_us = time.time_ns() // 1000
        await asyncio.sleep(0.5)
        device.take_away(EPC)
        taken_us = time.time_ns() // 1000
        await asyncio.sleep(0.5)
        sink = Memory()
        async with running(sink, local(peers.ports[0])):
            await until(lambda: sink.state is ReaderState.CONNECTED)
            back_us = sink.received_us[0]
            seen_us = [row[4] + sink.offsets_us[0] for row in sink.rows if row[4] is not None]
    assert {row[0] for row in sink.rows} == {EPC}
    assert sum(row[5] or 1 for row in sink.rows) >= 10
    assert back_us - taken_us >= SECOND_US // 2
    assert all(put_us - SECOND_US // 10 <= one <= taken_us + SECOND_US // 10 for one in seen_us)
    assert not sink.dropped
