"""Rarely walked ways through the session: each has happened to somebody."""

from struct import pack

import pytest

from readers.errors import DeadlineError, ProtocolError, RefusedError
from readers.llrp.constants import MessageType, ParameterType, ROSpecState
from readers.llrp.framing import Frame, encode_message, encode_tlv
from readers.llrp.knowledge import Knowledge
from readers.llrp.notifications import OtherEvent
from readers.llrp.replies import parse_rospecs, parse_status
from readers.llrp.requests import ROSPEC_ID, Detail
from readers.llrp.steps import SessionState
from readers.settings import ReaderSettings
from tests.readers.scripted import (
    SECOND_US,
    Conversation,
    ScriptedReader,
    greeting,
    keepalive,
    notification,
    report,
    rospec_event,
    status,
    tag,
)


def silence(_frame: Frame) -> bytes:
    return b""


def test_stranger_that_cannot_be_removed_for_want_of_an_answer_is_told_in_the_end() -> None:
    reader = ScriptedReader(
        {MessageType.DELETE_ROSPEC: silence}, rospecs={7: ROSpecState.Inactive}, max_rospecs=1
    )
    conversation = Conversation(reader)
    with pytest.raises(RefusedError, match="ADD_ROSPEC refused: M_OverflowParameter"):
        conversation.start()


def known_to_fall_mute() -> Conversation:
    """With a reader that did not answer while it inventoried before, and did not hang."""
    conversation = Conversation()
    while conversation.lessons.fell_mute(conversation.now_us):
        pass
    return conversation


def test_end_of_our_rospec_while_a_question_is_open_is_looked_after_all_the_same() -> None:
    conversation = known_to_fall_mute()
    conversation.start()
    conversation.reader.answers[MessageType.GET_ROSPECS] = silence
    conversation.wait(5)
    conversation.reader.rospecs[ROSPEC_ID] = ROSpecState.Inactive
    conversation.hear(rospec_event(1))
    del conversation.reader.answers[MessageType.GET_ROSPECS]
    for _ in range(10):
        conversation.hear(keepalive())
        conversation.wait(1)
    conversation.hear(report(tag()))
    assert conversation.session.state is SessionState.INVENTORYING


def test_rospec_that_never_runs_is_told() -> None:
    def refuses(frame: Frame) -> bytes:
        return encode_message(frame.type + 10, frame.id, status(401, "no antenna"))

    conversation = Conversation(ScriptedReader({MessageType.START_ROSPEC: refuses}, immediate=False))
    with pytest.raises(RefusedError, match="does not run though it was started 3 times"):
        conversation.start()


def test_reader_that_speaks_1_1_already_is_not_asked_to() -> None:
    def versions(frame: Frame) -> bytes:
        return encode_message(MessageType.GET_SUPPORTED_VERSION_RESPONSE, frame.id, b"\x02\x02" + status(), 2)

    conversation = Conversation(ScriptedReader({MessageType.GET_SUPPORTED_VERSION: versions}))
    conversation.start()
    assert conversation.session.plan.version == 2
    assert MessageType.SET_PROTOCOL_VERSION not in conversation.reader.asked()


def test_configured_antennas_the_reader_does_not_have_are_told() -> None:
    conversation = Conversation(ScriptedReader(antennas=2), antennas=(1, 3, 4))
    conversation.start()
    assert conversation.notes == ["the reader has 2 antenna ports; not used: [3, 4]"]


def test_reader_busy_with_old_reports_for_ever_is_given_up() -> None:
    reader = ScriptedReader(
        {MessageType.GET_READER_CAPABILITIES: silence, MessageType.SET_READER_CONFIG: silence}
    )
    conversation = Conversation(reader)
    conversation.hear(greeting())
    with pytest.raises(DeadlineError, match="no inventory within 60 s, still at"):
        _pour_in(conversation, seconds=70)
    assert conversation.rows == []


def _pour_in(conversation: Conversation, seconds: int) -> None:
    for _ in range(seconds):
        conversation.hear(report(tag(rospec=7)))
        conversation.wait(1)


def test_session_before_and_after_its_connection_has_nothing_to_do() -> None:
    conversation = Conversation()
    conversation.session.close(conversation.now_us)
    assert conversation.session.state is SessionState.CLOSED
    conversation.session.tick(conversation.now_us + 100 * SECOND_US)
    conversation.session.close(conversation.now_us)
    assert conversation.session.data_to_send() == b""


def test_keepalive_while_saying_goodbye_is_not_answered() -> None:
    conversation = Conversation(ScriptedReader({MessageType.CLOSE_CONNECTION: silence}))
    conversation.start()
    conversation.session.close(conversation.now_us)
    conversation.exchange()
    conversation.reader.requests.clear()
    conversation.hear(keepalive())
    assert conversation.reader.requests == []


def test_events_of_strangers_rospecs_and_of_ours_before_inventory_change_nothing() -> None:
    conversation = Conversation()
    conversation.hear(rospec_event(1))
    conversation.start()
    conversation.hear(rospec_event(1, rospec=7))
    conversation.wait(2)
    assert conversation.reads_again()


def test_notes_are_bounded() -> None:
    known = Knowledge(ReaderSettings("dock-1", "10.0.0.1"))
    for number in range(1000):
        known.note(f"note {number}")
    assert len(known.notes) == 100


@pytest.mark.parametrize("state", [SessionState.INVENTORYING, SessionState.CLOSED, SessionState.GREETING])
def test_states_that_ask_nothing_have_no_request(state: SessionState) -> None:
    assert Knowledge(ReaderSettings("dock-1", "10.0.0.1")).request(state, Detail.FULL) is None


@pytest.mark.parametrize(
    ("parse", "body"),
    [
        (parse_rospecs, status() + encode_tlv(ParameterType.ROSpec, pack(">I", 1))),
        (parse_status, encode_tlv(ParameterType.LLRPStatus, b"\0")),
    ],
)
def test_replies_when_cut_off_are_protocol_errors(parse: object, body: bytes) -> None:
    assert callable(parse)
    with pytest.raises(ProtocolError, match="cut off"):
        parse(body)


def test_goodbye_in_the_pause_after_a_request_without_an_answer_is_the_last_word() -> None:
    conversation = Conversation(ScriptedReader({MessageType.CLOSE_CONNECTION: silence}))
    conversation.session.receive_data(greeting(), conversation.now_us)
    while conversation.session.state is not SessionState.RELEASE:
        conversation.session.receive_data(conversation.exchange(), conversation.now_us)
    conversation.exchange()
    conversation.session.close(conversation.now_us)
    conversation.exchange()
    conversation.wait(1)
    assert conversation.session.state is SessionState.CLOSING
    assert conversation.reader.asked()[-1] == MessageType.CLOSE_CONNECTION


def test_session_tells_uptime_of_events_and_has_news() -> None:
    conversation = Conversation()
    conversation.start()
    conversation.session.events()
    assert not conversation.session.has_news
    told = notification(ParameterType.HoppingEvent, time_us=SECOND_US, clock=ParameterType.Uptime)
    stranger = encode_tlv(ParameterType.Custom, bytes(8))
    odd = encode_message(MessageType.READER_EVENT_NOTIFICATION, 0, stranger + told[10:])
    assert conversation.session.receive_data(odd, conversation.now_us)
    assert conversation.session.has_news
    assert conversation.session.events() == [OtherEvent(ParameterType.HoppingEvent)]


def test_receive_when_reads_come_and_nothing_else_then_there_is_nothing_more_to_do() -> None:
    conversation = Conversation()
    conversation.start()
    session, now_us = conversation.session, conversation.now_us
    assert not session.receive_data(report(tag()), now_us)
    assert not session.receive_data(report(tag()) * 5, now_us)
    assert len(session.reads()) == 6
    assert not session.data_to_send()
    assert session.receive_data(report(tag()) + keepalive(), now_us)
    assert session.data_to_send()
    assert session.receive_data(report(tag(rospec=ROSPEC_ID + 1)), now_us)
    assert session.has_news


def test_check_while_a_question_is_open_asks_nothing() -> None:
    conversation = Conversation()
    conversation.start()
    conversation.reader.answers[MessageType.GET_ROSPECS] = silence
    conversation.wait(5)
    dialogue = conversation.session._dialogue
    assert dialogue.exchange.pending is not None
    dialogue.check(conversation.now_us)
    assert conversation.session.data_to_send() == b""


def test_reads_while_the_start_is_not_answered_say_that_it_runs() -> None:
    conversation = Conversation(ScriptedReader({MessageType.START_ROSPEC: silence}))
    conversation.hear(greeting())
    assert conversation.session.state is SessionState.START
    conversation.hear(report(tag()))
    assert conversation.session.state is SessionState.INVENTORYING
    assert conversation.reads_again()


def test_reader_that_falls_mute_while_it_inventories_is_redialled_twice_and_then_lived_with() -> None:
    """Some answer nothing while they inventory: then an idle door must not cost a connection every ten seconds."""
    conversation = Conversation()
    for _ in range(2):
        conversation.start()
        conversation.reader.answers = dict.fromkeys(MessageType, silence)
        conversation.wait(3)
        conversation.hear(keepalive())
        with pytest.raises(DeadlineError, match="though it was before: the reader hangs"):
            conversation.wait(7)
        conversation.reader.answers.clear()
        conversation.connect()
    conversation.start()
    conversation.reader.answers = dict.fromkeys(MessageType, silence)
    for _ in range(60):
        conversation.hear(keepalive())
        conversation.wait(1)
    assert conversation.reads_again()


def test_reader_that_answers_no_question_while_it_inventories_is_not_asked_for_ever() -> None:
    conversation = known_to_fall_mute()
    conversation.start()
    conversation.reader.answers = dict.fromkeys(MessageType, silence)
    for _ in range(40):
        conversation.wait(6)
        conversation.hear(keepalive())
    asked = conversation.reader.asked()
    for _ in range(10):
        conversation.wait(6)
        conversation.hear(keepalive())
    questions = (MessageType.GET_ROSPECS, MessageType.GET_READER_CONFIG)
    assert not [one for one in conversation.reader.asked()[len(asked) :] if one in questions]
    assert conversation.reads_again()


def test_refresh_that_is_due_while_a_question_is_open_comes_after_its_answer() -> None:
    """And a timer that comes late, when several things are due, does not spin."""
    conversation = Conversation()
    conversation.start()
    conversation.wait(7)
    conversation.hear(keepalive())
    conversation.reader.requests.clear()
    conversation.hear(rospec_event(1))
    session = conversation.session
    conversation.now_us += 6 * SECOND_US
    session.tick(conversation.now_us)
    deadline_us = session.next_deadline()
    assert deadline_us is not None
    assert deadline_us > conversation.now_us
    conversation.hear(conversation.exchange())
    session.tick(conversation.now_us)
    conversation.hear(conversation.exchange())
    asked = conversation.reader.asked()
    assert asked[:3] == [MessageType.GET_ROSPECS, MessageType.STOP_ROSPEC, MessageType.START_ROSPEC]
