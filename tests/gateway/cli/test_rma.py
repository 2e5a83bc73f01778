"""`rma import`, `list`, `show` and `close`."""

import json
from pathlib import Path

import pytest

from tests.gateway.cli.conftest import Cli

HEADER = "rma,line,gtin,serial,quantity\n"


@pytest.fixture
def imported(config: Path, cli: Cli, tmp_path: Path) -> Path:
    file = tmp_path / "rmas.csv"
    file.write_text(
        HEADER + "RMA-1,1,80614141123458,6789,1\nRMA-1,1,80614141123458,6790,1\nRMA-2,1,80614141123458,,3\n"
    )
    ran = cli("rma", "import", file, "--config", config)
    assert (ran.code, ran.out, ran.err) == (0, "2 new, 0 changed, 0 as before; 2 lines\n", "")
    return file


def test_import_when_a_row_is_faulty_then_nothing_is_imported(config: Path, cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "rmas.csv"
    file.write_text(HEADER + "RMA-1,1,80614141123458,,1\nRMA-2,1,80614141123458,,-1\n")
    ran = cli("rma", "import", file, "--config", config)
    assert (ran.code, ran.out) == (65, "")
    assert ran.err.startswith("rmas.csv:3: quantity: ")
    file.write_text(HEADER + "RMA-1,1,80614141123458,,1\n")
    assert cli("rma", "import", file, "--config", config).out.startswith("1 new")


def test_import_when_repeated_then_nothing_changes(config: Path, cli: Cli, imported: Path) -> None:
    assert (
        cli("rma", "import", imported, "--config", config).out == "0 new, 0 changed, 2 as before; 2 lines\n"
    )


@pytest.mark.usefixtures("imported")
def test_close_when_open_then_it_is_closed_and_again_changes_nothing(config: Path, cli: Cli) -> None:
    assert cli("rma", "close", "RMA-1", "--config", config).out == "RMA-1 is closed\n"
    assert cli("rma", "close", "RMA-1", "--config", config).out == "RMA-1 was closed already\n"


@pytest.mark.usefixtures("imported")
def test_close_when_unknown_then_the_code_is_65(config: Path, cli: Cli) -> None:
    ran = cli("rma", "close", "RMA-9", "--config", config)
    assert (ran.code, ran.out, ran.err) == (65, "", "rma: RMA-9 is not known\n")


@pytest.mark.usefixtures("imported")
def test_list_when_json_then_one_object_per_rma(config: Path, cli: Cli) -> None:
    ran = cli("rma", "list", "--json", "--config", config)
    assert (ran.code, ran.err) == (0, "")
    first, second = (json.loads(line) for line in ran.out.splitlines())
    assert first.pop("opened_at").endswith("Z")
    assert first == {
        "rma": "RMA-1",
        "state": "authorized",
        "order": None,
        "customer": None,
        "expires_at": None,
        "closed_at": None,
        "expected": 2,
        "received": 0,
        "lines": 1,
    }
    assert (second["rma"], second["expected"]) == ("RMA-2", 3)


@pytest.mark.usefixtures("imported")
def test_list_when_for_people_then_one_row_per_rma(config: Path, cli: Cli) -> None:
    rows = [line.split()[:5] for line in cli("rma", "list", "--config", config).out.splitlines()]
    assert rows == [
        ["RMA", "STATE", "RECEIVED", "EXPECTED", "LINES"],
        ["RMA-1", "authorized", "0", "2", "1"],
        ["RMA-2", "authorized", "0", "3", "1"],
    ]


@pytest.mark.usefixtures("imported")
def test_list_when_limited_then_it_says_how_to_go_on(config: Path, cli: Cli) -> None:
    first = cli("rma", "list", "--json", "--limit", "1", "--config", config)
    assert [json.loads(line)["rma"] for line in first.out.splitlines()] == ["RMA-1"]
    assert first.err == "there are more: --after RMA-1, or a greater --limit\n"
    rest = cli("rma", "list", "--json", "--after", "RMA-1", "--config", config)
    assert [json.loads(line)["rma"] for line in rest.out.splitlines()] == ["RMA-2"]
    assert rest.err == ""


@pytest.mark.usefixtures("imported")
def test_list_when_asked_for_a_state_then_only_such_are_listed(config: Path, cli: Cli) -> None:
    cli("rma", "close", "RMA-2", "--config", config)
    ran = cli("rma", "list", "--json", "--state", "closed", "--config", config)
    assert [json.loads(line)["rma"] for line in ran.out.splitlines()] == ["RMA-2"]


def test_list_when_there_are_none_then_stdout_is_empty(config: Path, cli: Cli) -> None:
    ran = cli("rma", "list", "--config", config)
    assert (ran.code, ran.out, ran.err) == (0, "", "no RMAs\n")


@pytest.mark.usefixtures("imported")
def test_show_when_json_then_lines_and_their_names_are_told(config: Path, cli: Cli) -> None:
    ran = cli("rma", "show", "RMA-1", "--json", "--config", config)
    shown = json.loads(ran.out)
    assert (ran.code, shown["rma"], shown["state"]) == (0, "RMA-1", "authorized")
    (line,) = shown["lines"]
    assert (line["line"], line["status"], line["expected"], line["received"]) == (1, "open", 2, 0)
    assert (line["serials"], line["epcs"], line["items"]) == (["6789", "6790"], [], [])


@pytest.mark.usefixtures("imported")
def test_show_when_for_people_then_rma_and_lines_are_tables(config: Path, cli: Cli) -> None:
    out = cli("rma", "show", "RMA-1", "--config", config).out
    assert out.splitlines()[0].startswith("RMA")
    assert "1     open    0         2         80614141123458  6789 6790" in out


def test_show_when_unknown_then_the_code_is_65(config: Path, cli: Cli) -> None:
    ran = cli("rma", "show", "RMA-9", "--config", config)
    assert (ran.code, ran.out, ran.err) == (65, "", "rma: RMA-9 is not known\n")


@pytest.mark.parametrize("name", ["\udcff", "a\x00b", "\x1b[2J", ""])
def test_show_when_the_name_cannot_be_printed_then_usage(config: Path, cli: Cli, name: str) -> None:
    for words in (("rma", "show"), ("rma", "close"), ("rma", "list", "--after"), ("item", "void")):
        ran = cli(*words, name, "--config", config)
        assert (ran.code, ran.out) == (64, "")
        assert "printable text is expected" in ran.err
