"""The report as one HTML page that needs nothing else: figures in a table, plots as SVG."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

from rules.kpi import Kpi

WIDTH, HEIGHT, GAP = 760, 200, 24
REASON_LETTERS = 34
"""A longer reason is cut in the plot; pointing at it shows all of it."""

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
_STYLE = """
body{font:16px/1.45 system-ui,sans-serif;max-width:800px;margin:2rem auto;padding:0 1rem;color:#1b1f23}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{padding:.3rem .6rem;border-bottom:1px solid #d0d7de;text-align:left}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}small{color:#57606a}
svg{width:100%;height:auto}text{font:12px system-ui,sans-serif;fill:#57606a}line{stroke:#d0d7de}
.a{fill:#0969da}.b{fill:#2da44e}.key span{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}
@media (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}th,td{border-color:#30363d}
text{fill:#8b949e}small{color:#8b949e}line{stroke:#30363d}}
""".strip()

_KEY = (
    '<p class="key"><span style="background:#0969da"></span>received'
    '<span style="background:#2da44e"></span>restocked</p>'
)


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
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            _table(kpis),
            f"<h2>{heading}</h2>",
            _KEY,
            _daily(counts),
            "<h2>Why items came back</h2>",
            _bars(reasons),
            "</body></html>",
            "",
        )
    )


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
        f"{_lines()}{''.join(bars)}"
        f'<text x="0" y="14">{top}</text><text x="0" y="{bottom}">{escape(first)}</text>'
        f'<text x="{WIDTH}" y="{bottom}" text-anchor="end">{escape(last)}</text></svg>'
    )


def _lines() -> str:
    heights = (GAP, GAP + HEIGHT // 2, GAP + HEIGHT)
    return "".join(f'<line x1="0" x2="{WIDTH}" y1="{height}" y2="{height}"/>' for height in heights)


def _bars(reasons: Sequence[tuple[str, int]]) -> str:
    top = max((count for _, count in reasons), default=0) or 1
    room = WIDTH - 300
    rows = "".join(
        f'<rect class="a" x="240" y="{index * GAP + 4}" width="{count * room / top:.1f}" height="16"/>'
        f'<text x="232" y="{index * GAP + 17}" text-anchor="end"><title>{escape(reason)}</title>'
        f"{escape(_cut(reason))}</text>"
        f'<text x="{246 + count * room / top:.1f}" y="{index * GAP + 17}">{count}</text>'
        for index, (reason, count) in enumerate(reasons)
    )
    height = max(1, len(reasons)) * GAP
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Reasons">{rows}</svg>'


def _cut(reason: str) -> str:
    return reason if len(reason) <= REASON_LETTERS else f"{reason[: REASON_LETTERS - 1]}…"
