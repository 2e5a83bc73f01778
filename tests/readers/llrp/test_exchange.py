from readers.llrp import requests
from readers.llrp.constants import MessageType
from readers.llrp.exchange import Exchange
from readers.llrp.framing import Deframer, Frame

SECOND = 1_000_000


def reply(message_id: int, kind: int = MessageType.GET_ROSPECS_RESPONSE) -> Frame:
    return Frame(1, kind, message_id, b"")


def test_requests_count_their_ids_and_carry_their_version() -> None:
    exchange = Exchange(SECOND)
    sent = exchange.ask(requests.GET_SUPPORTED_VERSION_STRICTLY, 1, 0) + exchange.ask(
        requests.GET_ROSPECS, 1, 0
    )
    assert [(frame.id, frame.version) for frame in Deframer().feed(sent)] == [(1, 2), (2, 1)]


def test_reply_with_an_expired_id_is_not_the_answer() -> None:
    exchange = Exchange(SECOND)
    exchange.ask(requests.GET_ROSPECS, 1, 0)
    assert exchange.expire(SECOND, busy_us=0) is requests.GET_ROSPECS
    exchange.ask(requests.GET_ROSPECS, 1, SECOND)
    assert not exchange.answers(reply(1))
    assert exchange.answers(reply(2))
    assert exchange.deadline_us is None


def test_deadline_while_the_reader_goes_on_sending_is_put_off_but_not_for_ever() -> None:
    exchange = Exchange(SECOND)
    exchange.ask(requests.GET_ROSPECS, 1, 0)
    now_us = 0
    while exchange.expire(now_us, busy_us=now_us) is None:
        now_us += SECOND // 10
    assert 5 * SECOND <= now_us <= 6 * SECOND


def test_error_message_that_echoes_no_id_is_first_blamed_on_what_has_no_reply() -> None:
    exchange = Exchange(SECOND)
    exchange.ask(requests.ENABLE_EVENTS_AND_REPORTS, 1, 0)
    exchange.ask(requests.GET_ROSPECS, 1, 0)
    assert not exchange.answers(reply(0, MessageType.ERROR_MESSAGE))
    assert exchange.answers(reply(0, MessageType.ERROR_MESSAGE))


def test_nothing_is_an_answer_when_nothing_was_asked() -> None:
    assert not Exchange(SECOND).answers(reply(0))


def error(number: int) -> Frame:
    return Frame(1, MessageType.ERROR_MESSAGE, number, b"")


def test_error_message_with_another_id_of_a_reader_that_echoes_ids_is_not_the_answer() -> None:
    exchange = Exchange(SECOND)
    exchange.ask(requests.GET_ROSPECS, 1, 0)
    assert exchange.answers(reply(1))
    exchange.ask(requests.GET_ROSPECS, 1, 0)
    assert not exchange.answers(error(1))
    assert exchange.answers(error(2))


def test_error_message_with_another_id_of_a_reader_that_counts_by_itself_is_the_answer() -> None:
    exchange = Exchange(SECOND)
    exchange.ask(requests.GET_ROSPECS, 1, 0)
    assert exchange.answers(reply(700))
    exchange.ask(requests.GET_ROSPECS, 1, 0)
    assert exchange.answers(error(701))


def test_reply_of_another_type_than_the_expired_request_may_carry_its_id() -> None:
    exchange = Exchange(SECOND)
    exchange.ask(requests.start_rospec(), 1, 0)
    assert exchange.expire(SECOND, busy_us=0) is not None
    exchange.ask(requests.GET_ROSPECS, 1, SECOND)
    assert exchange.answers(reply(1))


def test_requests_never_answered_keep_little() -> None:
    exchange = Exchange(SECOND)
    for number in range(1000):
        exchange.ask(requests.GET_ROSPECS, 1, number * SECOND)
        exchange.expire((number + 1) * SECOND, busy_us=0)
    assert len(exchange.unanswered) <= 65
    assert len(exchange._expired) <= 64
