"""Parts of an HTML page that needs nothing else: frame, tables, plots as SVG; light and dark."""

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, GAP = 760, 200, 24
LABEL_WIDTH = 240
LABEL_LETTERS = 34
"""A longer label is cut in the plot; pointing at it shows all of it."""
_STYLE = """
body{font:16px/1.45 system-ui,sans-serif;max-width:800px;margin:2rem auto;padding:0 1rem;color:#1b1f23}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{padding:.3rem .6rem;border-bottom:1px solid #d0d7de;text-align:left}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}tr.now td{font-weight:600}
.wide td:first-child,td.n{white-space:nowrap}
.wide{overflow-x:auto}code{font-size:.9em}small{color:#57606a}
svg{width:100%;height:auto}text{font:12px system-ui,sans-serif;fill:#57606a}
.a{fill:#0969da}.b{fill:#2da44e}.key span{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}
polyline{fill:none;stroke-width:2}.la{stroke:#0969da}.lb{stroke:#2da44e}.grid{stroke:#d0d7de}
@media (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}th,td{border-color:#30363d}
text{fill:#8b949e}small{color:#8b949e}.grid{stroke:#30363d}}
""".strip()


def page(title: str, parts: Sequence[str]) -> str:
    """The whole document."""
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            *parts,
            "</body></html>",
            "",
        )
    )


def heading(text: str, about: str = "") -> str:
    return f"<h2>{escape(text)}</h2>" + (f"<p>{escape(about)}</p>" if about else "")


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], marked: Sequence[int] = ()) -> str:
    """Numbers stand to the right; `marked` are the numbers of rows in bold. None shows as nothing."""
    numeric = [bool(rows) and all(_is_number(row[place]) for row in rows) for place in range(len(columns))]
    head = "".join(
        f"<th{_class(right)}>{escape(name)}</th>" for name, right in zip(columns, numeric, strict=True)
    )
    body = "".join(
        ('<tr class="now">' if number in marked else "<tr>")
        + "".join(
            f"<td{_class(right)}>{escape(_text(cell))}</td>" for cell, right in zip(row, numeric, strict=True)
        )
        + "</tr>"
        for number, row in enumerate(rows)
    )
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        if rows
        else "<p>None.</p>"
    )


def bars(rows: Sequence[tuple[str, float]], label: str, unit: str = "") -> str:
    """One bar per row, to the right; the longest fills the width."""
    top = max((count for _, count in rows), default=0) or 1
    room = WIDTH - LABEL_WIDTH - 60
    drawn = "".join(
        f'<rect class="a" x="{LABEL_WIDTH}" y="{index * GAP + 4}" '
        f'width="{count * room / top:.1f}" height="16"/>'
        f'<text x="{LABEL_WIDTH - 8}" y="{index * GAP + 17}" text-anchor="end"><title>{escape(name)}</title>'
        f"{escape(_cut(name))}</text>"
        f'<text x="{LABEL_WIDTH + 6 + count * room / top:.1f}" y="{index * GAP + 17}">'
        f"{_count(count)}{unit}</text>"
        for index, (name, count) in enumerate(rows)
    )
    height = max(1, len(rows)) * GAP
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}">{drawn}</svg>'


def lines(
    names: Sequence[str], first: Sequence[float | None], second: Sequence[float | None], label: str
) -> str:
    """Two shares, 0 … 1, over the values named."""
    step = (WIDTH - 80) / max(1, len(names) - 1)
    drawn = [
        f'<line class="grid" x1="40" x2="{WIDTH - 40}" y1="{_y(share):.1f}" y2="{_y(share):.1f}"/>'
        f'<text x="34" y="{_y(share) + 4:.1f}" text-anchor="end">{share:g}</text>'
        for share in (0.0, 0.5, 1.0)
    ]
    for kind, values in (("a", first), ("b", second)):
        points = [(40 + n * step, _y(value)) for n, value in enumerate(values) if value is not None]
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        drawn.append(f'<polyline class="l{kind}" points="{joined}"/>')
        drawn += [f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in points]
    drawn += [
        f'<text x="{40 + n * step:.1f}" y="{2 * GAP + HEIGHT - 6}" text-anchor="middle">{escape(name)}</text>'
        for n, name in enumerate(names)
    ]
    return (
        f'<svg viewBox="0 0 {WIDTH} {2 * GAP + HEIGHT}" role="img" aria-label="{escape(label)}">'
        f"{''.join(drawn)}</svg>"
    )


def key(first: str, second: str) -> str:
    """What the two colours stand for."""
    return (
        f'<p class="key"><span style="background:#0969da"></span>{escape(first)}'
        f'<span style="background:#2da44e"></span>{escape(second)}</p>'
    )


def _cut(label: str) -> str:
    return label if len(label) <= LABEL_LETTERS else f"{label[: LABEL_LETTERS - 1]}…"


def _count(count: float) -> str:
    return f"{count:,}" if isinstance(count, int) else f"{count:g}"


def _y(share: float) -> float:
    return GAP + HEIGHT * (1.0 - share)


def _is_number(cell: object) -> bool:
    return cell is None or isinstance(cell, int | float)


def _class(is_right: bool) -> str:
    return ' class="n"' if is_right else ""


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)
