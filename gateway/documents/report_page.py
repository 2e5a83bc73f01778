"""The report as one HTML page that needs nothing else: figures in a table, plots as SVG."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

from gateway.documents import page
from gateway.documents.page import GAP, HEIGHT, WIDTH
from rules.kpi import Kpi

LABELS: Mapping[str, tuple[str, str]] = {
    "items_received": ("Items received", "that were not taken back"),
    "items_restocked": ("Items restocked", "sellable again"),
    "items_gone": ("Items gone", "disposed of, or sent on"),
    "items_waiting": ("Items waiting", "without an end when the period was over"),
    "time_to_receipt": ("Time to receipt", "from the RMA's opening to the receipt, on average"),
    "dock_to_stock": ("Dock to stock", "from the receipt to the restock, on average"),
    "disposition_cycle": ("Disposition cycle", "from the receipt to the decision, on average"),
    "value_returned": ("Value returned", "of the items received"),
    "value_recovered": ("Value recovered", "of those that are sellable again"),
    "recovery_rate": ("Recovery rate", "value recovered ÷ value returned"),
    "auto_match_rate": ("Automatic match rate", "receipts nobody had to void ÷ receipts"),
    "rmas_resolved": ("RMAs resolved", "nothing more awaited, every item has its end"),
    "sla_breach": ("SLA breaches", "of the RMAs resolved, those that had been overdue"),
    "cost_per_return": ("Cost per return", "from the site's own figures"),
    "co2_avoided": ("CO₂ avoided", "from the site's own figures"),
    "value_waiting": ("Value waiting", "of the items waiting"),
    "value_decay": ("Value decay", "what they have lost: value times rate times days ÷ 30"),
}


def report_page(
    title: str,
    kpis: Sequence[Kpi],
    days: tuple[int, Sequence[tuple[str, int, int]]],
    reasons: Sequence[tuple[str, int]],
) -> str:
    """`days`: how many are one bar, and of each its first date, received, restocked; `reasons`: why items
    came back, and how many.
    """
    span, counts = days
    heading = "Items per day" if span == 1 else f"Items per {span} days"
    parts = (
        _table(kpis),
        page.heading(heading),
        page.key("received", "restocked"),
        _daily(counts),
        page.heading("Why items came back"),
        page.bars(reasons, "Reasons"),
    )
    return page.page(title, parts)


def _table(kpis: Sequence[Kpi]) -> str:
    rows = "".join(map(_row, kpis))
    head = '<tr><th>Figure</th><th class="n">Value</th></tr>'
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _row(kpi: Kpi) -> str:
    label, meaning = LABELS[kpi.name]
    return (
        f"<tr><td>{escape(label)}<br><small>{escape(meaning)}</small></td>"
        f'<td class="n">{escape(in_words(kpi))}</td></tr>'
    )


def in_words(kpi: Kpi) -> str:
    """A figure as people read it, with its unit; a dash where nothing was measured."""
    if kpi.value is None:
        return "-"
    match kpi.unit:
        case "share":
            return f"{kpi.value * 100:.1f} %"
        case "hours":
            return f"{kpi.value:.1f} h"
        case "items" | "RMAs":
            return f"{kpi.value:,f}"
        case "kg":
            return f"{kpi.value:,.1f} kg"
    return f"{kpi.value.quantize(Decimal('0.01')):,f} {kpi.unit}"


def _daily(days: Sequence[tuple[str, int, int]]) -> str:
    top = max((max(received, restocked) for _, received, restocked in days), default=0) or 1
    step = WIDTH / max(1, len(days))
    bars: list[str] = []
    for index, (day, received, restocked) in enumerate(days):
        for kind, count, offset in (("a", received, 0.1), ("b", restocked, 0.5)):
            height = count * HEIGHT / top
            bars.append(
                f'<rect class="{kind}" x="{(index + offset) * step:.1f}" y="{GAP + HEIGHT - height:.1f}" '
                f'width="{step * 0.4:.1f}" height="{height:.1f}"><title>{escape(day)}: {count}</title></rect>'
            )
    first, last = (days[0][0], days[-1][0]) if days else ("", "")
    bottom = 2 * GAP + HEIGHT - 6
    return (
        f'<svg viewBox="0 0 {WIDTH} {2 * GAP + HEIGHT}" role="img" aria-label="Items per day">'
        f"{_grid()}{''.join(bars)}"
        f'<text x="0" y="14">{top}</text><text x="0" y="{bottom}">{escape(first)}</text>'
        f'<text x="{WIDTH}" y="{bottom}" text-anchor="end">{escape(last)}</text></svg>'
    )


def _grid() -> str:
    heights = (GAP, GAP + HEIGHT // 2, GAP + HEIGHT)
    return "".join(f'<line class="grid" x1="0" x2="{WIDTH}" y1="{y}" y2="{y}"/>' for y in heights)
