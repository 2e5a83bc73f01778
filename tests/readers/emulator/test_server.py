"""Readers on sockets: one client at a time, all of them in one loop, and a clean end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from llrpkit.client import LLRPClient
from llrpkit.exceptions import LLRPConnectionError
from llrpkit.inventory import build_rospec
from llrpkit.protocol import enums, messages, params
from llrpkit.reader import Reader

from readers.emulator.build import EmulatorSettings, build_devices, items
from readers.emulator.server import Emulators, host_clock, serve

HOST = "127.0.0.1"


@asynccontextmanager
async def emulators(**settings: object) -> AsyncIterator[Emulators]:
    async with serve(build_devices(EmulatorSettings(**settings))) as running, asyncio.timeout(20):  # type: ignore[arg-type]
        yield running


async def test_serve_when_two_readers_run_then_each_reads_its_own_items() -> None:
    async with emulators(readers=2, tags=3, reads_per_second=300) as running:
        for number, port in enumerate(running.ports, start=1):
            async with Reader(HOST, port) as reader:
                seen = {tag.epc async for tag in reader.inventory(duration=0.3)}
            assert seen == set(items(3, number))


async def test_serve_when_a_second_client_comes_then_it_is_refused_and_the_first_reads_on() -> None:
    async with emulators(tags=1) as running, Reader(HOST, running.ports[0]) as first:
        with pytest.raises(LLRPConnectionError, match="Client_Initiated"):
            await Reader(HOST, running.ports[0]).connect()
        told = await first.client.events.get()
        event = told.reader_event_notification_data.connection_attempt_event
        assert event.status == enums.ConnectionAttemptStatusType.Another_Connection_Attempted
        assert [tag async for tag in first.inventory(duration=0.2)]


async def test_serve_when_the_first_client_is_gone_then_the_next_gets_what_was_kept() -> None:
    async with emulators(tags=1, reads_per_second=500) as running:
        client = LLRPClient(HOST, running.ports[0])
        await client.connect()
        rospec = build_rospec()
        rospec.ro_boundary_spec.ro_spec_start_trigger.ro_spec_start_trigger_type = 1
        await client.transact(messages.ADD_ROSPEC(ro_spec=rospec))
        await client.transact(messages.ENABLE_ROSPEC(ro_spec_id=1))
        await client.close()
        device = running.devices[0]
        while device.reports_stored < 20:
            await asyncio.sleep(0.01)
        async with LLRPClient(HOST, running.ports[0]) as back:
            seen = [await back.reports.get() for _ in range(25)]
        assert len(seen) == 25


async def test_serve_when_an_input_changes_then_the_client_hears_it_at_once() -> None:
    async with emulators() as running, Reader(HOST, running.ports[0]) as reader:
        state = params.EventNotificationState(event_type=1, notification_state=True)
        await reader.client.transact(
            messages.SET_READER_CONFIG(
                reader_event_notification_spec=params.ReaderEventNotificationSpec(
                    event_notification_states=[state]
                ),
                gpi_port_current_states=[params.GPIPortCurrentState(gpi_port_num=3, config=True, state=2)],
            )
        )
        running.readers[0].set_gpi(3, high=True)
        edge = await reader.client.gpi_edges.get()
        assert (edge.port, edge.high) == (3, True)
        await reader.client.transact(
            messages.SET_READER_CONFIG(
                gpo_write_datas=[params.GPOWriteData(gpo_port_number=1, gpo_data=True)]
            )
        )
        assert running.devices[0].gpo(1)


async def test_serve_when_a_client_sends_no_llrp_then_is_told_and_hung_up_on() -> None:
    async with emulators() as running:
        reader, writer = await asyncio.open_connection(HOST, running.ports[0])
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        answer = await reader.read()
        assert answer[:2] == b"\x04\x3f"
        assert b"\x04\x64" in answer
        writer.close()
        await writer.wait_closed()
        async with Reader(HOST, running.ports[0]) as next_client:
            assert next_client.max_antennas == 4


async def test_serve_when_bytes_dribble_then_a_client_still_understands() -> None:
    async with (
        emulators(tags=2, fault="dribble") as running,
        Reader(HOST, running.ports[0]) as reader,
    ):
        assert len({tag.epc async for tag in reader.inventory(duration=0.3)}) == 2


async def test_serve_when_the_client_does_not_read_then_memory_is_bounded_by_the_profile() -> None:
    async with emulators(tags=10, reads_per_second=200_000) as running:
        reader, writer = await asyncio.open_connection(HOST, running.ports[0])
        rospec = build_rospec(report_every_n=10)
        for number, message in enumerate(
            (
                messages.ADD_ROSPEC(ro_spec=rospec),
                messages.ENABLE_ROSPEC(ro_spec_id=1),
                messages.START_ROSPEC(ro_spec_id=1),
            )
        ):
            writer.write(message.to_bytes(message_id=number))
        device = running.devices[0]
        while device.reports_stored < device.profile.buffered_reports:
            await asyncio.sleep(0.05)
        assert device.reports_stored == device.profile.buffered_reports
        reader._transport.abort()  # type: ignore[attr-defined]


async def test_serve_when_the_port_is_taken_then_raises_and_leaves_nothing_open() -> None:
    async with emulators() as running:
        with pytest.raises(OSError, match="in use"):
            async with serve(build_devices(EmulatorSettings(readers=2)), HOST, running.ports[0]):
                pass


async def test_serve_when_it_ends_then_clients_are_hung_up_on() -> None:
    async with emulators(tags=1) as running:
        reader, writer = await asyncio.open_connection(HOST, running.ports[0])
        await reader.readexactly(10)
    with suppress(ConnectionResetError):
        await reader.read()
    assert reader.at_eof() or isinstance(reader.exception(), ConnectionResetError)
    writer.close()


def test_host_clock_when_read_twice_then_never_goes_back() -> None:
    clock = host_clock()
    times = [clock() for _ in range(1_000)]
    assert times == sorted(times)
