"""Who answers on a port where no LLRP reader does, told by the first bytes of what it says."""

from typing import Final

_OPENINGS: Final = (
    (b"HTTP/", "HTTP"),
    (b"SSH-", "SSH"),
    (b"\x15\x03", "TLS"),
    (b"\x16\x03", "TLS"),
    (b"220", "FTP or SMTP"),
    (b"\xff\xfb", "Telnet"),
    (b"\xff\xfd", "Telnet"),
    (b"RFB ", "VNC"),
    (b"<?xml", "XML"),
    (b"{", "JSON"),
)


def protocol_of(opening: bytes) -> str | None:
    """The name of the protocol; None where nothing tells."""
    for start, name in _OPENINGS:
        if opening.startswith(start):
            return name
    if len(opening) > 3 and opening.isascii() and opening.decode("ascii").replace("\r\n", "").isprintable():
        return "a text protocol"
    return None
