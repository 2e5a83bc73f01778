"""Builds the Grafana dashboards, a JSON file for each of the modules beside this one: `make dashboards`."""

from pathlib import Path

import doors
import fleet
import internals
import returns
from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import BigValueColorMode
from grafana_foundation_sdk.models.dashboard import DashboardLinkType, DataSourceRef
from queries import Board, Panel

HERE = Path(__file__).parent
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
TAG = "returns-gateway"
BOARDS = (fleet.BOARD, doors.BOARD, returns.BOARD, internals.BOARD)


def build(board: Board) -> str:
    """A dashboard as JSON."""
    built = (
        dashboard.Dashboard(board.title)
        .uid(f"returns-gateway-{board.name}")
        .description(board.description)
        .tags(["rfid", TAG])
        .refresh("10s")
        .time("now-1h", "now")
        .readonly()
        .link(
            dashboard.DashboardLink("Returns")
            .type(DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(as_dropdown=True)
            .keep_time(keep_time=True)
            .include_vars(include_vars=True)
        )
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(choice("instance", "Gateway", "returns_gateway_build_info"))
    )
    for label, metric in board.variables.items():
        known = f'returns_gateway_{metric}{{instance=~"$instance"}}'
        built.with_variable(choice(label, label.replace("_", " ").capitalize(), known))
    for title, panels in board.rows.items():
        built.with_row(dashboard.Row(title))
        for panel in panels:
            built.with_panel(draw(panel))
    return JSONEncoder(sort_keys=True, indent=2).encode(built.build()) + "\n"


def choice(label: str, title: str, metric: str) -> dashboard.QueryVariable:
    """One, several or all values of a label."""
    return (
        dashboard.QueryVariable(label)
        .label(title)
        .query(f"label_values({metric}, {label})")
        .datasource(SOURCE)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
    )


def draw(panel: Panel) -> stat.Panel | timeseries.Panel:
    drawn: stat.Panel | timeseries.Panel
    if panel.is_figure:
        drawn = stat.Panel().color_mode(BigValueColorMode.NONE).span(6).height(4)
    else:
        drawn = (
            timeseries.Panel()
            .fill_opacity(10)
            .legend(common.VizLegendOptions().show_legend(show_legend=True))
            .span(12)
            .height(8)
        )
    drawn.title(panel.title).description(panel.description).unit(panel.unit).datasource(SOURCE)
    for number, (expression, legend) in enumerate(panel.queries):
        query = prometheus.Dataquery().expr(expression).legend_format(legend).ref_id(chr(ord("A") + number))
        drawn.with_target(query)
    return drawn


if __name__ == "__main__":
    for board in BOARDS:
        (HERE / f"{board.name}.json").write_text(build(board), encoding="utf-8")
