"""The Grafana dashboards: built from code, explained panel by panel, and every query answered by a live daemon."""

import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.watched import DASHBOARDS, PROMETHEUS, WatchedSite

NAMES = ("fleet", "doors", "returns", "internals")
BOARDS: dict[str, dict[str, Any]] = {
    name: json.loads((DASHBOARDS / f"{name}.json").read_text()) for name in NAMES
}
PANELS = [
    pytest.param(name, panel, id=f"{name}: {panel['title']}")
    for name, board in BOARDS.items()
    for panel in board["panels"]
    if panel["type"] != "row"
]
RANGES = {"$__rate_interval": "20s", "$__range": "60s"}


def test_dashboards_when_built_again_then_they_are_those_that_are_shipped(tmp_path: Path) -> None:
    for module in DASHBOARDS.glob("*.py"):
        shutil.copy(module, tmp_path)
    built = subprocess.run(
        [sys.executable, tmp_path / "build.py"], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    assert {path.stem: json.loads(path.read_text()) for path in tmp_path.glob("*.json")} == BOARDS
    assert {path.stem for path in DASHBOARDS.glob("*.json")} == set(NAMES)


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_panel_when_an_operator_looks_then_it_explains_itself(board: str, panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert str(panel["description"]).endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"]["uid"] == "${datasource}"
    for target in panel["targets"]:
        assert 'instance=~"$instance"' in target["expr"], board
        assert target["legendFormat"]
        if "rate(" in target["expr"]:
            assert "[$__rate_interval]" in target["expr"]
        for counter in re.findall(r"returns_gateway_\w+_total", target["expr"]):
            assert re.search(rf"(rate|increase)\({counter}", target["expr"]), "counters are never shown raw"


@pytest.mark.parametrize("name", NAMES)
def test_dashboard_when_variables_are_chosen_then_panels_follow(name: str) -> None:
    variables = [variable["name"] for variable in BOARDS[name]["templating"]["list"]]
    assert variables[:2] == ["datasource", "instance"]
    text = json.dumps(BOARDS[name]["panels"])
    assert [
        variable for variable in variables if f"${variable}" not in text and f"${{{variable}" not in text
    ] == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedSite]:
    """Goods have moved, were restocked and inspected, and a reader has come and gone: every figure has data."""
    with WatchedSite(tmp_path_factory.mktemp("watched")) as running:
        running.stop("cage")
        running.start_cage("--fault", "close-event")
        running.publish("cmd/rma_close", '{"rma":"RMA-1001"}')
        for expression in (
            "sum(rate(returns_gateway_restocks_total[20s])) > 0",
            "sum(rate(returns_gateway_reader_reconnects_total[20s])) > 0",
            "sum(rate(returns_gateway_commands_total[60s]))",
            'sum(rate(returns_gateway_passages_total{verdict="in"}[20s])) > 0',
            'sum(rate(returns_gateway_events_total{kind="receipt"}[20s])) > 0',
            "sum(rate(returns_gateway_exceptions_total[60s]))",
        ):
            running.wait(lambda expression=expression: running.series(expression), expression)
        yield running


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_panel_when_goods_move_then_every_query_returns_data(
    site: WatchedSite, board: str, panel: dict[str, Any]
) -> None:
    for target in panel["targets"]:
        expression = target["expr"]
        for name, seconds in RANGES.items():
            expression = expression.replace(name, seconds)
        found = site.series(re.sub(r"\$(instance|reader|read_point)", ".*", expression))
        assert found, f"{board}: {expression}"
        assert any(float(sample["value"][1]) == float(sample["value"][1]) for sample in found), "only NaN"


@pytest.mark.parametrize("name", NAMES)
def test_variables_when_goods_move_then_there_is_something_to_choose(site: WatchedSite, name: str) -> None:
    for variable in BOARDS[name]["templating"]["list"]:
        if variable["type"] == "query":
            found = re.fullmatch(r"label_values\((.+), (\w+)\)", str(variable["query"]))
            assert found is not None
            series = site.series(found[1].replace("$instance", ".*"))
            assert {sample["metric"].get(found[2]) for sample in series} - {None}, variable["name"]


def test_pictures_when_drawn_from_live_data_then_each_panel_is_in_them(
    site: WatchedSite, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, DASHBOARDS / "picture.py", site.prometheus, tmp_path, "30"], check=True)
    for name, board in BOARDS.items():
        drawn = ET.parse(tmp_path / f"grafana-{name}.svg").getroot()
        texts = {element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")}
        assert {panel["title"] for panel in board["panels"]} <= texts
        assert "no data" not in texts


def test_alerts_when_goods_move_then_every_metric_they_name_exists(site: WatchedSite) -> None:
    names = set(re.findall(r"returns_gateway_\w+", (PROMETHEUS / "alerts.yml").read_text()))
    assert names
    assert [name for name in sorted(names) if not site.series(name)] == []
