"""Draws what the dashboards show, without Grafana: `picture.py PROMETHEUS_URL DIRECTORY SECONDS`.

Panels, places and queries are those of the JSON files; the lines are what Prometheus answers for the last
SECONDS. It is for the documents: Grafana draws them prettier, and lets one choose.
"""

import json
import math
import re
import sys
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
COLUMN, LINE, GAP, HEAD = 48, 30, 8, 36
"""Pixels: Grafana's grid has 24 columns, and panels are so many lines high."""
STEPS = 120
COLOURS = ("#3274d9", "#e0752d", "#37872d", "#c4162a", "#8f3bb8", "#b7950b", "#0e8a8a", "#6d6d6d")
STYLE = """text{font:12px sans-serif;fill:#222}.title{font-weight:600}.row{font-weight:600;fill:#555}
.board{font-size:17px}
.figure{font-size:30px;text-anchor:middle}.axis{font-size:10px;fill:#777}.end{text-anchor:end}
polyline{fill:none;stroke-width:1.5}"""
MAX_LEGENDS = 8

Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Box:
    """Where a panel is drawn, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Source:
    """A Prometheus, and the time that is shown."""

    url: str
    start: float
    end: float

    def lines(self, target: dict[str, Any]) -> list[tuple[str, Points]]:
        """Legend and points of each series of a query."""
        seconds = int(self.end - self.start)
        expression = target["expr"].replace("$__range", f"{seconds}s").replace("$__rate_interval", "20s")
        query = {
            "query": re.sub(r"\$(instance|reader|read_point)", ".*", expression),
            "start": str(self.start),
            "end": str(self.end),
            "step": str(seconds / STEPS),
        }
        with urllib.request.urlopen(  # noqa: S310 - the address is the operator's own
            f"{self.url}/api/v1/query_range?{urllib.parse.urlencode(query)}", timeout=30
        ) as answer:
            found = json.load(answer)["data"]["result"]
        return [(legend(target["legendFormat"], one["metric"]), points(one["values"])) for one in found]


def legend(form: str, labels: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), form)


def points(values: list[list[Any]]) -> Points:
    """Time and value; what is no number is left out."""
    pairs = [(float(when), float(text)) for when, text in values]
    return [pair for pair in pairs if math.isfinite(pair[1])]


def words(value: float, unit: str) -> str:
    """A value as Grafana would write it, nearly."""
    match unit:
        case "bytes":
            power = min(4, int(math.log(max(value, 1), 1024)))
            return f"{value / 1024**power:.3g} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"
        case "percentunit":
            return f"{value * 100:.3g} %"
        case "s":
            return f"{value * 1000:.3g} ms" if abs(value) < 1 else f"{value:.3g} s"
        case "cpm":
            return f"{value:.3g}/min"
        case "rps":
            return f"{value:.3g}/s"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def text(x: float, y: float, content: str, kind: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}">{escape(content)}</text>'


def draw_board(board: dict[str, Any], source: Source) -> str:
    parts = [text(GAP, 26, board["title"], "title board")]
    bottom = 0.0
    for panel in board["panels"]:
        place = panel["gridPos"]
        x, y = place["x"] * COLUMN + GAP / 2, HEAD + place["y"] * LINE + GAP / 2
        bottom = max(bottom, y + place["h"] * LINE)
        if panel["type"] == "row":
            parts.append(text(GAP, y + 18, panel["title"], "row"))
        else:
            box = Box(x, y, place["w"] * COLUMN - GAP, place["h"] * LINE - GAP)
            parts += draw_panel(panel, box, source)
    width, height = 24 * COLUMN, bottom + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" '
        f'width="{width}" height="{height:.0f}"><style>{STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#f4f5f5"/>{"".join(parts)}</svg>\n'
    )


def draw_panel(panel: dict[str, Any], box: Box, source: Source) -> list[str]:
    frame = f'x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"'
    parts = [f'<rect {frame} rx="2" fill="#fff" stroke="#ddd"/>']
    parts.append(text(box.x + 10, box.y + 18, panel["title"], "title"))
    lines = [line for target in panel["targets"] for line in source.lines(target) if line[1]]
    unit = panel["fieldConfig"]["defaults"]["unit"]
    middle = box.x + box.width / 2
    if not lines:
        return [*parts, text(middle, box.y + box.height / 2, "no data", "axis")]
    if panel["type"] == "stat":
        last = words(lines[0][1][-1][1], unit)
        return [*parts, text(middle, box.y + box.height / 2 + 18, last, "figure")]
    return parts + draw_lines(sorted(lines), box, unit, (source.start, source.end))


def draw_lines(lines: list[tuple[str, Points]], box: Box, unit: str, span: tuple[float, float]) -> list[str]:
    """An area for the curves, its scale at the left, and below it which colour is what."""
    left, right = box.x + 62, box.x + box.width - 12
    high, low = box.y + 30, box.y + box.height - 44
    values = [value for _, series in lines for _, value in series]
    top, base = max(values), min(0.0, *values)
    top = top if top > base else base + 1

    def across(when: float) -> float:
        return left + (right - left) * (when - span[0]) / (span[1] - span[0])

    def up(value: float) -> float:
        return low - (low - high) * (value - base) / (top - base)

    parts = []
    for share in (0.0, 0.5, 1.0):
        y = up(base + (top - base) * share)
        parts.append(f'<path d="M{left:.0f} {y:.0f}H{right:.0f}" stroke="#eee"/>')
        parts.append(text(left - 6, y + 4, words(base + (top - base) * share, unit), "axis end"))
    parts.append(text(left, low + 13, f"{span[0] - span[1]:.0f} s", "axis"))
    parts.append(text(right, low + 13, "now", "axis end"))
    for number, (_, series) in enumerate(lines):
        path = " ".join(f"{across(when):.1f},{up(value):.1f}" for when, value in series)
        parts.append(f'<polyline points="{path}" stroke="{COLOURS[number % len(COLOURS)]}"/>')
    return parts + draw_legend([name for name, _ in lines], left, low + 32, right)


def draw_legend(names: list[str], left: float, y: float, right: float) -> list[str]:
    parts: list[str] = []
    x = left
    for number, name in enumerate(names[:MAX_LEGENDS]):
        width = 24 + 5.6 * len(name)
        if x + width > right:
            break
        colour = COLOURS[number % len(COLOURS)]
        parts.append(f'<rect x="{x:.0f}" y="{y - 8:.0f}" width="10" height="4" fill="{colour}"/>')
        parts.append(text(x + 14, y - 2, name, "axis"))
        x += width
    return parts


def main(url: str, directory: Path, seconds: float) -> None:
    now = time.time()
    source = Source(url.rstrip("/"), now - seconds, now)
    for path in sorted(HERE.glob("*.json")):
        drawn = draw_board(json.loads(path.read_text(encoding="utf-8")), source)
        (directory / f"grafana-{path.stem}.svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
