"""LLRP over TLS: whom we trust to be the reader, and what we show it of ourselves."""

import hashlib
import hmac
import ssl

from readers.errors import ConnectError
from readers.settings import TlsSettings


def client_context(settings: TlsSettings) -> ssl.SSLContext:
    """Raises ConnectError where a file cannot be used.

    A pinned fingerprint is the whole proof of identity: readers come with certificates of their own making.
    Without one the certificate must come from `ca_file`, or from the system's authorities, and name the host.
    """
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.cert_file is not None:
            context.load_cert_chain(settings.cert_file, settings.key_file)
    except (OSError, ValueError) as error:
        files = ", ".join(
            name for name in (settings.ca_file, settings.cert_file, settings.key_file) if name is not None
        )
        raise ConnectError(f"TLS cannot be set up from {files}: {error}") from error
    if settings.fingerprint is not None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def check_fingerprint(settings: TlsSettings, certificate: bytes | None) -> None:
    """`certificate` as the reader showed it (DER); raises ConnectError where it is not the pinned one."""
    if settings.fingerprint is None:
        return
    pinned = settings.fingerprint.replace(":", "").strip().lower()
    shown = hashlib.sha256(certificate or b"").hexdigest()
    if not hmac.compare_digest(pinned, shown):
        raise ConnectError(f"wrong certificate: the reader shows SHA-256 {shown}, pinned is {pinned}")
