"""What is shipped for operators, judged by the programs that will read it: systemd, promtool, a real Prometheus."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.broker import free_port

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((ROOT / "systemd").glob("*.service"))
MAX_EXPOSURE = 1.2
DASHBOARD = json.loads((DEPLOY / "grafana" / "returns-gateway.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
FIRST_SCREEN = re.compile(r"Prometheus\s+http://(\S+?)/metrics")


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


def test_dashboard_when_built_again_then_it_is_the_one_that_is_shipped(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "grafana" / "build.py", tmp_path)
    built = run(sys.executable, tmp_path / "build.py")
    assert built.returncode == 0, built.stderr
    assert json.loads((tmp_path / "returns-gateway.json").read_text()) == DASHBOARD


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_panel_when_an_operator_looks_then_it_explains_itself(panel: dict[str, object]) -> None:
    assert panel["title"]
    assert str(panel["description"]).endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]  # type: ignore[index]
    assert panel["datasource"]["uid"] == "${datasource}"  # type: ignore[index]
    for target in panel["targets"]:  # type: ignore[attr-defined]
        if "rate(" in target["expr"]:
            assert "[$__rate_interval]" in target["expr"]


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that has scraped the running demo for a while; its address."""
    directory = tmp_path_factory.mktemp("prometheus")
    command = [Path(sys.executable).with_name("returns-gateway"), "demo", "--seconds", "60"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    demo = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert demo.stdout is not None
        target = next(found[1] for line in demo.stdout if (found := FIRST_SCREEN.search(line)))
        scrape = {
            "job_name": "returns-gateway",
            "scrape_interval": "1s",
            "static_configs": [{"targets": [target]}],
        }
        (directory / "prometheus.yml").write_text(json.dumps({"scrape_configs": [scrape]}))
        address = f"127.0.0.1:{free_port()}"
        server = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={directory / 'prometheus.yml'}",
                f"--storage.tsdb.path={directory / 'data'}",
                f"--web.listen-address={address}",
                "--log.level=error",
            ]
        )
        try:
            wait_for_restocks(address)
            yield address
        finally:
            server.terminate()
            server.wait()
    finally:
        demo.terminate()
        demo.communicate()


def wait_for_restocks(address: str) -> None:
    """The last thing to happen in the demo's first minute: then every figure has data, and twice."""
    until = time.monotonic() + 55
    while time.monotonic() < until:
        try:
            if series(address, "sum(rate(returns_gateway_restocks_total[15s])) > 0"):
                return
        except OSError:
            pass
        time.sleep(0.5)
    pytest.fail("the demo restocked nothing in its first minute")


def series(address: str, expression: str) -> list[object]:
    query = urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(f"http://{address}/api/v1/query?{query}", timeout=10) as answer:
        document = json.load(answer)
    assert document["status"] == "success", document
    found = document["data"]["result"]
    assert isinstance(found, list)
    return found


def test_dashboard_when_the_demo_runs_then_every_query_returns_data(prometheus: str) -> None:
    empty = []
    for panel in PANELS:
        for target in panel["targets"]:
            expression = target["expr"].replace("$__rate_interval", "30s").replace("$instance", ".*")
            if not series(prometheus, expression):
                empty.append(f"{panel['title']}: {expression}")
    assert empty == []


def test_alerts_when_the_demo_runs_then_every_metric_they_name_exists(prometheus: str) -> None:
    expressions = re.findall(r"(?m)^\s+expr: (.+)$", (DEPLOY / "prometheus" / "alerts.yml").read_text())
    names = {name for expression in expressions for name in re.findall(r"returns_gateway_\w+", expression)}
    assert names
    assert [name for name in sorted(names) if not series(prometheus, name)] == []
