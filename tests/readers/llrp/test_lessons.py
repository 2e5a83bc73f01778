from readers.llrp.constants import MessageType
from readers.llrp.lessons import FORGET_US, Lessons
from readers.llrp.requests import Detail

NOW_US = 1_795_000_000_000_000


def test_request_blamed_twice_is_skipped() -> None:
    lessons = Lessons()
    lessons.blame(MessageType.GET_ROSPECS, NOW_US)
    assert not lessons.skips(MessageType.GET_ROSPECS, NOW_US)
    lessons.blame(MessageType.GET_ROSPECS, NOW_US)
    assert lessons.skips(MessageType.GET_ROSPECS, NOW_US)


def test_request_answered_in_between_is_not_skipped() -> None:
    lessons = Lessons()
    for _ in range(5):
        lessons.blame(MessageType.GET_ROSPECS, NOW_US)
        lessons.acquit(MessageType.GET_ROSPECS, NOW_US)
    assert not lessons.skips(MessageType.GET_ROSPECS, NOW_US)


def test_version_negotiation_is_skipped_at_the_first_sign() -> None:
    lessons = Lessons()
    lessons.blame(MessageType.GET_SUPPORTED_VERSION, NOW_US)
    assert lessons.skips(MessageType.GET_SUPPORTED_VERSION, NOW_US)


def test_request_we_cannot_do_without_is_never_skipped_but_made_smaller() -> None:
    lessons = Lessons()
    details = []
    for _ in range(8):
        details.append(lessons.detail(MessageType.ADD_ROSPEC, NOW_US))
        lessons.blame(MessageType.ADD_ROSPEC, NOW_US)
    assert details == [Detail.FULL] * 2 + [Detail.STANDARD] * 2 + [Detail.LEAST] * 4
    assert not lessons.skips(MessageType.ADD_ROSPEC, NOW_US)
    assert lessons.detail(MessageType.ENABLE_ROSPEC, NOW_US) is Detail.FULL


def test_request_blamed_twice_gets_another_chance_after_ten_minutes() -> None:
    lessons = Lessons()
    lessons.blame(MessageType.GET_ROSPECS, NOW_US)
    lessons.blame(MessageType.GET_ROSPECS, NOW_US + 1)
    assert lessons.skips(MessageType.GET_ROSPECS, NOW_US + FORGET_US - 1)
    assert not lessons.skips(MessageType.GET_ROSPECS, NOW_US + FORGET_US)


def test_version_negotiation_gets_another_chance_after_ten_minutes() -> None:
    lessons = Lessons()
    lessons.blame(MessageType.GET_SUPPORTED_VERSION, NOW_US)
    assert not lessons.skips(MessageType.GET_SUPPORTED_VERSION, NOW_US + FORGET_US)


def test_two_drops_far_apart_are_chance() -> None:
    lessons = Lessons()
    lessons.blame(MessageType.GET_ROSPECS, NOW_US)
    lessons.blame(MessageType.GET_ROSPECS, NOW_US + FORGET_US)
    assert not lessons.skips(MessageType.GET_ROSPECS, NOW_US + FORGET_US)


def test_clock_set_back_by_a_year_forgets() -> None:
    lessons = Lessons()
    for _ in range(4):
        lessons.blame(MessageType.ADD_ROSPEC, NOW_US)
    assert lessons.detail(MessageType.ADD_ROSPEC, NOW_US - 365 * 86_400_000_000) is Detail.FULL


def test_request_blamed_for_ever_costs_no_memory() -> None:
    lessons = Lessons()
    for number in range(1000):
        lessons.blame(MessageType.ADD_ROSPEC, NOW_US + number)
    assert len(lessons._strikes[MessageType.ADD_ROSPEC]) == 4


def test_request_that_failed_too_often_is_not_acquitted_by_one_answer() -> None:
    lessons = Lessons()
    lessons.blame(MessageType.ADD_ROSPEC, NOW_US)
    lessons.blame(MessageType.ADD_ROSPEC, NOW_US)
    lessons.acquit(MessageType.ADD_ROSPEC, NOW_US)
    assert lessons.fails(MessageType.ADD_ROSPEC, NOW_US)
