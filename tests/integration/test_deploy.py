"""What is shipped for operators, judged by the programs that will read it: systemd and promtool."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((ROOT / "systemd").glob("*.service"))
MAX_EXPOSURE = 1.2


def run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit_when_systemd_reads_it_then_it_has_nothing_to_say(unit: Path, tmp_path: Path) -> None:
    text = re.sub(r"/opt/returns-gateway/bin/\S+", shutil.which("true") or "/bin/true", unit.read_text())
    (tmp_path / unit.name).write_text(text)
    verified = run("systemd-analyze", "verify", "--man=no", tmp_path / unit.name)
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


def test_unit_when_its_exposure_is_rated_then_it_is_low() -> None:
    rated = run("systemd-analyze", "security", "--offline=true", ROOT / "systemd" / "returns-gateway.service")
    found = re.search(r"exposure level for \S+: ([\d.]+)", rated.stdout)
    assert found is not None, rated.stdout + rated.stderr
    assert float(found[1]) <= MAX_EXPOSURE


def test_alerts_when_promtool_tests_them_then_each_fires_when_it_should() -> None:
    for command in (("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")):
        judged = run("promtool", *command, cwd=DEPLOY / "prometheus")
        assert judged.returncode == 0, judged.stdout + judged.stderr


def test_alerts_when_listed_then_each_is_tested_and_leads_to_a_heading_that_exists() -> None:
    alerts = (DEPLOY / "prometheus" / "alerts.yml").read_text()
    tests = (DEPLOY / "prometheus" / "alerts_test.yml").read_text()
    headings = re.findall(r"(?m)^## (.+)$", (ROOT / "docs" / "troubleshooting.md").read_text())
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    names = re.findall(r"alert: (\w+)", alerts)
    assert len(names) >= 8
    for name in names:
        assert re.search(rf"alertname: {name}\n\s+exp_alerts:\n", tests), f"{name} is never seen to fire"
    for anchor in re.findall(r"runbook_url: docs/troubleshooting.md#(\S+)", alerts):
        assert anchor in anchors
