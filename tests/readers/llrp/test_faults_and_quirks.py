"""Every fault and every quirk readers are known for, one row each.

A fault is told to the operator within ten seconds, a quirk is lived with. After either the session inventories
again, by itself or on the next connection, no tag was delivered that nobody reported, and little was kept.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from struct import pack

import pytest

from readers.errors import ReaderError
from readers.llrp.constants import MessageType, ParameterType, ROSpecState
from readers.llrp.framing import HEADER_BYTES, RECEIVE_BYTES, Frame, encode_message, encode_tlv, encode_tv
from readers.llrp.requests import ROSPEC_ID
from readers.llrp.steps import SessionState
from tests.readers.scripted import (
    EPC,
    NOW_US,
    SECOND_US,
    Answer,
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

PHANTOM = bytes.fromhex("e28011700000020a7b3c4d5e")
"""Stands in every report that must not count."""
NOTICE_US = 10 * SECOND_US

Happening = Callable[[Conversation], object]


@dataclass(frozen=True)
class Case:
    """`happens` to a session that waits for the greeting, or to one that inventories."""

    happens: Happening = lambda _: None
    answers: dict[int, Answer] = field(default_factory=dict)
    greeted: bool = True
    """Inventorying when it happens; the answers are those of the reader from the start."""
    told: str | None = None
    """What the operator hears of it: an error, a note or the reason of a drop."""
    keepalives: bool = False
    """Sent all the while."""
    reader: dict[str, object] = field(default_factory=dict)
    """Fields of the ScriptedReader."""


def silence(_frame: Frame) -> bytes:
    return b""


def hears(*messages: bytes) -> Happening:
    """One segment after the other."""

    def happens(conversation: Conversation) -> None:
        for message in messages:
            conversation.hear(message)

    return happens


def bytewise(data: bytes) -> Happening:
    return hears(*(data[at : at + 1] for at in range(len(data))))


def falls_silent(conversation: Conversation) -> None:
    conversation.reader.answers = dict.fromkeys(MessageType, silence)


def drips(conversation: Conversation) -> None:
    """A byte now and then of a report that never ends."""
    falls_silent(conversation)
    conversation.hear(report(tag(PHANTOM) * 9)[:20])
    while True:
        conversation.wait(0.5)
        conversation.hear(b"\0")


def is_cut(at: int) -> Happening:
    """The connection breaks off inside a report; the next one begins with the rest of another."""

    def happens(conversation: Conversation) -> None:
        conversation.hear(report(tag(PHANTOM))[:at])
        error = conversation.session.lost()
        conversation.connect()
        raise error

    return happens


def stops_reporting(conversation: Conversation) -> None:
    conversation.reader.rospecs[ROSPEC_ID] = ROSpecState.Inactive


def tag_data(*parameters: bytes) -> bytes:
    return encode_tlv(ParameterType.TagReportData, b"".join(parameters))


def phantom_with(tail: bytes) -> bytes:
    return report(tag_data(tag(PHANTOM)[4:], tail))


def answered_with(body: bytes, kind: int) -> Answer:
    return lambda frame: encode_message(kind, frame.id, body)


def every(kinds: Iterable[int], answer: Answer) -> dict[int, Answer]:
    return dict.fromkeys(kinds, answer)


ASKED = (
    MessageType.GET_SUPPORTED_VERSION,
    MessageType.GET_READER_CAPABILITIES,
    MessageType.SET_READER_CONFIG,
    MessageType.GET_ROSPECS,
    MessageType.DELETE_ROSPEC,
    MessageType.ADD_ROSPEC,
    MessageType.ENABLE_ROSPEC,
    MessageType.START_ROSPEC,
)
REFUSED = encode_tlv(ParameterType.ParameterError, pack(">HH", ParameterType.C1G2RFControl, 201))
TLS_ALERT = bytes.fromhex("15030300020246")

FAULTS: dict[str, Case] = {
    # The 16 of the fault injection, those that differ only in their consequence once.
    "message length 5": Case(
        hears(report(tag()) + b"\x04\x3d\x00\x00\x00\x05" + bytes(4) + report(tag(PHANTOM))),
        told="message length 5",
    ),
    "message length 0": Case(
        hears(report(tag()) * 3 + b"\x04\x3d" + bytes(8) + report(tag(PHANTOM))), told="message length 0"
    ),
    "message length 0xFFFFFFFF": Case(
        hears(b"\x04\x3d\xff\xff\xff\xff" + bytes(4)), told="message length 4294967295"
    ),
    "truncated TV in TagReportData": Case(hears(phantom_with(b"\x81\x00")), told="parameter 1 at byte"),
    "unknown TV type in TagReportData": Case(hears(phantom_with(b"\xff\x00")), told="TV parameter 127"),
    "undefined LLRPStatus code": Case(
        answers={MessageType.ADD_ROSPEC: answered_with(status(999), MessageType.ADD_ROSPEC_RESPONSE)},
        greeted=False,
        told=r"undefined status \(999\)",
    ),
    "unknown message type before good reports": Case(
        hears(encode_message(900, 1, b"\xff" * 33) + report(tag())), told=None
    ),
    "ConnectionAttemptEvent 1: the reader's own connection": Case(
        hears(greeting(1)), greeted=False, told="its own connection has the reader"
    ),
    "ConnectionAttemptEvent 2: another client": Case(
        hears(greeting(2)), greeted=False, told="another client has the reader"
    ),
    "ConnectionAttemptEvent 3: another reason": Case(hears(greeting(3)), greeted=False, told="status 3"),
    "ConnectionAttemptEvent 4: another attempt": Case(hears(greeting(4)), greeted=False, told="status 4"),
    "ConnectionAttemptEvent with an undefined status": Case(
        hears(greeting(9)), greeted=False, told=r"status 9 \(undefined\)"
    ),
    **{
        f"{kind.name} never answered": Case(
            answers={kind: silence},
            greeted=False,
            told=f"{kind.name} not answered within [15] s",
            reader={"rospecs": {ROSPEC_ID: ROSpecState.Disabled}},
        )
        for kind in ASKED
    },
    "no request answered": Case(
        answers=every(MessageType, silence), greeted=False, told="not answered within 1 s"
    ),
    "no request answered, keepalives go on": Case(
        answers=every(MessageType, silence), greeted=False, keepalives=True, told="not answered within 1 s"
    ),
    "silent reader": Case(falls_silent, told="no message for 8 s"),
    "silent reader, keepalives go on": Case(
        falls_silent, keepalives=True, told="GET_ROSPECS not answered within 5 s, though it was before"
    ),
    "report that drips in and never ends": Case(drips, told="no message for 8 s"),
    "ADD_ROSPEC answered by ERROR_MESSAGE": Case(
        answers={MessageType.ADD_ROSPEC: error_message}, greeted=False, told="ADD_ROSPEC refused"
    ),
    "ADD_ROSPEC refused for a parameter": Case(
        answers={
            MessageType.ADD_ROSPEC: answered_with(status(100, "", REFUSED), MessageType.ADD_ROSPEC_RESPONSE)
        },
        greeted=False,
        told="at C1G2RFControl: P_FieldError",
    ),
    "TCP cut inside a header": Case(is_cut(4), told="closed the connection"),
    "TCP cut inside a report": Case(is_cut(25), told="closed the connection"),
    # What else a connection may bring.
    "lying TLV": Case(hears(report(tag(PHANTOM)[:-3])), told="has length"),
    "TagReportData without EPC": Case(hears(report(tag_data(encode_tv(1, b"\0\1")))), told="without an EPC"),
    "event cut off": Case(hears(notification(ParameterType.ROSpecEvent, b"\0")), told="an event of 1 bytes"),
    "reply without LLRPStatus": Case(
        answers={MessageType.ADD_ROSPEC: answered_with(b"", MessageType.ADD_ROSPEC_RESPONSE)},
        greeted=False,
        told="without LLRPStatus",
    ),
    "HTTP server": Case(hears(b"HTTP/1.1 400 Bad Request\r\n\r\n"), greeted=False, told="speaks HTTP"),
    "SSH server": Case(hears(b"SSH-2.0-OpenSSH_9.2\r\n"), greeted=False, told="speaks SSH"),
    "mail server": Case(hears(b"220 mail.example ESMTP\r\n"), greeted=False, told="speaks FTP or SMTP"),
    "server of a text protocol": Case(hears(b"hello there\r\n"), greeted=False, told="a text protocol"),
    "TLS on a plain port": Case(
        answers=every(MessageType, lambda _: TLS_ALERT), greeted=False, told="speaks TLS"
    ),
    "noise": Case(hears(b"\xf0\x9f\x92\xa9" * 9), greeted=False, told="not LLRP"),
    "peer that accepts and never says a word": Case(
        lambda conversation: conversation.wait(20),
        every(MessageType, silence),
        greeted=False,
        told="no LLRP reader, or it hangs",
    ),
    "reads of a stranger's ROSpec": Case(hears(report(tag(PHANTOM, rospec=7))), told="foreign_rospec"),
}

QUIRKS: dict[str, Case] = {
    "1 ERROR_MESSAGE in answer to ENABLE_EVENTS_AND_REPORTS": Case(
        answers={MessageType.ENABLE_EVENTS_AND_REPORTS: error_message}
    ),
    "2 ids of replies are 0": Case(reader={"echo_ids": False}),
    "2 replies are counted by the reader itself": Case(reader={"own_ids": True}),
    "2 replies are counted by the reader itself, and some are missing": Case(
        answers={MessageType.GET_READER_CAPABILITIES: silence}, reader={"own_ids": True}
    ),
    "2 ids of ERROR_MESSAGEs are 0": Case(
        answers={MessageType.GET_SUPPORTED_VERSION: lambda frame: error_message(frame._replace(id=0))}
    ),
    **{
        f"3 {kind.name} is not answered": Case(answers={kind: silence})
        for kind in ASKED
        if kind not in (MessageType.ADD_ROSPEC, MessageType.ENABLE_ROSPEC)
    },
    "3 neither configuration nor deletion is answered": Case(
        answers=every((MessageType.SET_READER_CONFIG, MessageType.DELETE_ROSPEC), silence),
        reader={"rospecs": {ROSPEC_ID: ROSpecState.Disabled}},
    ),
    "3 nothing is answered that can be done without": Case(
        answers=every(
            set(ASKED) - {MessageType.ADD_ROSPEC, MessageType.ENABLE_ROSPEC, MessageType.DELETE_ROSPEC},
            silence,
        )
    ),
    "4 deleting where nothing is there is an error": Case(
        answers={MessageType.GET_ROSPECS: error_message, MessageType.DELETE_ROSPEC: error_message}
    ),
    **{
        f"4 ERROR_MESSAGE in answer to {kind.name}": Case(
            answers={kind: error_message}, reader={"rospecs": {ROSPEC_ID: ROSpecState.Disabled}}
        )
        for kind in ASKED
        if kind != MessageType.ADD_ROSPEC
    },
    "5 ADD_ROSPEC is refused without C1G2EPCMemorySelector": Case(reader={"needs_selector": True}),
    "6 TagSeenCount, FirstSeen and AntennaID are missing": Case(
        hears(report(tag_data(encode_tv(ParameterType.EPC96, EPC))))
    ),
    "7 vendor parameters nobody asked for": Case(
        hears(report(tag_data(tag()[4:], encode_tlv(ParameterType.Custom, pack(">II", 4711, 9) + b"abc"))))
    ),
    "7 TLVs nobody knows": Case(hears(report(tag_data(tag()[4:], encode_tlv(900, b"abc"))))),
    "8 no ROSpec-end event after a stop": Case(stops_reporting),
    "8 a ROSpec-end event": Case(
        lambda conversation: (stops_reporting(conversation), conversation.hear(rospec_event(1)))
    ),
    **{
        f"9 the clock shows {name}": Case(hears(report(tag(seen_us=reader_us))))
        for name, reader_us in {
            "0": 0,
            "1970": 86_400 * SECOND_US,
            "2000": 946_684_800 * SECOND_US,
            "2100": 4_102_444_800 * SECOND_US,
        }.items()
    },
    "9 uptime instead of UTC": Case(
        hears(
            report(
                tag_data(
                    encode_tv(ParameterType.EPC96, EPC),
                    encode_tv(ParameterType.LastSeenTimestampUptime, pack(">Q", 5 * SECOND_US)),
                )
            )
        )
    ),
    "10 AntennaID 0": Case(hears(report(tag(antenna=0)))),
    "11 an EPC of 1 bit, one of 512 and one of 96 in a report": Case(
        hears(
            report(
                tag_data(encode_tlv(ParameterType.EPCData, pack(">H", 1) + b"\x80")),
                tag_data(encode_tlv(ParameterType.EPCData, pack(">H", 512) + EPC * 5 + EPC[:4])),
                tag(),
            )
        )
    ),
    "12 busy reader: status 2, then the connection ends": Case(
        hears(greeting(2)), greeted=False, told="another client has the reader"
    ),
    "12 busy reader that hangs up at once": Case(
        lambda conversation: raises(conversation.session.lost()), greeted=False, told="closed the connection"
    ),
    "13 ConnectionCloseEvent and a stray KEEPALIVE": Case(
        hears(notification(ParameterType.ConnectionCloseEvent) + keepalive()), told="ConnectionCloseEvent"
    ),
    "14 reports of an old ROSpec before the first reply": Case(
        hears(report(tag(PHANTOM, rospec=7)) + greeting() + report(tag(PHANTOM, rospec=None))), greeted=False
    ),
    "15 the reader hangs up at an unknown request": Case(
        lambda conversation: hangs_up_at(conversation, MessageType.GET_SUPPORTED_VERSION),
        greeted=False,
        told="closed the connection",
    ),
    "16 every request stands in one write": Case(),
    "17 empty RO_ACCESS_REPORT": Case(hears(report(), report(tag()) + report())),
    "18 reports stop silently, keepalives go on": Case(
        stops_reporting, keepalives=True, told=r"our ROSpec does not run \(Inactive\); starting it"
    ),
    "19 GET_SUPPORTED_VERSION is refused for its version": Case(
        answers={MessageType.GET_SUPPORTED_VERSION: lambda frame: error_message(frame, 110)}
    ),
    "no ConnectionAttemptEvent": Case(
        lambda conversation: conversation.wait(3), greeted=False, told="no ConnectionAttemptEvent; asking"
    ),
    "no keepalives": Case(lambda conversation: conversation.wait(30)),
    "everything byte by byte": Case(bytewise(keepalive() + report(tag()) + report(tag(), tag()))),
    "many messages in one segment": Case(hears((report(tag()) + keepalive()) * 500)),
    "a legal report of 1.4 MB": Case(hears(report(*[tag()] * 35_000))),
    "66,000 reports held through an outage": Case(
        hears(*[report(tag(seen_us=NOW_US - 3600 * SECOND_US)) * 660] * 100)
    ),
    "reports once our ROSpec has gone": Case(
        lambda conversation: conversation.reader.rospecs.clear(), told="our ROSpec is gone; adding it again"
    ),
}


def raises(error: ReaderError) -> None:
    raise error


def hangs_up_at(conversation: Conversation, kind: int) -> None:
    conversation.session.receive_data(greeting(), conversation.now_us)
    sent = conversation._requests.feed(conversation.session.data_to_send())
    assert kind in [frame.type for frame in sent]
    raise conversation.session.lost()


def play(case: Case) -> tuple[Conversation, list[str]]:
    """What happened, and all that was told within ten seconds of it."""
    reader = ScriptedReader(dict(case.answers), **case.reader)  # type: ignore[arg-type]
    conversation = Conversation(reader)
    told: list[str] = []
    since_us = conversation.now_us
    try:
        if case.greeted:
            conversation.start()
        since_us = conversation.now_us
        case.happens(conversation)
        if not case.greeted and conversation.session.state is SessionState.GREETING:
            conversation.hear(greeting())
        while conversation.now_us < since_us + NOTICE_US:
            conversation.wait(0.5)
            if case.keepalives and not conversation.now_us % (2 * SECOND_US):
                conversation.hear(keepalive())
    except ReaderError as error:
        told.append(str(error))
        assert conversation.now_us <= since_us + NOTICE_US
    return conversation, told + conversation.notes + list(conversation.session.dropped)


def is_told(words: str, told: list[str]) -> bool:
    return any(re.search(words, line) for line in told)


def assert_little_is_kept(conversation: Conversation) -> None:
    session = conversation.session
    assert len(session._deframer._partial) <= RECEIVE_BYTES
    assert len(session._dialogue.exchange.unanswered) < 100
    assert session.reads() == []


def assert_inventories_again(conversation: Conversation) -> None:
    if conversation.session.state is not SessionState.INVENTORYING:
        conversation.redial_until_inventorying()
    assert {row[0] for row in conversation.rows} <= {EPC, b"\x80", EPC * 5 + EPC[:4]}
    assert conversation.reads_again()
    assert_little_is_kept(conversation)


@pytest.mark.parametrize("name", FAULTS)
def test_fault_when_it_happens_is_told_within_ten_seconds_and_overcome(name: str) -> None:
    case = FAULTS[name]
    conversation, told = play(case)
    assert case.told is None or is_told(case.told, told), told
    conversation.reader.answers.clear()
    assert_inventories_again(conversation)


@pytest.mark.parametrize("name", QUIRKS)
def test_quirk_when_the_reader_keeps_it_is_lived_with(name: str) -> None:
    case = QUIRKS[name]
    conversation, told = play(case)
    assert case.told is None or is_told(case.told, told), told
    assert_inventories_again(conversation)


@pytest.mark.parametrize("kind", [*ASKED, MessageType.CUSTOM_MESSAGE], ids=lambda kind: kind.name)
def test_reply_when_cut_off_anywhere_costs_a_connection_at_most(kind: MessageType) -> None:
    """The message says itself that it is so short."""
    sound = ScriptedReader(manufacturer=25882, rospecs={ROSPEC_ID: ROSpecState.Disabled})
    body = pack(">I", ROSPEC_ID) * (2 if kind == MessageType.ADD_ROSPEC else 1)
    whole = len(sound.good(Frame(1, kind, 1, body))) - HEADER_BYTES
    for length in range(whole):
        reader = ScriptedReader(manufacturer=25882, rospecs={ROSPEC_ID: ROSpecState.Disabled})

        def cut(frame: Frame, reader: ScriptedReader = reader, length: int = length) -> bytes:
            reply = reader.good(frame)
            kind = int.from_bytes(reply[:2], "big") & 0x3FF
            return encode_message(kind, frame.id, reply[HEADER_BYTES : HEADER_BYTES + length])

        reader.answers = {kind: cut}
        conversation = Conversation(reader)
        with suppress(ReaderError):
            conversation.start()
        reader.answers.clear()
        assert_inventories_again(conversation)


def test_report_when_cut_off_anywhere_yields_no_tag_and_costs_a_connection() -> None:
    body = report(tag(PHANTOM), tag(PHANTOM, rospec=7))[HEADER_BYTES:]
    ends = (0, len(tag(PHANTOM)), len(body))
    for length in set(range(len(body))) - set(ends):
        conversation = Conversation()
        conversation.start()
        with pytest.raises(ReaderError):
            conversation.hear(encode_message(MessageType.RO_ACCESS_REPORT, 0, body[:length]))
        assert_inventories_again(conversation)


def test_requests_of_a_whole_conversation_are_whole_messages_each() -> None:
    """Quirk 16: a reader that stalls at a split header never sees one."""
    conversation = Conversation()
    conversation.session.receive_data(greeting(), conversation.now_us)
    while (sent := conversation.session.data_to_send()) or conversation.skip_pause():
        frames = conversation._requests.feed(sent)
        assert sent == b"".join(
            encode_message(frame.type, frame.id, frame.body, frame.version) for frame in frames
        )
        answers = b"".join(conversation.reader.respond(frame) for frame in frames)
        conversation.session.receive_data(answers, conversation.now_us)
    assert conversation.session.state is SessionState.INVENTORYING
