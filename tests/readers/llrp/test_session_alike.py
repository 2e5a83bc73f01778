"""Short reports that come together: decoded in one step, and the same as one by one."""

import pytest

from readers.errors import ProtocolError
from readers.llrp.intake import Intake
from tests.readers.scripted import EPC, NOW_US, SECOND_US, Conversation, keepalive, report, tag

OTHER_EPC = bytes.fromhex("e28011700000020a7b3c4d5e")


@pytest.fixture
def conversation() -> Conversation:
    made = Conversation()
    made.start()
    made.hear(report(tag()))
    made.rows.clear()
    return made


def test_session_when_many_reports_come_at_once_then_each_read_and_each_report_counts(
    conversation: Conversation,
) -> None:
    before = conversation.session.reports
    conversation.hear(b"".join([report(tag()), report(tag(OTHER_EPC))] * 20))
    assert [row[0] for row in conversation.rows] == [EPC, OTHER_EPC] * 20
    assert conversation.session.reports == before + 40


def test_session_when_another_message_stands_between_reports_then_both_are_taken(
    conversation: Conversation,
) -> None:
    conversation.hear(report(tag()) * 3 + keepalive() + report(tag(OTHER_EPC)) * 3)
    assert [row[0] for row in conversation.rows] == [EPC] * 3 + [OTHER_EPC] * 3


def test_session_when_reports_are_of_several_lengths_then_all_are_taken(conversation: Conversation) -> None:
    conversation.hear(report(tag()) + report(tag(), tag(OTHER_EPC)) + report(tag(OTHER_EPC)) + report())
    assert [row[0] for row in conversation.rows] == [EPC, EPC, OTHER_EPC, OTHER_EPC]


def test_session_when_one_of_many_is_malformed_then_only_the_reads_before_it_count(
    conversation: Conversation,
) -> None:
    cut = bytearray(report(tag()))
    cut[13] += 1
    with pytest.raises(ProtocolError):
        conversation.hear(report(tag()) * 3 + bytes(cut) + report(tag(OTHER_EPC)) * 3)
    assert [row[0] for row in conversation.rows] == [EPC] * 3


def test_intake_when_a_report_after_good_ones_is_malformed_then_those_still_tell_the_time() -> None:
    good = report(tag(seen_us=NOW_US - 5 * SECOND_US))[10:]
    cut = bytearray(good)
    cut[3] += 1
    intake = Intake()
    with pytest.raises(ProtocolError):
        intake.take_all([good, bytes(cut)], NOW_US)
    assert (len(intake.rows), intake.offset_us) == (1, 5 * SECOND_US)
