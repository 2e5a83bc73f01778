"""What each emulated model can do, as data: antennas, power, channels, modes, buffers and habits."""

from dataclasses import dataclass
from typing import Final

from readers.llrp.constants import VENDOR_IMPINJ, VENDOR_ZEBRA

FCC_CHANNELS_KHZ: Final = tuple(902_750 + 500 * channel for channel in range(50))
"""FCC part 15.247: 50 channels of 500 kHz."""
_PRIVATE_ENTERPRISE_NUMBER_OF_NOBODY: Final = 0
_HOP_STEP: Final = 17
"""Coprime to 50: stepping by it visits every channel in an order that looks random."""

FCC_HOP_TABLE: Final = tuple(
    FCC_CHANNELS_KHZ[(7 + _HOP_STEP * hop) % len(FCC_CHANNELS_KHZ)] for hop in range(50)
)


@dataclass(frozen=True, slots=True)
class Mode:
    """C1G2UHFRFModeTableEntry; Tari in nanoseconds, the pulse-interval ratio in thousandths."""

    id: int
    divide_ratio_64_3: bool
    miller: int
    """MValue: 0 FM0, 1 Miller-2, 2 Miller-4, 3 Miller-8."""
    forward_modulation: int
    spectral_mask: int
    backscatter_bps: int
    pie: int
    min_tari_ns: int
    max_tari_ns: int
    step_tari_ns: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """A reader model. Durations in the unit of their name."""

    name: str
    manufacturer: int
    model: int
    firmware: str
    antennas: int
    gpis: int
    gpos: int
    powers_cdbm: tuple[int, ...]
    """Transmit power in hundredths of a dBm; index 1 is the first."""
    sensitivities: tuple[int, ...]
    """Receive sensitivity in dB relative to the best; index 1 is the first."""
    hop_tables: tuple[tuple[int, ...], ...]
    """Frequencies in kHz in hopping order."""
    modes: tuple[Mode, ...]
    protocol_version: int
    """The highest it speaks: 1 is LLRP 1.0.1, 2 is LLRP 1.1."""
    max_rospecs: int
    max_access_specs: int
    max_priority: int
    """MaxNumPriorityLevelsSupported is one more; 0 is the highest priority."""
    buffered_reports: int
    """RO_ACCESS_REPORT messages kept while nobody is connected."""
    unacknowledged_keepalives: int | None
    """After this many KEEPALIVEs without an answer it closes; None waits for ever, as Impinj readers do."""
    ai_stop_triggers: frozenset[int] = frozenset({0, 1, 2, 3})
    country: int = 840
    communications_standard: int = 1
    reader_id: bytes = bytes.fromhex("020000fffe000001")
    """EUI-64, locally administered."""
    vendor: int | None = None
    """Whose Custom parameters and messages it understands."""

    @property
    def has_impinj_extensions(self) -> bool:
        return self.vendor == VENDOR_IMPINJ


def _powers(lowest_cdbm: int, highest_cdbm: int, step_cdbm: int) -> tuple[int, ...]:
    return tuple(range(lowest_cdbm, highest_cdbm + 1, step_cdbm))


_IMPINJ_MODES: Final = (
    Mode(0, True, 0, 2, 2, 640_000, 1_500, 6_250, 6_250),
    Mode(1, True, 1, 2, 2, 640_000, 1_500, 6_250, 6_250),
    Mode(2, True, 2, 0, 3, 274_000, 2_000, 20_000, 20_000),
    Mode(3, True, 3, 0, 3, 170_600, 2_000, 20_000, 20_000),
    Mode(4, True, 2, 0, 2, 640_000, 1_500, 7_140, 7_140),
    *(Mode(auto, False, 0, 0, 0, 40_000, 1_500, 6_250, 6_250) for auto in (1000, 1002, 1003, 1004, 1005)),
)
"""The last five choose among the others by themselves ("autoset")."""

_ZEBRA_MODES: Final = (
    Mode(1, True, 0, 0, 2, 640_000, 1_500, 6_250, 6_250),
    Mode(2, True, 1, 0, 2, 640_000, 1_500, 6_250, 6_250),
    Mode(3, True, 1, 0, 2, 120_000, 1_500, 25_000, 25_000),
    Mode(5, True, 1, 0, 2, 128_000, 1_500, 25_000, 25_000),
    Mode(7, True, 2, 0, 2, 120_000, 1_500, 25_000, 25_000),
    Mode(9, True, 2, 0, 2, 128_000, 1_500, 25_000, 25_000),
    Mode(20, True, 1, 0, 2, 320_000, 1_500, 12_500, 18_800, 2_100),
    Mode(22, True, 2, 0, 2, 320_000, 1_500, 12_500, 18_800, 2_100),
)

_GENERIC_MODES: Final = (
    Mode(0, True, 2, 0, 3, 256_000, 2_000, 12_500, 25_000, 12_500),
    Mode(1, True, 0, 0, 2, 640_000, 1_500, 6_250, 6_250),
)

PROFILES: Final = {
    profile.name: profile
    for profile in (
        Profile(
            name="generic",
            manufacturer=_PRIVATE_ENTERPRISE_NUMBER_OF_NOBODY,
            model=1,
            firmware="1.0",
            antennas=4,
            gpis=4,
            gpos=4,
            powers_cdbm=_powers(1_000, 3_000, 100),
            sensitivities=(0, *range(10, 31, 5)),
            hop_tables=(FCC_HOP_TABLE,),
            modes=_GENERIC_MODES,
            protocol_version=2,
            max_rospecs=8,
            max_access_specs=8,
            max_priority=7,
            buffered_reports=10_000,
            unacknowledged_keepalives=5,
        ),
        Profile(
            name="r420",
            manufacturer=VENDOR_IMPINJ,
            model=2001002,
            firmware="5.14.0.240",
            antennas=4,
            gpis=4,
            gpos=4,
            powers_cdbm=_powers(1_000, 3_250, 25),
            sensitivities=(0, *range(10, 51)),
            hop_tables=(FCC_HOP_TABLE,),
            modes=_IMPINJ_MODES,
            protocol_version=1,
            max_rospecs=1,
            max_access_specs=1_508,
            max_priority=0,
            buffered_reports=8_000,
            unacknowledged_keepalives=None,
            vendor=VENDOR_IMPINJ,
        ),
        Profile(
            name="fx9600",
            manufacturer=VENDOR_ZEBRA,
            model=96008,
            firmware="3.10.30.0",
            antennas=8,
            gpis=4,
            gpos=4,
            powers_cdbm=_powers(1_000, 3_300, 10),
            sensitivities=(0,),
            hop_tables=(FCC_HOP_TABLE,),
            modes=_ZEBRA_MODES,
            protocol_version=1,
            max_rospecs=1,
            max_access_specs=32,
            max_priority=0,
            buffered_reports=66_000,
            unacknowledged_keepalives=5,
            vendor=VENDOR_ZEBRA,
        ),
    )
}
