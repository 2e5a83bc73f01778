"""What we ask decodes, with foreign decoders and by the standard's own definition, to what we mean."""

from itertools import product
from pathlib import Path

import pytest
from llrpkit.protocol import decode_message, enums, impinj, messages, params
from pyllrp import pyllrp

from readers.llrp import requests
from readers.llrp.capabilities import Capabilities, RfMode, decode_capabilities
from readers.llrp.framing import encode_message
from readers.llrp.requests import ROSPEC_ID, Detail, ReaderPlan, Request
from readers.llrp.vendors import GENERIC, IMPINJ, THINGMAGIC, ZEBRA, Vendor, vendor_of
from readers.settings import Preset, ReaderSettings
from tests.readers.llrp.definition import Definition

SHARED = Path(__file__).parents[3] / "../shared/llrp"
HOPPING = Capabilities(
    antennas=4,
    gpi_ports=2,
    holds_reports=True,
    powers=((1, 10.0), (2, 20.0), (3, 31.5)),
    hop_table=3,
    modes=(RfMode(0, 0, 640_000), RfMode(7, 2, 274_000), RfMode(8, 2, 320_000), RfMode(9, 3, 170_600)),
)
ETSI = Capabilities(antennas=2, powers=((1, 10.0),), channels=4)


def settings(**fields: object) -> ReaderSettings:
    return ReaderSettings("dock-1", "10.0.0.1", **fields)  # type: ignore[arg-type]


def encoded(request: Request, version: int = 1) -> bytes:
    return encode_message(request.type, 9, request.body, request.version or version)


def plan(capabilities: Capabilities = HOPPING, **fields: object) -> ReaderPlan:
    return ReaderPlan(settings(**fields), capabilities, vendor_of(capabilities.manufacturer))


def added(one: ReaderPlan, detail: Detail = Detail.FULL) -> params.ROSpec:
    message = decode_message(encoded(requests.add_rospec(one, detail)))
    assert isinstance(message, messages.ADD_ROSPEC)
    return message.ro_spec


def inventory_of(rospec: params.ROSpec) -> params.InventoryParameterSpec:
    spec = rospec.spec_parameters[0]
    assert isinstance(spec, params.AISpec)
    return spec.inventory_parameter_specs[0]


ALL = [
    requests.GET_SUPPORTED_VERSION,
    requests.SET_PROTOCOL_VERSION,
    requests.GET_ROSPECS,
    requests.ENABLE_EVENTS_AND_REPORTS,
    requests.CLOSE_CONNECTION,
    Request(requests.GET_REPORT.type),
    requests.get_reader_capabilities(),
    requests.get_reader_config(),
    requests.set_reset_config(),
    requests.enable_rospec(),
    requests.start_rospec(),
    requests.stop_rospec(),
    requests.disable_rospec(7),
    requests.delete_rospec(0),
    requests.set_output(2, is_high=True),
    requests.set_output(2, is_high=False),
    *(
        requests.add_rospec(ReaderPlan(settings(rf_content=True), HOPPING, vendor), Detail.FULL)
        for vendor in (GENERIC, IMPINJ)
    ),
] + [
    make(ReaderPlan(settings(antennas=antennas, preset=preset), capabilities, vendor, version), detail)
    for make, antennas, preset, capabilities, vendor, version, detail in product(
        (requests.set_reader_config, requests.add_rospec),
        ((), (1, 2)),
        (Preset.PORTAL, Preset.SHELF),
        (HOPPING, ETSI, Capabilities()),
        (GENERIC, IMPINJ),
        (1, 2),
        Detail,
    )
]


KNOWN_TO_1_0_1 = [one for one in ALL if one.version is None]
"""Neither foreign decoder knows version negotiation."""


class TestForeignJudges:
    def test_every_request_decodes_with_llrpkit(self) -> None:
        for request in KNOWN_TO_1_0_1:
            message = decode_message(encoded(request))
            assert message.message_id == 9
            assert type(message).__name__ in (request.type.name, "IMPINJ_ENABLE_EXTENSIONS")

    def test_every_request_decodes_with_pyllrp(self) -> None:
        for request in KNOWN_TO_1_0_1:
            data = encoded(request)
            message = pyllrp.UnpackMessageFromSocket(_Socket(data))
            assert type(message).__name__ == f"{request.type.name}_Message"
            assert message._MessageID == 9

    def test_every_request_obeys_the_definition_of_the_standard(self) -> None:
        path = SHARED / "llrp-1x1-def.xml"
        if not path.exists():
            pytest.skip("the LLRP definition file is not part of this repository")
        definition = Definition(path)
        for request in ALL:
            assert definition.faults(encoded(request)) == []

    def test_definition_finds_what_is_wrong(self) -> None:
        path = SHARED / "llrp-1x1-def.xml"
        if not path.exists():
            pytest.skip("the LLRP definition file is not part of this repository")
        definition = Definition(path)
        body = requests.add_rospec(plan(), Detail.FULL).body
        assert definition.faults(encode_message(20, 1)) != []
        assert definition.faults(encode_message(20, 1, body + body)) != []


class _Socket:
    """What pyllrp reads from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def recv(self, count: int) -> bytes:
        taken, self._data = self._data[:count], self._data[count:]
        return taken


class TestConfig:
    def test_set_reader_config_asks_for_keepalives_events_inputs_and_held_reports(self) -> None:
        message = decode_message(
            encoded(requests.set_reader_config(plan(keepalive_seconds=2.5), Detail.FULL))
        )
        assert isinstance(message, messages.SET_READER_CONFIG)
        assert not message.reset_to_factory_default
        assert message.keepalive_spec == params.KeepaliveSpec(
            keepalive_trigger_type=enums.KeepaliveTriggerType.Periodic, periodic_trigger_value=2500
        )
        assert message.events_and_reports == params.EventsAndReports(
            hold_events_and_reports_upon_reconnect=True
        )
        assert [port.gpi_port_num for port in message.gpi_port_current_states] == [1, 2]
        assert message.reader_event_notification_spec is not None
        wanted = {
            int(one.event_type) for one in message.reader_event_notification_spec.event_notification_states
        }
        assert wanted == {1, 2, 3, 4, 8}

    def test_set_reader_config_where_reports_cannot_be_held_does_not_ask_for_it(self) -> None:
        message = decode_message(encoded(requests.set_reader_config(plan(ETSI), Detail.FULL)))
        assert isinstance(message, messages.SET_READER_CONFIG)
        assert message.events_and_reports is None

    def test_set_reader_config_for_impinj_monitors_the_link_and_reports_at_once(self) -> None:
        one = ReaderPlan(settings(), HOPPING, IMPINJ)
        message = decode_message(encoded(requests.set_reader_config(one, Detail.FULL)))
        assert isinstance(message, messages.SET_READER_CONFIG)
        assert message.custom == [
            impinj.ImpinjLinkMonitorConfiguration(link_monitor_mode=1, link_down_threshold=3),
            impinj.ImpinjReportBufferConfiguration(report_buffer_mode=1),
        ]

    def test_enable_extensions_decodes_as_impinj_says(self) -> None:
        message = decode_message(encoded(requests.ENABLE_IMPINJ_EXTENSIONS))
        assert isinstance(message, impinj.IMPINJ_ENABLE_EXTENSIONS)


class TestROSpec:
    def test_rospec_never_ends_and_reports_every_read(self) -> None:
        rospec = added(plan())
        assert rospec.ro_spec_id == ROSPEC_ID
        assert rospec.ro_boundary_spec.ro_spec_start_trigger.ro_spec_start_trigger_type == 1
        assert rospec.ro_boundary_spec.ro_spec_stop_trigger.ro_spec_stop_trigger_type == 0
        spec = rospec.spec_parameters[0]
        assert isinstance(spec, params.AISpec)
        assert spec.ai_spec_stop_trigger.ai_spec_stop_trigger_type == 0
        assert rospec.ro_report_spec is not None
        assert (rospec.ro_report_spec.ro_report_trigger, rospec.ro_report_spec.n) == (1, 1)

    def test_rospec_asks_for_the_content_we_use_and_for_pc_bits(self) -> None:
        report = added(plan(), Detail.LEAST).ro_report_spec
        assert report is not None
        content = report.tag_report_content_selector
        assert content.enable_ro_spec_id
        assert content.enable_antenna_id
        assert content.enable_peak_rssi
        assert content.enable_first_seen_timestamp
        assert content.enable_last_seen_timestamp
        assert content.enable_tag_seen_count
        assert content.air_protocol_epc_memory_selectors == [
            params.C1G2EPCMemorySelector(enable_crc=False, enable_pc_bits=True)
        ]

    @pytest.mark.parametrize(
        ("wanted_dbm", "index"), [(None, 3), (31.5, 3), (31.0, 2), (20.0, 2), (12.0, 1), (5.0, 1)]
    )
    def test_rospec_takes_the_highest_power_up_to_the_wanted(
        self, wanted_dbm: float | None, index: int
    ) -> None:
        inventory = inventory_of(added(plan(tx_power_dbm=wanted_dbm)))
        transmitter = inventory.antenna_configurations[0].rf_transmitter
        assert transmitter == params.RFTransmitter(hop_table_id=3, channel_index=1, transmit_power=index)

    def test_rospec_in_a_region_without_hopping_uses_a_fixed_channel(self) -> None:
        transmitter = inventory_of(added(plan(ETSI))).antenna_configurations[0].rf_transmitter
        assert transmitter == params.RFTransmitter(hop_table_id=0, channel_index=1, transmit_power=1)

    def test_rospec_without_capabilities_leaves_the_radio_to_the_reader(self) -> None:
        inventory = inventory_of(added(plan(Capabilities())))
        assert inventory.antenna_configurations[0].rf_transmitter is None

    @pytest.mark.parametrize(
        ("preset", "session", "mode"),
        [(Preset.PORTAL, 0, 8), (Preset.CONVEYOR, 0, 0), (Preset.BENCH, 0, 0), (Preset.SHELF, 1, 9)],
    )
    def test_rospec_follows_the_preset_and_the_modes_there_are(
        self, preset: Preset, session: int, mode: int
    ) -> None:
        command = inventory_of(added(plan(preset=preset))).antenna_configurations[0]
        settings_of = command.air_protocol_inventory_command_settings[0]
        assert isinstance(settings_of, params.C1G2InventoryCommand)
        assert settings_of.c1_g2_singulation_control is not None
        assert settings_of.c1_g2_singulation_control.session == session
        assert settings_of.c1_g2_rf_control is not None
        assert settings_of.c1_g2_rf_control.mode_index == mode

    def test_rospec_for_impinj_asks_for_dual_target(self) -> None:
        one = ReaderPlan(settings(), HOPPING, IMPINJ)
        command = (
            inventory_of(added(one)).antenna_configurations[0].air_protocol_inventory_command_settings[0]
        )
        assert isinstance(command, params.C1G2InventoryCommand)
        assert command.custom == [impinj.ImpinjInventorySearchMode(inventory_search_mode=2)]

    def test_rospec_for_a_capture_asks_for_channel_phase_and_doppler(self) -> None:
        one = ReaderPlan(settings(rf_content=True), HOPPING, IMPINJ)
        report = added(one).ro_report_spec
        assert report is not None
        assert report.tag_report_content_selector.enable_channel_index
        assert report.custom == [
            impinj.ImpinjTagReportContentSelector(
                impinj_enable_rf_phase_angle=impinj.ImpinjEnableRFPhaseAngle(rf_phase_angle_mode=1),
                impinj_enable_peak_rssi=impinj.ImpinjEnablePeakRSSI(peak_rssi_mode=1),
                impinj_enable_rf_doppler_frequency=impinj.ImpinjEnableRFDopplerFrequency(
                    rf_doppler_frequency_mode=1
                ),
            )
        ]

    @pytest.mark.parametrize(
        ("vendor", "detail", "rf_content", "channel"),
        [
            (IMPINJ, Detail.FULL, False, False),
            (IMPINJ, Detail.STANDARD, True, False),
            (GENERIC, Detail.FULL, True, True),
        ],
    )
    def test_rospec_asks_for_vendors_content_only_for_captures_of_that_vendor_and_while_not_refused(
        self, vendor: Vendor, detail: Detail, rf_content: bool, channel: bool
    ) -> None:
        report = added(ReaderPlan(settings(rf_content=rf_content), HOPPING, vendor), detail).ro_report_spec
        assert report is not None
        assert report.custom == []
        assert bool(report.tag_report_content_selector.enable_channel_index) is channel

    @pytest.mark.parametrize(("wanted", "used"), [((), (0,)), ((1, 3), (1, 3)), ((1, 9), (1,)), ((9,), (9,))])
    def test_rospec_uses_the_configured_antennas_the_reader_has(
        self, wanted: tuple[int, ...], used: tuple[int, ...]
    ) -> None:
        spec = added(plan(antennas=wanted)).spec_parameters[0]
        assert isinstance(spec, params.AISpec)
        assert tuple(spec.antenna_ids) == used

    def test_rospec_in_version_1_1_is_reported_by_time(self) -> None:
        one = ReaderPlan(settings(report_every_ms=50), HOPPING, GENERIC, version=2)
        report = added(one).ro_report_spec
        assert report is not None
        assert (report.ro_report_trigger, report.n) == (5, 50)

    def test_rospec_in_version_1_1_without_batching_reports_every_read(self) -> None:
        one = ReaderPlan(settings(report_every_ms=0), HOPPING, GENERIC, version=2)
        report = added(one).ro_report_spec
        assert report is not None
        assert (report.ro_report_trigger, report.n) == (1, 1)

    def test_rospec_with_less_detail_asks_for_less(self) -> None:
        one = ReaderPlan(settings(), HOPPING, IMPINJ)
        standard = inventory_of(added(one, Detail.STANDARD)).antenna_configurations[0]
        command = standard.air_protocol_inventory_command_settings[0]
        assert isinstance(command, params.C1G2InventoryCommand)
        assert command.custom == []
        assert command.c1_g2_rf_control is None
        assert inventory_of(added(one, Detail.LEAST)).antenna_configurations == []


class TestCapabilities:
    def test_capabilities_of_a_recorded_r420_say_what_requests_need(self) -> None:
        path = SHARED / "edgex/GetReaderCapabilitiesResponse-000.bytes"
        if not path.exists():
            pytest.skip("recorded reader answers are not part of this repository")
        found = decode_capabilities(path.read_bytes())
        assert (found.manufacturer, found.model, found.firmware) == (25882, 2001002, "5.14.0.240")
        assert (found.antennas, found.gpi_ports, found.gpo_ports, found.max_rospecs) == (4, 4, 4, 1)
        assert found.holds_reports
        assert (len(found.powers), found.powers[-1], found.hop_table) == (81, (81, 30.0), 1)
        assert len(found.modes) == 10
        assert vendor_of(found.manufacturer) is IMPINJ

    @pytest.mark.parametrize(
        ("pen", "vendor"), [(25882, IMPINJ), (161, ZEBRA), (26554, THINGMAGIC), (1, GENERIC), (None, GENERIC)]
    )
    def test_vendor_when_chosen_by_enterprise_number_is_that_or_generic(
        self, pen: int | None, vendor: object
    ) -> None:
        assert vendor_of(pen) is vendor
