"""Builds returns-gateway.json, the Grafana dashboard, from the table below: `make dashboards`."""

from dataclasses import dataclass
from pathlib import Path

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import BigValueColorMode
from grafana_foundation_sdk.models.dashboard import DataSourceRef

HERE = Path(__file__).parent
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
GATEWAY = 'instance=~"$instance"'


@dataclass(frozen=True)
class Panel:
    """One panel: what it shows, why one looks at it, and its queries with their legends."""

    title: str
    description: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    is_figure: bool = False


def quantile(share: float, name: str) -> str:
    rates = f"rate(returns_gateway_{name}_bucket{{{GATEWAY}}}[$__rate_interval])"
    return f"histogram_quantile({share}, sum by (le) ({rates}))"


def rate(name: str, by: str) -> str:
    return f"sum by ({by}) (rate(returns_gateway_{name}_total{{{GATEWAY}}}[$__rate_interval]))"


def gauge(name: str, by: str = "") -> str:
    return (
        f"sum by ({by}) (returns_gateway_{name}{{{GATEWAY}}})"
        if by
        else f"sum(returns_gateway_{name}{{{GATEWAY}}})"
    )


ROWS: dict[str, tuple[Panel, ...]] = {
    "Now": (
        Panel(
            "Readers connected",
            "Readers that inventory for us just now; fewer than configured means a blind door.",
            "short",
            ((gauge("reader_connected"), "readers"),),
            is_figure=True,
        ),
        Panel(
            "Open RMAs",
            "RMAs that still expect items.",
            "short",
            ((gauge("open_rmas"), "RMAs"),),
            is_figure=True,
        ),
        Panel(
            "Waiting in outbox",
            "Events stored and not yet taken by the broker; more than a few means the broker is away.",
            "short",
            ((gauge("outbox_pending"), "events"),),
            is_figure=True,
        ),
        Panel(
            "Broker",
            "1 while the broker takes our messages.",
            "short",
            ((f"min(returns_gateway_mqtt_connected{{{GATEWAY}}})", "connected"),),
            is_figure=True,
        ),
    ),
    "Returned goods": (
        Panel(
            "Receipts",
            "Items of open RMAs that came in, per minute.",
            "cpm",
            ((f"60 * ({rate('receipts', 'read_point')})", "{{read_point}}"),),
        ),
        Panel(
            "Restocks",
            "Items back in sellable stock, per minute.",
            "cpm",
            ((f"60 * ({rate('restocks', 'read_point')})", "{{read_point}}"),),
        ),
        Panel(
            "Exceptions",
            "What somebody must look at, by reason, per minute.",
            "cpm",
            ((f"60 * ({rate('exceptions', 'code')})", "{{code}}"),),
        ),
        Panel(
            "Passages",
            "What the doors decided, per minute: in, out, driven past, turned back, parked.",
            "cpm",
            ((f"60 * ({rate('passages', 'read_point, verdict')})", "{{read_point}} {{verdict}}"),),
        ),
    ),
    "Readers": (
        Panel(
            "Tag reads",
            "Reads per second; a reader that falls to zero has lost its antennas or its field.",
            "rps",
            ((rate("tag_reads", "reader"), "{{reader}}"),),
        ),
        Panel(
            "Tags in memory",
            "Tags each read point remembers; it is bounded.",
            "short",
            ((gauge("tracked_tags", "read_point"), "{{read_point}}"),),
        ),
        Panel(
            "Clock offset",
            "Host clock minus reader clock; the gateway corrects for it.",
            "s",
            ((gauge("reader_clock_offset_seconds", "reader"), "{{reader}}"),),
        ),
        Panel(
            "Parked tags",
            "Tags that stand in a door's field and do not move.",
            "short",
            ((gauge("parked_tags", "read_point"), "{{read_point}}"),),
        ),
    ),
    "Gateway": (
        Panel(
            "Time to decide",
            "From the last read of a passage to its event being stored.",
            "s",
            ((quantile(0.5, "decision_seconds"), "median"), (quantile(0.99, "decision_seconds"), "99 %")),
        ),
        Panel(
            "Time to publish",
            "From an event being stored to the broker's acknowledgement.",
            "s",
            ((quantile(0.5, "publish_seconds"), "median"), (quantile(0.99, "publish_seconds"), "99 %")),
        ),
        Panel(
            "Loop lag",
            "How late the daemon's own timer is: the machine's or the disk's load.",
            "s",
            ((quantile(0.99, "event_loop_lag_seconds"), "99 %"),),
        ),
        Panel(
            "Memory",
            "Resident memory of the daemon.",
            "bytes",
            ((f"process_resident_memory_bytes{{{GATEWAY}}}", "{{instance}}"),),
        ),
    ),
}


def build() -> str:
    """The dashboard as JSON."""
    board = (
        dashboard.Dashboard("returns-gateway")
        .uid("returns-gateway")
        .description("Returned goods from door to shelf: readers, decisions, delivery.")
        .tags(["rfid", "returns"])
        .refresh("10s")
        .time("now-1h", "now")
        .readonly()
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(
            dashboard.QueryVariable("instance")
            .label("Gateway")
            .query("label_values(returns_gateway_build_info, instance)")
            .datasource(SOURCE)
            .multi(multi=True)
            .include_all(include_all=True)
        )
    )
    for title, panels in ROWS.items():
        board.with_row(dashboard.Row(title))
        for panel in panels:
            board.with_panel(draw(panel))
    return JSONEncoder(sort_keys=True, indent=2).encode(board.build()) + "\n"


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
    for expression, legend in panel.queries:
        drawn.with_target(prometheus.Dataquery().expr(expression).legend_format(legend))
    return drawn


if __name__ == "__main__":
    (HERE / "returns-gateway.json").write_text(build(), encoding="utf-8")
