"""The reader's life as a client sees it: connection, ROSpec states and triggers, reports, keepalives, inputs."""

from collections.abc import Sequence
from typing import Any

import pytest
from llrpkit.inventory import build_rospec
from llrpkit.protocol import LLRPMessage, enums, impinj, messages, params

from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.clock import ReaderClock
from readers.emulator.device import Device
from readers.emulator.field import StaticField
from readers.emulator.profiles import PROFILES
from readers.llrp.framing import Frame
from tests.readers.emulator.llrp_client import START_US, Client, events, rospec_events, status, tags

EPC = bytes.fromhex("3034257bf40c0e40000f4241")
OTHER = bytes.fromhex("3034257bf40c0e40000f4242")
Disabled, Inactive, Active = 0, 1, 2


def device(profile: str = "generic", rate: float = 100.0, **settings: Any) -> Device:
    return Device(PROFILES[profile], StaticField(rate), **settings)


def client(count: int = 2, **settings: Any) -> Client:
    one = device(**settings)
    for epc in (EPC, OTHER)[:count]:
        one.put(epc)
    return Client(one)


def ask_all(at: Client, *requests: LLRPMessage) -> list[int]:
    return [status(at.ask(request)) for request in requests]


# The connection


def test_device_when_client_connects_then_greets_with_utc_and_success() -> None:
    at = Client(device())
    (greeting,) = events(at.greeting)
    assert greeting.connection_attempt_event.status == enums.ConnectionAttemptStatusType.Success
    assert greeting.timestamp.microseconds == START_US


def test_device_when_second_client_comes_then_refuses_it_and_tells_the_first() -> None:
    at = Client(device())
    refusal = at.device.refused(at.now_us)
    assert refusal[-2:] == bytes((0, 2))
    (told,) = events(at.heard())
    assert (
        told.connection_attempt_event.status == enums.ConnectionAttemptStatusType.Another_Connection_Attempted
    )
    assert not at.device.closing


def test_device_when_asked_to_close_then_answers_and_closes() -> None:
    at = Client(device())
    assert status(at.ask(messages.CLOSE_CONNECTION())) == 0
    assert at.device.closing


def test_device_when_client_talks_garbage_then_says_so_and_closes() -> None:
    at = Client(device())
    at.device.receive_garbage("no LLRP", at.now_us)
    (told,) = at.heard()
    assert isinstance(told, messages.ERROR_MESSAGE)
    assert at.device.closing


def test_device_when_message_is_unknown_then_answers_error_message_with_its_id() -> None:
    at = Client(device())
    (told,) = at.send_frame(Frame(1, 999, 77, b""))
    assert (type(told), told.message_id, status(told)) == (messages.ERROR_MESSAGE, 77, 109)


def test_device_when_version_was_not_agreed_then_refuses_the_message() -> None:
    at = Client(device())
    (told,) = at.send_frame(Frame(2, 26, 5, b""))
    assert (type(told), status(told)) == (messages.ERROR_MESSAGE, 110)


def test_device_when_1_1_is_negotiated_then_speaks_it_until_the_next_connection() -> None:
    at = Client(device())
    at.send_frame(Frame(2, 46, 5, b""))
    assert at.raw[-1][:3] == (2, 56, 5)
    assert at.raw[-1].body[:2] == bytes((1, 2))
    at.send_frame(Frame(2, 47, 6, b"\x02"))
    at.send_frame(Frame(2, 26, 7, b""))
    assert [frame.version for frame in at.raw[-2:]] == [2, 2]
    at.leave()
    assert Client(at.device).raw[0].version == 1


def test_device_when_version_is_beyond_its_own_then_refuses_the_field() -> None:
    at = Client(device())
    at.send_frame(Frame(2, 47, 6, b"\x03"))
    assert at.raw[-1].type == 57
    at.send_frame(Frame(1, 26, 7, b""))
    assert at.raw[-1].type == 36


def test_device_when_it_speaks_1_0_1_only_then_version_requests_are_errors() -> None:
    at = Client(device("r420"))
    at.send_frame(Frame(1, 46, 5, b""))
    at.send_frame(Frame(2, 46, 6, b""))
    assert [frame.type for frame in at.raw[-2:]] == [100, 100]


# ROSpec states


@pytest.mark.parametrize(
    ("before", "request_", "expected", "after"),
    [
        (Disabled, messages.ENABLE_ROSPEC, 0, Inactive),
        (Disabled, messages.DISABLE_ROSPEC, 0, Disabled),
        (Disabled, messages.START_ROSPEC, 101, Disabled),
        (Disabled, messages.STOP_ROSPEC, 101, Disabled),
        (Inactive, messages.ENABLE_ROSPEC, 0, Inactive),
        (Inactive, messages.DISABLE_ROSPEC, 0, Disabled),
        (Inactive, messages.START_ROSPEC, 0, Active),
        (Inactive, messages.STOP_ROSPEC, 0, Inactive),
        (Active, messages.ENABLE_ROSPEC, 0, Active),
        (Active, messages.DISABLE_ROSPEC, 0, Disabled),
        (Active, messages.START_ROSPEC, 0, Active),
        (Active, messages.STOP_ROSPEC, 0, Inactive),
    ],
)
def test_rospec_when_commanded_in_a_state_then_follows_the_table(
    before: int, request_: Any, expected: int, after: int
) -> None:
    at = client()
    at.ask(messages.ADD_ROSPEC(ro_spec=build_rospec()))
    for step in (messages.ENABLE_ROSPEC, messages.START_ROSPEC)[:before]:
        at.ask(step(ro_spec_id=1))
    assert at.device.rospec_states == {1: before}
    assert status(at.ask(request_(ro_spec_id=1))) == expected
    assert at.device.rospec_states == {1: after}


def test_rospec_when_all_are_named_by_zero_then_enable_disable_delete_take_them_all() -> None:
    at = client()
    at.ask(messages.ADD_ROSPEC(ro_spec=build_rospec(ro_spec_id=1)))
    at.ask(messages.ADD_ROSPEC(ro_spec=build_rospec(ro_spec_id=2)))
    at.ask(messages.ENABLE_ROSPEC(ro_spec_id=0))
    assert at.device.rospec_states == {1: Inactive, 2: Inactive}
    at.ask(messages.DISABLE_ROSPEC(ro_spec_id=0))
    assert at.device.rospec_states == {1: Disabled, 2: Disabled}
    assert ask_all(at, messages.DELETE_ROSPEC(ro_spec_id=0), messages.DELETE_ROSPEC(ro_spec_id=0)) == [0, 0]
    assert at.device.rospec_states == {}


@pytest.mark.parametrize("request_", [messages.START_ROSPEC, messages.STOP_ROSPEC])
def test_rospec_when_zero_is_started_or_stopped_then_it_is_disallowed(request_: Any) -> None:
    at = client()
    at.ask(messages.ADD_ROSPEC(ro_spec=build_rospec()))
    assert status(at.ask(request_(ro_spec_id=0))) == 101


@pytest.mark.parametrize(
    "request_", [messages.ENABLE_ROSPEC, messages.START_ROSPEC, messages.STOP_ROSPEC, messages.DELETE_ROSPEC]
)
def test_rospec_when_there_is_none_of_that_id_then_the_field_is_refused(request_: Any) -> None:
    reply = client().ask(request_(ro_spec_id=9))
    assert status(reply) == 101
    assert reply.llrp_status.field_error.field_num == 0
    assert "9" in reply.llrp_status.error_description


def test_rospec_when_id_is_taken_or_the_reader_full_then_add_is_refused() -> None:
    at = client(profile="r420")
    one = build_rospec(ro_spec_id=1)
    assert ask_all(
        at,
        messages.ADD_ROSPEC(ro_spec=one),
        messages.ADD_ROSPEC(ro_spec=one),
        messages.ADD_ROSPEC(ro_spec=build_rospec(ro_spec_id=2)),
    ) == [0, 100, 100]


def test_rospec_when_listed_then_is_what_was_added_in_its_present_state() -> None:
    at = client()
    rospec = build_rospec(antennas=(1, 3), report_every_n=7)
    at.ask(messages.ADD_ROSPEC(ro_spec=rospec))
    at.ask(messages.ENABLE_ROSPEC(ro_spec_id=1))
    (listed,) = at.ask(messages.GET_ROSPECS()).ro_specs
    assert listed.current_state == enums.ROSpecState.Inactive
    listed.current_state = enums.ROSpecState.Disabled
    assert listed == rospec


def test_rospec_when_more_urgent_one_starts_then_preempts_and_the_other_resumes() -> None:
    at = client()
    at.switch_on(enums.NotificationEventType.ROSpec_Event)
    slow, urgent = build_rospec(ro_spec_id=1), build_rospec(ro_spec_id=2)
    slow.priority, urgent.priority = 3, 0
    slow.ro_boundary_spec.ro_spec_start_trigger.ro_spec_start_trigger_type = 1
    at.ask(messages.ADD_ROSPEC(ro_spec=slow))
    at.ask(messages.ADD_ROSPEC(ro_spec=urgent))
    heard = at.send(messages.ENABLE_ROSPEC(ro_spec_id=0))
    assert rospec_events(heard) == [("Start_Of_ROSpec", 1)]
    heard = at.send(messages.START_ROSPEC(ro_spec_id=2))
    assert rospec_events(heard) == [("Preemption_Of_ROSpec", 1), ("Start_Of_ROSpec", 2)]
    assert at.device.rospec_states == {1: Inactive, 2: Active}
    assert status(at.ask(messages.START_ROSPEC(ro_spec_id=1))) == 101
    heard = at.send(messages.STOP_ROSPEC(ro_spec_id=2))
    assert rospec_events(heard) == [("End_Of_ROSpec", 2), ("Start_Of_ROSpec", 1)]


def test_rospec_when_reset_to_factory_default_then_everything_is_gone() -> None:
    at = client()
    at.start()
    assert status(at.ask(messages.SET_READER_CONFIG(reset_to_factory_default=True))) == 0
    assert at.device.rospec_states == {}
    assert tags(at.wait(1)) == []


# Triggers


def timed(start: int = 0, stop: int = 0, duration_ms: int = 0, **wishes: Any) -> params.ROSpec:
    rospec = build_rospec(**wishes)
    boundary = rospec.ro_boundary_spec
    boundary.ro_spec_start_trigger = params.ROSpecStartTrigger(ro_spec_start_trigger_type=start)
    boundary.ro_spec_stop_trigger = params.ROSpecStopTrigger(
        ro_spec_stop_trigger_type=stop, duration_trigger_value=duration_ms
    )
    return rospec


def test_rospec_when_start_is_immediate_and_stop_a_duration_then_reads_that_long_once() -> None:
    at = client()
    at.ask(messages.ADD_ROSPEC(ro_spec=timed(start=1, stop=1, duration_ms=500)))
    at.ask(messages.ENABLE_ROSPEC(ro_spec_id=1))
    seen = tags(at.wait(3))
    assert len(seen) == 50
    assert at.device.rospec_states == {1: Inactive}


def test_rospec_when_periodic_then_starts_at_offset_and_every_period() -> None:
    at = client()
    at.switch_on(enums.NotificationEventType.ROSpec_Event)
    rospec = timed(stop=1, duration_ms=100)
    rospec.ro_boundary_spec.ro_spec_start_trigger = params.ROSpecStartTrigger(
        ro_spec_start_trigger_type=2,
        periodic_trigger_value=params.PeriodicTriggerValue(offset=250, period=1000),
    )
    at.ask(messages.ADD_ROSPEC(ro_spec=rospec))
    at.ask(messages.ENABLE_ROSPEC(ro_spec_id=1))
    told = [event for event in events(at.wait(3)) if event.ro_spec_event]
    starts = [e.timestamp.microseconds - START_US for e in told if e.ro_spec_event.event_type == 0]
    ends = [e.timestamp.microseconds - START_US for e in told if e.ro_spec_event.event_type == 1]
    assert starts == [250_000, 1_250_000, 2_250_000]
    assert ends == [350_000, 1_350_000, 2_350_000]


def test_rospec_when_gated_by_an_input_then_reads_while_it_is_high() -> None:
    at = client()
    enabled = params.GPIPortCurrentState(gpi_port_num=2, config=True, state=2)
    at.ask(messages.SET_READER_CONFIG(gpi_port_current_states=[enabled]))
    at.ask(messages.ADD_ROSPEC(ro_spec=build_rospec(gpi_trigger_port=2)))
    at.ask(messages.ENABLE_ROSPEC(ro_spec_id=1))
    assert tags(at.wait(1)) == []
    at.device.set_gpi(2, at.now_us, high=True)
    assert len(tags(at.wait(1))) == 100
    at.device.set_gpi(2, at.now_us, high=False)
    at.heard()
    assert tags(at.wait(1)) == []


def test_rospec_when_ai_spec_ends_by_duration_then_immediate_start_begins_again() -> None:
    at = client()
    at.switch_on(enums.NotificationEventType.AISpec_Event)
    rospec = timed(start=1)
    rospec.spec_parameters[0].ai_spec_stop_trigger = params.AISpecStopTrigger(
        ai_spec_stop_trigger_type=1, duration_trigger=200
    )
    at.ask(messages.ADD_ROSPEC(ro_spec=rospec))
    at.ask(messages.ENABLE_ROSPEC(ro_spec_id=1))
    heard = at.wait(1)
    assert len([event for event in events(heard) if event.ai_spec_event]) == 5
    assert len(tags(heard)) == 100


@pytest.mark.parametrize(
    ("kind", "wish", "expected_us"),
    [
        (0, {"number_of_tags": 10}, 100_000),
        (1, {"t": 300}, 320_000),
        (2, {"number_of_attempts": 4}, 80_000),
        (3, {"number_of_tags": 2}, 20_000),
        (4, {"t": 300}, 320_000),
        (3, {"number_of_tags": 5, "timeout": 700}, 700_000),
    ],
)
def test_ai_spec_when_tags_were_observed_as_asked_then_ends(
    kind: int, wish: dict[str, int], expected_us: int
) -> None:
    at = client()
    at.switch_on(enums.NotificationEventType.AISpec_Event)
    rospec = build_rospec()
    rospec.spec_parameters[0].ai_spec_stop_trigger = params.AISpecStopTrigger(
        ai_spec_stop_trigger_type=3,
        tag_observation_trigger=params.TagObservationTrigger(trigger_type=kind, **wish),
    )
    at.ask(messages.ADD_ROSPEC(ro_spec=rospec))
    at.ask(messages.ENABLE_ROSPEC(ro_spec_id=1))
    at.ask(messages.START_ROSPEC(ro_spec_id=1))
    (ended,) = [event for event in events(at.wait(2)) if event.ai_spec_event]
    assert ended.timestamp.microseconds - START_US == expected_us


# Reports


def test_report_when_every_tag_is_wanted_then_one_message_per_read_with_the_content_selected() -> None:
    at = client()
    at.start(report_every_n=1)
    heard = at.wait(1)
    assert [len(message.tag_report_datas) for message in heard] == [1] * 100
    seen = tags(heard)
    assert {tag.epc_parameter.epc for tag in seen} == {EPC, OTHER}
    assert {tag.antenna_id.antenna_id for tag in seen} == {1, 2, 3, 4}
    assert all(-75 < tag.peak_rssi.peak_rssi < -40 for tag in seen)
    assert all(tag.tag_seen_count.tag_count == 1 and tag.ro_spec_id is None for tag in seen)
    times = [tag.first_seen_timestamp_utc.microseconds for tag in seen]
    assert times == sorted(times)
    assert times[0] > START_US


def test_report_when_ten_tags_are_wanted_then_ten_are_in_each() -> None:
    at = client()
    at.start(report_every_n=10)
    assert [len(message.tag_report_datas) for message in at.wait(1)] == [10] * 10


def test_report_when_antennas_are_chosen_then_only_they_read() -> None:
    at = client()
    at.start(antennas=(2,))
    assert {tag.antenna_id.antenna_id for tag in tags(at.wait(1))} == {2}


def test_report_when_closed_by_time_then_reads_of_a_tag_and_antenna_are_accumulated() -> None:
    at = client(count=1)
    rospec = build_rospec(antennas=(1,))
    rospec.ro_report_spec.ro_report_trigger, rospec.ro_report_spec.n = 6, 250
    at.ask(messages.ADD_ROSPEC(ro_spec=rospec))
    at.ask(messages.ENABLE_ROSPEC(ro_spec_id=1))
    at.ask(messages.START_ROSPEC(ro_spec_id=1))
    seen = tags(at.wait(1))
    assert [tag.tag_seen_count.tag_count for tag in seen] == [25] * 4
    first = seen[0]
    assert first.last_seen_timestamp_utc.microseconds - first.first_seen_timestamp_utc.microseconds == 240_000


def test_report_when_trigger_is_none_then_comes_only_when_asked_for() -> None:
    at = client(count=1)
    rospec = build_rospec(antennas=(1,))
    rospec.ro_report_spec.ro_report_trigger = 0
    at.ask(messages.ADD_ROSPEC(ro_spec=rospec))
    at.ask(messages.ENABLE_ROSPEC(ro_spec_id=1))
    at.ask(messages.START_ROSPEC(ro_spec_id=1))
    assert tags(at.wait(1)) == []
    (tag,) = tags(at.send(messages.GET_REPORT()))
    assert tag.tag_seen_count.tag_count == 100


def test_report_when_rospec_names_none_then_the_configured_spec_is_used() -> None:
    at = client()
    rospec = build_rospec()
    rospec.ro_report_spec = None
    at.ask(messages.ADD_ROSPEC(ro_spec=rospec))
    at.ask(messages.ENABLE_ROSPEC(ro_spec_id=1))
    at.ask(messages.START_ROSPEC(ro_spec_id=1))
    heard = at.wait(0.5)
    assert [len(message.tag_report_datas) for message in heard] == [1] * 50
    assert tags(heard)[0].channel_index is None


def test_report_when_tags_come_and_go_then_only_those_in_the_field_are_read() -> None:
    at = client(count=0)
    at.start()
    assert tags(at.wait(1)) == []
    at.device.put(EPC, (3,), -50)
    seen = tags(at.wait(1))
    assert {(tag.epc_parameter.epc, tag.antenna_id.antenna_id) for tag in seen} == {(EPC, 3)}
    at.device.take_away(EPC)
    assert tags(at.wait(1)) == []


def test_report_when_epc_is_not_of_96_bits_then_it_is_epc_data() -> None:
    at = client(count=0)
    at.device.put(bytes(range(16)))
    at.start()
    (tag, *_) = tags(at.wait(0.2))
    assert tag.epc_parameter.epc.data == bytes(range(16))


def test_report_when_impinj_content_is_enabled_then_carries_it() -> None:
    at = client(profile="r420")
    at.ask(impinj.IMPINJ_ENABLE_EXTENSIONS())
    at.start(enable_impinj_reports=True, include_phase=True, include_doppler=True)
    (tag, *_) = tags(at.wait(0.2))
    assert [type(custom) for custom in tag.custom] == [
        impinj.ImpinjRFPhaseAngle,
        impinj.ImpinjPeakRSSI,
        impinj.ImpinjRFDopplerFrequency,
    ]
    assert tag.custom[1].rssi == tag.peak_rssi.peak_rssi * 100


@pytest.mark.parametrize("profile", ["generic", "r420", "fx9600"])
def test_request_when_vendor_parameter_is_not_understood_then_it_is_refused(profile: str) -> None:
    reply = client(profile=profile).ask(messages.ADD_ROSPEC(ro_spec=build_rospec(enable_impinj_reports=True)))
    assert status(reply) == 100
    assert "25882" in reply.llrp_status.error_description


def test_report_when_reader_has_no_utc_then_all_times_are_uptime() -> None:
    at = client(clock=ReaderClock(offset_us=-START_US, has_utc=False))
    at.start()
    (tag, *_) = tags(at.wait(0.1))
    assert tag.first_seen_timestamp_utc is None
    assert 0 < tag.first_seen_timestamp_uptime.microseconds <= 100_000
    assert isinstance(events(at.greeting)[0].timestamp, params.Uptime)


def test_report_when_clock_is_skewed_then_reads_and_events_are() -> None:
    at = client(clock=ReaderClock(offset_us=-5_000_000))
    at.start()
    assert events(at.greeting)[0].timestamp.microseconds == START_US - 5_000_000
    assert tags(at.wait(0.1))[0].first_seen_timestamp_utc.microseconds < START_US


def test_report_when_host_was_too_slow_then_skipped_time_has_no_reads() -> None:
    at = client()
    at.start()
    at.device.skip(at.now_us + 900_000)
    assert len(tags(at.wait(1))) == 10


# Without a client


def test_reports_when_nobody_is_connected_then_are_kept_and_sent_on_return() -> None:
    at = client()
    at.start()
    at.leave()
    at.device.tick(at.now_us + 1_000_000)
    assert at.device.reports_stored == 100
    back = Client(at.device, at.now_us + 1_000_000)
    assert events(back.greeting)[0].connection_attempt_event is not None
    assert len(tags(back.greeting)) == 100


def test_reports_when_client_asked_to_hold_then_wait_for_its_word() -> None:
    at = client()
    hold = params.EventsAndReports(hold_events_and_reports_upon_reconnect=True)
    at.ask(messages.SET_READER_CONFIG(events_and_reports=hold))
    at.start()
    at.leave()
    back = Client(at.device, at.now_us + 1_000_000)
    assert tags(back.greeting) == []
    assert tags(back.wait(1)) == []
    assert len(tags(back.send(messages.ENABLE_EVENTS_AND_REPORTS()))) == 200
    assert len(tags(back.wait(1))) == 100


def test_reports_when_held_and_asked_for_then_come_once() -> None:
    at = client()
    hold = params.EventsAndReports(hold_events_and_reports_upon_reconnect=True)
    at.ask(messages.SET_READER_CONFIG(events_and_reports=hold))
    at.start()
    at.leave()
    back = Client(at.device, at.now_us + 1_000_000)
    assert len(tags(back.send(messages.GET_REPORT()))) == 100
    assert tags(back.wait(1)) == []


def test_reports_when_the_buffer_overflows_then_the_oldest_go_and_it_is_told() -> None:
    at = client()
    at.switch_on(enums.NotificationEventType.Report_Buffer_Fill_Warning)
    at.start()
    at.leave()
    most = at.device.profile.buffered_reports
    later = at.now_us + (most + 1_000) * 10_000
    at.device.tick(later)
    assert at.device.reports_stored == most
    back = Client(at.device, later)
    told = events(back.greeting)
    assert told[1].report_buffer_overflow_error_event is not None
    assert [e.report_buffer_level_warning_event.report_buffer_percentage_full for e in told[2:]] == [90]
    assert len(tags(back.greeting)) == most - 1
    assert tags(back.greeting)[-1].first_seen_timestamp_utc.microseconds == later


# Keepalives


def keep_alive(at: Client, period_ms: int) -> None:
    spec = params.KeepaliveSpec(keepalive_trigger_type=1, periodic_trigger_value=period_ms)
    assert status(at.ask(messages.SET_READER_CONFIG(keepalive_spec=spec))) == 0


def test_keepalive_when_asked_for_then_comes_every_period_also_after_a_reconnect() -> None:
    at = client()
    keep_alive(at, 500)
    assert [type(message) for message in at.wait(1.6)] == [messages.KEEPALIVE] * 3
    at.leave()
    assert len(Client(at.device, at.now_us).wait(1.1)) == 2


def test_keepalive_when_never_acknowledged_then_the_reader_closes() -> None:
    at = client()
    keep_alive(at, 500)
    heard = at.wait(2.5)
    assert len(heard) == 5
    (last,) = at.wait(0.5)
    assert events([last])[0].connection_close_event is not None
    assert at.device.closing


def test_keepalive_when_acknowledged_then_the_connection_stays() -> None:
    at = client()
    keep_alive(at, 500)
    for _ in range(20):
        at.wait(0.5)
        at.send(messages.KEEPALIVE_ACK())
    assert not at.device.closing


def test_keepalive_when_impinj_link_monitor_is_off_then_silence_is_endured_and_on_then_not() -> None:
    at = client(profile="r420")
    keep_alive(at, 500)
    assert len([at.wait(0.5) for _ in range(50)]) == 50
    assert not at.device.closing
    at.ask(impinj.IMPINJ_ENABLE_EXTENSIONS())
    monitor = impinj.ImpinjLinkMonitorConfiguration(link_monitor_mode=1, link_down_threshold=3)
    assert status(at.ask(messages.SET_READER_CONFIG(custom=[monitor]))) == 0
    at.wait(0.5)
    assert at.device.closing


# Inputs, outputs, antennas


def test_gpi_when_enabled_and_changed_then_an_event_tells_it() -> None:
    at = client()
    at.switch_on(enums.NotificationEventType.GPI_Event)
    at.device.set_gpi(1, at.now_us, high=True)
    assert events(at.heard()) == []
    enabled = params.GPIPortCurrentState(gpi_port_num=1, config=True, state=2)
    at.ask(messages.SET_READER_CONFIG(gpi_port_current_states=[enabled]))
    at.device.set_gpi(1, at.now_us, high=True)
    at.device.set_gpi(1, at.now_us, high=False)
    (told,) = events(at.heard())
    assert (told.gpi_event.gpi_port_number, told.gpi_event.gpi_event) == (1, False)


def test_gpo_when_written_then_is_high_and_the_configuration_says_so() -> None:
    at = client()
    write = params.GPOWriteData(gpo_port_number=2, gpo_data=True)
    assert status(at.ask(messages.SET_READER_CONFIG(gpo_write_datas=[write]))) == 0
    assert at.device.gpo(2)
    assert not at.device.gpo(1)
    config = at.ask(messages.GET_READER_CONFIG(requested_data=10))
    assert [port.gpo_data for port in config.gpo_write_datas] == [False, True, False, False]


def test_antenna_when_pulled_out_then_an_event_tells_it() -> None:
    at = client()
    at.device.set_antenna(3, at.now_us, connected=False)
    (told,) = events(at.heard())
    assert (told.antenna_event.event_type, told.antenna_event.antenna_id) == (0, 3)
    config = at.ask(messages.GET_READER_CONFIG(requested_data=2))
    assert [one.antenna_connected for one in config.antenna_properties] == [True, True, False, True]


def test_antenna_when_pulled_out_then_it_reads_nothing_until_it_is_back() -> None:
    at = client()
    at.device.put(EPC, (1, 2))
    at.device.set_antenna(1, at.now_us, connected=False)
    at.start(antennas=(1, 2))
    assert {tag.antenna_id.antenna_id for tag in tags(at.wait(1))} == {2}
    at.device.set_antenna(1, at.now_us, connected=True)
    assert {tag.antenna_id.antenna_id for tag in tags(at.wait(1))} == {1, 2}


def test_put_when_a_scenario_is_played_then_is_refused() -> None:
    one = Device(tags=NoTags())
    with pytest.raises(TypeError, match="scenario"):
        one.put(EPC)


class NoTags:
    def reads(self, since_us: int, until_us: int, antennas: Sequence[int]) -> tuple[()]:
        return ()


def test_build_when_many_readers_then_each_has_items_of_its_own() -> None:
    devices = build_devices(EmulatorSettings(readers=3, tags=150))
    epcs = {epc for one in devices for epc in one.tags.epcs}
    assert len(epcs) == 450
