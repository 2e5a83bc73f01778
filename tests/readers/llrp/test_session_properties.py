"""Whatever a peer sends, the session raises nothing but its own errors, keeps little, and delivers no phantom."""

from hypothesis import given, settings
from hypothesis import strategies as st

from readers.errors import ReaderError
from readers.llrp.constants import MessageType, ParameterType
from readers.llrp.framing import Frame, encode_message, encode_tlv
from readers.llrp.steps import SessionState
from tests.readers.scripted import (
    EPC,
    Conversation,
    ScriptedReader,
    capabilities,
    greeting,
    notification,
    report,
    rospec,
    status,
    tag,
)

BODIES = st.one_of(
    st.binary(max_size=60),
    st.builds(status, st.integers(0, 0xFFFF)),
    st.builds(
        lambda number, state: status() + rospec(number, state), st.integers(0, 2**32 - 1), st.integers(0, 255)
    ),
    st.builds(lambda cut: (status() + capabilities())[:cut], st.integers(0, 300)),
    st.builds(encode_tlv, st.sampled_from(list(ParameterType)), st.binary(max_size=30)),
)
FRAMES = st.one_of(
    st.builds(
        encode_message,
        st.one_of(st.sampled_from(list(MessageType)), st.integers(0, 1023)),
        st.one_of(st.integers(0, 12), st.integers(0, 2**32 - 1)),
        BODIES,
        st.sampled_from([1, 2]),
    ),
    st.builds(greeting, st.integers(0, 5)),
    st.builds(notification, st.sampled_from(list(ParameterType)), st.binary(max_size=12)),
    st.builds(report),
    st.builds(lambda number: report(tag(rospec=number)), st.sampled_from([None, 7])),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(FRAMES, st.floats(0, 8)), max_size=40), st.integers(1, 50))
def test_session_when_sent_any_frames_in_any_order_raises_only_reader_errors(
    steps: list[bytes | float], piece: int
) -> None:
    conversation = Conversation(ScriptedReader({kind: lambda _: b"" for kind in MessageType}))
    session = conversation.session
    try:
        for step in steps:
            if isinstance(step, float):
                conversation.wait(step)
            else:
                for position in range(0, len(step), piece):
                    conversation.hear(step[position : position + piece])
            assert len(session.data_to_send()) < 10_000
            assert len(session._dialogue.exchange.unanswered) < 100
            assert len(session._dialogue.known.notes) <= 100
    except ReaderError:
        assert session.state is SessionState.CLOSED
        assert session.next_deadline() is None


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(list(MessageType)), st.lists(BODIES, max_size=3), max_size=4))
def test_session_after_any_answers_inventories_with_a_sound_reader(
    answers: dict[MessageType, list[bytes]],
) -> None:
    reader = ScriptedReader()

    def answer(kind: MessageType) -> None:
        def bad(frame: Frame) -> bytes:
            bodies = answers[kind]
            return reader.reply(frame, kind + 10, bodies.pop()) if bodies else reader.good(frame)

        reader.answers[kind] = bad

    for kind in answers:
        answer(kind)
    conversation = Conversation(reader)
    conversation.redial_until_inventorying(attempts=20)
    assert conversation.rows == []
    assert conversation.reads_again()
    assert conversation.rows[0][0] == EPC
