"""Each fault shows exactly what its name says, on the wire."""

from collections import Counter

import pytest
from llrpkit.inventory import build_rospec
from llrpkit.protocol import messages, params

from readers.emulator.clock import ReaderClock
from readers.emulator.device import Device
from readers.emulator.faults import FAULTS
from readers.emulator.field import StaticField
from readers.emulator.injector import parse_fault
from readers.emulator.spoiling import FOREIGN_ROSPEC_ID, LATE_REPORTS
from readers.errors import FrameError, ProtocolError
from readers.llrp.constants import MessageType
from readers.llrp.framing import Deframer, Frame, walk_parameters
from tests.readers.emulator.llrp_client import START_US, Client

EPC = bytes.fromhex("3034257bf40c0e40000f4241")
REQUESTS = {
    "GET_SUPPORTED_VERSION": Frame(1, 46, 1, b""),
    "ADD_ROSPEC": Frame(1, 20, 2, messages.ADD_ROSPEC(ro_spec=build_rospec()).to_bytes(message_id=1)[10:]),
    "ENABLE_ROSPEC": Frame(1, 24, 3, b"\0\0\0\1"),
    "START_ROSPEC": Frame(1, 22, 4, b"\0\0\0\1"),
}
KEEPALIVE = messages.SET_READER_CONFIG(
    keepalive_spec=params.KeepaliveSpec(keepalive_trigger_type=1, periodic_trigger_value=200)
)


class Raw:
    """What the reader really sends, byte for byte, on one connection."""

    def __init__(self, fault: str, device: Device | None = None) -> None:
        self.device = device or Device(tags=StaticField(100), fault=parse_fault(fault), clock=clock_of(fault))
        if device is None:
            self.device.put(EPC)
        self.now_us = START_US
        self.device.connected(self.now_us)
        self.data = self.device.data_to_send()

    def say(self, *frames: Frame) -> "Raw":
        for frame in frames:
            self.device.receive(frame, self.now_us)
            self.data += self.device.data_to_send()
        return self

    def inventory(self) -> "Raw":
        return self.say(*(REQUESTS[name] for name in ("ADD_ROSPEC", "ENABLE_ROSPEC", "START_ROSPEC")))

    def wait(self, seconds: float) -> "Raw":
        """In small steps, as a server would; nothing is sent after it hung up."""
        until_us = self.now_us + round(seconds * 1e6)
        while self.now_us < until_us and not self.device.closing:
            self.now_us += 10_000
            self.device.tick(self.now_us)
            self.data += self.device.data_to_send()
        return self

    @property
    def frames(self) -> list[Frame]:
        return Deframer().feed(self.data)

    @property
    def types(self) -> Counter[int]:
        return Counter(frame.type for frame in self.frames)

    @property
    def tags(self) -> list[dict[int, bytes]]:
        reports = [frame for frame in self.frames if frame.type == MessageType.RO_ACCESS_REPORT]
        return [dict(walk_parameters(value)) for frame in reports for _, value in walk_parameters(frame.body)]


def clock_of(fault: str) -> ReaderClock:
    clock = parse_fault(fault).fault.clock
    return clock(START_US) if clock else ReaderClock()


def test_fault_when_listed_then_has_a_sentence() -> None:
    assert len(FAULTS) == len({fault.sentence for fault in FAULTS.values()})
    assert all(fault.sentence.endswith(".") and fault.name == name for name, fault in FAULTS.items())


@pytest.mark.parametrize("name", ["short-length", "zero-length", "huge-length"])
def test_length_fault_when_ten_reports_came_then_the_stream_is_no_llrp(name: str) -> None:
    raw = Raw(name).inventory().wait(0.25)
    deframer = Deframer()
    good = deframer.feed(raw.data)
    assert [frame.type for frame in good] == [63, 30, 34, 32] + [61] * 9
    assert isinstance(deframer.fault, FrameError)


@pytest.mark.parametrize("name", ["truncated-tv", "unknown-tv", "lying-tlv"])
def test_report_fault_when_ten_reports_came_then_the_tenth_is_malformed(name: str) -> None:
    reports = [f for f in Raw(name).inventory().wait(0.2).frames if f.type == 61]
    assert len(reports) == 20
    for number, frame in enumerate(reports, start=1):
        if number % 10:
            assert dict(walk_parameters(frame.body))
        else:
            with pytest.raises(ProtocolError):
                [list(walk_parameters(value)) for _, value in walk_parameters(frame.body)]


def test_cut_mid_message_when_ten_reports_came_then_half_of_one_and_the_end() -> None:
    raw = Raw("cut-mid-message").inventory().wait(1)
    assert raw.device.closing
    assert raw.types[61] == 9
    whole = sum(10 + len(frame.body) for frame in raw.frames)
    assert 0 < len(raw.data) - whole < 60


def test_vendor_parameter_when_reporting_then_every_tag_has_one() -> None:
    assert all(1023 in tag for tag in Raw("vendor-parameter").inventory().wait(0.1).tags)


def test_unknown_message_when_ten_reports_came_then_one_stands_before_the_tenth() -> None:
    types = [frame.type for frame in Raw("unknown-message").inventory().wait(0.16).frames]
    assert types.count(900) == 1
    assert types.count(61) == 16
    assert types[: types.index(900)].count(61) == 9


def test_empty_report_when_ten_reports_came_then_one_has_no_tag() -> None:
    reports = [frame for frame in Raw("empty-report").inventory().wait(0.16).frames if frame.type == 61]
    assert [len(frame.body) for frame in reports].count(0) == 1
    assert len(reports) == 17


def test_odd_epc_when_reporting_then_lengths_are_mixed() -> None:
    tags = Raw("odd-epc").inventory().wait(0.1).tags
    lengths = {int.from_bytes(tag[241][:2], "big") for tag in tags if 241 in tag}
    assert lengths == {1, 93, 128, 496}
    assert any(13 in tag for tag in tags)
    assert all(
        len(tag[241]) == 2 + (int.from_bytes(tag[241][:2], "big") + 7) // 8 for tag in tags if 241 in tag
    )


def test_missing_fields_when_reporting_then_only_the_epc_is_there() -> None:
    assert all(list(tag) == [13] for tag in Raw("missing-fields").inventory().wait(0.1).tags)


def test_antenna_zero_when_reporting_then_every_read_is_there() -> None:
    assert {tag[1] for tag in Raw("antenna-zero").inventory().wait(0.1).tags} == {b"\0\0"}


def test_foreign_rospec_when_client_connects_then_strange_reports_follow_the_greeting() -> None:
    raw = Raw("foreign-rospec")
    assert [frame.type for frame in raw.frames] == [63, 61, 61, 61]
    assert {int.from_bytes(tag[9], "big") for tag in raw.tags} == {FOREIGN_ROSPEC_ID}


def test_late_burst_when_the_first_report_is_due_then_old_ones_come_first() -> None:
    raw = Raw("late-burst").inventory().wait(0.06)
    times = [int.from_bytes(tag[2], "big") for tag in raw.tags]
    assert len(times) == LATE_REPORTS + 6
    assert max(times[:LATE_REPORTS]) < START_US - 3_000_000_000
    assert min(times[LATE_REPORTS:]) > START_US


def test_silent_when_twenty_reports_came_then_nothing_more_though_it_reads() -> None:
    raw = Raw("silent")
    raw.say(Frame(1, 3, 9, KEEPALIVE.to_bytes(message_id=1)[10:])).inventory().wait(0.9)
    assert raw.types[61] == 20
    assert raw.types[62] == 1
    assert not raw.device.closing


def test_no_reports_when_twenty_came_then_keepalives_go_on() -> None:
    raw = Raw("no-reports")
    raw.say(Frame(1, 3, 9, KEEPALIVE.to_bytes(message_id=1)[10:])).inventory().wait(0.9)
    assert (raw.types[61], raw.types[62]) == (20, 4)


def test_hang_when_twenty_reports_came_then_keepalives_go_on_and_nothing_is_answered() -> None:
    raw = Raw("hang")
    raw.say(Frame(1, 3, 9, KEEPALIVE.to_bytes(message_id=1)[10:])).inventory().wait(0.9)
    raw.say(Frame(1, 26, 77, b""))
    assert (raw.types[61], raw.types[62], raw.types[36]) == (20, 4, 0)


def test_drip_when_twenty_reports_came_then_bytes_of_one_that_never_ends() -> None:
    raw = Raw("drip")
    raw.say(Frame(1, 3, 9, KEEPALIVE.to_bytes(message_id=1)[10:])).inventory().wait(0.9)
    assert raw.types[61] == 20
    raw.say(Frame(1, 26, 77, b""))
    assert raw.types[36] == 0
    assert not raw.device.closing


def test_no_keepalive_when_asked_for_then_none_come_and_it_stays() -> None:
    raw = Raw("no-keepalive").say(Frame(1, 3, 9, KEEPALIVE.to_bytes(message_id=1)[10:])).wait(5)
    assert raw.types[62] == 0
    assert not raw.device.closing


def test_no_events_when_a_rospec_starts_then_only_the_connection_was_told() -> None:
    raw = Raw("no-events")
    raw.device.set_antenna(1, START_US, connected=False)
    assert Raw("no-events", raw.device).types == {63: 1}
    assert raw.say().types == {63: 1}


def test_no_greeting_when_client_connects_then_hears_nothing() -> None:
    assert Raw("no-greeting").data == b""


def test_not_llrp_when_client_connects_then_hears_text_and_the_end() -> None:
    raw = Raw("not-llrp")
    assert raw.data.startswith(b"220 ")
    assert raw.device.closing


def test_wrong_version_when_it_speaks_then_everything_is_in_version_two() -> None:
    assert {frame.version for frame in Raw("wrong-version").inventory().frames} == {2}


def test_dribble_when_asked_then_bytes_leave_one_by_one() -> None:
    assert Raw("dribble").device.segment_bytes == 1


@pytest.mark.parametrize("text", ["no-reply", "no-reply:ADD_ROSPEC"])
def test_no_reply_when_the_request_comes_then_there_is_none_and_the_others_are_answered(text: str) -> None:
    raw = Raw(text).say(REQUESTS["ADD_ROSPEC"], Frame(1, 26, 7, b""))
    assert raw.types == {63: 1, 36: 1}


def test_no_reply_when_another_request_is_named_then_strikes_that_one() -> None:
    raw = Raw("no-reply:ENABLE_ROSPEC").inventory()
    assert raw.types == {63: 1, 30: 1, 32: 1}


def test_wrong_id_and_zero_id_when_replying_then_do_not_echo() -> None:
    assert [f.id for f in Raw("wrong-id").say(REQUESTS["ADD_ROSPEC"]).frames if f.type == 30] != [2]
    assert [f.id for f in Raw("zero-id").say(REQUESTS["ADD_ROSPEC"]).frames if f.type == 30] == [0]


@pytest.mark.parametrize(("name", "code"), [("undefined-status", 999), ("error-status", 401)])
def test_status_fault_when_the_request_comes_then_carries_the_code(name: str, code: int) -> None:
    (reply,) = [f for f in Raw(name).say(REQUESTS["ADD_ROSPEC"]).frames if f.type == 30]
    assert int.from_bytes(reply.body[4:6], "big") == code


@pytest.mark.parametrize("request_", ["ADD_ROSPEC", "ENABLE_EVENTS_AND_REPORTS", "GET_READER_CONFIG"])
def test_error_message_when_the_request_comes_then_is_the_answer_with_its_id(request_: str) -> None:
    raw = Raw(f"error-message:{request_}").say(Frame(1, MessageType[request_], 55, b""))
    assert [(f.type, f.id) for f in raw.frames[1:]] == [(100, 55)]


def test_needs_memory_selector_when_it_is_not_there_then_the_rospec_is_refused() -> None:
    bare = build_rospec()
    bare.ro_report_spec.tag_report_content_selector.air_protocol_epc_memory_selectors = []
    body = messages.ADD_ROSPEC(ro_spec=bare).to_bytes(message_id=1)[10:]
    raw = Raw("needs-memory-selector").say(Frame(1, 20, 1, body), REQUESTS["ADD_ROSPEC"])
    assert [int.from_bytes(f.body[4:6], "big") for f in raw.frames if f.type == 30] == [100, 0]


@pytest.mark.parametrize(
    "frame", [REQUESTS["GET_SUPPORTED_VERSION"], Frame(1, 1023, 5, bytes(5)), Frame(1, 990, 1, b"")]
)
def test_drop_on_unknown_when_it_comes_then_hangs_up(frame: Frame) -> None:
    raw = Raw("drop-on-unknown").say(REQUESTS["ADD_ROSPEC"])
    assert not raw.device.closing
    assert raw.say(frame).device.closing


@pytest.mark.parametrize(
    ("name", "code"),
    [("busy", 2), ("busy-reader-initiated", 1), ("busy-other", 3), ("busy-undefined", 9)],
)
def test_busy_when_client_connects_then_is_told_and_hung_up_on(name: str, code: int) -> None:
    raw = Raw(name)
    assert int.from_bytes(raw.data[-2:], "big") == code
    assert raw.device.closing


def test_close_event_when_twenty_reports_came_then_says_so_and_hangs_up() -> None:
    raw = Raw("close-event").inventory().wait(1)
    assert [frame.type for frame in raw.frames[-2:]] == [63, 62]
    assert raw.types[61] == 20
    assert raw.device.closing


@pytest.mark.parametrize(
    ("name", "kind", "least_us", "most_us"),
    [
        ("clock-1970", 128, 0, 10_000_000),
        ("clock-2000", 128, 946_684_800_000_000, 946_684_900_000_000),
        ("clock-future", 128, 4_102_444_800_000_000, 4_102_444_900_000_000),
        ("uptime-only", 129, 0, 10_000_000),
    ],
)
def test_clock_fault_when_it_tells_the_time_then_it_is_wrong(
    name: str, kind: int, least_us: int, most_us: int
) -> None:
    raw = Raw(name).inventory().wait(0.1)
    ((_, data),) = walk_parameters(raw.frames[0].body)
    stamp, _ = walk_parameters(data)
    assert stamp.type == kind
    assert least_us <= int.from_bytes(stamp.value, "big") <= most_us
    seen = {tag.get(2, tag.get(3)) for tag in raw.tags}
    assert all(least_us <= int.from_bytes(value, "big") <= most_us for value in seen)


def test_fault_when_limited_then_the_reader_is_healed_after_it() -> None:
    raw = Raw("busy*2")
    raw.device.disconnected(START_US)
    assert Raw("", raw.device).device.closing
    raw.device.disconnected(START_US)
    healed = Client(raw.device)
    assert not healed.device.closing
    assert raw.device.fault.is_healed


def test_fault_when_put_in_at_run_time_then_strikes_and_taken_out_no_more() -> None:
    at = Client(Device(tags=StaticField(100)))
    at.device.put(EPC)
    at.start()
    at.device.fault = parse_fault("no-reports")
    assert len(at.wait(1)) == 20
    at.device.fault = None
    assert len(at.wait(1)) == 100


def test_fault_when_a_new_connection_comes_then_counts_from_the_start() -> None:
    raw = Raw("silent").inventory().wait(0.5)
    raw.device.disconnected(raw.now_us)
    again = Raw("", raw.device)
    again.now_us = raw.now_us
    assert again.wait(0.3).types[61] == 20


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bussy", "there is no fault 'bussy'; there are: short-length"),
        ("busy:ADD_ROSPEC", "about no request"),
        ("no-reply:ADD", "'ADD' in 'no-reply:ADD' is no LLRP message"),
        ("busy*", "is no number of times"),
        ("busy*0", "is no number of times"),
        ("busy*x", "is no number of times"),
    ],
)
def test_parse_when_the_text_names_no_fault_then_says_what_there_is(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("*", r"\*")):
        parse_fault(text)
