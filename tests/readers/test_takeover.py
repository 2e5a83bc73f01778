"""Hot standby: how long a reader keeps a client that is frozen, and a standby waits, on one clock without a wire."""

import pytest

from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.device import Device
from readers.emulator.profiles import PROFILES
from readers.llrp.framing import Deframer
from readers.llrp.session import ReaderSession
from readers.llrp.steps import SessionState
from readers.reader import STANDBY_SECONDS
from readers.settings import ReaderSettings

START_US = 1_795_000_000_000_000
STEP_US = 10_000
TAKEOVER_SECONDS = 15.0


def inventoried(device: Device, now_us: int) -> int:
    """A session with default settings has the device; when that is."""
    session, requests = ReaderSession(ReaderSettings("dock-1", "10.0.0.1")), Deframer()
    device.connected(now_us)
    session.connected(now_us)
    while session.state is not SessionState.INVENTORYING:
        now_us += STEP_US
        device.tick(now_us)
        if said := device.data_to_send():
            session.receive_data(said, now_us)
        session.tick(now_us)
        for frame in requests.feed(session.data_to_send()):
            device.receive(frame, now_us)
    return now_us


def seconds_until_dropped(device: Device, frozen_us: int) -> float:
    now_us = frozen_us
    while not device.closing:
        now_us += STEP_US
        device.tick(now_us)
        device.data_to_send()
    return (now_us - frozen_us) / 1_000_000


@pytest.mark.parametrize("profile", PROFILES)
def test_frozen_gateway_when_settings_are_the_defaults_is_replaced_within_fifteen_seconds(
    profile: str,
) -> None:
    (device,) = build_devices(EmulatorSettings(profile=profile))
    began_us = inventoried(device, START_US)
    dropped = seconds_until_dropped(device, began_us)
    device.disconnected(began_us)
    dialled_us = began_us + int(dropped * 1_000_000)
    set_up = (inventoried(device, dialled_us) - dialled_us) / 1_000_000
    print(
        f"{profile}: {dropped:.1f} s until the reader drops it, {STANDBY_SECONDS} s at most until the standby dials, {set_up:.2f} s"
    )
    assert dropped + STANDBY_SECONDS + set_up < TAKEOVER_SECONDS
