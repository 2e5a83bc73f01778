"""The configuration: what is right becomes settings, what is wrong is told all at once with its key."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import load_settings, parse_settings
from gateway.errors import ConfigError
from gateway.logs import LogFormat, LogLevel
from gateway.settings import (
    AntennaRoute,
    DatabaseSettings,
    LimitSettings,
    MqttSettings,
    Settings,
    WebSettings,
)
from readers.settings import Preset, ReaderSettings, TlsSettings
from rules.observation import ReadPoint
from rules.vocabulary import BizStep, ReadPointKind

PATH = Path("/etc/returns-gateway/gateway.toml")

DOOR = """
[[reader]]
id = "dock-1-reader"
host = "10.0.0.11"
[[reader.antenna]]
port = 1
read_point = "dock-1"
side = "outside"
[[reader.antenna]]
port = 2
read_point = "dock-1"
side = "inside"
[[read_point]]
id = "dock-1"
kind = "portal"
biz_step = "receiving"
"""
SITE = '[gateway]\nsite = "dc1"\n'


def parse(text: str, environ: dict[str, str] | None = None) -> Settings:
    return parse_settings(text.encode(), PATH, environ or {})


def faults(text: str) -> list[str]:
    """The faults of a document without the file's name."""
    with pytest.raises(ConfigError) as raised:
        parse(text)
    assert raised.value.exit_code == 78
    found = list(raised.value.faults)
    assert all(fault.startswith(f"{PATH}: ") for fault in found)
    return [fault.removeprefix(f"{PATH}: ") for fault in found]


def test_parse_when_only_what_is_required_is_given_then_everything_else_has_its_default() -> None:
    settings = parse(SITE + DOOR)
    assert settings == Settings(
        site="dc1",
        name="gw-1",
        readers=(ReaderSettings("dock-1-reader", "10.0.0.11", antennas=(1, 2)),),
        routes=(
            AntennaRoute("dock-1-reader", 1, "dock-1", "outside"),
            AntennaRoute("dock-1-reader", 2, "dock-1", "inside"),
        ),
        read_points=(ReadPoint("dock-1", ReadPointKind.PORTAL, BizStep.RECEIVING),),
    )


def test_parse_when_every_kind_of_value_is_given_then_settings_hold_it() -> None:
    settings = parse(
        """
[gateway]
site = "dc1"
name = "gw-7"
[database]
url = "postgresql+psycopg://gateway@db.example/returns"
password_file = "db-password"
retention_days = 7
[mqtt]
host = "broker"
tls = true
ca_file = "/etc/ssl/ca.pem"
username = "gw"
password_file = "${CREDENTIALS_DIRECTORY}/mqtt"
base_topic = "acme/returns"
require_ack = true
resend_seconds = 5
[web]
listen = "[::1]:9464"
[rules]
file = "rules.toml"
[limits]
tracked_tags = 10
epcs = ["3034ab"]
[log]
level = "warning"
format = "json"
[log.modules]
readers = "debug"
"readers.llrp" = "error"
[[reader]]
id = "r"
host = "fe80::1"
tls = true
fingerprint = "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89"
preset = "shelf"
tx_power_dbm = 27
keepalive_seconds = 2.5
[[reader.antenna]]
port = 3
read_point = "bench"
[[read_point]]
id = "bench"
kind = "presence"
biz_step = "stocking"
sgln = "urn:epc:id:sgln:0614141.00001.1"
quiet_seconds = 10
""",
        {"CREDENTIALS_DIRECTORY": "/run/credentials/gw"},
    )
    directory = "/etc/returns-gateway"
    assert settings.database == DatabaseSettings(
        "postgresql+psycopg://gateway@db.example/returns",
        password_file=f"{directory}/db-password",
        retention_days=7,
    )
    assert settings.mqtt == MqttSettings(
        host="broker",
        port=8883,
        tls=True,
        ca_file="/etc/ssl/ca.pem",
        username="gw",
        password_file="/run/credentials/gw/mqtt",
        base_topic="acme/returns",
        require_ack=True,
        resend_seconds=5.0,
    )
    assert settings.web == WebSettings("[::1]:9464")
    assert settings.rules.file == f"{directory}/rules.toml"
    assert settings.limits == LimitSettings(tracked_tags=10, epcs=("3034AB",))
    assert (settings.log.level, settings.log.format) == (LogLevel.WARNING, LogFormat.JSON)
    assert settings.log.modules == {"readers": LogLevel.DEBUG, "readers.llrp": LogLevel.ERROR}
    assert settings.readers == (
        ReaderSettings(
            "r",
            "fe80::1",
            port=5085,
            antennas=(3,),
            preset=Preset.SHELF,
            tx_power_dbm=27.0,
            keepalive_seconds=2.5,
            tls=TlsSettings(fingerprint="abcdef0123456789" * 4),
        ),
    )
    assert settings.routes == (AntennaRoute("r", 3, "bench", None),)
    assert settings.read_points[0].sgln == "urn:epc:id:sgln:0614141.00001.1"
    assert settings.read_points[0].quiet_seconds == 10.0


def test_parse_when_direction_is_none_then_antennas_need_no_side() -> None:
    settings = parse(
        SITE + DOOR.replace('side = "outside"', "").replace('side = "inside"', "") + 'direction = "none"\n'
    )
    assert settings.read_points[0].has_sides is False
    assert [route.side for route in settings.routes] == [None, None]


def test_parse_when_tls_has_a_port_then_it_is_kept() -> None:
    assert parse(SITE + "[mqtt]\ntls = true\nport = 1884\n" + DOOR).mqtt.port == 1884


def test_parse_when_credentials_directory_is_unknown_then_the_name_is_kept_for_the_service() -> None:
    settings = parse(SITE + '[web]\ntoken_file = "${CREDENTIALS_DIRECTORY}/token"\n' + DOOR)
    assert settings.web.token_file == "${CREDENTIALS_DIRECTORY}/token"


def test_parse_when_many_things_are_wrong_then_all_are_told_with_their_keys() -> None:
    found = faults("""
[gateway]
site = "dc1/x"
[mqtt]
port = "1883"
[[reader]]
id = "r1"
host = "10.0.0.1"
prot = 3
[[reader.antenna]]
port = 0
read_point = "dok-1"
[[read_point]]
id = "dock-1"
kind = "portal"
biz_step = "recieving"
""")
    assert found == [
        'gateway.site: "/" must not be in it: it has a meaning in MQTT topics',
        "mqtt.port: expected a whole number, not text",
        'reader[0].prot: unknown key; did you mean "port"?',
        "reader[0].antenna[0].port: 0 is out of range, expected 1 to 65535",
        'read_point[0].biz_step: "recieving" is not one of "receiving", "inspecting", "stocking", "disposing"',
        'reader[0].antenna[0].read_point: there is no [[read_point]] with id = "dok-1"; did you mean "dock-1"?',
        'read_point[0]: no antenna has read_point = "dock-1": nothing would ever be read there',
    ]


def test_parse_when_document_is_empty_then_what_is_required_is_told() -> None:
    assert faults("") == [
        "gateway.site: is required",
        "reader: there is none, add a [[reader]] table",
        "read_point: there is none, add a [[read_point]] table",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[mqqt]\n", 'mqqt: unknown key; did you mean "mqtt"?'),
        ("[gatway]\nx = 1\n", 'gatway: unknown key; did you mean "gateway"?'),
        ("[web]\nsite = 1\n", "web.site: unknown key; it belongs to [gateway]"),
        ("[web]\nqqqqqq = 1\n", "web.qqqqqq: unknown key; known here: listen, token_file"),
        ('[mqtt]\npassword = "hush"\n', 'mqtt.password: unknown key; did you mean "password_file"?'),
        ('[web]\n"a\\nb" = 1\n', 'web."a\\nb": unknown key; known here: listen, token_file'),
        ("[[mqtt]]\nport = 1\n", "mqtt: there is one of it: write [mqtt], with single brackets"),
        (
            "[log]\nmodules.readers = 7\n",
            'log.modules: readers: expected one of "debug", "info", "warning", "error", not a whole number',
        ),
    ],
)
def test_parse_when_a_key_is_not_known_then_the_nearest_or_its_home_is_named(
    text: str, expected: str
) -> None:
    assert expected in faults(text + DOOR)


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


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'side = "outside"',
            "",
            'reader[0].antenna[0].side: is required: portal "dock-1" needs "outside" or "inside" (or direction = "none")',
        ),
        (
            'side = "outside"',
            'side = "inside"',
            'read_point[0]: portal "dock-1" has no antenna with side = "outside", so it cannot tell a direction; direction = "none" counts every moving passage as in',
        ),
        (
            'kind = "portal"',
            'kind = "presence"',
            "reader[0].antenna[0].side: only portals have sides, this read point is a presence",
        ),
        ("port = 2", "port = 1", "reader[0].antenna[1].port: 1 stands already at reader[0].antenna[0].port"),
        (
            'host = "10.0.0.11"',
            'host = "10.0.0.11"\nkey_file = "k"',
            "reader[0].key_file: has no effect without tls = true",
        ),
        (
            'host = "10.0.0.11"',
            'host = "10.0.0.11"\ntls = true\nkey_file = "k"',
            "reader[0].cert_file: is required together with key_file",
        ),
        (
            'biz_step = "receiving"',
            'biz_step = "receiving"\nsgln = "urn:epc:id:sgln:0614141.0001.1"',
            'read_point[0].sgln: "urn:epc:id:sgln:0614141.0001.1" is no SGLN such as urn:epc:id:sgln:0614141.00001.1 (company prefix and location have 12 digits together)',
        ),
        (
            "[[read_point]]",
            "[read_point]",
            "read_point: there may be several: write [[read_point]], with double brackets",
        ),
    ],
)
def test_parse_when_a_door_contradicts_itself_then_the_antenna_or_door_is_named(
    old: str, new: str, expected: str
) -> None:
    assert expected in faults(SITE + DOOR.replace(old, new))


def test_parse_when_readers_share_id_or_address_then_both_places_are_named() -> None:
    found = faults(SITE + DOOR + DOOR.partition("[[read_point]]")[0])
    assert found == [
        "reader[1].id: dock-1-reader stands already at reader[0].id",
        "reader[1].host: 10.0.0.11:5084 stands already at reader[0].host",
    ]


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ('[mqtt]\npassword_file = "p"\n', "mqtt.username: is required together with password_file"),
        ('[mqtt]\nca_file = "ca"\n', "mqtt.ca_file: has no effect without tls = true"),
        ('[database]\npassword_file = "p"\n', "database.password_file: SQLite has no password"),
        (
            '[database]\nurl = "postgresql+psycopg://h/d"\npassword_file = "p"\n',
            "database.url: needs a user name for the password: postgresql+psycopg://USER@HOST/DATABASE",
        ),
    ],
)
def test_parse_when_keys_need_each_other_then_the_missing_one_is_named(section: str, expected: str) -> None:
    assert faults(SITE + section + DOOR) == [expected]


def test_parse_when_ids_of_read_points_are_missing_then_references_to_others_are_still_judged() -> None:
    found = faults(SITE + DOOR.replace('id = "dock-1"\nkind', "kind"))
    assert found == [
        "read_point[0].id: is required",
        'reader[0].antenna[0].read_point: there is no [[read_point]] with id = "dock-1"; add a [[read_point]] with this id',
        'reader[0].antenna[1].read_point: there is no [[read_point]] with id = "dock-1"; add a [[read_point]] with this id',
    ]


def test_parse_when_a_table_stands_where_a_list_is_meant_then_the_brackets_are_named() -> None:
    assert (
        "reader[0].antenna: there may be several: write [[reader.antenna]], with double brackets"
        in faults(SITE + '[[reader]]\nid = "r"\nhost = "h"\n[reader.antenna]\nport = 1\n')
    )
    assert "reader[0]: expected a [[reader]] table, not a whole number" in faults("reader = [1]\n")
    assert "mqtt: expected a table [mqtt], not text" in faults('mqtt = "broker"\n')


def test_parse_when_the_document_is_huge_then_it_is_refused() -> None:
    with pytest.raises(ConfigError, match="are no configuration file"):
        parse_settings(b"#" * (4 << 20) + b"#", PATH)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b"[gateway]\nsite = \n", f"{PATH}:2:8: not TOML: Invalid value"),
        (b"a = [", f"{PATH}: not TOML: Invalid value (at end of document)"),
        (b"[gateway]\nsite = '\xff'", f"{PATH}:2: not UTF-8 text"),
        (b"a = " + b"[" * 100_000, f"{PATH}: not TOML: nested too deeply"),
    ],
)
def test_parse_when_it_is_no_toml_then_line_and_column_are_told(document: bytes, expected: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_settings(document, PATH)
    assert raised.value.faults == (expected,)


def test_load_when_file_is_missing_then_it_says_which_and_what_to_do(tmp_path: Path) -> None:
    missing = tmp_path / "gateway.toml"
    with pytest.raises(ConfigError) as raised:
        load_settings(missing)
    assert raised.value.faults == (f"{missing}: there is no such file; name yours with --config FILE",)


def test_load_when_path_is_a_directory_then_it_is_a_configuration_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)


def test_load_when_the_name_is_no_file_name_then_it_is_a_configuration_fault() -> None:
    with pytest.raises(ConfigError, match="is no file name"):
        load_settings(Path("a\0b"))


def test_faults_when_a_value_is_endless_then_the_fault_is_not() -> None:
    (fault,) = faults(SITE + f'[mqtt]\nhost = "{"h" * 100_000}"\n' + DOOR)
    assert len(fault) < 500
    assert fault.endswith("…")


def test_faults_when_a_value_is_secret_then_it_is_not_repeated() -> None:
    url = "postgresql+psycopg://gateway:hush/hush@db:x/returns"
    assert "hush" not in "".join(faults(SITE + f'[database]\nurl = "{url}"\n' + DOOR))


# --- whatever the file holds

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
NAMES = st.sampled_from(
    ["gateway", "mqtt", "reader", "read_point", "antenna", "site", "id", "host", "port", "kind", "log", "modules",
     "url", "listen", "tls", "side", "read_point", "direction", "epcs", "biz_step", "file"]
) | st.text(max_size=8)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=30,
)


def toml(value: object) -> str:
    """A value as inline TOML."""
    match value:
        case None:
            return '""'
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return '"' + "".join(f"\\U{ord(character):08x}" for character in value) + '"'
        case list():
            return "[" + ", ".join(toml(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
        case _:
            return str(value)


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_parse_when_document_is_any_toml_then_settings_or_faults_come_back(
    document: dict[str, object],
) -> None:
    text = "\n".join(f"{toml(key)} = {toml(value)}" for key, value in document.items())
    try:
        settings = parse(text)
    except ConfigError as error:
        assert error.faults
        assert all("\n" not in fault for fault in error.faults)
    else:
        assert isinstance(settings, Settings)


@given(st.binary(max_size=200))
def test_parse_when_document_is_any_bytes_then_settings_or_faults_come_back(document: bytes) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_settings(document, PATH)
    assert raised.value.faults
