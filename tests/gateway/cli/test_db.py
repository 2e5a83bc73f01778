"""`db upgrade` and `db backup`."""

import sqlite3
from pathlib import Path

from tests.gateway.cli.conftest import Cli


def test_backup_when_made_then_it_is_a_database_of_its_own(config: Path, cli: Cli, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert cli("event", "list", "--config", config).code == 0
    ran = cli("db", "backup", copy, "--config", config)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{copy}: ")
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT count(*) FROM rmas").fetchone() == (0,)
    connection.close()


def test_backup_when_the_file_exists_then_it_is_left_alone(config: Path, cli: Cli, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("precious")
    cli("event", "list", "--config", config)
    ran = cli("db", "backup", copy, "--config", config)
    assert ran.code == 64
    assert copy.read_text() == "precious"


def test_upgrade_when_the_database_is_new_then_it_gets_the_schema(config: Path, cli: Cli) -> None:
    ran = cli("db", "upgrade", "--config", config)
    assert (ran.code, ran.out, ran.err) == (0, "the database has this version's schema\n", "")
    assert cli("event", "list", "--config", config).code == 0
