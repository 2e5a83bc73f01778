"""What texts in a configuration must look like: each check returns the text to keep or raises ValueError."""

import ipaddress
import re
from datetime import date
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MAX_ID_CHARACTERS = 64
MAX_TOPIC_BYTES = 512
"""Leaves room below MQTT's 65,535 for site, read point and kind."""


def not_empty(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def identifier(value: str) -> str:
    """An id stands in topics, metrics and URIs: one topic level without spaces."""
    not_empty(value)
    if len(value) > MAX_ID_CHARACTERS:
        raise ValueError(f"{len(value)} characters are too many, {MAX_ID_CHARACTERS} are allowed")
    _refuse_in_topic(value, "/")
    return value


def base_topic(value: str) -> str:
    not_empty(value)
    if len(value.encode()) > MAX_TOPIC_BYTES:
        raise ValueError(f"{len(value.encode())} bytes are too many, {MAX_TOPIC_BYTES} are allowed")
    _refuse_in_topic(value, "")
    if value.startswith("$"):
        raise ValueError('must not begin with "$": those topics belong to the broker (MQTT 5, 4.7.2)')
    if "" in value.split("/"):
        raise ValueError(f'"{value}" has an empty level: no "/" at the beginning, at the end or twice')
    return value


def _refuse_in_topic(value: str, separators: str) -> None:
    for character in value:
        if character in "+#" + separators:
            raise ValueError(f'"{character}" must not be in it: it has a meaning in MQTT topics')
        if character.isspace() or not character.isprintable():
            raise ValueError(f"must not hold spaces or control characters, found {character!a}")


_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_ONLY_DIGITS = re.compile(r"[0-9.]+")


def host(value: str) -> str:
    """A host name or an address, without port, brackets or scheme."""
    not_empty(value)
    if "://" in value:
        raise ValueError(f'"{value}" is a URL, expected a host name or address alone')
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        pass
    name, colon, port = value.rpartition(":")
    if colon and name and port.isdigit():
        raise ValueError(f'"{value}" has a port in it; the port has a key of its own: port = {port}')
    labels = value.removesuffix(".").split(".")
    if _ONLY_DIGITS.fullmatch(value) or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(f'"{value}" is no host name and no IP address')
    return value


def listen(value: str) -> str:
    """`host:port`, with an IPv6 address in brackets; port 0 takes any free one."""
    where, colon, port = value.rpartition(":")
    if not colon or not port.isdecimal() or not port.isascii() or int(port) > 65535:
        raise ValueError(f'"{value}" is not HOST:PORT, such as 127.0.0.1:9464 or [::1]:9464')
    if where.startswith("[") and where.endswith("]"):
        where = str(ipaddress.IPv6Address(where[1:-1]))
        return f"[{where}]:{int(port)}"
    if ":" in where:
        raise ValueError(f'"{value}": an IPv6 address stands in brackets, such as [::1]:9464')
    if not where:
        raise ValueError(f'"{value}" names no host; 0.0.0.0:{port} listens everywhere')
    return f"{host(where)}:{int(port)}"


def database_url(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if not separator:
        raise ValueError("expected a URL, such as sqlite:////var/lib/returns-gateway/returns.db")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg2"}:
        raise ValueError(f"write postgresql+psycopg://… instead of {scheme}://…")
    if scheme == "sqlite":
        if rest and not rest.startswith("/"):
            raise ValueError("SQLite takes sqlite:////absolute/path or sqlite:///path, mind the slashes")
        return value
    if scheme != "postgresql+psycopg":
        raise ValueError(f'"{scheme}" is no database we know: sqlite or postgresql+psycopg')
    if not _is_network_url(value):
        raise ValueError("expected postgresql+psycopg://USER@HOST/DATABASE")
    return value


def _is_network_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.port != 0 and len(parts.path) > 1
    except ValueError:
        return False


def file_path(value: str) -> str:
    """A file; `loading` makes it absolute, beginning at the configuration file's directory."""
    not_empty(value)
    if "\0" in value:
        raise ValueError("a file name holds no NUL character")
    return value


_SGLN = re.compile(r"urn:epc:id:sgln:(?P<company>\d{6,12})\.(?P<location>\d{0,6})\.[!-~]{1,20}")


def sgln(value: str) -> str:
    """The pure identity URI of a physical location (TDS 2.0, 6.3.3)."""
    found = _SGLN.fullmatch(value)
    if not found or len(found["company"]) + len(found["location"]) != 12:
        raise ValueError(
            f'"{value}" is no SGLN such as urn:epc:id:sgln:0614141.00001.1 '
            "(company prefix and location have 12 digits together)"
        )
    return value


_HEX = re.compile(r"[0-9A-Fa-f]{1,128}")


def hex_prefix(value: str) -> str:
    """The beginning of an EPC, in hex; kept in upper case."""
    if not _HEX.fullmatch(value):
        raise ValueError(f'"{value}" is no beginning of an EPC: 1 to 128 hex digits')
    return value.upper()


def day(value: str) -> str:
    """A day of the calendar, as 2026-12-25."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError(f'"{value}" is no day, expected one as 2026-12-25') from None


def time_zone(value: str) -> str:
    """A zone of the IANA database this machine knows."""
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'"{value}" is no time zone, expected one as Europe/Berlin') from None


def amount(value: str) -> str:
    """A decimal number as text, so that money is never a float."""
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", value):
        raise ValueError(f'"{value}" is no amount, expected one as "2.50"')
    return value


def fingerprint(value: str) -> str:
    """SHA-256 of a certificate; kept as 64 lower-case hex digits."""
    digits = value.replace(":", "").lower()
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise ValueError("expected a SHA-256 fingerprint: 64 hex digits, colons allowed")
    return digits
