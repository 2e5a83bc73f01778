"""`replay`: events on stdout, score and explanation on stderr."""

import json
from pathlib import Path

import pytest

from tests.gateway.cli.conftest import Cli

KNOWN = "3034257BF7194E4000001A85"
STRANGER = "3034257BF7194E4000001A86"
BENCH = """
[gateway]
site = "dc1"
[[reader]]
id = "bench-reader"
host = "127.0.0.1"
[[reader.antenna]]
port = 1
read_point = "bench"
[[read_point]]
id = "bench"
kind = "presence"
biz_step = "receiving"
"""


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """A configuration with a presence read point; reads, RMAs and the truth beside it."""
    (tmp_path / "reads.csv").write_text(
        "time,reader,antenna,epc,rssi\n"
        + "".join(
            f"2026-11-20T10:00:0{second}.{part}Z,{reader},1,{epc},-55\n"
            for second in range(5)
            for part in (0, 5)
            for reader, epc in (("bench-reader", KNOWN), ("bench-reader", STRANGER), ("elsewhere", KNOWN))
        )
    )
    (tmp_path / "rmas.csv").write_text(
        "rma,line,gtin,serial,quantity,opened_at\nRMA-1,1,80614141123458,6789,1,2026-11-01T00:00:00Z\n"
    )
    (tmp_path / "truth.csv").write_text(f"epc,kind\n{KNOWN},receipt\n")
    path = tmp_path / "gateway.toml"
    path.write_text(BENCH)
    return path


def test_replay_when_run_then_events_are_cloudevents_lines_on_stdout(bench: Path, cli: Cli) -> None:
    near = bench.parent
    ran = cli("replay", near / "reads.csv", "--config", bench, "--rma", near / "rmas.csv")
    assert ran.code == 0
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert {(event["type"], event["data"]["epc"]) for event in events} >= {
        ("returns.receipt.v1", KNOWN),
        ("returns.exception.v1", STRANGER),
    }
    assert [int(event["sequence"]) for event in events] == list(range(1, len(events) + 1))
    assert ran.err == "10 reads dropped: unknown reader\n"


def test_replay_when_run_twice_then_the_output_is_the_same(bench: Path, cli: Cli) -> None:
    command = ("replay", bench.parent / "reads.csv", "--config", bench, "--rma", bench.parent / "rmas.csv")
    assert cli(*command).out == cli(*command).out != ""


def test_replay_when_scored_then_precision_and_recall_are_told_on_stderr(bench: Path, cli: Cli) -> None:
    near = bench.parent
    command = (
        "replay",
        near / "reads.csv",
        "--config",
        bench,
        "--rma",
        near / "rmas.csv",
        "--truth",
        near / "truth.csv",
    )
    table = cli(*command).err.splitlines()[1:]
    assert table[0].split() == ["KIND", "EXPECTED", "RIGHT", "WRONG", "DUPLICATES", "PRECISION", "RECALL"]
    assert table[1].split() == ["receipt", "1", "1", "0", "0", "1.000", "1.000"]
    score = json.loads(cli(*command, "--json").err.splitlines()[-1])
    assert score["receipt"] == {
        "expected": 1, "right": 1, "wrong": 0, "duplicates": 0, "precision": 1.0, "recall": 1.0
    }  # fmt: skip


def test_replay_when_asked_to_explain_then_visits_and_events_are_told(bench: Path, cli: Cli) -> None:
    near = bench.parent
    ran = cli(
        "replay",
        near / "reads.csv",
        "--config",
        bench,
        "--rma",
        near / "rmas.csv",
        "--explain",
        KNOWN.lower(),
    )
    told = [line for line in ran.err.splitlines() if line.startswith(KNOWN)]
    assert "at bench: present" in told[1]
    assert any("told receipt RMA-1/1 by serial" in line for line in told)
    assert (
        f"{STRANGER[:-1]}0: not received: no read point observed it"
        in cli("replay", near / "reads.csv", "--config", bench, "--explain", f"{STRANGER[:-1]}0").err
    )


def test_replay_when_a_database_is_given_then_it_holds_what_was_decided(bench: Path, cli: Cli) -> None:
    near = bench.parent
    url = f"sqlite:///{near}/replayed.db"
    ran = cli("replay", near / "reads.csv", "--config", bench, "--rma", near / "rmas.csv", "--database", url)
    assert ran.code == 0
    bench.write_text(BENCH + f'[database]\nurl = "{url}"\n')
    shown = json.loads(cli("rma", "show", "RMA-1", "--json", "--config", bench).out)
    assert (shown["state"], shown["received"]) == ("received", 1)
    (item,) = shown["lines"][0]["items"]
    assert (item["epc"], item["reversed_at"]) == (KNOWN, None)
    assert item["received_at"].startswith("2026-11-20T10:00:0")
    assert KNOWN in cli("rma", "show", "RMA-1", "--config", bench).out


def test_replay_when_reads_are_faulty_then_line_and_field_are_told(bench: Path, cli: Cli) -> None:
    reads = bench.parent / "reads.csv"
    reads.write_text("time,reader,antenna,epc,rssi\nyesterday,bench-reader,1,30,-55\n")
    ran = cli("replay", reads, "--config", bench)
    assert (ran.code, ran.out) == (65, "")
    assert ran.err.startswith("reads.csv:2: time: 'yesterday' is not ")


def test_replay_when_the_file_is_missing_then_the_code_is_74(bench: Path, cli: Cli) -> None:
    ran = cli("replay", bench.parent / "none.csv", "--config", bench)
    assert (ran.code, ran.out) == (74, "")


def test_replay_when_the_file_holds_no_reads_then_that_is_said(bench: Path, cli: Cli) -> None:
    (bench.parent / "none.csv").write_text("time,reader,antenna,epc,rssi\n")
    ran = cli("replay", bench.parent / "none.csv", "--config", bench)
    assert (ran.code, ran.out, ran.err) == (0, "", "none.csv holds no reads\n")


def test_replay_when_an_epc_of_odd_digits_is_to_be_explained_then_it_is_told_of(
    bench: Path, cli: Cli
) -> None:
    ran = cli("replay", bench.parent / "reads.csv", "--config", bench, "--explain", "e28 01")
    assert ran.code == 0
    assert "E2801: not received: no read point observed it" in ran.err
