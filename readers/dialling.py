"""Why a connection could not be made or broke, in an operator's words."""

import socket
import ssl
from typing import Final

from readers.errors import ConnectError

_NO_TLS: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
"""How OpenSSL calls what is no TLS at all."""


def connect_error(error: OSError, connect_seconds: float) -> ConnectError:
    """From what the operating system or the TLS library said."""
    if isinstance(error, TimeoutError):
        return ConnectError(f"no connection within {connect_seconds:g} s")
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectError(f"wrong certificate: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        if getattr(error, "reason", None) in _NO_TLS:
            return ConnectError("TLS failed: the peer does not speak TLS on this port")
        return ConnectError(f"TLS failed: {error.strerror or error}")
    if isinstance(error, ConnectionRefusedError):
        return ConnectError("connection refused: no LLRP on this port, or another client is served")
    if isinstance(error, socket.gaierror):
        return ConnectError(f"host name not found: {error.strerror}")
    return ConnectError(error.strerror or str(error))
