"""When the shell dials again, and what it makes of errors; how it behaves on sockets is in tests/integration."""

import socket
import ssl
from random import Random
from struct import pack

import pytest

from readers.dialling import connect_error
from readers.errors import ConnectError, DeadlineError, ReaderBusyError, ReaderError
from readers.llrp.constants import AntennaEventType, ParameterType, ROSpecEventType
from readers.llrp.steps import SessionState
from readers.reader import Reader
from readers.settings import ReaderSettings
from readers.status import ReaderState, ReaderStatus
from readers.tag import TagRow
from tests.readers.scripted import Conversation, greeting, notification, rospec_event


class Silence:
    """A ReadSink nobody listens to."""

    def on_reads(self, reader: str, rows: list[TagRow], offset_us: int, received_us: int) -> None: ...
    def on_status(self, status: ReaderStatus) -> None: ...
    def on_dropped(self, reader: str, reason: str, count: int) -> None: ...
    def on_gpi(self, reader: str, port: int, is_high: bool, time_us: int) -> None: ...
    def on_reconnect(self, reader: str, reason: str) -> None: ...


def reader() -> Reader:
    return Reader(ReaderSettings("dock-1", "10.0.0.1"), Silence(), Random(1))


def refused() -> ConnectError:
    error = ConnectError("connection refused")
    error.__cause__ = ConnectionRefusedError()
    return error


def test_delay_when_failing_on_stays_below_thirty_seconds_for_ever() -> None:
    one = reader()
    delays = [one._delay(DeadlineError("no reply")) for _ in range(1000)]
    assert max(delays) <= 30
    assert min(delays[10:]) >= 15


def test_delay_when_standing_by_lets_us_take_over_within_fifteen_seconds() -> None:
    one = reader()
    for _ in range(1000):
        assert one._delay(ReaderBusyError("another client")) <= 2


def test_delay_when_the_port_is_refused_is_ten_seconds_at_most() -> None:
    one = reader()
    assert max(one._delay(refused()) for _ in range(100)) <= 10


def test_status_before_the_first_connection_is_connecting() -> None:
    status = reader().status
    assert (status.state, status.address, status.last_report_us) == (
        ReaderState.CONNECTING,
        "10.0.0.1:5084",
        None,
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "no connection within 5 s"),
        (ConnectionRefusedError(111, "Connection refused"), "connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "host name not found"),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "TLS failed"),
        (OSError(113, "No route to host"), "No route to host"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_connect_error_says_what_is_wrong_in_words(error: OSError, words: str) -> None:
    found = connect_error(error, 5.0)
    assert isinstance(found, ReaderError)
    assert words in str(found)


def antenna_event(antenna: int, change: int = AntennaEventType.Antenna_Disconnected) -> bytes:
    return notification(ParameterType.AntennaEvent, pack(">BH", change, antenna))


def heard(one: Reader, talk: Conversation, data: bytes = b"") -> tuple[ReaderState, str | None]:
    """What the reader's status says once the session has heard `data`."""
    one._session = talk.session
    talk.hear(data)
    one.on_progress()
    return one.status.state, one.status.reason


def test_missing_antenna_when_told_before_the_inventory_then_it_is_the_reason_once_connected() -> None:
    one, talk = reader(), Conversation()
    talk.hear(greeting() + antenna_event(2))
    talk.start()
    assert heard(one, talk) == (ReaderState.CONNECTED, "antenna 2 disconnected")


def test_missing_antenna_when_the_rospec_starts_again_then_it_is_still_the_reason() -> None:
    one, talk = reader(), Conversation()
    talk.start()
    assert heard(one, talk, antenna_event(2)) == (ReaderState.CONNECTED, "antenna 2 disconnected")
    one.on_progress()
    talk.hear(rospec_event(ROSpecEventType.End_Of_ROSpec))
    one._inventorying_since = None
    assert talk.session.state is SessionState.INVENTORYING
    assert heard(one, talk) == (ReaderState.CONNECTED, "antenna 2 disconnected")
    back = antenna_event(2, AntennaEventType.Antenna_Connected)
    assert heard(one, talk, back) == (ReaderState.CONNECTED, None)


def test_missing_antenna_when_it_is_none_of_ours_then_it_is_no_reason() -> None:
    one = Reader(ReaderSettings("dock-1", "10.0.0.1", antennas=(1,)), Silence(), Random(1))
    talk = Conversation(antennas=(1,))
    talk.start()
    assert heard(one, talk, antenna_event(2)) == (ReaderState.CONNECTED, None)
