"""Files a configuration names: there and readable, and secrets kept."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway import logs
from gateway.config.files import database_url, file_faults, named_files, read_secret, rules_file, warnings
from gateway.errors import ConfigError
from gateway.settings import DatabaseSettings, MqttSettings, RulesSettings, Settings, WebSettings
from readers.settings import ReaderSettings, TlsSettings

CONFIG = Path("gateway.toml")
URL = "postgresql+psycopg://gateway@db.example:5433/returns"


@pytest.fixture(autouse=True)
def _no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_concealed", set())


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("pa:ss/w@rd\n")
    path.chmod(0o600)
    return path


def test_named_files_when_every_table_names_some_then_all_are_found_and_secrets_known() -> None:
    settings = Settings(
        "dc1",
        database=DatabaseSettings(URL, password_file="/db"),
        mqtt=MqttSettings(ca_file="/ca", cert_file="/cert", key_file="/key", password_file="/pw"),
        web=WebSettings(token_file="/token"),
        rules=RulesSettings("/rules"),
        readers=(
            ReaderSettings("a", "a"),
            ReaderSettings("b", "b", tls=TlsSettings(ca_file="/b-ca", key_file="/b-key")),
        ),
    )
    assert {(file.key, str(file.path), file.is_secret) for file in named_files(settings)} == {
        ("database.password_file", "/db", True),
        ("mqtt.ca_file", "/ca", False),
        ("mqtt.cert_file", "/cert", False),
        ("mqtt.key_file", "/key", True),
        ("mqtt.password_file", "/pw", True),
        ("web.token_file", "/token", True),
        ("rules.file", "/rules", False),
        ("reader[1].ca_file", "/b-ca", False),
        ("reader[1].key_file", "/b-key", True),
    }


def test_file_faults_when_a_file_is_missing_or_a_directory_then_key_and_file_are_told(tmp_path: Path) -> None:
    settings = Settings(
        "dc1", web=WebSettings(token_file=f"{tmp_path}/no"), rules=RulesSettings(str(tmp_path))
    )
    assert file_faults(settings, CONFIG) == [
        f"gateway.toml: web.token_file: {tmp_path}/no: there is no such file",
        f"gateway.toml: rules.file: {tmp_path}: cannot be read: Is a directory",
    ]


def test_file_faults_when_a_secret_is_empty_then_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    settings = Settings("dc1", web=WebSettings(token_file=f"{tmp_path}/token"))
    assert file_faults(settings, CONFIG) == [
        f"gateway.toml: web.token_file: {tmp_path}/token: is empty; it should hold the secret"
    ]


def test_file_faults_when_systemd_provides_the_file_then_it_is_left_to_it() -> None:
    settings = Settings("dc1", web=WebSettings(token_file="${CREDENTIALS_DIRECTORY}/token"))
    assert file_faults(settings, CONFIG) == []
    assert warnings(settings) == [
        "web.token_file: ${CREDENTIALS_DIRECTORY}/token: not looked at, systemd provides it when the service starts"
    ]


def test_warnings_when_everybody_can_read_a_secret_then_the_command_to_change_it_is_told(
    secret: Path,
) -> None:
    settings = Settings("dc1", web=WebSettings(token_file=str(secret)))
    assert warnings(settings) == []
    secret.chmod(0o644)
    assert warnings(settings) == [
        f"web.token_file: everybody on this machine can read {secret}; chmod o= {secret}"
    ]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            Settings("s", database=DatabaseSettings("postgresql+psycopg://a:b@h/d")),
            "database.url: holds a password; name a file in database.password_file instead",
        ),
        (
            Settings("s", web=WebSettings("0.0.0.0:9464")),
            (
                "web.listen: 0.0.0.0:9464 can be reached from outside: everybody can read it, "
                "and without token_file nobody can record anything"
            ),
        ),
        (
            Settings("s", mqtt=MqttSettings("broker", username="u", password_file="/none")),
            "mqtt.tls: the password travels unencrypted to broker; set tls = true",
        ),
    ],
)
def test_warnings_when_something_is_unwise_then_it_is_told(settings: Settings, expected: str) -> None:
    assert warnings(settings) == [expected]


@pytest.mark.parametrize("listen", ["127.0.0.1:9464", "[::1]:9464", "localhost:9464"])
def test_warnings_when_only_this_machine_can_reach_the_page_then_there_is_none(listen: str) -> None:
    assert warnings(Settings("s", web=WebSettings(listen))) == []


def test_read_secret_when_read_then_it_has_no_newline_and_is_never_logged(secret: Path) -> None:
    assert read_secret("web.token_file", str(secret)) == "pa:ss/w@rd"
    assert logs.redact("login with pa:ss/w@rd") == "login with ***"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds 0 bytes"),
        (b"\n", "holds 1 bytes"),
        (b"\xff", "is not UTF-8"),
        (b"x" * 5000, "holds 4097 bytes"),
    ],
)
def test_read_secret_when_the_file_holds_none_then_key_and_file_are_told(
    content: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=f"web.token_file: .*{words}"):
        read_secret("web.token_file", str(path))


def test_read_secret_when_there_is_no_file_then_key_and_file_are_told() -> None:
    with pytest.raises(ConfigError, match=r"^web\.token_file: cannot read /nowhere/token: No such file"):
        read_secret("web.token_file", "/nowhere/token")


def test_database_url_when_the_password_is_in_a_file_then_it_stands_quoted_in_the_url(secret: Path) -> None:
    url = database_url(DatabaseSettings(URL, password_file=str(secret)))
    assert url == "postgresql+psycopg://gateway:pa%3Ass%2Fw%40rd@db.example:5433/returns"
    assert logs.redact("pa%3Ass%2Fw%40rd") == "***"


def test_database_url_when_there_is_no_password_file_then_it_is_as_configured() -> None:
    assert database_url(DatabaseSettings("sqlite:////x.db")) == "sqlite:////x.db"


def test_rules_file_when_none_is_named_then_there_is_none() -> None:
    settings = Settings("dc1")
    assert rules_file(settings) is None
    assert rules_file(replace(settings, rules=RulesSettings("/r.toml"))) == Path("/r.toml")
