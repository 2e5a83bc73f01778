"""Readers from settings: a profile, a fault, and tags that lie in the field or a scenario that passes by."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import time_ns
from typing import Final

from readers.emulator.clock import ReaderClock
from readers.emulator.device import Device
from readers.emulator.epcs import sgtin_96
from readers.emulator.field import StaticField
from readers.emulator.injector import parse_fault
from readers.emulator.playback import Curtain, ScenarioField
from readers.emulator.profiles import PROFILES
from readers.emulator.scenario import Scenario

SERIALS_PER_READER: Final = 1_000_000
_ITEMS_PER_PRODUCT: Final = 100
_FIRST_PRODUCT: Final = 12_345
_PRODUCTS: Final = 900_000


@dataclass(frozen=True, slots=True)
class EmulatorSettings:
    """What `llrp-emulator` is started with. Readers count from 1; every one has items of its own."""

    readers: int = 1
    tags: int = 0
    """Items that stay in each reader's field."""
    reads_per_second: float = 100.0
    """Of each reader."""
    profile: str = "generic"
    fault: str | None = None
    """`NAME[:REQUEST][*TIMES]` of readers.emulator.faults, for each reader."""
    scenario: Scenario | None = None
    """Takes the place of `readers`, `tags` and `reads_per_second`."""


def items(count: int, reader: int = 1) -> Iterator[bytes]:
    """SGTIN-96 of the items in front of a reader: 100 of each product, no serial twice on any reader."""
    for index in range(count):
        product = (_FIRST_PRODUCT + index // _ITEMS_PER_PRODUCT) % _PRODUCTS
        yield sgtin_96(product, reader * SERIALS_PER_READER + index % _ITEMS_PER_PRODUCT + 1)


def build_devices(settings: EmulatorSettings) -> list[Device]:
    """Raises ValueError where a fault or profile is not known."""
    if settings.profile not in PROFILES:
        raise ValueError(f"there is no profile '{settings.profile}'; there are: {', '.join(PROFILES)}")
    if settings.scenario is not None:
        curtain = Curtain()
        return [
            _device(settings, ScenarioField(settings.scenario.reads(reader), curtain))
            for reader in settings.scenario.readers
        ]
    return [_device(settings, _static_field(settings, reader)) for reader in range(1, settings.readers + 1)]


def _static_field(settings: EmulatorSettings, reader: int) -> StaticField:
    field = StaticField(settings.reads_per_second, seed=reader)
    antennas = range(1, PROFILES[settings.profile].antennas + 1)
    for epc in items(settings.tags, reader):
        field.put(epc, antennas)
    return field


def _device(settings: EmulatorSettings, tags: StaticField | ScenarioField) -> Device:
    fault = None if settings.fault is None else parse_fault(settings.fault)
    clock = ReaderClock()
    if fault is not None and fault.fault.clock is not None:
        clock = fault.fault.clock(time_ns() // 1_000)
    return Device(PROFILES[settings.profile], tags, clock=clock, fault=fault)
