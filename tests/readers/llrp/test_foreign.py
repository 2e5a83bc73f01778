import pytest

from readers.errors import FrameError
from readers.llrp.foreign import protocol_of
from readers.llrp.framing import Deframer


@pytest.mark.parametrize(
    ("opening", "name"),
    [
        (b"HTTP/1.1 4", "HTTP"),
        (b"SSH-2.0-Op", "SSH"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "TLS"),
        (b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03", "TLS"),
        (b"220 mail", "FTP or SMTP"),
        (b"\xff\xfd\x18", "Telnet"),
        (b"login: ", "a text protocol"),
        (b"hello\r\n", "a text protocol"),
        (b"hey", None),
        (b"\x00\x00\x00\x00", None),
        (b"\xf0\x9f\x92\xa9", None),
    ],
)
def test_opening_of_another_protocol_is_named(opening: bytes, name: str | None) -> None:
    assert protocol_of(opening) == name


def test_stream_of_another_protocol_is_refused_by_name() -> None:
    with pytest.raises(FrameError, match=r"not LLRP, the peer speaks SSH: b'SSH-2\.0-Op'"):
        Deframer().feed(b"SSH-2.0-OpenSSH_9.2\r\n")


def test_stream_of_an_unknown_protocol_is_refused_all_the_same() -> None:
    with pytest.raises(FrameError, match="not LLRP: neither version"):
        Deframer().feed(bytes(12))
