"""The command line: what it refuses, what it writes, how it explains itself."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from readers.emulator.__main__ import main
from readers.emulator.faults import FAULTS
from readers.emulator.profiles import PROFILES

Command: TypeAlias = Callable[..., tuple[int, str, str]]
"""Arguments → exit code, stdout, stderr."""
SCENARIO = """
seed = 5
duration_seconds = 12.0
[[door]]
id = "dock-1"
reader = "dock-1-reader"
[[load]]
move = "in"
items = 6
start_seconds = 2.0
"""


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["llrp-emulator", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = left.code
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_help_when_asked_for_then_names_every_profile_fault_and_how_to_use_it(command: Command) -> None:
    code, out, _ = command("--help")
    assert code == 0
    assert all(f"  {name} " in out for name in (*PROFILES, *FAULTS))
    assert all(fault.sentence in out for fault in FAULTS.values())
    for software in ("returns-gateway reader watch", "llrpkit", "sllurp", "tshark"):
        assert software in out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--fault", "bussy"], "there is no fault 'bussy'"),
        (["--fault", "busy:ADD_ROSPEC"], "about no request"),
        (["--profile", "r9000"], "'r9000' is not one of"),
        (["--readers", "0"], "0 is not in the range"),
        (["--port", "65000", "--readers", "1000"], "no 1000 ports from 65000 on"),
        (["--csv", "reads.csv"], "--csv and --truth write a --scenario"),
        (["--scenario", "x.toml", "--truth", "truth.csv"], "--truth goes with --csv"),
        (["--nonsense"], "No such option"),
    ],
)
def test_command_when_used_wrongly_then_exits_64_and_says_why(
    command: Command, arguments: list[str], why: str
) -> None:
    code, _, err = command(*arguments)
    assert code == 64
    assert why in err


def test_scenario_when_written_then_is_csv_of_reads_and_truth(command: Command, tmp_path: Path) -> None:
    scenario, reads, truth = (tmp_path / name for name in ("s.toml", "reads.csv", "truth.csv"))
    scenario.write_text(SCENARIO, encoding="utf-8")
    code, out, err = command("--scenario", scenario, "--csv", reads, "--truth", truth)
    assert (code, err) == (0, "")
    with reads.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["time", "reader", "antenna", "epc", "rssi"]
    times = [float(row["time"]) for row in rows]
    assert times == sorted(times)
    assert {row["reader"] for row in rows} == {"dock-1-reader"}
    assert {row["antenna"] for row in rows} == {"1", "2"}
    assert all(-90 < int(row["rssi"]) < -20 for row in rows)
    assert f"{len(rows)} reads" in out
    with truth.open(newline="", encoding="utf-8") as file:
        items = list(csv.DictReader(file))
    assert [(item["kind"], item["read_point"]) for item in items] == [("receipt", "dock-1")] * 6
    assert {row["epc"] for row in rows} <= {item["epc"] for item in items}


def test_scenario_when_faulty_then_exits_65_and_names_the_key(command: Command, tmp_path: Path) -> None:
    scenario = tmp_path / "s.toml"
    scenario.write_text(SCENARIO.replace("items", "itmes"), encoding="utf-8")
    code, _, err = command("--scenario", scenario, "--csv", tmp_path / "reads.csv")
    assert code == 65
    assert "itmes" in err
    assert not (tmp_path / "reads.csv").exists()


def test_scenario_when_not_there_then_exits_65(command: Command, tmp_path: Path) -> None:
    code, _, err = command("--scenario", tmp_path / "none.toml")
    assert code == 65
    assert "none.toml" in err


def test_csv_when_it_cannot_be_written_then_exits_74(command: Command, tmp_path: Path) -> None:
    scenario = tmp_path / "s.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    code, _, err = command("--scenario", scenario, "--csv", tmp_path / "no" / "reads.csv")
    assert code == 74
    assert "reads.csv" in err
