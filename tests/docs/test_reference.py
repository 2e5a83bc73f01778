"""The reference is what the program says of itself, complete, and written anew after each change."""

import re
import runpy
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGES = runpy.run_path(str(REFERENCE / "build.py"))["PAGES"]


@pytest.mark.parametrize("name", PAGES)
def test_page_when_written_again_then_it_is_the_one_that_is_there(name: str) -> None:
    assert (REFERENCE / f"{name}.md").read_text(encoding="utf-8") == PAGES[name](), "make reference"


@pytest.mark.parametrize("name", ["configuration", "metrics"])
def test_page_when_a_row_is_read_then_it_says_something(name: str) -> None:
    rows = re.findall(r"(?m)^\| `.*$", PAGES[name]())
    assert rows
    assert [row for row in rows if row.endswith("|  |")] == []


def test_cli_page_when_read_then_every_command_of_the_contract_is_there() -> None:
    page = PAGES["cli"]()
    for command in (
        "run",
        "demo",
        "check",
        "doctor",
        "reader discover",
        "rma import",
        "item explain",
        "db backup",
    ):
        assert f"## `returns-gateway {command}`" in page
    assert "## `llrp-emulator`" in page
