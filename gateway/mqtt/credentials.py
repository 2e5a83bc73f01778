"""What proves who we are to the broker: password and TLS context, from the files the configuration names."""

import ssl
from pathlib import Path

from gateway.errors import ConfigError
from gateway.settings import MqttSettings


def read_password(settings: MqttSettings) -> str | None:
    """The password file's content without its final newline."""
    if settings.password_file is None:
        return None
    try:
        return Path(settings.password_file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError((f"mqtt.password_file: cannot read {settings.password_file}: {error}",)) from error


def tls_context(settings: MqttSettings) -> ssl.SSLContext | None:
    """None without TLS. Without `ca_file` the system's certificate authorities are trusted."""
    if not settings.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise ConfigError((f"mqtt.ca_file: cannot use {settings.ca_file}: {error}",)) from error
    context.sslsocket_class = _ClosingSocket
    if settings.cert_file is not None:
        try:
            context.load_cert_chain(settings.cert_file, settings.key_file)
        except OSError as error:
            files = f"{settings.cert_file} with {settings.key_file or 'the key in it'}"
            raise ConfigError((f"mqtt.cert_file: cannot use {files}: {error}",)) from error
    return context


class _ClosingSocket(ssl.SSLSocket):
    """A failed handshake leaves no open socket behind: paho forgets about it."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise
