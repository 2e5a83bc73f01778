"""When the shell dials again, and what it makes of errors; how it behaves on sockets is in tests/integration."""

import socket
import ssl
from random import Random

import pytest

from readers.dialling import connect_error
from readers.errors import ConnectError, DeadlineError, ReaderBusyError, ReaderError
from readers.reader import Reader
from readers.settings import ReaderSettings
from readers.status import ReaderState, ReaderStatus
from readers.tag import TagRow


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
