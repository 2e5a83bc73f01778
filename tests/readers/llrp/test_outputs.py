"""Inputs and outputs of a reader as the session sees them."""

from struct import pack

import pytest

from readers.llrp.constants import MessageType, ParameterType, ROSpecState
from readers.llrp.framing import Frame, encode_message, encode_tlv
from readers.llrp.notifications import GpiChange
from readers.llrp.requests import ROSPEC_ID
from tests.readers.scripted import (
    NOW_US,
    SECOND_US,
    Conversation,
    ScriptedReader,
    error_message,
    greeting,
    keepalive,
    notification,
    status,
)


def inventorying(reader: ScriptedReader | None = None) -> Conversation:
    conversation = Conversation(reader)
    conversation.start()
    conversation.reader.requests.clear()
    return conversation


def switch(conversation: Conversation, port: int, *, is_high: bool) -> bool:
    told = conversation.session.set_output(port, is_high=is_high, now_us=conversation.now_us)
    conversation.hear(conversation.exchange())
    return told


def written(conversation: Conversation) -> list[bytes]:
    return [
        frame.body for frame in conversation.reader.requests if frame.type == MessageType.SET_READER_CONFIG
    ]


def gpo(port: int, level: int) -> bytes:
    return b"\0" + encode_tlv(ParameterType.GPOWriteData, pack(">HB", port, level))


def test_output_while_inventorying_is_switched() -> None:
    conversation = inventorying()
    assert switch(conversation, 2, is_high=True)
    assert switch(conversation, 2, is_high=False)
    assert written(conversation) == [gpo(2, 0x80), gpo(2, 0)]
    assert conversation.notes == []
    assert conversation.reads_again()


def test_output_before_the_inventory_is_not_switched() -> None:
    conversation = Conversation()
    assert not switch(conversation, 1, is_high=True)
    conversation.start()
    assert all(body[1:3] != b"\x00\xdb" for body in written(conversation))


def test_output_while_a_question_is_open_waits_for_the_answer_and_only_the_last_level_counts() -> None:
    conversation = inventorying()
    held: list[Frame] = []
    conversation.reader.answers[MessageType.GET_ROSPECS] = lambda frame: held.append(frame) or b""
    conversation.wait(5)
    switch(conversation, 1, is_high=True)
    switch(conversation, 1, is_high=False)
    switch(conversation, 2, is_high=True)
    assert written(conversation) == []
    conversation.hear(conversation.reader.good(held[0]))
    assert written(conversation) == [gpo(1, 0), gpo(2, 0x80)]


def test_output_the_reader_refuses_is_told_and_costs_nothing_else() -> None:
    conversation = inventorying()
    conversation.reader.answers[MessageType.SET_READER_CONFIG] = lambda frame: encode_message(
        MessageType.SET_READER_CONFIG_RESPONSE, frame.id, status(301, "no port 9")
    )
    switch(conversation, 9, is_high=True)
    assert conversation.notes == ["output not switched: A_OutOfRange (301): no port 9"]
    assert conversation.reads_again()


@pytest.mark.parametrize("answer", [lambda _: b"", error_message])
def test_output_that_is_not_answered_well_teaches_nothing_about_the_configuration(answer: object) -> None:
    conversation = inventorying()
    conversation.reader.answers[MessageType.SET_READER_CONFIG] = answer  # type: ignore[assignment]
    for _ in range(5):
        switch(conversation, 1, is_high=True)
        conversation.wait(3)
        conversation.hear(keepalive())
        conversation.wait(3)
    assert conversation.reads_again()
    conversation.reader.answers.clear()
    conversation.redial_until_inventorying()
    assert len(written(conversation)[-1]) > 30, "all of the configuration"


def test_output_waits_while_our_rospec_is_started_again() -> None:
    conversation = inventorying()
    held: list[Frame] = []
    conversation.reader.answers[MessageType.GET_ROSPECS] = lambda frame: held.append(frame) or b""
    conversation.wait(5)
    switch(conversation, 1, is_high=True)
    del conversation.reader.answers[MessageType.GET_ROSPECS]
    conversation.reader.rospecs[ROSPEC_ID] = ROSpecState.Inactive
    conversation.hear(conversation.reader.good(held[0]))
    assert conversation.reader.rospecs[ROSPEC_ID] == ROSpecState.Active
    assert written(conversation) == [gpo(1, 0x80)]


def test_goodbye_switches_what_was_still_to_be_switched() -> None:
    conversation = inventorying(ScriptedReader())
    conversation.reader.answers[MessageType.SET_READER_CONFIG] = lambda _: b""
    switch(conversation, 1, is_high=False)
    switch(conversation, 2, is_high=False)
    switch(conversation, 3, is_high=True)
    conversation.session.close(conversation.now_us)
    conversation.hear(conversation.exchange())
    assert written(conversation) == [gpo(1, 0), gpo(2, 0), gpo(3, 0x80)]
    assert conversation.reader.asked()[-1] == MessageType.CLOSE_CONNECTION


def test_input_that_changed_a_minute_ago_keeps_its_time() -> None:
    conversation = Conversation()
    conversation.hear(greeting(time_us=150 * SECOND_US))
    held = notification(ParameterType.GPIEvent, pack(">HB", 1, 0x80), time_us=90 * SECOND_US)
    conversation.session.events()
    conversation.hear(held)
    assert conversation.session.events() == [GpiChange(1, True, NOW_US - 60 * SECOND_US)]


def test_input_of_a_reader_that_tells_no_time_changed_now() -> None:
    conversation = inventorying()
    conversation.session.events()
    conversation.hear(notification(ParameterType.GPIEvent, pack(">HB", 1, 0), time_us=None))
    assert conversation.session.events() == [GpiChange(1, False, NOW_US)]
