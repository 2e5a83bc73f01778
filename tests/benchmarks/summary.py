"""Puts what the benchmarks found on one page: docs/benchmarks/README.md.

python -m tests.benchmarks.summary
"""

import json

from tests.benchmarks.results import DOCS, Figure

PARTS = {
    "decode": "Decoding",
    "daemon": "The daemon at fleet load",
    "latency": "Latency",
    "growth": "Growth",
    "million": "A million open lines",
    "replay": "Replay",
    "freeze": "A broker that stands still",
    "baselines": "The floor under each stage",
}
INTRODUCTION = """\
# Benchmarks

`make bench` measures all of this in one run beside what a user would write instead, and writes these pages. Each
part runs alone too (`python -m tests.benchmarks.bench_NAME`), with `--quick` in a minute. Ratios are within one
run; absolute figures are those of the machine named on each page, as busy as it was then. `make budget` counts
instructions instead, which no other load changes. What was tried and did not pay is in
[what-did-not-pay.md](what-did-not-pay.md).

| part | bar held against | found | |
|---|---|---|---|
"""


def main() -> None:
    rows = []
    for part, title in PARTS.items():
        path = DOCS / f"{part}.json"
        if not path.exists():
            continue
        figures = [Figure(**found) for found in json.loads(path.read_text())["figures"]]
        judged = [figure for figure in figures if figure.is_met is not None]
        if not judged:
            rows.append(f"| [{title}]({part}.md) | none | | |")
        for figure in judged:
            found = (
                f"{figure.value:,.3g} {figure.unit}"
                if figure.ratio is None
                else f"{figure.ratio:,.2f} x {figure.against}"
            )
            met = "met" if figure.is_met else "**missed**"
            rows.append(f"| [{title}]({part}.md) | {figure.name}: {figure.bar} | {found} | {met} |")
    text = INTRODUCTION + "\n".join(rows) + "\n"
    (DOCS / "README.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
