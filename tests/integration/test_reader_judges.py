"""Our client's conversations before foreign judges: tshark, the standard's definition, llrpkit and pyllrp."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from llrpkit.emulator import EmulatedTag, LLRPEmulator
from llrpkit.protocol import decode_message
from pyllrp import pyllrp

from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.server import serve
from readers.llrp.constants import MessageType
from readers.llrp.framing import encode_message
from readers.status import ReaderState
from tests.integration.dissection import MALFORMED, MALFORMED_IN_ANY_VERSION, Tape, dissected, needs_tshark
from tests.integration.reader_peers import Memory, local, running, until
from tests.readers.llrp.definition import Definition

DEFINITION = Path(__file__).parents[2] / "../shared/llrp/llrp-1x1-def.xml"
EPC = bytes.fromhex("3034257bf7194e4000001a85")
SPOKEN = {
    MessageType.GET_SUPPORTED_VERSION,
    MessageType.GET_READER_CAPABILITIES,
    MessageType.SET_READER_CONFIG,
    MessageType.ENABLE_EVENTS_AND_REPORTS,
    MessageType.GET_ROSPECS,
    MessageType.ADD_ROSPEC,
    MessageType.ENABLE_ROSPEC,
    MessageType.START_ROSPEC,
    MessageType.KEEPALIVE_ACK,
    MessageType.CLOSE_CONNECTION,
}
ANSWERED = {
    MessageType.READER_EVENT_NOTIFICATION,
    MessageType.GET_READER_CAPABILITIES_RESPONSE,
    MessageType.SET_READER_CONFIG_RESPONSE,
    MessageType.ADD_ROSPEC_RESPONSE,
    MessageType.RO_ACCESS_REPORT,
    MessageType.KEEPALIVE,
    MessageType.CLOSE_CONNECTION_RESPONSE,
}
NEGOTIATION = {MessageType.GET_SUPPORTED_VERSION, MessageType.SET_PROTOCOL_VERSION}
"""What llrpkit and pyllrp, of LLRP 1.0.1, do not know."""

Peer = str
SPEAKS_1_1 = "generic"
"""The other peers speak 1.0.1. tshark 4.0 reads two bytes where SET_PROTOCOL_VERSION has one, and so takes it for
malformed."""
PEERS = ("llrpkit", "generic", "r420", "fx9600")


class Socket:
    """What pyllrp reads from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def recv(self, count: int) -> bytes:
        taken, self._data = self._data[:count], self._data[count:]
        return taken


async def conversation_with(peer: Peer, *, rf_content: bool = False) -> Tape:
    """Connects, inventories, switches an output, acknowledges keepalives, says good-bye."""
    tape = Tape()
    sink = Memory()
    async with AsyncExitStack() as stack:
        if peer == "llrpkit":
            emulator = await stack.enter_async_context(LLRPEmulator(tags=[EmulatedTag(EPC, antennas=(1, 2))]))
            port = emulator.port
        else:
            devices = build_devices(EmulatorSettings(tags=3, reads_per_second=200, profile=peer))
            port = (await stack.enter_async_context(serve(devices))).ports[0]
        proxy = await stack.enter_async_context(tape.between(port))
        settings = local(proxy, antennas=(1, 2), keepalive_seconds=0.2, rf_content=rf_content)
        async with running(sink, settings) as fleet:
            await until(lambda: sink.state is ReaderState.CONNECTED)
            assert fleet.set_output("dock-1", 1, is_high=True, seconds=0.1)
            await until(
                lambda: len(sink.rows) >= 20 and MessageType.KEEPALIVE_ACK in tape.frames(), seconds=15
            )
        await asyncio.sleep(0.05)
    assert sink.reconnects == []
    return tape


@needs_tshark
@pytest.mark.parametrize("peer", PEERS)
async def test_conversation_of_our_client_is_without_fault_to_tshark(peer: Peer, tmp_path: Path) -> None:
    tape = await conversation_with(peer)
    assert {frame.type for frame in tape.said("O")} >= SPOKEN
    assert {frame.type for frame in tape.said("I")} >= ANSWERED
    capture = tape.write(tmp_path)
    assert dissected(capture, "llrp.type", "llrp") == tape.frames()
    versions = dissected(capture, "llrp.version", "llrp")
    if peer == SPEAKS_1_1:
        assert versions[2] > versions[1] > 0
        faulty = f"({MALFORMED_IN_ANY_VERSION}) && llrp.type != {MessageType.SET_PROTOCOL_VERSION}"
        assert dissected(capture, "frame.number", faulty) == Counter()
    else:
        assert dissected(capture, "frame.number", MALFORMED) == Counter()


@pytest.mark.skipif(not DEFINITION.exists(), reason="the LLRP definition file is not part of this repository")
@pytest.mark.parametrize("peer", PEERS)
async def test_conversation_of_our_client_obeys_the_definition_of_the_standard(peer: Peer) -> None:
    tape = await conversation_with(peer, rf_content=True)
    definition = Definition(DEFINITION)
    for frame in tape.said("O"):
        message = encode_message(frame.type, frame.id, frame.body, frame.version)
        assert definition.faults(message) == [], message.hex()


@pytest.mark.parametrize("peer", PEERS)
async def test_conversation_of_our_client_is_understood_by_llrpkit_and_pyllrp(peer: Peer) -> None:
    tape = await conversation_with(peer)
    ids = [frame.id for frame in tape.said("O") if frame.type != MessageType.KEEPALIVE_ACK]
    assert ids == list(range(1, len(ids) + 1))
    for frame in tape.said("O"):
        if frame.type in NEGOTIATION:
            continue
        message = encode_message(frame.type, frame.id, frame.body)
        assert decode_message(message).message_id == frame.id
        assert pyllrp.UnpackMessageFromSocket(Socket(message))._MessageID == frame.id
