"""The codec against foreign ones: what is refused is located, what is said is what the standard's definition allows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llrpkit.inventory import build_rospec
from llrpkit.protocol import LLRPMessage, enums, messages, params

from readers.emulator.device import Device
from readers.emulator.field import StaticField
from readers.emulator.grammar import MESSAGES, PARAMETERS
from readers.emulator.messages import RequestError, encode_status, parse_request
from readers.emulator.profiles import PROFILES
from readers.llrp.constants import MessageType, ParameterType, StatusCode
from readers.llrp.framing import Frame, encode_message
from tests.readers.emulator.llrp_client import Client, status
from tests.readers.llrp.definition import Definition
from tests.readers.llrp.wire import REFERENCE, needs_reference

KNOWN = sorted(MESSAGES)


def client(profile: str = "generic") -> Client:
    one = Device(PROFILES[profile], StaticField(100))
    one.put(bytes(range(12)))
    return Client(one)


def body_of(message: LLRPMessage) -> bytes:
    return message.to_bytes(message_id=1)[10:]


def located(reply: LLRPMessage) -> tuple[list[int], int | None, tuple[int, int] | None]:
    """Parameter types from the outside in, the innermost code, the field's number and code."""
    error, path, code = reply.llrp_status.parameter_error, [], None
    field = reply.llrp_status.field_error
    while error is not None:
        path.append(error.parameter_type)
        code, field = error.error_code, error.field_error
        error = error.parameter_error
    return path, code, None if field is None else (field.field_num, field.error_code)


def rospec_with(**changes: dict[str, Any]) -> params.ROSpec:
    rospec = build_rospec(antennas=(1,), transmit_power_index=3, mode_index=0)
    ai_spec = rospec.spec_parameters[0]
    places = {
        "antennas": lambda value: setattr(ai_spec, "antenna_ids", value),
        "power": lambda value: _transmitter(rospec, "transmit_power", value),
        "hop_table": lambda value: _transmitter(rospec, "hop_table_id", value),
        "mode": lambda value: _mode(rospec, value),
        "priority": lambda value: setattr(rospec, "priority", value),
        "id": lambda value: setattr(rospec, "ro_spec_id", value),
        "state": lambda value: setattr(rospec, "current_state", value),
    }
    for name, value in changes.items():
        places[name](value)
    return rospec


def _configuration(rospec: params.ROSpec) -> params.AntennaConfiguration:
    return rospec.spec_parameters[0].inventory_parameter_specs[0].antenna_configurations[0]


def _transmitter(rospec: params.ROSpec, field: tuple[int, int] | None, value: Any) -> None:
    setattr(_configuration(rospec).rf_transmitter, field, value)


def _mode(rospec: params.ROSpec, value: Any) -> None:
    command = _configuration(rospec).air_protocol_inventory_command_settings[0]
    command.c1_g2_rf_control.mode_index = value


CONFIGURATION = [177, 183, 186, 222]


@pytest.mark.parametrize(
    ("changes", "path", "field"),
    [
        ({"id": 0}, [177], (0, 300)),
        ({"priority": 8}, [177], (1, 300)),
        ({"state": 1}, [177], (2, 300)),
        ({"antennas": [9]}, [177, 183], (0, 301)),
        ({"antennas": []}, [177, 183], (0, 300)),
        ({"power": 99}, [*CONFIGURATION, 224], (2, 301)),
        ({"power": 0}, [*CONFIGURATION, 224], (2, 301)),
        ({"hop_table": 4}, [*CONFIGURATION, 224], (0, 301)),
        ({"mode": 77}, [*CONFIGURATION, 330, 335], (0, 301)),
    ],
)
def test_add_rospec_when_a_value_cannot_be_served_then_names_parameter_and_field(
    changes: dict[str, Any], path: tuple[int, ...] | list[int], field: tuple[int, int] | None
) -> None:
    reply = client().ask(messages.ADD_ROSPEC(ro_spec=rospec_with(**changes)))
    assert status(reply) == StatusCode.M_ParameterError
    found, code, where = located(reply)
    assert (found, where) == (path, field)
    assert code == StatusCode.P_FieldError


def test_add_rospec_when_a_parameter_is_missing_then_names_it() -> None:
    at = client()
    at.send_frame(Frame(1, MessageType.ADD_ROSPEC, 1, b""))
    assert at.raw[-1].body == encode_status(
        StatusCode.M_ParameterError, "ROSpec is missing", b"\x01\x21\x00\x08\x00\xb1\x00\xcb"
    )


@pytest.mark.parametrize(
    ("kind", "body", "code", "path"),
    [
        (MessageType.ADD_ROSPEC, body_of(messages.ADD_ROSPEC(ro_spec=build_rospec())) * 2, 204, (177,)),
        (MessageType.ADD_ROSPEC, b"\x00\xdc\x00\x09\x00\x00\x00\x00\x00", 202, (220,)),
        (MessageType.ADD_ROSPEC, b"\x01\xff\x00\x04", 207, (511,)),
        (MessageType.ADD_ROSPEC, b"\x00\xb1\x00\xff", 100, ()),
        (MessageType.START_ROSPEC, b"\x00\x00", 301, ()),
        (MessageType.GET_READER_CAPABILITIES, b"\x05", 300, ()),
        (MessageType.SET_READER_CONFIG, b"\x00" + b"\x00\xdc\x00\x06\x01\x00", 301, (220,)),
        (MessageType.SET_READER_CONFIG, b"\x00" + b"\x00\xdc\x00\x09\x02\x00\x00\x00\x01", 300, (220,)),
    ],
)
def test_parse_when_the_grammar_is_broken_then_says_where(
    kind: int, body: bytes, code: int, path: tuple[int, ...] | list[int]
) -> None:
    with pytest.raises(RequestError) as caught:
        parse_request(Frame(1, kind, 1, body))
    assert (caught.value.code, caught.value.path) == (code, path)


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        (messages.SET_READER_CONFIG(gpo_write_datas=[params.GPOWriteData(gpo_port_number=9)]), [219]),
        (
            messages.SET_READER_CONFIG(gpi_port_current_states=[params.GPIPortCurrentState(gpi_port_num=0)]),
            [225],
        ),
        (
            messages.SET_READER_CONFIG(
                keepalive_spec=params.KeepaliveSpec(keepalive_trigger_type=1, periodic_trigger_value=0)
            ),
            [220],
        ),
        (messages.GET_READER_CONFIG(antenna_id=9), []),
        (messages.GET_READER_CONFIG(gpi_port_num=9), []),
    ],
)
def test_configuration_when_a_value_is_out_of_range_then_nothing_changes_and_it_is_located(
    request_: Any, path: tuple[int, ...] | list[int]
) -> None:
    at = client()
    before = at.ask(messages.GET_READER_CONFIG()).gpo_write_datas
    reply = at.ask(request_)
    assert status(reply) in {StatusCode.M_ParameterError, StatusCode.M_FieldError}
    assert located(reply)[0] == path
    assert at.ask(messages.GET_READER_CONFIG()).gpo_write_datas == before


def test_configuration_when_one_of_two_parameters_is_bad_then_the_good_one_is_not_taken() -> None:
    at = client()
    reply = at.ask(
        messages.SET_READER_CONFIG(
            keepalive_spec=params.KeepaliveSpec(keepalive_trigger_type=1, periodic_trigger_value=700),
            gpo_write_datas=[params.GPOWriteData(gpo_port_number=9, gpo_data=True)],
        )
    )
    assert status(reply) != 0
    assert at.ask(messages.GET_READER_CONFIG()).keepalive_spec.periodic_trigger_value == 0


def test_configuration_when_set_then_is_told_back() -> None:
    at = client()
    configuration = params.AntennaConfiguration(
        antenna_id=0,
        rf_transmitter=params.RFTransmitter(hop_table_id=1, channel_index=1, transmit_power=5),
    )
    reply = at.ask(
        messages.SET_READER_CONFIG(
            keepalive_spec=params.KeepaliveSpec(keepalive_trigger_type=1, periodic_trigger_value=2500),
            events_and_reports=params.EventsAndReports(hold_events_and_reports_upon_reconnect=True),
            antenna_configurations=[configuration],
            access_report_spec=params.AccessReportSpec(access_report_trigger=1),
            ro_report_spec=build_rospec(report_every_n=9).ro_report_spec,
        )
    )
    assert status(reply) == 0
    told = at.ask(messages.GET_READER_CONFIG())
    assert told.keepalive_spec.periodic_trigger_value == 2500
    assert told.events_and_reports.hold_events_and_reports_upon_reconnect
    assert [one.rf_transmitter.transmit_power for one in told.antenna_configurations] == [5] * 4
    assert told.access_report_spec.access_report_trigger == 1
    assert told.ro_report_spec == build_rospec(report_every_n=9).ro_report_spec


SECTIONS = (
    "identification",
    "antenna_properties",
    "antenna_configurations",
    "ro_report_spec",
    "reader_event_notification_spec",
    "access_report_spec",
    "llrp_configuration_state_value",
    "keepalive_spec",
    "gpi_port_current_states",
    "gpo_write_datas",
    "events_and_reports",
)


@pytest.mark.parametrize(("requested", "section"), list(enumerate(SECTIONS, start=1)))
def test_configuration_when_one_section_is_asked_for_then_only_it_comes(requested: int, section: str) -> None:
    told = client().ask(messages.GET_READER_CONFIG(requested_data=requested))
    assert [name for name in SECTIONS if getattr(told, name)] == [section]


def test_access_specs_when_added_enabled_and_deleted_then_are_listed_in_their_state() -> None:
    at = client()
    access_spec = params.AccessSpec(
        access_spec_id=7,
        protocol_id=1,
        access_spec_stop_trigger=params.AccessSpecStopTrigger(),
        access_command=params.AccessCommand(
            air_protocol_tag_spec=params.C1G2TagSpec(
                c1_g2_target_tags=[params.C1G2TargetTag(mb=1, match=True, pointer=32)]
            ),
            access_command_op_specs=[params.C1G2Read(op_spec_id=1, mb=2, word_count=6)],
        ),
    )
    assert status(at.ask(messages.ADD_ACCESSSPEC(access_spec=access_spec))) == 0
    assert status(at.ask(messages.ADD_ACCESSSPEC(access_spec=access_spec))) == StatusCode.M_ParameterError
    assert status(at.ask(messages.ENABLE_ACCESSSPEC(access_spec_id=0))) == 0
    (listed,) = at.ask(messages.GET_ACCESSSPECS()).access_specs
    assert listed.current_state == enums.AccessSpecState.Active
    assert status(at.ask(messages.DISABLE_ACCESSSPEC(access_spec_id=7))) == 0
    assert at.ask(messages.GET_ACCESSSPECS()).access_specs == [access_spec]
    assert status(at.ask(messages.DELETE_ACCESSSPEC(access_spec_id=7))) == 0
    assert status(at.ask(messages.ENABLE_ACCESSSPEC(access_spec_id=7))) == StatusCode.M_FieldError


def test_grammar_when_a_parameter_may_follow_then_it_is_known() -> None:
    children = {kind for shape in (*MESSAGES.values(), *PARAMETERS.values()) for kind in shape.children}
    assert children <= PARAMETERS.keys()
    assert all(MessageType(kind) and True for kind in MESSAGES)
    assert all(ParameterType(kind) and True for kind in PARAMETERS)


@needs_reference
@pytest.mark.parametrize("profile", PROFILES)
def test_everything_said_when_judged_by_the_definition_then_has_no_fault(profile: str) -> None:
    definition = Definition(REFERENCE / "llrp-1x1-def.xml")
    at = client(profile)
    at.switch_on(*enums.NotificationEventType)
    enabled = params.GPIPortCurrentState(gpi_port_num=1, config=True, state=2)
    at.ask(messages.SET_READER_CONFIG(gpi_port_current_states=[enabled]))
    at.ask(messages.GET_READER_CAPABILITIES())
    at.ask(messages.GET_READER_CONFIG())
    at.start(report_every_n=3)
    at.ask(messages.GET_ROSPECS())
    at.ask(messages.ADD_ROSPEC(ro_spec=rospec_with(power=999)))
    at.device.set_gpi(1, at.now_us, high=True)
    at.device.set_antenna(1, at.now_us, connected=False)
    at.wait(0.5)
    at.ask(messages.STOP_ROSPEC(ro_spec_id=1))
    at.ask(messages.CLOSE_CONNECTION())
    assert len({frame.type for frame in at.raw}) >= 10
    for frame in at.raw:
        if frame.type == MessageType.RO_ACCESS_REPORT:
            continue  # its TV parameters are judged by foreign decoders and tshark
        assert definition.faults(encode_message(frame.type, frame.id, frame.body)) == []


@given(st.sampled_from(KNOWN), st.binary(max_size=60))
def test_device_when_a_request_is_random_bytes_then_answers_and_lives(kind: int, body: bytes) -> None:
    at = client("r420")
    at.send_frame(Frame(1, kind, 9, body))
    assert at.device.closing or status(at.ask(messages.GET_ROSPECS())) == 0


ADD = body_of(messages.ADD_ROSPEC(ro_spec=build_rospec(antennas=(1, 2), epc_filter="30", mode_index=0)))
SET = body_of(
    messages.SET_READER_CONFIG(
        keepalive_spec=params.KeepaliveSpec(keepalive_trigger_type=1, periodic_trigger_value=1000),
        gpo_write_datas=[params.GPOWriteData(gpo_port_number=1)],
        ro_report_spec=build_rospec().ro_report_spec,
    )
)


@given(
    st.sampled_from([(MessageType.ADD_ROSPEC, ADD), (MessageType.SET_READER_CONFIG, SET)]),
    st.integers(0, 400),
    st.binary(min_size=1, max_size=4),
)
def test_device_when_a_good_request_is_damaged_then_answers_and_reads_on(
    request_: Any, place: int, damage: bytes
) -> None:
    kind, body = request_
    place %= len(body)
    at = client()
    replies = at.send_frame(Frame(1, kind, 9, body[:place] + damage + body[place + len(damage) :]))
    assert len(replies) == 1
    at.ask(messages.ENABLE_ROSPEC(ro_spec_id=0))
    at.wait(0.1)
    assert status(at.ask(messages.DELETE_ROSPEC(ro_spec_id=0))) == 0


@given(st.integers(0, len(ADD) - 1))
def test_device_when_a_request_is_cut_short_then_refuses_it(length: int) -> None:
    at = client()
    (reply,) = at.send_frame(Frame(1, MessageType.ADD_ROSPEC, 9, ADD[:length]))
    assert status(reply) != 0
    assert at.device.rospec_states == {}
