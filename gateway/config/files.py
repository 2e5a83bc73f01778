"""The files a configuration names: whether they are there and readable, and whether secrets are kept."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

from gateway.config.tables import CREDENTIALS
from gateway.errors import ConfigError
from gateway.logs import conceal
from gateway.settings import DatabaseSettings, MqttSettings, RulesSettings, Settings, WebSettings
from readers.settings import TlsSettings

MAX_SECRET_BYTES = 4096
_SECRET_FILES = frozenset({"password_file", "token_file", "key_file"})
_NamingTable: TypeAlias = DatabaseSettings | MqttSettings | WebSettings | RulesSettings | TlsSettings


@dataclass(frozen=True, slots=True)
class NamedFile:
    key: str
    """Where the configuration names it: `mqtt.ca_file`."""
    path: Path
    is_secret: bool


def named_files(settings: Settings) -> Iterator[NamedFile]:
    """Every file the configuration names."""
    tables: list[tuple[str, _NamingTable]] = [
        ("database", settings.database),
        ("mqtt", settings.mqtt),
        ("web", settings.web),
        ("rules", settings.rules),
    ]
    tables += [
        (f"reader[{index}]", reader.tls) for index, reader in enumerate(settings.readers) if reader.tls
    ]
    for where, table in tables:
        for name in (field.name for field in fields(table) if field.name.endswith("file")):
            value = getattr(table, name)
            if value is not None:
                yield NamedFile(f"{where}.{name}", Path(value), name in _SECRET_FILES)


def file_faults(settings: Settings, config: Path) -> list[str]:
    """Files that are not there or cannot be read by who runs this; `config` names them."""
    judged = ((file.key, _fault(file)) for file in named_files(settings))
    return [f"{config}: {key}: {fault}" for key, fault in judged if fault is not None]


def _fault(file: NamedFile) -> str | None:
    path = file.path
    if str(path).startswith(CREDENTIALS):
        return None
    try:
        with path.open("rb") as stream:
            begin = stream.read(MAX_SECRET_BYTES)
    except FileNotFoundError:
        return f"{path}: there is no such file"
    except OSError as error:
        return f"{path}: cannot be read: {error.strerror}"
    return f"{path}: is empty; it should hold the secret" if file.is_secret and not begin.strip() else None


def rules_file(settings: Settings) -> Path | None:
    """The disposition rules; None where the defaults hold."""
    return None if settings.rules.file is None else Path(settings.rules.file)


def warnings(settings: Settings) -> list[str]:
    """What works and is still not wise."""
    found = [warning for file in named_files(settings) if (warning := _secrecy(file))]
    if _has_password(settings.database.url):
        found.append("database.url: holds a password; name a file in database.password_file instead")
    if settings.mqtt.password_file and not settings.mqtt.tls and not _is_loopback(settings.mqtt.host):
        found.append(f"mqtt.tls: the password travels unencrypted to {settings.mqtt.host}; set tls = true")
    if settings.web.token_file is None and not _is_loopback(settings.web.listen.rpartition(":")[0]):
        found.append(
            f"web.listen: {settings.web.listen} can be reached from outside: everybody can read it, "
            "and without token_file nobody can record anything"
        )
    return found


def _secrecy(file: NamedFile) -> str | None:
    if str(file.path).startswith(CREDENTIALS):
        return f"{file.key}: {file.path}: not looked at, systemd provides it when the service starts"
    try:
        mode = file.path.stat().st_mode
    except OSError:
        return None
    if file.is_secret and mode & stat.S_IROTH:
        return f"{file.key}: everybody on this machine can read {file.path}; chmod o= {file.path}"
    return None


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1", "[::1]"} or host.startswith("127.")


def _has_password(url: str) -> bool:
    return urlsplit(url).password is not None


def read_secret(key: str, file: str) -> str:
    """A secret without its final newline; it never appears in a log from here on."""
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(MAX_SECRET_BYTES + 1)
        text = content.decode().rstrip("\r\n")
    except OSError as error:
        raise ConfigError((f"{key}: cannot read {file}: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        raise ConfigError((f"{key}: {file} is not UTF-8 text",)) from error
    if not text or len(content) > MAX_SECRET_BYTES:
        raise ConfigError((f"{key}: {file} holds {len(content)} bytes, which is no secret",))
    conceal(text)
    return text


def database_url(database: DatabaseSettings) -> str:
    """The URL to connect with: the password from its file stands in it."""
    if database.password_file is None:
        return database.url
    password = quote(read_secret("database.password_file", database.password_file), safe="")
    conceal(password)
    parts = urlsplit(database.url)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{password}@{host}"))
