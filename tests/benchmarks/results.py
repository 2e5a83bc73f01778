"""What a benchmark found: figures, the bars they are held against, and how they are written down."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs" / "benchmarks"
WIDTH, LABEL, LINE = 900, 430, 22


@dataclass(frozen=True, slots=True)
class Figure:
    """`ratio` is to what `against` names, measured in the same run; bars are on it where there is one."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    against: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_met(self) -> bool | None:
        """None: there is no bar."""
        judged = self.value if self.ratio is None else self.ratio
        if self.at_least is None and self.at_most is None:
            return None
        return (self.at_least is None or judged >= self.at_least) and (
            self.at_most is None or judged <= self.at_most
        )

    @property
    def bar(self) -> str:
        sides = (("≥", self.at_least), ("≤", self.at_most))
        return ", ".join(f"{sign} {limit:g}" for sign, limit in sides if limit is not None)


@dataclass(frozen=True, slots=True)
class Part:
    """One benchmark: `run` gets the number of rounds and whether it is to be quick."""

    name: str
    title: str
    notes: str
    run: Callable[[int, bool], Iterable[Figure]]


def main(part: Part) -> int:
    arguments = argparse.ArgumentParser(description=part.title)
    arguments.add_argument("--rounds", type=int, default=3, help="medians of so many")
    arguments.add_argument("--quick", action="store_true", help="small, once, nothing is written")
    arguments.add_argument("--check", action="store_true", help="exit with 1 when a bar is missed")
    arguments.add_argument("--out", type=Path, default=DOCS)
    options = arguments.parse_args()
    rounds = 1 if options.quick else options.rounds
    figures = list(part.run(rounds, options.quick))
    where = machine(rounds)
    text = as_markdown(part, figures, where)
    print(text)
    if not options.quick:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / f"{part.name}.md").write_text(text)
        (options.out / f"{part.name}.svg").write_text(as_svg(part.title, figures))
        (options.out / f"{part.name}.json").write_text(as_json(figures, where))
    return 1 if options.check and any(figure.is_met is False for figure in figures) else 0


def as_json(figures: Sequence[Figure], where: str) -> str:
    return json.dumps({"machine": where, "figures": [asdict(figure) for figure in figures]}, indent=2) + "\n"


def as_markdown(part: Part, figures: Sequence[Figure], where: str) -> str:
    """Ratios first."""
    lines = [f"# {part.title}", "", where, "", f"![{part.title}]({part.name}.svg)", ""]
    lines += ["| | ratio | to | bar | | absolute |", "|---|---|---|---|---|---|"]
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:,.2f}"
        met = {True: "met", False: "**missed**", None: ""}[figure.is_met]
        absolute = f"{_short(figure.value)} {figure.unit}"
        lines.append(f"| {figure.name} | {ratio} | {figure.against} | {figure.bar} | {met} | {absolute} |")
    return "\n".join([*lines, "", part.notes.strip(), ""])


def as_svg(title: str, figures: Sequence[Figure]) -> str:
    """Bars, those of one unit to one scale."""
    most = {figure.unit: 0.0 for figure in figures}
    for figure in figures:
        most[figure.unit] = max(most[figure.unit], figure.value)
    room = WIDTH - LABEL - 140
    rows = [
        f'<text x="{LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(figure.name)}</text>'
        f'<rect x="{LABEL}" y="{y + 3}" height="15" width="{length:.1f}"/>'
        f'<text x="{LABEL + length + 6:.1f}" y="{y + 15}">{_short(figure.value)} {escape(figure.unit)}</text>'
        for y, figure in zip(range(LINE, LINE * (len(figures) + 1), LINE), figures, strict=True)
        for length in (figure.value * room / (most[figure.unit] or 1),)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {LINE * (len(figures) + 1)}" role="img">'
        "<style>rect{fill:#0969da}text{font:12px system-ui,sans-serif;fill:#57606a}</style>"
        f'<title>{escape(title)}</title><text x="0" y="14">{escape(title)}</text>{"".join(rows)}</svg>\n'
    )


def machine(rounds: int) -> str:
    """Where this was measured, and how busy it was there."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return (
        f"Medians of {rounds} rounds, {datetime.now(UTC):%Y-%m-%d}. {os.cpu_count()} x {model}, Linux "
        f"{platform.release()}, Python {platform.python_version()}; load average {os.getloadavg()[0]:.1f} at the end."
    )


def told(name: str, *values: object) -> None:
    """What happens, for who waits."""
    print(name, *values, file=sys.stderr, flush=True)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"
