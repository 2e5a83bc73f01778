"""Foreign LLRP software in front of the emulator: llrpkit, sllurp and pyllrp read its tags, tshark finds no fault.

The emulator runs as a user starts it: a process of its own, found by its first line.
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from llrpkit.inventory import build_rospec
from llrpkit.protocol import enums, messages, params
from llrpkit.reader import Reader
from pyllrp.TagInventory import TagInventory
from sllurp.llrp import LLRPReaderClient, LLRPReaderConfig

from readers.emulator.build import items
from readers.emulator.profiles import PROFILES
from tests.integration.dissection import MALFORMED, Tape, dissected, needs_tshark

HOST = "127.0.0.1"
TAGS = 5
PATIENCE_SECONDS = 60 * float(os.environ.get("TEST_TIMEOUT_FACTOR", "1"))
ALL_BUT_IDENTIFICATION = 2


@contextmanager
def emulator(*arguments: str) -> Iterator[int]:
    """Its port; it must end with exit code 0 when asked to."""
    command = [sys.executable, "-m", "readers.emulator", "--port", "0", "--tags", str(TAGS), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            found = re.match(rf"{HOST}:(\d+) ", line)
            assert found, line
            yield int(found[1])
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("profile", PROFILES)
async def test_emulator_when_llrpkit_inventories_then_it_gets_every_tag(profile: str) -> None:
    with emulator("--profile", profile) as port:
        async with asyncio.timeout(PATIENCE_SECONDS), Reader(HOST, port) as reader:
            assert reader.max_antennas == PROFILES[profile].antennas
            seen = [tag async for tag in reader.inventory(duration=1.0, include_phase=True, max_tags=50)]
    assert {tag.epc for tag in seen} == set(items(TAGS))
    assert {tag.antenna for tag in seen} == set(range(1, PROFILES[profile].antennas + 1))
    assert all((tag.phase_deg is not None) == (profile == "r420") for tag in seen)


@pytest.mark.parametrize("profile", PROFILES)
def test_emulator_when_sllurp_inventories_then_it_gets_every_tag(profile: str) -> None:
    config = LLRPReaderConfig(
        {
            "antennas": [1, 2],
            "report_every_n_tags": 10,
            "report_timeout_ms": 500,
            "tag_content_selector": {"EnableAntennaID": True, "EnablePeakRSSI": True},
            "keepalive_interval": 500,
        }
    )
    seen: list[dict[str, Any]] = []
    with emulator("--profile", profile) as port:
        reader = LLRPReaderClient(HOST, port, config)
        reader.add_tag_report_callback(lambda _, tags: seen.extend(tags))
        reader.connect()
        opened = reader._socket
        try:
            wait_until(lambda: len(seen) >= 60)
        finally:
            reader.disconnect(timeout=PATIENCE_SECONDS)
            opened.close()  # where the emulator hangs up first, sllurp forgets it
    assert {bytes.fromhex(tag["EPC"].decode()) for tag in seen} == set(items(TAGS))
    assert {tag["AntennaID"] for tag in seen} == {1, 2}


@pytest.mark.parametrize("profile", PROFILES)
def test_emulator_when_pyllrp_inventories_then_it_gets_every_tag(
    profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with emulator("--profile", profile, "--rate", "400") as port:
        inventory = TagInventory(HOST)
        monkeypatch.setattr("pyllrp.LLRPConnector.LLRPConnector.connect.__defaults__", (port,), raising=True)
        inventory.Connect()
        tags, others = inventory.GetTagInventory()
        inventory.Disconnect()
    assert {bytes.fromhex(tag) for tag in tags} == set(items(TAGS))
    assert not [other for other in others if "ERROR" in type(other).__name__]


@needs_tshark
@pytest.mark.parametrize("profile", PROFILES)
async def test_conversation_when_tshark_dissects_it_then_nothing_is_malformed(
    profile: str, tmp_path: Path
) -> None:
    with emulator("--profile", profile) as port:
        tape = Tape()
        async with asyncio.timeout(PATIENCE_SECONDS), tape.between(port) as proxy:
            await converse(proxy)
    sent = tape.frames()
    assert sent[61] >= 20
    assert {1, 2, 3, 11, 12, 13, 14, 4, 20, 30, 22, 32, 24, 34, 26, 36, 61, 62, 63, 72} <= sent.keys()
    capture = tape.write(tmp_path)
    assert dissected(capture, "llrp.type", "llrp") == sent
    assert dissected(capture, "frame.number", MALFORMED) == {}


async def converse(port: int) -> None:
    """Every request a client usually makes, as llrpkit puts them.

    Without two things tshark 4.0 takes for malformed, in recordings of real readers too: Identification (it
    forgets the two length bytes of ReaderID) and Impinj's Doppler frequency (it does not know subtype 68).
    """
    async with Reader(HOST, port) as reader:
        client = reader.client
        await client.transact(
            messages.SET_READER_CONFIG(
                keepalive_spec=params.KeepaliveSpec(keepalive_trigger_type=1, periodic_trigger_value=100),
                reader_event_notification_spec=params.ReaderEventNotificationSpec(
                    event_notification_states=[
                        params.EventNotificationState(event_type=kind, notification_state=True)
                        for kind in enums.NotificationEventType
                    ]
                ),
            )
        )
        for section in range(ALL_BUT_IDENTIFICATION, enums.GetReaderConfigRequestedData.EventsAndReports + 1):
            await reader.get_config(section)
        await client.transact(messages.GET_ACCESSSPECS())
        refused = await client.transact(messages.ADD_ROSPEC(ro_spec=build_rospec(antennas=(99,))))
        assert refused.llrp_status.parameter_error is not None
        count = 0
        async for _ in reader.inventory(report_every_n=2, include_phase=True):
            count += 1
            if count == 1:
                await client.transact(messages.GET_ROSPECS())
            if count == 60:
                break


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
