"""The capabilities of the profiles as foreign clients understand them."""

import json

import pytest
from llrpkit.protocol import impinj, messages
from llrpkit.reader import ReaderCapabilities

from readers.emulator.device import Device
from readers.emulator.profiles import FCC_CHANNELS_KHZ, FCC_HOP_TABLE, PROFILES
from tests.readers.emulator.llrp_client import Client, status
from tests.readers.llrp.wire import REFERENCE, needs_reference


def told(profile: str, requested: int = 0) -> messages.GET_READER_CAPABILITIES_RESPONSE:
    return Client(Device(PROFILES[profile])).ask(messages.GET_READER_CAPABILITIES(requested_data=requested))


@pytest.mark.parametrize(
    ("profile", "manufacturer", "antennas", "least_dbm", "most_dbm", "steps"),
    [
        ("generic", 0, 4, 10.0, 30.0, 21),
        ("r420", 25882, 4, 10.0, 32.5, 91),
        ("fx9600", 161, 8, 10.0, 33.0, 231),
    ],
)
def test_profile_when_capabilities_are_asked_for_then_tells_its_model(
    profile: str, manufacturer: int, antennas: int, least_dbm: float, most_dbm: float, steps: int
) -> None:
    seen = ReaderCapabilities(told(profile))
    assert (seen.manufacturer, seen.max_antennas, seen.hopping) == (manufacturer, antennas, True)
    powers = seen.transmit_powers
    assert (powers[1], powers[steps], len(powers)) == (least_dbm, most_dbm, steps)
    assert seen.modes


@pytest.mark.parametrize(
    ("requested", "section"),
    [
        (1, "general_device_capabilities"),
        (2, "llrp_capabilities"),
        (3, "regulatory_capabilities"),
        (4, "air_protocol_llrp_capabilities"),
    ],
)
def test_profile_when_one_section_is_asked_for_then_only_it_comes(requested: int, section: str) -> None:
    sections = (
        "general_device_capabilities",
        "llrp_capabilities",
        "regulatory_capabilities",
        "air_protocol_llrp_capabilities",
    )
    assert [name for name in sections if getattr(told("generic", requested), name, None)] == [section]


def test_hop_table_when_followed_then_visits_every_channel_once() -> None:
    assert sorted(FCC_HOP_TABLE) == list(FCC_CHANNELS_KHZ)


def test_r420_when_impinj_version_is_asked_for_then_names_its_model() -> None:
    at = Client(Device(PROFILES["r420"]))
    request = messages.GET_READER_CAPABILITIES(
        custom=[
            impinj.ImpinjRequestedData(requested_data=impinj.ImpinjRequestedDataType.Impinj_Detailed_Version)
        ]
    )
    assert status(at.ask(request)) == 100
    assert status(at.ask(impinj.IMPINJ_ENABLE_EXTENSIONS())) == 0
    (version,) = at.ask(request).custom
    assert version.model_name == "Speedway R420"


def test_impinj_messages_when_the_profile_is_another_vendors_then_are_errors() -> None:
    at = Client(Device(PROFILES["fx9600"]))
    (reply,) = at.send(impinj.IMPINJ_ENABLE_EXTENSIONS())
    assert isinstance(reply, messages.ERROR_MESSAGE)


@needs_reference
def test_r420_when_compared_with_a_recorded_one_then_offers_the_same() -> None:
    recorded = json.loads(
        (REFERENCE / "edgex/GetReaderCapabilitiesResponse-000.json").read_text(encoding="utf-8")
    )
    general, llrp = recorded["GeneralDeviceCapabilities"], recorded["LLRPCapabilities"]
    band = recorded["RegulatoryCapabilities"]["UHFBandCapabilities"]
    seen = told("r420")
    ours, limits = seen.general_device_capabilities, seen.llrp_capabilities
    assert ours.device_manufacturer_name == general["DeviceManufacturer"]
    assert (ours.model_name, ours.reader_firmware_version) == (general["Model"], general["FirmwareVersion"])
    assert [one.receive_sensitivity_value for one in ours.receive_sensitivity_table_entrys] == [
        one["ReceiveSensitivity"] for one in general["ReceiveSensitivities"]
    ]
    assert limits.max_num_ro_specs == llrp["MaxROSpecs"]
    assert limits.max_num_access_specs == llrp["MaxAccessSpecs"]
    assert limits.max_num_priority_levels_supported == llrp["MaxPriorityLevelSupported"]
    our_band = seen.regulatory_capabilities.uhf_band_capabilities
    powers = {one.index: one.transmit_power_value for one in our_band.transmit_power_level_table_entrys}
    for level in band["TransmitPowerLevels"]:
        assert powers[level["Index"]] == level["TransmitPowerValue"]
    (table,) = our_band.frequency_information.frequency_hop_tables
    (theirs,) = band["FrequencyInformation"]["FrequencyHopTables"]
    assert sorted(table.frequency) == sorted(theirs["Frequencies"])
    modes = {
        one.mode_identifier: one
        for one in our_band.air_protocol_uhfrf_mode_tables[0].c1_g2_uhfrf_mode_table_entrys
    }
    for mode in band["C1G2RFModes"]["UHFC1G2RFModeTableEntries"]:
        ours = modes[mode["ModeID"]]
        assert (ours.bdr_value, ours.pie_value, ours.m_value) == (
            mode["BackscatterDataRate"],
            mode["PIERatio"],
            mode["Modulation"],
        )
