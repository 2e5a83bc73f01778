"""Instructions per read on the hot path against the budget in budget.json: the same on an idle and a busy machine.

    python -m tests.benchmarks.budget [--set]

Each piece runs under cachegrind; the difference to a run without any pass is the work itself. Exits with 1 when a piece takes more than its budget allows. --set writes what was counted as the new budget: commit
it together with the reason. Counts depend on the interpreter; another minor version is told, not judged.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.hotpath import PIECES, READS

ROOT = Path(__file__).parents[2]
BUDGET = Path(__file__).with_name("budget.json")
PASSES = 8
TOLERANCE = 1.10
"""Builds of one Python version differ by a few percent."""


def count(piece: str, passes: int) -> int:
    """Instructions of a whole process."""
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    ran = subprocess.run(
        [*command, sys.executable, "-m", "tests.benchmarks.hotpath", piece, str(passes)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"I\s+refs:\s+([\d,]+)", ran.stderr)
    assert found is not None, ran.stderr
    return int(found[1].replace(",", ""))


def main() -> int:
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: apt-get install valgrind", file=sys.stderr)
        return 69
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        start_up = pool.submit(count, next(iter(PIECES)), 0)
        totals = list(pool.map(lambda piece: count(piece, PASSES), PIECES))
    counted = {
        piece: round((total - start_up.result()) / (PASSES * READS))
        for piece, total in zip(PIECES, totals, strict=True)
    }
    version = ".".join(platform.python_version_tuple()[:2])
    if "--set" in sys.argv[1:]:
        BUDGET.write_text(json.dumps({"python": version, "instructions_per_read": counted}, indent=2) + "\n")
    budget = json.loads(BUDGET.read_text())
    over = 0
    for piece, used in counted.items():
        allowed = round(budget["instructions_per_read"][piece] * TOLERANCE)
        over += used > allowed
        print(
            f"{piece:<38} {used:>6,} instructions per read, {allowed:>6,} allowed{' - OVER' * (used > allowed)}"
        )
    if budget["python"] != version:
        print(f"the budget is for Python {budget['python']}, this is {version}: not judged")
        return 0
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
