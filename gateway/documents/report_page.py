"""The report as one HTML page that needs nothing else: figures in a table, plots as SVG."""

from collections.abc import Sequence
from html import escape

from rules.kpi import Kpi

WIDTH, HEIGHT, GAP = 760, 200, 24
_STYLE = """
body{font:16px/1.45 system-ui,sans-serif;max-width:800px;margin:2rem auto;padding:0 1rem;color:#1b1f23}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{padding:.3rem .6rem;border-bottom:1px solid #d0d7de;text-align:left}
td.n{text-align:right;font-variant-numeric:tabular-nums}
svg{width:100%;height:auto}text{font:12px system-ui,sans-serif;fill:#57606a}
.a{fill:#0969da}.b{fill:#2da44e}.key span{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}
@media (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}th,td{border-color:#30363d}
text{fill:#8b949e}}
""".strip()

_KEY = (
    '<p class="key"><span style="background:#0969da"></span>received'
    '<span style="background:#2da44e"></span>restocked</p>'
)


def report_page(
    title: str, kpis: Sequence[Kpi], days: Sequence[tuple[str, int, int]], reasons: Sequence[tuple[str, int]]
) -> str:
    """`days`: date, received, restocked; `reasons`: why items came back, and how many."""
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            _table(kpis),
            "<h2>Items per day</h2>",
            _KEY,
            _daily(days),
            "<h2>Why items came back</h2>",
            _bars(reasons),
            "</body></html>",
            "",
        )
    )


def _table(kpis: Sequence[Kpi]) -> str:
    rows = "".join(
        f"<tr><td>{escape(kpi.name.replace('_', ' '))}</td>"
        f'<td class="n">{"-" if kpi.value is None else f"{kpi.value:f}"}</td><td>{escape(kpi.unit)}</td></tr>'
        for kpi in kpis
    )
    return (
        f"<table><thead><tr><th>figure</th><th></th><th>unit</th></tr></thead><tbody>{rows}</tbody></table>"
    )


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
        f'<svg viewBox="0 0 {WIDTH} {2 * GAP + HEIGHT}" role="img" aria-label="Items per day">{"".join(bars)}'
        f'<text x="0" y="14">{top}</text><text x="0" y="{bottom}">{escape(first)}</text>'
        f'<text x="{WIDTH}" y="{bottom}" text-anchor="end">{escape(last)}</text></svg>'
    )


def _bars(reasons: Sequence[tuple[str, int]]) -> str:
    top = max((count for _, count in reasons), default=0) or 1
    room = WIDTH - 300
    rows = "".join(
        f'<rect class="a" x="240" y="{index * GAP + 4}" width="{count * room / top:.1f}" height="16"/>'
        f'<text x="232" y="{index * GAP + 17}" text-anchor="end">{escape(reason)}</text>'
        f'<text x="{246 + count * room / top:.1f}" y="{index * GAP + 17}">{count}</text>'
        for index, (reason, count) in enumerate(reasons)
    )
    height = max(1, len(reasons)) * GAP
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Reasons">{rows}</svg>'
