from readers.llrp.constants import MessageType
from readers.llrp.lessons import Lessons
from readers.llrp.requests import Detail


def test_request_blamed_twice_is_skipped() -> None:
    lessons = Lessons()
    lessons.blame(MessageType.GET_ROSPECS)
    assert not lessons.skips(MessageType.GET_ROSPECS)
    lessons.blame(MessageType.GET_ROSPECS)
    assert lessons.skips(MessageType.GET_ROSPECS)


def test_request_answered_in_between_is_not_skipped() -> None:
    lessons = Lessons()
    for _ in range(5):
        lessons.blame(MessageType.GET_ROSPECS)
        lessons.acquit(MessageType.GET_ROSPECS)
    assert not lessons.skips(MessageType.GET_ROSPECS)


def test_version_negotiation_is_skipped_at_the_first_sign() -> None:
    lessons = Lessons()
    lessons.blame(MessageType.GET_SUPPORTED_VERSION)
    assert lessons.skips(MessageType.GET_SUPPORTED_VERSION)


def test_request_we_cannot_do_without_is_never_skipped_but_made_smaller() -> None:
    lessons = Lessons()
    details = []
    for _ in range(8):
        details.append(lessons.detail(MessageType.ADD_ROSPEC))
        lessons.blame(MessageType.ADD_ROSPEC)
    assert details == [Detail.FULL] * 2 + [Detail.STANDARD] * 2 + [Detail.LEAST] * 4
    assert not lessons.skips(MessageType.ADD_ROSPEC)
    assert lessons.detail(MessageType.ENABLE_ROSPEC) is Detail.FULL
