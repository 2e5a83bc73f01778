"""A ROSpec of ours that still runs, word for word, runs on; every other one is replaced."""

import pytest

from readers.errors import DeadlineError
from readers.llrp.constants import MessageType, ROSpecState
from readers.llrp.framing import Frame
from readers.llrp.replies import rospec_wording
from readers.llrp.requests import ROSPEC_ID
from readers.settings import Preset
from tests.readers.scripted import Conversation, ScriptedReader, rospec, status

STATE_BYTE = 9
"""After the parameter's header, ROSpecID and priority."""
REPLACED = [
    MessageType.DELETE_ROSPEC,
    MessageType.ADD_ROSPEC,
    MessageType.ENABLE_ROSPEC,
    MessageType.START_ROSPEC,
]


def told(reader: ScriptedReader) -> list[int]:
    """What was done to ROSpecs."""
    return [kind for kind in reader.asked() if kind in REPLACED]


def left_behind(state: ROSpecState = ROSpecState.Active) -> ScriptedReader:
    """A reader that lists in full what a connection before has added."""
    reader = ScriptedReader()
    Conversation(reader).start()
    (added,) = (frame.body for frame in reader.requests if frame.type == MessageType.ADD_ROSPEC)
    reader.requests.clear()
    reader.rospecs[ROSPEC_ID] = state

    def listed(frame: Frame) -> bytes:
        state = bytes((reader.rospecs[ROSPEC_ID],)) if ROSPEC_ID in reader.rospecs else None
        held = b"" if state is None else added[:STATE_BYTE] + state + added[STATE_BYTE + 1 :]
        return reader.reply(frame, MessageType.GET_ROSPECS_RESPONSE, status() + held)

    reader.answers[MessageType.GET_ROSPECS] = listed
    return reader


def test_start_when_our_rospec_runs_word_for_word_then_it_runs_on() -> None:
    reader = left_behind()
    conversation = Conversation(reader)
    conversation.start()
    assert told(reader) == []
    assert conversation.reads_again()


@pytest.mark.parametrize("state", [ROSpecState.Disabled, ROSpecState.Inactive])
def test_start_when_our_rospec_does_not_run_then_it_is_replaced(state: ROSpecState) -> None:
    reader = left_behind(state)
    Conversation(reader).start()
    assert told(reader)[:3] == REPLACED[:3]
    assert reader.rospecs[ROSPEC_ID] == ROSpecState.Active


def test_start_when_we_would_say_something_else_now_then_our_rospec_is_replaced() -> None:
    reader = left_behind()
    Conversation(reader, preset=Preset.SHELF).start()
    assert told(reader)[:3] == REPLACED[:3]


def test_inventory_when_what_runs_brings_no_reads_then_soon_started_anew_and_not_trusted() -> None:
    reader = left_behind()
    conversation = Conversation(reader)
    conversation.start()
    conversation.wait(3)
    assert reader.asked().count(MessageType.STOP_ROSPEC) == 1
    assert conversation.reads_again()
    reader.requests.clear()
    conversation.connect()
    conversation.start()
    assert told(reader) == REPLACED


def test_start_when_the_inventory_before_was_silent_then_our_rospec_is_replaced() -> None:
    reader = left_behind()
    conversation = Conversation(reader, silent_seconds=1.0)
    conversation.start()
    with pytest.raises(DeadlineError, match="no tag report"):
        conversation.wait(2)
    conversation.connect()
    conversation.start()
    assert told(reader) == REPLACED


def test_start_when_reads_came_before_then_it_runs_on_again() -> None:
    reader = left_behind()
    conversation = Conversation(reader)
    conversation.start()
    assert conversation.reads_again()
    conversation.connect()
    conversation.start()
    assert told(reader) == []


def test_wording_when_the_rospec_is_not_there_then_none() -> None:
    listed = status() + rospec(1, ROSpecState.Active)
    assert rospec_wording(listed, 1) == rospec_wording(status() + rospec(1, ROSpecState.Disabled), 1)
    assert rospec_wording(listed, 2) is None
