"""Finding, asking and resetting readers over real sockets."""

import pytest

from gateway.cli.findings import Verdict
from gateway.cli.probes import probe_reader
from readers.discovery import discover, probe, reset
from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.server import serve
from readers.errors import ConnectError, DeadlineError, FrameError, ReaderBusyError
from readers.llrp.constants import MessageType, ParameterType, ROSpecState
from readers.llrp.framing import encode_message, encode_tlv
from tests.integration.reader_peers import Memory, local, running, scripted_server, until
from tests.readers.scripted import ScriptedReader, error_message, greeting, keepalive, status


async def test_discover_finds_free_busy_and_refusing_readers_and_no_others() -> None:
    async with serve(build_devices(EmulatorSettings())) as peers:
        assert [
            (one.host, one.busy, one.detail) for one in await discover(["127.0.0.1"], peers.ports[0])
        ] == [("127.0.0.1", False, None)]
        sink = Memory()
        async with running(sink, local(peers.ports[0])):
            await until(lambda: sink.state == "connected")
            found = await discover(["127.0.0.1"], peers.ports[0])
            assert [one.busy for one in found] == [True]
    async with scripted_server(greetings=[greeting(3)]) as peer:
        found = await discover(["127.0.0.1"], peer.port)
        assert "status 3" in (found[0].detail or "")
    async with scripted_server(greetings=[b"HTTP/1.1 400 Bad Request\r\n\r\n"]) as peer:
        assert await discover(["127.0.0.1", "127.0.0.2"], peer.port) == []


async def test_probe_tells_capabilities_config_and_rospecs() -> None:
    async with serve(build_devices(EmulatorSettings(profile="r420"))) as peers:
        profile = await probe(local(peers.ports[0]))
    assert profile.vendor == "Impinj"
    assert profile.capabilities.antennas == 4
    assert profile.faults == ()
    assert "KeepaliveSpec" in profile.config
    assert profile.unplugged == ()


async def test_probe_and_doctor_tell_which_antenna_is_not_there() -> None:
    async with serve(build_devices(EmulatorSettings())) as peers:
        peers.readers[0].set_antenna(2, connected=False)
        settings = local(peers.ports[0], antennas=(1, 2))
        assert (await probe(settings)).unplugged == (2,)
        finding = await probe_reader(settings)
        others = await probe_reader(local(peers.ports[0], antennas=(1, 3)))
    assert finding.verdict is Verdict.WARNING
    assert "it finds no antenna at port 2" in finding.words
    assert others.verdict is Verdict.OK


async def test_probe_of_a_poor_reader_tells_what_it_refused() -> None:
    reader = ScriptedReader({MessageType.GET_ROSPECS: error_message}, rospecs={7: ROSpecState.Active})
    broken = encode_tlv(ParameterType.LLRPCapabilities, b"\0")
    reader.answers[MessageType.GET_READER_CAPABILITIES] = lambda frame: (
        keepalive()
        + encode_message(MessageType.GET_READER_CAPABILITIES_RESPONSE, frame.id, status() + broken)
    )
    reader.answers[MessageType.GET_READER_CONFIG] = lambda frame: encode_message(
        MessageType.GET_READER_CONFIG_RESPONSE,
        frame.id,
        status() + encode_tlv(ParameterType.KeepaliveSpec, b"\0"),
    )
    async with scripted_server(reader) as peer:
        profile = await probe(local(peer.port))
    assert [fault.split(":")[0] for fault in profile.faults] == [
        "capabilities cannot be decoded",
        "configuration cannot be decoded",
        "GET_ROSPECS refused",
    ]
    assert MessageType.KEEPALIVE_ACK in reader.asked()


async def test_reset_deletes_every_rospec_and_the_configuration() -> None:
    reader = ScriptedReader(rospecs={7: ROSpecState.Active})
    async with scripted_server(reader) as peer:
        await reset(local(peer.port))
    deleted = next(frame for frame in reader.requests if frame.type == MessageType.DELETE_ROSPEC)
    config = next(frame for frame in reader.requests if frame.type == MessageType.SET_READER_CONFIG)
    assert deleted.body == bytes(4)
    assert config.body == b"\x80"
    assert reader.asked()[-1] == MessageType.CLOSE_CONNECTION


async def test_probe_of_a_reader_that_cannot_be_had_says_why() -> None:
    async with scripted_server(greetings=[greeting(2)]) as peer:
        with pytest.raises(ReaderBusyError):
            await probe(local(peer.port))
    with pytest.raises(ConnectError, match="connection refused"):
        await probe(local(peer.port))
    async with scripted_server(greetings=[b"\0" * 30]) as peer:
        with pytest.raises(FrameError):
            await probe(local(peer.port))
    async with scripted_server(greetings=[b""]) as peer:
        with pytest.raises(ConnectError, match="closed the connection"):
            await probe(local(peer.port))


async def test_probe_of_a_silent_reader_gives_up() -> None:
    async with scripted_server(mute=True) as peer:
        with pytest.raises(DeadlineError, match="ConnectionAttemptEvent"):
            await probe(local(peer.port, reply_seconds=0.1))


async def test_probe_of_a_reader_that_answers_nothing_tells_every_question() -> None:
    reader = ScriptedReader({kind: lambda _: b"" for kind in MessageType})
    async with scripted_server(reader) as peer:
        profile = await probe(local(peer.port, reply_seconds=0.1))
    assert [fault.split(" ")[0] for fault in profile.faults] == [
        "GET_READER_CAPABILITIES",
        "GET_READER_CONFIG",
        "GET_ROSPECS",
    ]
