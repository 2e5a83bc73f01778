"""`door report` and `door regulars`: what a recording says about a door, and which tags belong to it."""

import json
from pathlib import Path

import pytest

from readers.emulator.export import write_reads, write_truth
from readers.emulator.loads import Load, Move
from readers.emulator.scenario import Scenario, SceneDoor
from tests.gateway.cli.conftest import Cli

EPC = "3034257BF7194E4000001A85"
OTHER = "3034257BF7194E4000001A86"
START_US = 1_763_719_200_000_000


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two loads and two tags that stand beside the door for a minute: reads.csv and truth.csv."""
    directory = tmp_path_factory.mktemp("recorded")
    door = SceneDoor("dock-1", "dock-1-reader")
    loads = (
        Load("dock-1", Move.IN, 1.0, 4, "returns"),
        Load("dock-1", Move.OUT, 25.0, 3, "shipment"),
        Load("dock-1", Move.PARKED, 0.0, 2, "stock", near_inside=True, near_y=1.2),
    )
    scenario = Scenario((door,), loads, seed=5, duration_seconds=75.0)
    write_reads(scenario, directory / "reads.csv", START_US)
    write_truth(scenario, directory / "truth.csv")
    return directory


def test_report_when_there_is_a_truth_then_every_section_is_told(
    config: Path, recorded: Path, cli: Cli
) -> None:
    ran = cli("door", "report", recorded / "reads.csv", "--truth", recorded / "truth.csv", "--config", config)
    assert (ran.code, ran.err) == (0, "")
    words = [line.split() for line in ran.out.splitlines() if line]
    figures = dict(zip(*words[:2], strict=True))
    assert (figures["DOOR"], figures["TAGS"]) == ("dock-1", "9")
    assert (figures["IN"], figures["OUT"], figures["PARKED"]) == ("4", "3", "2")
    assert ["came", "in", "4", "0", "0"] in words
    assert ["did", "not", "0", "3", "2"] in words
    assert ["min_confidence", "0.8", "4", "0", "0", "1.000", "1.000", "now"] in words
    assert ["min_reads", "2", "4", "0", "0", "1.000", "1.000", "now"] in words
    assert {line[0] for line in words} >= {"share_of_reads"}


def test_report_when_json_then_programs_get_the_same(config: Path, recorded: Path, cli: Cli) -> None:
    ran = cli(
        "door",
        "report",
        recorded / "reads.csv",
        "--truth",
        recorded / "truth.csv",
        "--json",
        "--config",
        config,
    )
    found = json.loads(ran.out)
    (door,) = found["doors"]
    assert (door["id"], door["tags"], door["verdicts"]) == ("dock-1", 9, {"in": 4, "out": 3, "parked": 2})
    assert len(door["reads_per_tag"]) == 7
    assert {"truth": "came in", "verdict": "in", "items": 4} in found["confusion"]
    assert (found["wrong"], found["missed"], found["dropped"]) == ([], [], {})
    current = [trial for trial in found["trials"] if trial["is_current"]]
    assert [(trial["setting"], trial["right"], trial["missed"]) for trial in current] == [
        ("min_confidence", 4, 0), ("min_reads", 4, 0), ("share_of_reads", 4, 0),
    ]  # fmt: skip


def test_report_when_there_is_no_truth_then_thresholds_are_compared_with_what_is_told_now(
    config: Path, recorded: Path, cli: Cli
) -> None:
    out = cli("door", "report", recorded / "reads.csv", "--config", config).out
    assert "came in" not in out
    assert "AS NOW" in out
    assert ["min_reads", "2", "4", "0", "0", "1.000", "1.000", "now"] in map(str.split, out.splitlines())


def test_report_when_html_then_the_page_needs_nothing_else(config: Path, recorded: Path, cli: Cli) -> None:
    page = config.parent / "door.html"
    command = ("door", "report", recorded / "reads.csv", "--html", page, "--config", config)
    assert cli(*command, "--truth", recorded / "truth.csv").code == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "http" not in text.replace("http://www.w3.org", "")
    assert text.count("<svg") >= 6
    for section in ("dock-1: reads per tag", "dock-1: tags that stood there", "Confusion", "min_confidence"):
        assert f"<h2>{section}" in text


def test_report_when_tags_stood_long_enough_then_they_are_proposed_and_approved_from_the_file(
    config: Path, recorded: Path, cli: Cli
) -> None:
    proposals = config.parent / "regulars.csv"
    command = ("door", "report", recorded / "reads.csv", "--regulars", proposals, "--config", config)
    cli(*command)
    assert proposals.read_text() == "read_point,epc\n"
    ran = cli(*command, "--parked-hours", "0.01")
    assert "dock-1: stood there all the time: 2; approve as regulars those that belong there" in ran.out
    assert len(proposals.read_text().splitlines()) == 3
    assert cli("door", "regulars", "approve", "--file", proposals, "--config", config).out == (
        "dock-1: 2 approved\n"
    )


def test_report_when_a_door_reads_nothing_then_that_is_said(config: Path, cli: Cli) -> None:
    reads = config.parent / "reads.csv"
    reads.write_text(f"time,reader,antenna,epc,rssi\n1763719200,dock-9-reader,1,{EPC},-50\n")
    ran = cli("door", "report", reads, "--config", config)
    assert ran.err.splitlines() == ["1 reads dropped: unknown reader", "no tag stood in a field"]
    assert "dock-1: nothing was read: check its reader, antennas and [[reader.antenna]]" in ran.out


def test_regulars_when_approved_then_listed_with_who_and_withdrawn_again(config: Path, cli: Cli) -> None:
    asked = ("--config", config)
    assert cli("door", "regulars", "list", *asked).err == "none are approved\n"
    ran = cli("door", "regulars", "approve", "dock-1", EPC.lower(), OTHER, "--by", "anna", *asked)
    assert (ran.code, ran.out) == (0, "dock-1: 2 approved\n")
    ran = cli("door", "regulars", "approve", "dock-1", EPC, "--by", "ben", *asked)
    assert ran.out == "dock-1: 0 approved\ndock-1: 1 were approved already\n"
    lines = [json.loads(line) for line in cli("door", "regulars", "list", "--json", *asked).out.splitlines()]
    assert [(line["read_point"], line["epc"], line["approved_by"]) for line in lines] == [
        ("dock-1", EPC, "anna"), ("dock-1", OTHER, "anna"),
    ]  # fmt: skip
    assert cli("door", "regulars", "withdraw", "dock-1", EPC, *asked).out == "dock-1: 1 withdrawn\n"
    assert OTHER in cli("door", "regulars", "list", "--door", "dock-1", *asked).out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("approve", "dock-7", EPC), 64, "'dock-7' is no read point (known: dock-1)"),
        (("approve", "dock-1"), 64, "name a door and its EPCs, or a --file with both"),
        (("withdraw",), 64, "name a door and its EPCs, or a --file with both"),
        (("approve", "dock-1", "xyz"), 65, "epc: 'xyz' is no EPC in hex digits"),
        (("approve", "dock-1", EPC, "xyz", "urn:x"), 65, "epc: 'urn:x' is a URI"),
        (("approve", "dock-1", EPC, "--by", "anna\nevil"), 65, "by: a name of 1 to 60 printable"),
        (("approve", "dock-1", EPC, "--by", ""), 65, "by: a name of"),
        (("approve", "dock-1", EPC, "--by", "x" * 61), 65, "by: a name of"),
        (("list", "--door", "nowhere"), 64, "is no read point"),
    ],
)
def test_regulars_when_asked_wrongly_then_told_and_nothing_changes(
    config: Path, cli: Cli, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ran = cli("door", "regulars", *arguments, "--config", config)
    assert (ran.code, words in ran.err) == (code, True)
    assert cli("door", "regulars", "list", "--config", config).err == "none are approved\n"


@pytest.mark.parametrize("fault", [KeyError("uid not found: 4711"), OSError("no user"), ImportError("pwd")])
def test_regulars_when_the_system_has_no_name_for_the_user_then_one_is_asked_for(
    config: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def getuser() -> str:
        raise fault

    monkeypatch.setattr("getpass.getuser", getuser)
    ran = cli("door", "regulars", "approve", "dock-1", EPC, "--config", config)
    assert (ran.code, ran.err) == (64, "error: this system has no name for who runs this: say --by NAME\n")


def test_replay_when_a_tag_is_a_regular_then_it_gives_no_receipt(
    config: Path, recorded: Path, cli: Cli
) -> None:
    config.write_text(config.read_text().replace("[database]", "[limits]\nignore_epcs = []\n[database]"))
    truth = (recorded / "truth.csv").read_text().splitlines()[1:]
    epcs = [row.split(",")[0] for row in truth]
    rmas, regulars = config.parent / "rmas.csv", config.parent / "regulars.csv"
    rows = "".join(f"R-1,{n},{epc},2025-01-01T00:00:00Z\n" for n, epc in enumerate(epcs, 1))
    rmas.write_text("rma,line,epc,opened_at\n" + rows)
    regulars.write_text(f"read_point,epc\ndock-1,{epcs[0]}\n")
    command = ("replay", recorded / "reads.csv", "--rma", rmas, "--config", config)
    told = [event for event in cli(*command).out.splitlines() if "returns.receipt" in event]
    assert len(told) == 4
    ran = cli(*command, "--regulars", regulars, "--explain", epcs[0])
    told = [event for event in ran.out.splitlines() if "returns.receipt" in event]
    assert len(told) == 3
    assert not [event for event in told if epcs[0] in event]
    assert "reads dropped: regular" in ran.err
    assert "not received: it belongs to dock-1 (approved by replay)" in ran.err
