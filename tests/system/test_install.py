"""The package on an empty Debian: what installing does and leaves undone, and the service it makes possible."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.system import site
from tests.system.machine import Machine
from tests.system.site import GATEWAY, ITEMS

pytestmark = pytest.mark.system
MAX_EXPOSURE = 1.2


@pytest.fixture(scope="module")
def said(machine: Machine, package: Path) -> str:
    """What apt said when it installed the package."""
    return site.install(machine, package)


def test_package_when_lintian_judges_it_then_there_is_no_error(package: Path) -> None:
    if shutil.which("lintian") is None:
        pytest.skip("lintian is not installed")
    judged = subprocess.run(
        ["lintian", "--fail-on=error", "--allow-root", package], capture_output=True, text=True, check=False
    )
    assert judged.returncode == 0, judged.stdout


def test_package_when_installed_then_it_waits_to_be_configured_and_says_so(
    machine: Machine, said: str
) -> None:
    assert "installed and not started" in said
    assert "systemctl enable --now returns-gateway" in said
    assert machine.run("systemctl", "is-active", GATEWAY, check=False).stdout.strip() == "inactive"
    assert machine.run("systemctl", "is-enabled", GATEWAY, check=False).stdout.strip() == "disabled"


@pytest.mark.usefixtures("said")
def test_package_when_installed_then_only_the_daemon_and_root_read_configuration_and_state(
    machine: Machine,
) -> None:
    files = ("/etc/returns-gateway", site.CONFIG, site.RULES, "/var/lib/returns-gateway")
    assert machine.run("stat", "--format=%n %U:%G %a", *files).stdout.splitlines() == [
        "/etc/returns-gateway root:returns-gateway 750",
        "/etc/returns-gateway/gateway.toml root:returns-gateway 640",
        "/etc/returns-gateway/rules.toml root:returns-gateway 640",
        "/var/lib/returns-gateway returns-gateway:returns-gateway 700",
    ]


@pytest.mark.usefixtures("said")
def test_package_when_installed_then_its_programs_run_and_nothing_names_the_build_machine(
    machine: Machine,
) -> None:
    assert machine.shell("returns-gateway --version").startswith("returns-gateway ")
    assert "LLRP readers without hardware" in machine.shell("llrp-emulator --help")
    assert machine.shell("dpkg --verify returns-gateway") == ""
    build = str(Path(__file__).parents[2])
    assert machine.run("grep", "-rl", build, "/opt/returns-gateway", check=False).stdout == ""


@pytest.mark.usefixtures("said")
def test_package_when_installed_then_its_pages_are_there_with_their_pictures(machine: Machine) -> None:
    docs = machine.root / "usr/share/doc/returns-gateway"
    pages = sorted(docs.glob("*.md"))
    assert len(pages) == len(list((Path(__file__).parents[2] / "docs").glob("*.md")))
    pictures = [
        page.parent / name
        for page in pages
        for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert pictures
    assert [str(picture) for picture in pictures if not picture.is_file()] == []


@pytest.mark.usefixtures("said")
def test_unit_when_systemd_rates_it_then_its_exposure_is_low(machine: Machine) -> None:
    rated = machine.run("systemd-analyze", "security", GATEWAY).stdout
    found = re.search(r"exposure level for \S+: ([\d.]+)", rated)
    assert found is not None, rated
    print(found[0])
    assert float(found[1]) <= MAX_EXPOSURE
    verified = machine.run("systemd-analyze", "verify", "--man=no", GATEWAY, "llrp-emulator.service")
    assert verified.stdout == ""


@pytest.mark.usefixtures("said")
def test_service_when_configured_and_started_then_a_subscriber_hears_each_item_once(machine: Machine) -> None:
    site.start_site(machine)
    serials = sorted(receipt["data"]["serial"] for receipt in site.receipts(machine))
    assert serials == [str(1000001 + item) for item in range(ITEMS)]
    assert {receipt["data"]["rma"] for receipt in site.receipts(machine)} == {"RMA-1"}
    assert "inventorying" in machine.journal(GATEWAY)
    assert machine.shell("curl -sS http://127.0.0.1:9464/readyz").count('"ok"') >= 1


@pytest.mark.usefixtures("said")
def test_service_when_a_secret_is_in_the_credential_store_then_the_daemon_alone_can_read_it(
    machine: Machine,
) -> None:
    machine.shell(
        "install -d -m 0700 /etc/credstore && umask 077 && echo s3cret >/etc/credstore/returns-gateway.mqtt-password"
    )
    secret = 'username = "gw"\npassword_file = "${CREDENTIALS_DIRECTORY}/mqtt-password"\n'
    machine.put(site.CONFIG, site.GATEWAY_TOML + "[mqtt]\n" + secret)
    machine.run("systemctl", "restart", GATEWAY)
    file = "/run/credentials/returns-gateway.service/mqtt-password"
    assert machine.shell(f"runuser -u returns-gateway -- cat {file}").strip() == "s3cret"
    refused = machine.run("runuser", "-u", "mosquitto", "--", "cat", file, check=False)
    assert "Permission denied" in refused.stdout
