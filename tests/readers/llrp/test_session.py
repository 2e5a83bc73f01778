"""The session on its way to inventory, and what it makes of every fault and quirk readers are known for."""

from struct import pack

import pytest

from readers.errors import (
    ConnectError,
    DeadlineError,
    FrameError,
    ProtocolError,
    ReaderBusyError,
    ReaderError,
    RefusedError,
)
from readers.llrp.constants import MessageType, ParameterType, ROSpecState
from readers.llrp.framing import Frame, encode_message, encode_tlv, encode_tv
from readers.llrp.requests import ROSPEC_ID
from readers.llrp.steps import SessionState
from tests.readers.scripted import (
    EPC,
    NOW_US,
    SECOND_US,
    Conversation,
    ScriptedReader,
    error_message,
    greeting,
    keepalive,
    notification,
    report,
    rospec_event,
    status,
    tag,
)

OTHER_EPC = bytes.fromhex("e28011700000020a7b3c4d5e")
SETUP = [
    MessageType.GET_SUPPORTED_VERSION,
    MessageType.GET_READER_CAPABILITIES,
    MessageType.SET_READER_CONFIG,
    MessageType.ENABLE_EVENTS_AND_REPORTS,
    MessageType.GET_ROSPECS,
    MessageType.ADD_ROSPEC,
    MessageType.ENABLE_ROSPEC,
    MessageType.START_ROSPEC,
]


def silence(_frame: Frame) -> bytes:
    return b""


def inventorying(reader: ScriptedReader | None = None, **settings: object) -> Conversation:
    conversation = Conversation(reader, **settings)
    conversation.start()
    return conversation


class TestOnTheWay:
    def test_session_when_greeted_asks_in_order_and_inventories(self) -> None:
        conversation = inventorying()
        assert conversation.reader.asked() == [*SETUP, MessageType.GET_ROSPECS]
        assert conversation.reader.rospecs == {ROSPEC_ID: ROSpecState.Active}
        assert conversation.reads_again()

    def test_session_when_not_greeted_waits_three_seconds_and_goes_on(self) -> None:
        conversation = Conversation()
        conversation.wait(2.9)
        assert conversation.reader.requests == []
        conversation.wait(0.1)
        assert conversation.session.state is SessionState.INVENTORYING
        assert conversation.reader.asked()[0] == MessageType.GET_READER_CAPABILITIES
        assert conversation.notes == ["no ConnectionAttemptEvent; asking all the same"]
        assert conversation.reads_again()

    def test_session_when_greeted_late_by_a_busy_reader_stands_by(self) -> None:
        conversation = Conversation(ScriptedReader(dict.fromkeys(MessageType, silence)))
        conversation.wait(4)
        with pytest.raises(ReaderBusyError):
            conversation.hear(greeting(2))

    def test_session_when_greeted_late_goes_on_where_it_is(self) -> None:
        conversation = Conversation()
        conversation.wait(4)
        conversation.hear(greeting())
        assert conversation.session.state is SessionState.INVENTORYING
        assert conversation.reader.asked().count(MessageType.GET_READER_CAPABILITIES) == 1

    @pytest.mark.parametrize("reply_seconds", [1.0, 5.0, 60.0])
    def test_peer_that_never_says_a_word_is_given_up_within_ten_seconds(self, reply_seconds: float) -> None:
        conversation = Conversation(
            ScriptedReader(dict.fromkeys(MessageType, silence)), reply_seconds=reply_seconds
        )
        with pytest.raises(DeadlineError, match="no ConnectionAttemptEvent and no answer"):
            conversation.wait(60)
        assert conversation.now_us - NOW_US <= 10 * SECOND_US
        conversation.reader.answers = {}
        assert conversation.redial_until_inventorying() == []
        assert conversation.reads_again()

    def test_reader_that_greets_and_then_says_nothing_is_given_up_within_ten_seconds(self) -> None:
        conversation = Conversation(ScriptedReader(dict.fromkeys(MessageType, silence)))
        with pytest.raises(DeadlineError, match="no message for 9 s"):
            conversation.start()
        assert conversation.now_us - NOW_US <= 10 * SECOND_US
        conversation.reader.answers = {}
        assert conversation.redial_until_inventorying() == []

    def test_peer_that_hangs_up_at_our_first_request_may_want_tls(self) -> None:
        conversation = Conversation(ScriptedReader(dict.fromkeys(MessageType, silence)))
        conversation.wait(4)
        assert "one that wants TLS" in str(conversation.session.lost())

    def test_session_with_impinj_reader_enables_extensions_before_config(self) -> None:
        conversation = inventorying(ScriptedReader(manufacturer=25882))
        asked = conversation.reader.asked()
        assert asked.index(MessageType.CUSTOM_MESSAGE) < asked.index(MessageType.SET_READER_CONFIG)
        config = next(
            frame for frame in conversation.reader.requests if frame.type == MessageType.SET_READER_CONFIG
        )
        assert pack(">HHIIHH", 1023, 16, 25882, 38, 1, 3) in config.body

    def test_session_when_reader_speaks_1_1_speaks_it_too(self) -> None:
        def versions(frame: Frame) -> bytes:
            return encode_message(
                MessageType.GET_SUPPORTED_VERSION_RESPONSE, frame.id, b"\x01\x02" + status(), 2
            )

        def accepted(frame: Frame) -> bytes:
            return encode_message(MessageType.SET_PROTOCOL_VERSION_RESPONSE, frame.id, status(), 2)

        reader = ScriptedReader(
            {MessageType.GET_SUPPORTED_VERSION: versions, MessageType.SET_PROTOCOL_VERSION: accepted}
        )
        conversation = inventorying(reader)
        assert conversation.session.plan.version == 2
        assert [frame.version for frame in reader.requests] == [1] + [2] * (len(reader.requests) - 1)
        add = next(frame for frame in reader.requests if frame.type == MessageType.ADD_ROSPEC)
        assert encode_tlv(ParameterType.ROReportSpec)[:2] + pack(">H", 18) + pack(">BH", 5, 100) in add.body

    def test_session_when_set_protocol_version_refused_stays_with_1_0_1(self) -> None:
        def versions(frame: Frame) -> bytes:
            return encode_message(
                MessageType.GET_SUPPORTED_VERSION_RESPONSE, frame.id, b"\x01\x02" + status(), 2
            )

        reader = ScriptedReader(
            {MessageType.GET_SUPPORTED_VERSION: versions, MessageType.SET_PROTOCOL_VERSION: error_message}
        )
        conversation = inventorying(reader)
        assert conversation.session.plan.version == 1
        assert conversation.reads_again()

    def test_session_when_our_rospec_is_there_replaces_it(self) -> None:
        conversation = inventorying(ScriptedReader(rospecs={ROSPEC_ID: ROSpecState.Active}))
        asked = conversation.reader.asked()
        assert asked.index(MessageType.DELETE_ROSPEC) < asked.index(MessageType.ADD_ROSPEC)

    def test_session_when_closed_says_goodbye_and_ends(self) -> None:
        conversation = inventorying()
        conversation.session.close(conversation.now_us)
        conversation.hear(conversation.exchange())
        assert conversation.reader.asked()[-1] == MessageType.CLOSE_CONNECTION
        assert conversation.session.state is SessionState.CLOSED
        assert conversation.session.next_deadline() is None

    def test_session_when_goodbye_is_not_answered_ends_all_the_same(self) -> None:
        conversation = inventorying()
        conversation.session.close(conversation.now_us)
        conversation.wait(6)
        assert conversation.session.state is SessionState.CLOSED

    def test_session_split_at_every_byte_behaves_the_same(self) -> None:
        conversation = Conversation()
        stream = greeting() + keepalive()
        for position in range(len(stream)):
            conversation.hear(stream[position : position + 1])
        reports = report(tag()) + report() + report(tag(OTHER_EPC), tag())
        for position in range(len(reports)):
            conversation.hear(reports[position : position + 1])
        assert [row[0] for row in conversation.rows] == [EPC, OTHER_EPC, EPC]

    @pytest.mark.parametrize("immediate", [True, False])
    def test_session_starts_the_rospec_whether_or_not_the_reader_did_so_by_itself(
        self, immediate: bool
    ) -> None:
        conversation = inventorying(ScriptedReader(immediate=immediate))
        assert conversation.reader.rospecs == {ROSPEC_ID: ROSpecState.Active}
        assert conversation.notes == []


class TestBusyAndRefused:
    @pytest.mark.parametrize("code", [1, 2])
    def test_connection_attempt_when_reader_is_busy_stands_by(self, code: int) -> None:
        conversation = Conversation()
        with pytest.raises(ReaderBusyError, match=f"status {code}"):
            conversation.hear(greeting(code))
        assert conversation.redial_until_inventorying() == []
        assert conversation.reads_again()

    @pytest.mark.parametrize("code", [3, 4, 5, 999, 65535])
    def test_connection_attempt_when_refused_or_undefined_fails_and_recovers(self, code: int) -> None:
        conversation = Conversation()
        with pytest.raises(RefusedError, match=f"status {code}"):
            conversation.hear(greeting(code))
        assert conversation.redial_until_inventorying() == []
        assert conversation.reads_again()

    def test_connection_attempt_of_another_client_while_inventorying_changes_nothing(self) -> None:
        conversation = inventorying()
        conversation.hear(greeting(4))
        assert conversation.reads_again()

    def test_busy_reader_that_hangs_up_at_once_is_dialled_again(self) -> None:
        conversation = Conversation()
        error = conversation.session.lost()
        assert isinstance(error, ConnectError)
        assert conversation.redial_until_inventorying() == []


class TestUnanswered:
    @pytest.mark.parametrize("kind", [*SETUP, MessageType.CUSTOM_MESSAGE, MessageType.DELETE_ROSPEC])
    def test_request_when_never_answered_costs_a_deadline_and_never_the_inventory(
        self, kind: MessageType
    ) -> None:
        reader = ScriptedReader(
            {kind: silence}, manufacturer=25882, rospecs={ROSPEC_ID: ROSpecState.Disabled}
        )
        conversation = Conversation(reader)
        mandatory = kind in (MessageType.ADD_ROSPEC, MessageType.ENABLE_ROSPEC)
        try:
            conversation.start()
        except DeadlineError as error:
            assert mandatory, error
            assert kind.name in str(error)
            del reader.answers[kind]
            conversation.redial_until_inventorying()
        else:
            assert not mandatory
        assert conversation.reads_again()
        assert conversation.now_us - NOW_US <= 10 * SECOND_US

    def test_optional_request_when_unanswered_twice_is_not_asked_again(self) -> None:
        reader = ScriptedReader({MessageType.GET_ROSPECS: silence})
        conversation = inventorying(reader)
        conversation.redial_until_inventorying()
        reader.requests.clear()
        before_us = conversation.now_us
        conversation.redial_until_inventorying()
        assert MessageType.GET_ROSPECS not in reader.asked()
        assert conversation.now_us == before_us

    def test_reader_that_answers_nothing_fails_within_the_setup_deadline(self) -> None:
        reader = ScriptedReader(dict.fromkeys(MessageType, silence))
        conversation = Conversation(reader)
        with pytest.raises(DeadlineError):
            conversation.start()
        assert conversation.now_us - NOW_US <= 60 * SECOND_US

    def test_late_answer_of_an_expired_request_is_not_taken_for_another(self) -> None:
        waiting: list[Frame] = []

        def late(frame: Frame) -> bytes:
            waiting.append(frame)
            return b""

        conversation = Conversation(ScriptedReader({MessageType.GET_ROSPECS: late}))
        conversation.start()
        refused = encode_message(MessageType.GET_ROSPECS_RESPONSE, waiting[0].id, status(101))
        conversation.hear(refused)
        assert conversation.reads_again()

    def test_answer_behind_a_backlog_of_reports_is_waited_for(self) -> None:
        held: list[bytes] = []
        reader = ScriptedReader()
        reader.answers[MessageType.ADD_ROSPEC] = lambda frame: held.append(reader.good(frame)) or b""
        conversation = Conversation(reader)
        conversation.hear(greeting())
        for _ in range(12):
            conversation.wait(1)
            conversation.hear(report(tag(seen_us=NOW_US - 600 * SECOND_US)))
        conversation.hear(held[0])
        assert conversation.session.state is SessionState.INVENTORYING
        assert len(held) == 1


class TestErrorMessages:
    @pytest.mark.parametrize("kind", [*SETUP, MessageType.CUSTOM_MESSAGE, MessageType.DELETE_ROSPEC])
    @pytest.mark.parametrize("echoed", [True, False])
    def test_error_message_to_any_request_once_does_not_keep_it_from_inventory(
        self, kind: MessageType, echoed: bool
    ) -> None:
        reader = ScriptedReader(manufacturer=25882, rospecs={ROSPEC_ID: ROSpecState.Disabled})

        def once(frame: Frame) -> bytes:
            del reader.answers[kind]
            answer = error_message(frame)
            return answer if echoed else answer[:6] + bytes(4) + answer[10:]

        reader.answers[kind] = once
        conversation = Conversation(reader)
        conversation.start()
        assert conversation.reads_again()

    @pytest.mark.parametrize(
        "kind",
        [one for one in SETUP if one != MessageType.ADD_ROSPEC]
        + [MessageType.CUSTOM_MESSAGE, MessageType.DELETE_ROSPEC],
    )
    def test_error_message_always_to_a_dispensable_request_is_lived_with(self, kind: MessageType) -> None:
        reader = ScriptedReader({kind: error_message}, manufacturer=25882)
        if kind == MessageType.ENABLE_ROSPEC:
            reader.answers[MessageType.GET_ROSPECS] = error_message
        conversation = Conversation(reader)
        conversation.start()
        assert conversation.reads_again()

    def test_add_rospec_answered_by_error_message_for_ever_says_so(self) -> None:
        conversation = Conversation(ScriptedReader({MessageType.ADD_ROSPEC: error_message}))
        with pytest.raises(RefusedError, match=r"ADD_ROSPEC refused: M_UnsupportedMessage \(109\)"):
            conversation.start()
        assert conversation.reader.asked().count(MessageType.ADD_ROSPEC) == 3

    def test_refused_rospec_tells_the_parameter_and_asks_for_less(self) -> None:
        reader = ScriptedReader()

        def no_modes(frame: Frame) -> bytes:
            mode = encode_tlv(ParameterType.C1G2RFControl)[:2]
            if mode not in frame.body:
                return reader.good(frame)
            field_error = encode_tlv(ParameterType.FieldError, pack(">HH", 0, 208))
            inner = encode_tlv(ParameterType.ParameterError, pack(">HH", 335, 201) + field_error)
            return reader.reply(frame, MessageType.ADD_ROSPEC_RESPONSE, status(100, "no", inner))

        reader.answers[MessageType.ADD_ROSPEC] = no_modes
        conversation = inventorying(reader)
        assert conversation.notes == [
            "ADD_ROSPEC refused: M_ParameterError (100) at C1G2RFControl field 0: P_UnknownField: no; asking for less"
        ]
        assert conversation.reads_again()

    def test_undefined_status_code_is_a_refusal_like_any_other(self) -> None:
        reader = ScriptedReader()
        reader.answers[MessageType.ADD_ROSPEC] = lambda frame: reader.reply(
            frame, MessageType.ADD_ROSPEC_RESPONSE, status(9999)
        )
        conversation = Conversation(reader)
        with pytest.raises(RefusedError, match=r"undefined status \(9999\)"):
            conversation.start()
        del reader.answers[MessageType.ADD_ROSPEC]
        conversation.redial_until_inventorying()
        assert conversation.reads_again()

    def test_capabilities_that_cannot_be_decoded_are_done_without(self) -> None:
        reader = ScriptedReader()
        broken = encode_tlv(ParameterType.LLRPCapabilities, b"\x00")
        reader.answers[MessageType.GET_READER_CAPABILITIES] = lambda frame: reader.reply(
            frame, MessageType.GET_READER_CAPABILITIES_RESPONSE, status() + broken
        )
        conversation = inventorying(reader)
        assert "capabilities cannot be decoded" in conversation.notes[0]
        assert conversation.reads_again()


class TestIds:
    def test_replies_when_ids_are_zero_are_told_by_type(self) -> None:
        conversation = inventorying(ScriptedReader(echo_ids=False))
        assert conversation.reads_again()
        assert conversation.now_us == NOW_US

    def test_reply_of_the_wrong_type_is_not_taken(self) -> None:
        conversation = Conversation(ScriptedReader({MessageType.GET_SUPPORTED_VERSION: silence}))
        conversation.hear(greeting())
        conversation.hear(encode_message(MessageType.START_ROSPEC_RESPONSE, 1, status()))
        assert conversation.session.state is SessionState.VERSION

    def test_custom_message_of_another_vendor_is_no_answer_to_ours(self) -> None:
        reader = ScriptedReader({MessageType.CUSTOM_MESSAGE: silence}, manufacturer=25882)
        conversation = Conversation(reader)
        conversation.hear(greeting())
        conversation.hear(encode_message(MessageType.CUSTOM_MESSAGE, 3, pack(">IB", 161, 22) + status()))
        assert conversation.session.state is SessionState.EXTENSIONS


class TestHangingUp:
    @pytest.mark.parametrize("kind", SETUP)
    def test_reader_that_hangs_up_at_a_request_is_inventoried_without_it_or_says_why(
        self, kind: MessageType
    ) -> None:
        reader = ScriptedReader()
        conversation = Conversation(reader)
        for _ in range(8):
            hung_up = _talk_until(conversation, kind)
            if not hung_up:
                break
            assert (
                kind.name in str(conversation.session.lost()) or kind == MessageType.ENABLE_EVENTS_AND_REPORTS
            )
            conversation.connect()
        if kind in (
            MessageType.GET_SUPPORTED_VERSION,
            MessageType.GET_READER_CAPABILITIES,
            MessageType.ENABLE_EVENTS_AND_REPORTS,
            MessageType.GET_ROSPECS,
            MessageType.START_ROSPEC,
        ):
            assert conversation.session.state is SessionState.INVENTORYING
            assert conversation.reads_again()
        else:
            assert hung_up


def _talk_until(conversation: Conversation, kind: MessageType) -> bool:
    """Sets up; True where the session sends `kind`, at which this reader hangs up."""
    conversation.session.receive_data(greeting(), conversation.now_us)
    while True:
        sent = conversation._requests.feed(conversation.session.data_to_send())
        if kind in [frame.type for frame in sent]:
            return True
        if not sent and not conversation.skip_pause():
            return False
        answer = b"".join(conversation.reader.respond(frame) for frame in sent)
        conversation.session.receive_data(answer, conversation.now_us)


MALFORMED = {
    "length 0": b"\x04\x3d" + bytes(4) + bytes(4),
    "length 5": b"\x04\x3d\x00\x00\x00\x05" + bytes(4),
    "length 0xFFFFFFFF": b"\x04\x3d\xff\xff\xff\xff" + bytes(4),
    "not LLRP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "truncated TV": report(encode_tlv(ParameterType.TagReportData, tag()[4:] + b"\x81\x00")),
    "unknown TV": report(encode_tlv(ParameterType.TagReportData, tag()[4:] + b"\xff\x00")),
    "truncated TLV": report(tag()[:-3]),
    "TagReportData without EPC": report(encode_tlv(ParameterType.TagReportData, encode_tv(1, b"\0\1"))),
    "event cut off": notification(ParameterType.ConnectionAttemptEvent, b"\0"),
    "ROSpecEvent cut off": notification(ParameterType.ROSpecEvent, b"\0\0"),
}


class TestMalformed:
    @pytest.mark.parametrize("name", MALFORMED)
    def test_malformed_message_costs_the_connection_and_yields_no_tag(self, name: str) -> None:
        conversation = inventorying()
        conversation.hear(report(tag(OTHER_EPC)))
        conversation.rows.clear()
        with pytest.raises(ProtocolError):
            conversation.hear(report(tag()) + MALFORMED[name] + report(tag(OTHER_EPC)))
        assert [row[0] for row in conversation.rows] == [EPC], "reads before the fault count, none after it"
        assert conversation.session.state is SessionState.CLOSED
        assert conversation.redial_until_inventorying() == []
        assert conversation.reads_again()

    def test_endless_length_is_refused_before_anything_is_kept(self) -> None:
        conversation = inventorying()
        with pytest.raises(FrameError, match="4294967295"):
            conversation.hear(MALFORMED["length 0xFFFFFFFF"])

    def test_cut_inside_a_message_and_reconnect_makes_no_phantom(self) -> None:
        conversation = inventorying()
        whole = report(tag(OTHER_EPC))
        conversation.hear(whole[:25])
        assert isinstance(conversation.session.lost(), ConnectError)
        assert conversation.redial_until_inventorying() == []
        assert conversation.rows == []
        assert conversation.reads_again()

    @pytest.mark.parametrize("kind", [0, 99, 500, 1022, 1023])
    def test_unknown_message_before_good_reports_is_passed_over(self, kind: int) -> None:
        conversation = inventorying()
        conversation.hear(encode_message(kind, 5, b"\xff" * 33) + report(tag()))
        assert [row[0] for row in conversation.rows] == [EPC]

    def test_legal_message_of_1_4_megabytes_is_read(self) -> None:
        conversation = inventorying()
        conversation.hear(report(*[tag()] * 35_000))
        assert len(conversation.rows) == 35_000

    def test_reply_without_status_is_a_protocol_error(self) -> None:
        reader = ScriptedReader()
        reader.answers[MessageType.ADD_ROSPEC] = lambda frame: reader.reply(
            frame, MessageType.ADD_ROSPEC_RESPONSE, b""
        )
        with pytest.raises(ProtocolError, match="LLRPStatus"):
            inventorying(reader)


class TestReports:
    def test_reports_of_a_strangers_rospec_yield_no_tag_and_are_counted(self) -> None:
        conversation = inventorying()
        conversation.hear(report(tag(OTHER_EPC, rospec=7), tag()))
        assert [row[0] for row in conversation.rows] == [EPC]
        assert conversation.session.dropped == {"foreign_rospec": 1}

    @pytest.mark.parametrize("rospec", [1, None])
    def test_reports_before_the_first_reply_yield_no_tag_and_are_counted(self, rospec: int | None) -> None:
        conversation = Conversation()
        conversation.hear(report(tag(rospec=rospec)))
        conversation.hear(greeting() + report(tag(rospec=rospec)))
        assert conversation.session.state is SessionState.INVENTORYING
        assert conversation.rows == []
        assert conversation.reads_again()

    def test_held_reports_of_our_rospec_are_ours_before_any_reply(self) -> None:
        conversation = Conversation()
        conversation.hear(report(tag(seen_us=NOW_US - 60 * SECOND_US)))
        assert [row[0] for row in conversation.rows] == [EPC]
        conversation.start()
        assert conversation.reads_again()

    def test_empty_report_is_a_sign_of_life_and_nothing_else(self) -> None:
        conversation = inventorying()
        conversation.hear(report())
        assert conversation.rows == []
        assert conversation.reads_again()

    def test_report_without_rospec_antenna_and_times_is_taken(self) -> None:
        conversation = inventorying()
        bare = encode_tlv(ParameterType.TagReportData, encode_tv(ParameterType.EPC96, EPC))
        conversation.hear(report(bare))
        assert conversation.rows == [(EPC, None, None, None, None, None, None)]

    def test_antenna_0_and_vendor_parameters_and_odd_epcs_are_taken(self) -> None:
        conversation = inventorying()
        odd = encode_tlv(ParameterType.EPCData, pack(">H", 13) + b"\xab\xc8")
        custom = encode_tlv(ParameterType.Custom, pack(">II", 4711, 9) + b"abc")
        data = encode_tlv(
            ParameterType.TagReportData, odd + encode_tv(ParameterType.AntennaID, b"\0\0") + custom
        )
        conversation.hear(report(data, tag()))
        assert [(row[0], row[1]) for row in conversation.rows] == [(b"\xab\xc8", 0), (EPC, 1)]

    def test_burst_of_66000_old_reports_after_an_outage_is_taken_in_small_pieces(self) -> None:
        conversation = inventorying()
        late = report(tag(seen_us=NOW_US - 3600 * SECOND_US)) * 660
        rows = 0
        for _ in range(100):
            conversation.hear(late)
            rows += len(conversation.rows)
            conversation.rows.clear()
        assert rows == 66_000
        assert conversation.session.offset_us == 0, "held reads do not move the clock offset"
        assert conversation.reads_again()


class TestWatch:
    def test_keepalive_is_acknowledged_with_its_id(self) -> None:
        conversation = inventorying()
        conversation.reader.requests.clear()
        conversation.hear(keepalive())
        assert [(frame.type, frame.id) for frame in conversation.reader.requests] == [
            (MessageType.KEEPALIVE_ACK, 77)
        ]

    def test_silent_reader_is_given_up_within_ten_seconds(self) -> None:
        conversation = inventorying()
        conversation.reader.answers = dict.fromkeys(MessageType, silence)
        start_us = conversation.now_us
        with pytest.raises(DeadlineError, match="no message for 8 s"):
            conversation.wait(60)
        assert conversation.now_us - start_us <= 10 * SECOND_US
        conversation.reader.answers = {}
        assert conversation.redial_until_inventorying() == []
        assert conversation.reads_again()

    def test_reader_without_keepalives_is_asked_and_kept(self) -> None:
        conversation = inventorying()
        conversation.wait(120)
        assert conversation.session.state is SessionState.INVENTORYING
        assert conversation.reads_again()

    def test_reader_without_keepalives_that_lists_no_rospecs_is_asked_and_kept(self) -> None:
        conversation = inventorying(ScriptedReader({MessageType.GET_ROSPECS: error_message}))
        conversation.wait(120)
        assert MessageType.GET_READER_CONFIG in conversation.reader.asked()
        assert conversation.reads_again()

    def test_reader_that_answers_errors_to_everything_is_alive(self) -> None:
        conversation = inventorying()
        conversation.reader.answers = dict.fromkeys(MessageType, error_message)
        conversation.wait(120)
        assert conversation.reads_again()

    def test_reports_that_stop_silently_are_noticed_and_started_again(self) -> None:
        conversation = inventorying()
        conversation.reader.rospecs[ROSPEC_ID] = ROSpecState.Inactive
        stopped_us = conversation.now_us
        while conversation.reader.rospecs[ROSPEC_ID] != ROSpecState.Active:
            conversation.hear(keepalive())
            conversation.wait(1)
            assert conversation.now_us - stopped_us <= 10 * SECOND_US
        assert conversation.reads_again()

    def test_rospec_that_vanished_is_added_again(self) -> None:
        conversation = inventorying()
        conversation.reader.rospecs.clear()
        conversation.wait(10)
        assert conversation.reader.rospecs == {ROSPEC_ID: ROSpecState.Active}
        assert conversation.reads_again()

    def test_inventory_without_reads_for_longer_than_allowed_is_a_fault(self) -> None:
        conversation = inventorying(silent_seconds=30.0)
        for _ in range(29):
            conversation.hear(keepalive())
            conversation.wait(1)
        with pytest.raises(DeadlineError, match="no tag report for 30 s"):
            conversation.wait(2)
        assert conversation.redial_until_inventorying() == []
        assert conversation.reads_again()

    def test_end_of_our_rospec_when_it_does_not_start_again_is_started(self) -> None:
        conversation = inventorying()
        conversation.reader.rospecs[ROSPEC_ID] = ROSpecState.Inactive
        conversation.hear(rospec_event(1))
        conversation.wait(1.5)
        assert conversation.reader.rospecs[ROSPEC_ID] == ROSpecState.Active
        assert conversation.reads_again()

    def test_end_of_our_rospec_when_it_starts_again_is_left_alone(self) -> None:
        conversation = inventorying()
        conversation.reader.requests.clear()
        conversation.hear(rospec_event(1) + rospec_event(0))
        conversation.wait(1.5)
        assert conversation.reader.requests == []

    def test_end_of_our_rospec_when_the_reader_cannot_list_is_answered_by_a_start(self) -> None:
        conversation = inventorying(ScriptedReader({MessageType.GET_ROSPECS: error_message}))
        conversation.reader.requests.clear()
        conversation.reader.rospecs[ROSPEC_ID] = ROSpecState.Inactive
        conversation.hear(rospec_event(1))
        conversation.wait(1.5)
        assert conversation.reader.asked() == [MessageType.START_ROSPEC]
        assert conversation.reads_again()

    def test_list_that_contradicts_an_accepted_start_is_not_believed_for_ever(self) -> None:
        reader = ScriptedReader()

        def stale(frame: Frame) -> bytes:
            held = encode_tlv(ParameterType.ROSpec, pack(">IBB", ROSPEC_ID, 0, ROSpecState.Disabled))
            return reader.reply(frame, MessageType.GET_ROSPECS_RESPONSE, status() + held)

        def fine(frame: Frame) -> bytes:
            return reader.reply(frame, frame.type + 10, status())

        reader.answers = {
            MessageType.GET_ROSPECS: stale,
            MessageType.ENABLE_ROSPEC: fine,
            MessageType.START_ROSPEC: fine,
        }
        conversation = inventorying(reader)
        conversation.wait(50)
        assert conversation.session.state is SessionState.INVENTORYING
        refreshed = reader.asked().count(MessageType.STOP_ROSPEC)
        assert reader.asked().count(MessageType.START_ROSPEC) - refreshed == 4
        assert conversation.reads_again()

    def test_connection_close_event_ends_the_session_and_a_stray_keepalive_is_ignored(self) -> None:
        conversation = inventorying()
        with pytest.raises(ConnectError, match="ConnectionCloseEvent"):
            conversation.hear(notification(ParameterType.ConnectionCloseEvent) + keepalive())
        assert conversation.session.data_to_send() == b""
        assert conversation.redial_until_inventorying() == []
        assert conversation.reads_again()


class TestStrangers:
    def test_strangers_rospec_is_left_alone_where_there_is_room(self) -> None:
        reader = ScriptedReader(rospecs={7: ROSpecState.Inactive})
        inventorying(reader)
        assert reader.rospecs == {7: ROSpecState.Inactive, ROSPEC_ID: ROSpecState.Active}

    def test_strangers_rospec_gives_way_where_the_reader_holds_only_one(self) -> None:
        reader = ScriptedReader(rospecs={7: ROSpecState.Active}, max_rospecs=1)
        conversation = inventorying(reader)
        assert reader.rospecs == {ROSPEC_ID: ROSpecState.Active}
        assert "making room" in conversation.notes[0]
        assert conversation.reads_again()

    def test_idle_stranger_gives_way_before_one_that_runs(self) -> None:
        reader = ScriptedReader(rospecs={7: ROSpecState.Active, 8: ROSpecState.Inactive}, max_rospecs=2)
        inventorying(reader)
        assert 8 not in reader.rospecs
        assert 7 in reader.rospecs

    def test_strangers_active_rospec_is_disabled_but_kept_where_only_one_can_run(self) -> None:
        reader = ScriptedReader(rospecs={7: ROSpecState.Active})
        conversation = inventorying(reader)
        assert reader.rospecs == {7: ROSpecState.Disabled, ROSPEC_ID: ROSpecState.Active}
        assert any("disabling it" in note for note in conversation.notes)
        assert conversation.reads_again()


class TestEvents:
    def test_events_of_antennas_inputs_buffer_and_exceptions_are_passed_on(self) -> None:
        conversation = inventorying()
        conversation.session.events()
        conversation.hear(
            notification(ParameterType.AntennaEvent, pack(">BH", 0, 3))
            + notification(ParameterType.GPIEvent, pack(">HB", 2, 0x80))
            + notification(ParameterType.ReportBufferOverflowErrorEvent)
            + notification(ParameterType.ReportBufferLevelWarningEvent, b"\x50")
            + notification(ParameterType.ReaderExceptionEvent, pack(">H", 3) + b"hot")
            + notification(ParameterType.HoppingEvent, b"\0\0\0\0")
        )
        words = [str(event) for event in conversation.session.events()]
        assert words == [
            "AntennaChange(antenna=3, connected=False)",
            f"GpiChange(port=2, is_high=True, at_us={NOW_US})",
            "BufferFill(percent=100)",
            "BufferFill(percent=80)",
            "ReaderException(message='hot')",
            "OtherEvent(parameter=247)",
        ]
        assert conversation.reads_again()

    def test_flood_of_events_keeps_no_more_than_a_thousand(self) -> None:
        conversation = inventorying()
        for _ in range(30):
            conversation.hear(notification(ParameterType.AntennaEvent, pack(">BH", 0, 3)) * 100)
        assert len(conversation.session.events()) == 1000


class TestClock:
    @pytest.mark.parametrize(
        "reader_us", [0, 946_684_800 * SECOND_US, NOW_US + 10**9 * SECOND_US, NOW_US - 250_000], ids=str
    )
    def test_clock_of_the_reader_may_show_any_time(self, reader_us: int) -> None:
        conversation = Conversation()
        conversation.hear(greeting(time_us=reader_us))
        conversation.hear(report(tag(seen_us=reader_us)))
        assert conversation.session.offset_us == NOW_US - reader_us

    def test_uptime_of_the_reader_has_an_offset_of_its_own(self) -> None:
        conversation = inventorying()
        uptime = encode_tv(ParameterType.LastSeenTimestampUptime, pack(">Q", 5 * SECOND_US))
        data = encode_tlv(ParameterType.TagReportData, encode_tv(ParameterType.EPC96, EPC) + uptime)
        conversation.hear(report(data))
        assert conversation.session.offset_us == NOW_US - 5 * SECOND_US
        assert conversation.rows[0][4] == 5 * SECOND_US

    def test_lost_session_reports_a_reader_error(self) -> None:
        conversation = inventorying()
        assert isinstance(conversation.session.lost(), ReaderError)


class TestRefresh:
    def test_reader_that_falls_silent_and_says_it_runs_is_stopped_and_started(self) -> None:
        conversation = inventorying()
        conversation.reader.requests.clear()
        for _ in range(9):
            conversation.hear(keepalive())
            conversation.wait(1)
        asked = conversation.reader.asked()
        assert asked.count(MessageType.STOP_ROSPEC) == 1
        assert asked.index(MessageType.STOP_ROSPEC) < asked.index(MessageType.START_ROSPEC)
        assert conversation.session.state is SessionState.INVENTORYING
        assert conversation.reads_again()

    def test_empty_door_at_night_is_refreshed_ever_more_seldom(self) -> None:
        conversation = inventorying()
        conversation.reader.requests.clear()
        conversation.wait(8 * 3600)
        assert 20 <= conversation.reader.asked().count(MessageType.STOP_ROSPEC) <= 40
        assert conversation.reader.rospecs == {ROSPEC_ID: ROSpecState.Active}
        assert conversation.reads_again()
