"""The shell over real sockets: what no session can see by itself."""

import asyncio
import logging
import time

import pytest

from readers.fleet import Fleet
from readers.llrp.constants import MessageType, ParameterType
from readers.llrp.framing import RECEIVE_BYTES
from readers.llrp.session import ReaderSession
from readers.status import ReaderState
from tests.integration.reader_peers import Memory, ScriptedServer, local, running, scripted_server, until
from tests.readers.scripted import EPC, NOW_US, ScriptedReader, greeting, notification, report, tag

PATIENCE_SECONDS = 30.0
"""Of a busy machine; for ever is longer."""


async def reads_again(peer: ScriptedServer, sink: Memory) -> None:
    await until(lambda: sink.state is ReaderState.CONNECTED and peer.writer is not None)
    sink.rows.clear()
    peer.send(report(tag()))
    await until(lambda: sink.rows)
    assert [row[0] for row in sink.rows] == [EPC]


async def test_refused_connection_is_told_and_dialled_again() -> None:
    async with scripted_server() as peer:
        port = peer.port
    sink = Memory()
    async with running(sink, local(port)) as fleet:
        await until(lambda: len(sink.reconnects) >= 2)
        status = fleet.statuses[0]
        assert status.state is ReaderState.FAILED
        assert "connection refused" in (status.reason or "")
        assert status.next_try_us is not None


async def test_unknown_host_is_told() -> None:
    sink = Memory()
    settings = local(5084)
    async with running(sink, type(settings)("dock-1", "no-such-host.invalid")):
        await until(lambda: sink.reconnects)
    assert "host name not found" in (sink.statuses[-1].reason or "")


async def test_malformed_report_costs_the_connection_and_is_counted() -> None:
    sink = Memory()
    async with scripted_server() as peer, running(sink, local(peer.port)):
        await until(lambda: sink.state is ReaderState.CONNECTED)
        peer.send(report(tag()) + report(tag()[:-3]) + report(tag()))
        await until(lambda: sink.reconnects)
        assert sink.reconnects == ["protocol"]
        assert len(sink.rows) == 1
        await reads_again(peer, sink)


async def test_busy_reader_is_stood_by_for_and_taken_over() -> None:
    sink = Memory()
    async with scripted_server(greetings=[greeting(2)]) as peer, running(sink, local(peer.port)):
        await until(lambda: sink.state is ReaderState.STANDBY)
        await reads_again(peer, sink)
    assert sink.states()[:3] == [ReaderState.CONNECTING, ReaderState.STANDBY, ReaderState.CONNECTED]


async def test_reader_that_hangs_up_is_dialled_again() -> None:
    sink = Memory()
    async with scripted_server() as peer, running(sink, local(peer.port)):
        await until(lambda: sink.state is ReaderState.CONNECTED)
        peer.hang_up()
        await until(lambda: sink.state is ReaderState.FAILED)
        await reads_again(peer, sink)
        assert peer.clients == 2


async def test_peer_that_is_no_reader_is_refused_with_words() -> None:
    sink = Memory()
    async with (
        scripted_server(greetings=[b"SSH-2.0-OpenSSH_9.2\r\n"] * 9) as peer,
        running(sink, local(peer.port)),
    ):
        await until(lambda: sink.reconnects)
    assert sink.reconnects[0] == "protocol"
    assert "not LLRP" in (sink.statuses[-1].reason or "")


async def test_silent_peer_is_given_up() -> None:
    sink = Memory()
    async with scripted_server(mute=True) as peer, running(sink, local(peer.port, reply_seconds=0.2)):
        await until(lambda: sink.reconnects)
    assert sink.reconnects[0] == "deadline"
    assert "no ConnectionAttemptEvent and no answer within 0.4 s" in (sink.statuses[-1].reason or "")


async def test_one_readers_failure_does_not_touch_another() -> None:
    sink = Memory()
    async with scripted_server() as good, scripted_server(greetings=[b"\0" * 20] * 9) as bad:
        other = type(local(0))("dock-2", "127.0.0.1", bad.port)
        async with running(sink, local(good.port), other) as fleet:
            await until(lambda: len(sink.reconnects) >= 3)
            states = {status.reader: status.state for status in fleet.statuses}
            assert states == {"dock-1": ReaderState.CONNECTED, "dock-2": ReaderState.FAILED}
            assert good.clients == 1


async def test_reader_when_added_and_removed_while_running_comes_and_goes() -> None:
    sink = Memory()
    async with scripted_server() as peer, running(sink) as fleet:
        await asyncio.sleep(0)
        fleet.add(local(peer.port))
        await until(lambda: sink.state is ReaderState.CONNECTED)
        fleet.remove("dock-1")
        await until(lambda: peer.writer is None)
        assert fleet.statuses == ()
        assert peer.reader.asked()[-1] == MessageType.CLOSE_CONNECTION


async def test_reader_that_ignores_goodbye_does_not_hold_up_the_stop() -> None:
    sink = Memory()
    reader = ScriptedReader({MessageType.CLOSE_CONNECTION: lambda _: b""})
    async with scripted_server(reader) as peer:
        started = 0.0
        async with running(sink, local(peer.port)):
            await until(lambda: sink.state is ReaderState.CONNECTED)
            started = time.monotonic()
        assert time.monotonic() - started < PATIENCE_SECONDS


async def test_burst_of_66000_held_reports_leaves_the_loop_free_and_shows_their_age() -> None:
    sink = Memory()
    async with scripted_server() as peer, running(sink, local(peer.port)):
        await until(lambda: sink.state is ReaderState.CONNECTED)
        held_us = NOW_US - 3600 * 1_000_000
        held = report(tag(seen_us=held_us))
        peer.send(held * 66_000)
        most = 0
        while len(sink.rows) < 66_000:
            before = len(sink.rows)
            await asyncio.sleep(0)
            most = max(most, len(sink.rows) - before)
        assert most <= 2 * RECEIVE_BYTES / len(held)
        age_us = NOW_US - held_us
        assert held_us + sink.offsets_us[-1] <= sink.received_us[-1] - age_us + 5_000_000
        await reads_again(peer, sink)


async def test_log_names_reader_address_last_report_and_next_try(caplog: pytest.LogCaptureFixture) -> None:
    sink = Memory()
    with caplog.at_level(logging.INFO, "readers.reader"):
        async with scripted_server() as peer, running(sink, local(peer.port)):
            await until(lambda: sink.state is ReaderState.CONNECTED)
            peer.hang_up()
            await until(lambda: sink.state is ReaderState.FAILED)
    first, second = caplog.messages[:2]
    where = f"reader dock-1 at 127.0.0.1:{peer.port}: "
    assert first.startswith(where + "inventorying (manufacturer 4711 model 1 firmware 1.0, LLRP 1.0.1)")
    assert second.startswith(where + "the reader closed the connection")
    assert "last report never, next try in" in second


class Stumbling(Memory):
    """A sink with a fault: the first call of one of its methods raises."""

    def __init__(self, stumbles_in: str) -> None:
        super().__init__()
        self.stumbles_in = stumbles_in
        self.has_stumbled = False

    def __getattribute__(self, name: str) -> object:
        if name.startswith("on_") and name == self.stumbles_in and not self.has_stumbled:
            return self.stumble
        return super().__getattribute__(name)

    def stumble(self, *_: object) -> None:
        self.has_stumbled = True
        raise ZeroDivisionError


@pytest.mark.parametrize("method", ["on_reads", "on_dropped", "on_gpi", "on_status", "on_reconnect"])
async def test_sink_that_raises_costs_one_connection_at_most_and_is_told_with_its_trace(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    sink, other = Stumbling(method), Memory()
    async with scripted_server() as peer, scripted_server() as sound, running(other, local(sound.port)):
        await until(lambda: other.state is ReaderState.CONNECTED)
        async with running(sink, local(peer.port)) as fleet:
            await until(lambda: fleet.statuses[0].state is ReaderState.CONNECTED and peer.writer is not None)
            changed = notification(ParameterType.GPIEvent, b"\0\1\x80")
            peer.send(report(tag(rospec=7)) + changed + report(tag()))
            if method == "on_reconnect":
                peer.hang_up()
            await until(lambda: sink.has_stumbled)
            await until(lambda: sink.rows if method == "on_status" else peer.clients == 2)
            await reads_again(peer, sink)
        assert (other.reconnects, sound.clients) == ([], 1)
    told = [record for record in caplog.records if "a fault of this program" in record.message]
    assert len(told) == 1
    assert told[0].levelname == "ERROR"
    assert "ZeroDivisionError" in (caplog.text or "")
    assert told[0].exc_info is not None


@pytest.mark.parametrize(
    "step", ["connected", "receive_data", "tick", "data_to_send", "reads", "next_deadline"]
)
async def test_session_that_raises_in_any_step_costs_one_connection_and_the_reader_is_back(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink, sound = Memory(), getattr(ReaderSession, step)

    def stumble(*_: object) -> None:
        monkeypatch.setattr(ReaderSession, step, sound)
        raise ZeroDivisionError

    async with scripted_server() as peer:
        monkeypatch.setattr(ReaderSession, step, stumble)
        async with running(sink, local(peer.port)):
            await until(lambda: sink.reconnects)
            assert sink.reconnects == ["internal"]
            told = next(status for status in sink.statuses if status.reason)
            assert told.state is ReaderState.FAILED
            assert told.reason == "a fault of this program, not of the reader's: ZeroDivisionError()"
            assert told.next_try_us is not None
            await reads_again(peer, sink)


async def test_fleet_without_readers_runs_until_cancelled() -> None:
    task = asyncio.create_task(Fleet([], Memory()).run())
    await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
