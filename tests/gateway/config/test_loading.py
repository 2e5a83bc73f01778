"""The configuration: what is right becomes settings, what is wrong is told all at once with its key."""

from pathlib import Path

import pytest

from gateway.config.loading import load_settings, parse_settings
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
from tests.gateway.config.documents_toml import DOOR, PATH, SITE, faults, parse


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
        (
            b"[gateway]\nsite = dc1\n",
            f"{PATH}:2:8: not TOML: no value: text stands in quotes, true and false in small letters",
        ),
        (b'[gateway]\nsite = "dc1\n', f"{PATH}:2:12: not TOML: the closing quote is missing"),
        (b"[gateway\n", f"{PATH}:1:9: not TOML: Expected ']' at the end of a table declaration"),
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


def test_load_when_saved_with_a_byte_order_mark_then_it_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_bytes(b"\xef\xbb\xbf" + (SITE + DOOR).encode())
    assert load_settings(path).site == "dc1"


def test_load_when_it_may_not_be_read_then_who_may_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ConfigError, match="cannot be read: Permission denied; run this as its owner"):
        load_settings(tmp_path / "gateway.toml")


def test_load_when_path_is_a_directory_then_it_is_a_configuration_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)


def test_load_when_the_name_is_no_file_name_then_it_is_a_configuration_fault() -> None:
    with pytest.raises(ConfigError, match="is no file name"):
        load_settings(Path("a\0b"))


@pytest.mark.parametrize(
    ("url", "placed"),
    [
        ("sqlite:///returns.db", f"sqlite:///{PATH.absolute().parent / 'returns.db'}"),
        ("sqlite:////var/lib/returns.db", "sqlite:////var/lib/returns.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
    ],
)
def test_parse_when_the_database_file_is_relative_then_it_lies_beside_the_configuration(
    url: str, placed: str
) -> None:
    assert parse(f'{SITE}{DOOR}\n[database]\nurl = "{url}"\n').database.url == placed
