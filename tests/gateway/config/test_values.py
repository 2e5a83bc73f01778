"""Values of a configuration: each fault says what is wanted, on one line, and no secret."""

import pytest

from tests.gateway.config.documents_toml import DOOR, SITE, faults


@pytest.mark.parametrize(
    ("section", "line", "what"),
    [
        ("mqtt", "port = true", "expected a whole number, not true or false"),
        ("mqtt", "port = 1883.0", "expected a whole number, not a number with a fraction"),
        ("mqtt", "port = 65536", "65536 is out of range, expected 1 to 65535"),
        ("mqtt", "tls = 1", "expected true or false, not a whole number"),
        ("mqtt", "host = []", "expected text in quotes, not a list"),
        ("mqtt", "host = 2026-11-20", "expected text in quotes, not a date or time"),
        ("mqtt", 'host = ""', "must not be empty"),
        ("mqtt", 'host = "mqtt://broker"', '"mqtt://broker" is a URL, expected a host name or address alone'),
        (
            "mqtt",
            'host = "broker:1883"',
            '"broker:1883" has a port in it; the port has a key of its own: port = 1883',
        ),
        ("mqtt", 'host = "10.0.0.300"', '"10.0.0.300" is no host name and no IP address'),
        ("mqtt", 'host = "a b"', '"a b" is no host name and no IP address'),
        (
            "mqtt",
            'base_topic = "/returns"',
            '"/returns" has an empty level: no "/" at the beginning, at the end or twice',
        ),
        ("mqtt", 'base_topic = "returns/#"', '"#" must not be in it: it has a meaning in MQTT topics'),
        (
            "mqtt",
            'base_topic = "$SYS/x"',
            'must not begin with "$": those topics belong to the broker (MQTT 5, 4.7.2)',
        ),
        ("mqtt", "resend_seconds = nan", "expected a finite number, not nan"),
        ("mqtt", "in_flight = 0", "0 is out of range, expected 1 to 1000"),
        ("web", 'listen = "9464"', '"9464" is not HOST:PORT, such as 127.0.0.1:9464 or [::1]:9464'),
        ("web", 'listen = ":9464"', '":9464" names no host; 0.0.0.0:9464 listens everywhere'),
        ("web", 'listen = "::1:9464"', '"::1:9464": an IPv6 address stands in brackets, such as [::1]:9464'),
        (
            "database",
            'url = "returns.db"',
            "expected a URL, such as sqlite:////var/lib/returns-gateway/returns.db",
        ),
        ("database", 'url = "postgres://u@h/d"', "write postgresql+psycopg://… instead of postgres://…"),
        ("database", 'url = "mysql://u@h/d"', '"mysql" is no database we know: sqlite or postgresql+psycopg'),
        (
            "database",
            'url = "sqlite://returns.db"',
            "SQLite takes sqlite:////absolute/path or sqlite:///path, mind the slashes",
        ),
        (
            "database",
            'url = "postgresql+psycopg://h:x/d"',
            "expected postgresql+psycopg://USER@HOST/DATABASE",
        ),
        ("limits", 'epcs = ["30zz"]', '"30zz" is no beginning of an EPC: 1 to 128 hex digits'),
        ("limits", "epcs = [3]", "expected text in quotes, not a whole number"),
        ("log", "modules = 3", "expected a table, not a whole number"),
        ("web", 'token_file = "a\\u0000b"', "a file name holds no NUL character"),
        ("database", 'url = "postgresql+psycopg://h"', "expected postgresql+psycopg://USER@HOST/DATABASE"),
        ("mqtt", f'base_topic = "{"t" * 513}"', "513 bytes are too many, 512 are allowed"),
        ("limits", 'epcs = "30"', "expected a list, not text"),
        ("gateway", 'name = "gw 1"', "must not hold spaces or control characters, found ' '"),
        ("gateway", 'name = "gw\\u0000"', r"must not hold spaces or control characters, found '\x00'"),
        ("gateway", f'name = "{"g" * 65}"', "65 characters are too many, 64 are allowed"),
    ],
)
def test_parse_when_a_value_is_wrong_then_the_fault_says_what_is_wanted(
    section: str, line: str, what: str
) -> None:
    key = line.partition(" ")[0]
    text = f"[{section}]\n{line}\n" + DOOR
    text = text.replace("[gateway]", SITE) if section == "gateway" else SITE + text
    assert faults(text) == [f"{section}.{key}: {what}"]


def test_faults_when_a_value_is_endless_then_the_fault_is_not() -> None:
    (fault,) = faults(SITE + f'[mqtt]\nhost = "{"h" * 100_000}"\n' + DOOR)
    assert len(fault) < 500
    assert fault.endswith("…")


def test_faults_when_a_value_is_secret_then_it_is_not_repeated() -> None:
    url = "postgresql+psycopg://gateway:hush/hush@db:x/returns"
    assert "hush" not in "".join(faults(SITE + f'[database]\nurl = "{url}"\n' + DOOR))
