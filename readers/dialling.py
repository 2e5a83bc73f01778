"""Makes a connection to a reader, or says in an operator's words why there is none."""

import asyncio
import socket
import ssl
from typing import Final

from readers.errors import ConnectError
from readers.settings import ReaderSettings
from readers.tls import client_context

_NO_TLS: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
"""How OpenSSL calls what is no TLS at all."""


async def dial(protocol: asyncio.BaseProtocol, settings: ReaderSettings) -> None:
    """`protocol` gets the connection; raises ConnectError where there is none in time."""
    context = client_context(settings.tls) if settings.tls is not None else None
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(settings.connect_seconds):
            await loop.create_connection(lambda: protocol, settings.host, settings.port, ssl=context)
    except OSError as error:
        raise connect_error(error, settings.connect_seconds) from error


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
