"""A session in the hands of a peer that does anything at any time: what must hold, and courses to start from."""

from readers.errors import ReaderError
from readers.llrp.constants import MessageType, ParameterType
from readers.llrp.framing import encode_message
from readers.llrp.requests import ROSPEC_ID
from readers.llrp.steps import SessionState
from tests.readers.scripted import (
    EPC,
    SECOND_US,
    Conversation,
    ScriptedReader,
    error_message,
    greeting,
    keepalive,
    notification,
    report,
    rospec,
    rospec_event,
    status,
    tag,
)

TYPES = tuple(MessageType)
SAID = (
    greeting(),
    greeting(2),
    keepalive(),
    report(tag()),
    report(tag(rospec=7)),
    report(tag(rospec=None)),
    rospec_event(0),
    rospec_event(1),
    notification(ParameterType.ConnectionCloseEvent),
    notification(ParameterType.GPIEvent, b"\0\1\x80"),
    encode_message(MessageType.GET_ROSPECS_RESPONSE, 0, status() + rospec(ROSPEC_ID, 1)),
    encode_message(MessageType.GET_ROSPECS_RESPONSE, 0, status()),
)
MAX_STEPS = 60
MAX_TICKS = 4

ANSWER_WELL, ANSWER_BADLY, WAIT, SAY, SEND, SEND_RAW, SWITCH, CLOSE = range(8)


def session_seeds() -> list[bytes]:
    """Each step is two bytes, what to do and with what; SEND and SEND_RAW are followed by a body of that length."""
    well = bytes((ANSWER_WELL, 0)) * 4 + bytes((WAIT, 1)) + bytes((ANSWER_WELL, 0)) * 8
    return [
        bytes((SAY, 0))
        + well
        + bytes((SAY, 3, WAIT, 50, ANSWER_WELL, 0, SWITCH, 1, ANSWER_WELL, 0, CLOSE, 0)),
        bytes((SAY, 0)) + bytes((ANSWER_BADLY, 0)) * 12,
        bytes((WAIT, 31)) + well + bytes((SAY, 7, WAIT, 20, ANSWER_WELL, 0)),
        bytes((SAY, 0, WAIT, 60, WAIT, 60)),
        bytes((SAY, 0)) + well + bytes((SEND_RAW, len(report(tag())))) + report(tag()) + bytes((SAY, 8)),
        bytes((SAY, 0, SEND, 24 << 3 | 8)) + status() + well,
        bytes((SAY, 0)) + well + bytes((WAIT, 70, SAY, 6, WAIT, 60, ANSWER_WELL, 0, WAIT, 200)),
    ]


def check_session(script: bytes) -> None:
    """Only ReaderErrors come out, after one the session is closed; what it sends is LLRP; it keeps little."""
    conversation = Conversation(ScriptedReader())
    try:
        _play(conversation, script)
    except ReaderError:
        assert conversation.session.state is SessionState.CLOSED
        assert conversation.session.next_deadline() is None
    session = conversation.session
    assert len(session._dialogue.exchange.unanswered) < 100
    assert len(session._dialogue.exchange._expired) < 100
    assert len(session._dialogue.known.notes) <= 100
    assert len(session._news.events) <= 1000
    assert len(session._deframer._partial) <= len(script) + MAX_STEPS * max(map(len, SAID))
    if not any(action % 8 in (SEND, SEND_RAW) for action in script):
        assert {row[0] for row in conversation.rows} <= {EPC}


def _play(conversation: Conversation, script: bytes) -> None:
    position = 0
    for _ in range(MAX_STEPS):
        if position + 2 > len(script):
            return
        action, number = script[position] % 8, script[position + 1]
        position += 2
        if action in (SEND, SEND_RAW):
            length = number & 31 if action == SEND else number
            body = script[position : position + length]
            position += length
            kind = TYPES[(number >> 5) * 7 % len(TYPES)]
            _hear(conversation, encode_message(kind, number & 3, body) if action == SEND else body)
        else:
            _step(conversation, action, number)


def _step(conversation: Conversation, action: int, number: int) -> None:
    session = conversation.session
    reader = conversation.reader
    if action in (ANSWER_WELL, ANSWER_BADLY):
        asked = conversation._requests.feed(session.data_to_send())
        for frame in asked:
            answer = reader.respond(frame) if action == ANSWER_WELL else error_message(frame, number)
            _hear(conversation, answer)
    elif action == WAIT:
        conversation.now_us += number * SECOND_US // 10
        _tick(conversation)
    elif action == SAY:
        _hear(conversation, SAID[number % len(SAID)])
    elif action == SWITCH:
        session.set_output(number, is_high=True, now_us=conversation.now_us)
    else:
        session.close(conversation.now_us)


def _tick(conversation: Conversation) -> None:
    """As the shell's timer does; whatever was due at once is done after a few."""
    session = conversation.session
    for _ in range(MAX_TICKS):
        session.tick(conversation.now_us)
        deadline_us = session.next_deadline()
        if deadline_us is None or deadline_us > conversation.now_us:
            return
    raise AssertionError("it would spin")


def _hear(conversation: Conversation, data: bytes) -> None:
    try:
        if data:
            conversation.session.receive_data(data, conversation.now_us)
    finally:
        conversation.rows += conversation.session.reads()
