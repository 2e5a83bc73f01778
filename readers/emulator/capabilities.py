"""A profile as GET_READER_CAPABILITIES_RESPONSE (LLRP 1.1, 10.3 to 10.4)."""

from struct import pack
from typing import Final

from readers.emulator.profiles import Mode, Profile
from readers.llrp.constants import VENDOR_IMPINJ, ParameterType
from readers.llrp.framing import encode_tlv

_CAN_SET_ANTENNA_PROPERTIES: Final = 0x8000
_HAS_UTC_CLOCK: Final = 0x4000
_CAN_REPORT_BUFFER_FILL_WARNING: Final = 0x40
_SUPPORTS_EVENTS_AND_REPORT_HOLDING: Final = 0x08
_EPC_GLOBAL_CLASS1_GEN2: Final = 1
_MOST_FILTERS: Final = 2
_MOST_SPECS: Final = 32
_IMPINJ_DETAILED_VERSION: Final = 29


def encode_capabilities(profile: Profile, requested: int, *, has_utc: bool) -> bytes:
    """`requested` as in the request: 0 everything, 1 device, 2 LLRP, 3 regulatory, 4 air protocol."""
    sections = (
        _general(profile, has_utc=has_utc),
        _llrp(profile),
        _regulatory(profile),
        encode_tlv(ParameterType.C1G2LLRPCapabilities, pack(">BH", 0, _MOST_FILTERS)),
    )
    return sections[requested - 1] if requested else b"".join(sections)


def encode_impinj_version(profile: Profile) -> bytes:
    """ImpinjDetailedVersion, which Impinj's own clients ask for."""
    texts = ("Speedway R420", "37016000000", profile.firmware, profile.firmware, "", "")
    value = b"".join(pack(">H", len(text)) + text.encode() for text in texts)
    return encode_tlv(ParameterType.Custom, pack(">II", VENDOR_IMPINJ, _IMPINJ_DETAILED_VERSION) + value)


def _general(profile: Profile, *, has_utc: bool) -> bytes:
    firmware = profile.firmware.encode()
    value = pack(
        ">HHIIH",
        profile.antennas,
        _HAS_UTC_CLOCK if has_utc else 0,
        profile.manufacturer,
        profile.model,
        len(firmware),
    )
    value += firmware
    for index, sensitivity in enumerate(profile.sensitivities, start=1):
        value += encode_tlv(ParameterType.ReceiveSensitivityTableEntry, pack(">Hh", index, sensitivity))
    value += encode_tlv(ParameterType.GPIOCapabilities, pack(">HH", profile.gpis, profile.gpos))
    for antenna in range(1, profile.antennas + 1):
        protocols = pack(">HHB", antenna, 1, _EPC_GLOBAL_CLASS1_GEN2)
        value += encode_tlv(ParameterType.PerAntennaAirProtocol, protocols)
    return encode_tlv(ParameterType.GeneralDeviceCapabilities, value)


def _llrp(profile: Profile) -> bytes:
    value = pack(
        ">BBHIIIII",
        _CAN_REPORT_BUFFER_FILL_WARNING | _SUPPORTS_EVENTS_AND_REPORT_HOLDING,
        profile.max_priority + 1,
        0,
        profile.max_rospecs,
        _MOST_SPECS,
        1,
        profile.max_access_specs,
        8,
    )
    return encode_tlv(ParameterType.LLRPCapabilities, value)


def _regulatory(profile: Profile) -> bytes:
    band = b"".join(
        encode_tlv(ParameterType.TransmitPowerLevelTableEntry, pack(">Hh", index, power))
        for index, power in enumerate(profile.powers_cdbm, start=1)
    )
    tables = b"".join(
        encode_tlv(
            ParameterType.FrequencyHopTable,
            pack(f">BBH{len(table)}I", table_id, 0, len(table), *table),
        )
        for table_id, table in enumerate(profile.hop_tables, start=1)
    )
    band += encode_tlv(ParameterType.FrequencyInformation, b"\x80" + tables)
    modes = b"".join(_mode(mode) for mode in profile.modes)
    band += encode_tlv(ParameterType.C1G2UHFRFModeTable, modes)
    value = pack(">HH", profile.country, profile.communications_standard)
    return encode_tlv(
        ParameterType.RegulatoryCapabilities, value + encode_tlv(ParameterType.UHFBandCapabilities, band)
    )


def _mode(mode: Mode) -> bytes:
    value = pack(
        ">IBBBBIIIII",
        mode.id,
        mode.divide_ratio_64_3 << 7,
        mode.miller,
        mode.forward_modulation,
        mode.spectral_mask,
        mode.backscatter_bps,
        mode.pie,
        mode.min_tari_ns,
        mode.max_tari_ns,
        mode.step_tari_ns,
    )
    return encode_tlv(ParameterType.C1G2UHFRFModeTableEntry, value)
