"""The package over its life: upgraded with data and a new schema, refused without a backup, removed, purged."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system import site
from tests.system.machine import Machine
from tests.system.site import GATEWAY, ITEMS

pytestmark = pytest.mark.system

KEEP = "apt-get install -y --option=Dpkg::Options::=--force-confold"
MIGRATION = '''"""A later schema."""
import sqlalchemy as sa
from alembic import op
revision = "{after}"
down_revision = "{before}"
branch_labels = None
depends_on = None
def upgrade():
    op.create_table("later", sa.Column("id", sa.Integer, primary_key=True))
def downgrade():
    op.drop_table("later")
'''


def a_later_version(package: Path, directory: Path) -> Path:
    """The same package with a higher version, a new schema and another example configuration."""
    tree = directory / "tree"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+later", control.read_text()))
    (store,) = tree.glob("opt/returns-gateway/lib/python3*/site-packages/gateway/store")
    tables = store / "tables.py"
    found = re.search(r'(?m)^SCHEMA = "(\d+)"$', tables.read_text())
    assert found is not None
    tables.write_text(tables.read_text().replace(found[0], 'SCHEMA = "9999"'))
    (store / "migrations" / "versions" / "r9999_later.py").write_text(
        MIGRATION.format(before=found[1], after="9999")
    )
    with (tree / "etc/returns-gateway/gateway.toml").open("a") as example:
        example.write("\n# Another example than before.\n")
    later = directory / f"{package.stem}+later.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, later], check=True, stdout=subprocess.DEVNULL
    )
    return later


@pytest.fixture(scope="module")
def running(machine: Machine, package: Path, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with a gateway that works, and a later package lying there."""
    machine.put("/root/later.deb", a_later_version(package, tmp_path_factory.mktemp("later")).read_bytes())
    site.install(machine, package)
    site.start_site(machine)
    return machine


def schema(machine: Machine, database: str = "/var/lib/returns-gateway/returns.db") -> str:
    read = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('select version_num from alembic_version').fetchone())"
    return machine.run("python3", "-c", read, database).stdout.strip()


def version(machine: Machine) -> str:
    return machine.shell("dpkg-query --show --showformat='${Version}' returns-gateway")


def backups(machine: Machine) -> list[str]:
    return machine.shell("ls /var/lib/returns-gateway/backup 2>/dev/null || true").split()


def is_active(machine: Machine) -> bool:
    return machine.show(GATEWAY, "ActiveState") == "active"


def test_upgrade_when_no_backup_can_be_made_then_the_old_version_stays_and_runs_on(running: Machine) -> None:
    before = version(running)
    running.shell("touch /var/lib/returns-gateway/backup")  # a file where the directory must be
    refused = running.run("sh", "-c", f"{KEEP} /root/later.deb", check=False)
    running.shell("rm /var/lib/returns-gateway/backup")
    assert refused.returncode != 0
    assert version(running) == before
    assert is_active(running)


def test_upgrade_when_the_gateway_runs_then_its_data_is_backed_up_and_migrated_and_it_runs_again(
    running: Machine,
) -> None:
    before = schema(running)
    said = running.shell(f"{KEEP} /root/later.deb")
    assert version(running).endswith("+later")
    assert schema(running) == "9999", said
    (backup,) = backups(running)
    assert schema(running, f"/var/lib/returns-gateway/backup/{backup}") == before
    assert is_active(running)
    assert "[mqtt]" not in said
    assert (running.root / site.CONFIG.lstrip("/")).read_text() == site.GATEWAY_TOML
    listed = running.shell("returns-gateway event list --json").splitlines()
    assert sum('"receipt"' in line or "returns.receipt" in line for line in listed) == ITEMS


def test_upgrade_when_the_gateway_was_stopped_then_it_stays_stopped(running: Machine, package: Path) -> None:
    running.run("systemctl", "stop", GATEWAY)
    running.shell(f"{KEEP} --reinstall /root/later.deb")
    assert running.show(GATEWAY, "ActiveState") == "inactive"
    running.run("systemctl", "start", GATEWAY)
    assert is_active(running)


@pytest.mark.parametrize(
    "fault",
    ["sight = 1\n", '[database]\nurl = "postgresql+psycopg://gw@127.0.0.1/returns"\n'],
    ids=["faulty", "server"],
)
def test_upgrade_when_there_is_no_database_file_to_copy_then_it_says_so_and_goes_on(
    running: Machine, fault: str
) -> None:
    kept = backups(running)
    running.put(site.CONFIG, site.GATEWAY_TOML + fault)
    said = running.shell(f"{KEEP} --reinstall /root/later.deb")
    running.put(site.CONFIG, site.GATEWAY_TOML)
    running.shell(f"systemctl reset-failed {GATEWAY} || true; systemctl restart {GATEWAY}")
    assert "neither backed up nor upgraded here" in said
    assert backups(running) == kept


def test_removal_when_done_then_configuration_and_data_stay(running: Machine) -> None:
    running.run("apt-get", "remove", "-y", "returns-gateway")
    gone = running.shell("ls -d /opt/returns-gateway /usr/bin/returns-gateway 2>/dev/null || true")
    assert gone == ""
    assert (running.root / site.CONFIG.lstrip("/")).read_text() == site.GATEWAY_TOML
    assert schema(running) == "9999"
    assert running.show(GATEWAY, "ActiveState") == "inactive"


def test_installation_when_data_of_an_older_version_is_there_then_it_is_taken_over(running: Machine) -> None:
    running.shell(f"{KEEP} /root/later.deb")
    assert running.run("systemctl", "is-enabled", GATEWAY).stdout.strip() == "enabled"
    running.run("systemctl", "start", GATEWAY)
    assert is_active(running)


def test_purge_when_done_then_nothing_is_left(running: Machine, everything: Callable[[], str]) -> None:
    running.run("apt-get", "purge", "-y", "returns-gateway")
    assert everything() == ""
    assert running.run("getent", "passwd", "returns-gateway", check=False).stdout == ""
    assert running.run("getent", "group", "returns-gateway", check=False).stdout == ""


@pytest.fixture
def everything(running: Machine) -> Callable[[], str]:
    """Every file on the machine that has our name, beside apt's and systemd's own records and what the test put there."""
    find = (
        "find / /run -xdev \\( -path /proc -o -path /sys -o -path /root -o -path /var/log -o -path /var/tmp \\) -prune "
        "-o \\( -name '*returns-gateway*' -o -name '*llrp-emulator*' \\) -print"
    )
    return lambda: running.shell(find)
