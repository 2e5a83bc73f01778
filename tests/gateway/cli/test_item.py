"""`item inspect`, `void` and `explain`."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from gateway.store import rmas
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.tables import observations
from rules.events import Event
from rules.observation import Observation
from rules.policy import DEFAULT_POLICY
from rules.vocabulary import Direction
from tests.gateway.cli.conftest import Cli
from tests.gateway.store.samples import START_US, epc_rma, item, left, seen, sgtin

Told = list[Event]


def record(config: Path, *batch: Observation) -> Told:
    """What the daemon would have recorded before; RMA R-1 names items 1 and 2."""
    database = Database(f"sqlite:///{config.parent}/returns.db")
    database.open()
    with database.writing() as connection:
        rmas.upsert(connection, [epc_rma("R-1", 1, 2)], START_US)
        events = Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY).record(connection, batch, START_US)
    database.close()
    return events


def kinds(cli: Cli, config: Path) -> list[str]:
    lines = cli("event", "list", "--json", "--config", config).out.splitlines()
    return [json.loads(line)["type"].split(".")[1] for line in lines]


def test_inspect_when_received_then_the_decision_is_told_once(config: Path, cli: Cli) -> None:
    record(config, seen(1))
    ran = cli("item", "inspect", sgtin(1), "--grade", "B", "--config", config)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("disposition ")
    assert f"{sgtin(1)} grade B: inspect" in ran.out
    again = cli("item", "inspect", sgtin(1), "--grade", "B", "--config", config)
    assert "nothing changed" in again.out
    assert kinds(cli, config) == ["receipt", "status", "disposition"]


def test_inspect_when_rules_are_configured_then_they_decide(config: Path, cli: Cli) -> None:
    record(config, seen(1))
    (config.parent / "rules.toml").write_text(
        """version = 1
[[rule]]
id = "opened"
phase = "inspection"
when = { sealed = false }
then = { disposition = "recycle", route = "R3" }
"""
    )
    config.write_text(config.read_text() + '[rules]\nfile = "rules.toml"\n')
    ran = cli("item", "inspect", sgtin(1), "--grade", "A", "--opened", "--config", config)
    assert ran.out.endswith("grade A: recycle, route R3 (rule opened)\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("inspect", sgtin(9), "--grade", "A"), 65, "has not been received on any RMA"),
        (("inspect", "xyz", "--grade", "A"), 65, "hex"),
        (("inspect", sgtin(1), "--grade", "E"), 64, "--grade"),
        (("inspect", sgtin(1)), 64, "--grade"),
        (("void", "unheard-of"), 65, "id: unheard-of is not the id of a receipt"),
    ],
)
def test_item_when_the_input_is_bad_then_told_and_nothing_changes(
    config: Path, cli: Cli, arguments: tuple[str, ...], code: int, words: str
) -> None:
    record(config, seen(1))
    ran = cli("item", *arguments, "--config", config)
    assert (ran.code, ran.out, words in ran.err) == (code, "", True)
    assert kinds(cli, config) == ["receipt", "status"]


def test_void_when_received_then_taken_back_once(config: Path, cli: Cli) -> None:
    receipt = record(config, seen(1))[0]
    assert "voided" in cli("item", "void", receipt.id, "--config", config).out
    again = cli("item", "void", receipt.id, "--config", config)
    assert (again.code, again.out) == (0, f"{receipt.id} was taken back already\n")
    assert kinds(cli, config) == ["receipt", "status", "reversal", "status"]


def test_explain_when_received_and_graded_then_visit_match_event_and_delivery_are_told(
    config: Path, cli: Cli
) -> None:
    record(config, seen(1), seen(1, START_US + 200_000_000, direction=Direction.TURNED_BACK))
    cli("item", "inspect", sgtin(1), "--grade", "B", "--config", config)
    lines = cli("item", "explain", sgtin(1).lower(), "--config", config).out.splitlines()
    told = [line.removeprefix(f"{sgtin(1)}: ") for line in lines]
    assert told[1].endswith("at dock-1: in (confidence 0.99, 7 reads in 0.5 s) moved")
    assert told[2] == "  read by antenna 1, 2, strongest -51 dBm"
    assert told[3] == "  told receipt R-1/1 by epc [1 pending]"
    assert told[4] == "  told status R-1 [2 pending]"
    assert "at dock-1: turned_back" in told[5]
    assert told[7].endswith(" inspect")
    assert told[8].startswith("  told disposition R-1/1 [3 pending]")
    assert told[9] == "R-1 line 1: partial, 1 of 2 in, partially_received"
    assert len(told) == 10


def test_explain_when_a_load_was_judged_then_its_features_are_told(config: Path, cli: Cli) -> None:
    came = seen(1)
    late = replace(came.evidence, late=True, peak_rssi_dbm=None)
    record(config, replace(came, load_size=4, features={"lag": 0.31, "loop": 0.2}, evidence=late))
    out = cli("item", "explain", sgtin(1), "--config", config).out
    assert "  read by antenna 1, 2, late\n" in out
    assert "  load of 4: lag 0.31, loop 0.2\n" in out
    (chapter,) = json.loads(cli("item", "explain", sgtin(1), "--json", "--config", config).out)["chapters"]
    assert chapter["grounds"] == {
        "antennas": [1, 2], "peak_rssi_dbm": None, "late": True, "load_size": 4,
        "features": {"lag": 0.31, "loop": 0.2},
    }  # fmt: skip


def test_explain_when_an_older_version_noted_no_grounds_then_the_rest_is_told(config: Path, cli: Cli) -> None:
    record(config, seen(1))
    database = Database(f"sqlite:///{config.parent}/returns.db")
    database.open()
    with database.writing() as connection:
        connection.execute(update(observations).values(evidence=None))
    database.close()
    out = cli("item", "explain", sgtin(1), "--config", config).out
    assert "read by antenna" not in out
    assert "told receipt R-1/1 by epc" in out


def test_explain_when_it_is_a_regular_then_that_is_why(config: Path, cli: Cli) -> None:
    cli("door", "regulars", "approve", "dock-1", sgtin(2), "--by", "anna", "--config", config)
    out = cli("item", "explain", sgtin(2), "--config", config).out
    assert "not received: it belongs to dock-1 (approved by anna): never booked there" in out


def test_explain_when_json_then_programs_get_the_same(config: Path, cli: Cli) -> None:
    record(config, seen(1))
    document = json.loads(cli("item", "explain", sgtin(1), "--json", "--config", config).out)
    assert (document["epc"], document["is_received"], document["why_not"]) == (sgtin(1), True, None)
    (chapter,) = document["chapters"]
    assert (chapter["read_point"], chapter["what"], chapter["told"][0]["state"]) == (
        "dock-1",
        "in",
        "pending",
    )


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (
            (),
            "no read point observed it: it was not read, read too seldom, or is excluded by [limits] (R-1 line",
        ),
        ((seen(2, direction=Direction.TURNED_BACK),), "seen at dock-1, but it turned back"),
        ((seen(2, confidence=0.5),), "only a candidate: confidence 0.50"),
        ((seen(2), left(2, START_US + 3_600_000_000)), "its receipt was taken back: went out again"),
    ],
)
def test_explain_when_not_received_then_why_not(
    config: Path, cli: Cli, batch: tuple[Observation, ...], words: str
) -> None:
    record(config, *batch)
    out = cli("item", "explain", sgtin(2), "--config", config).out
    assert f"not received: {words}" in out


def test_explain_when_unknown_then_the_exception_is_why(config: Path, cli: Cli) -> None:
    record(config, seen(item(9, 5)))
    out = cli("item", "explain", item(9, 5).hex, "--config", config).out
    assert "not received: unknown_item: no RMA names the item or its GTIN" in out
    assert cli("item", "explain", "not hex", "--config", config).code == 65


@pytest.mark.parametrize("digits", ["", "3", "30" * 63])
def test_explain_when_no_tag_can_hold_it_then_told(config: Path, cli: Cli, digits: str) -> None:
    ran = cli("item", "explain", digits, "--config", config)
    assert (ran.code, ran.out) == (65, "")
    assert ran.err == f"epc: 2 to 124 hex digits are expected, not {len(digits)}\n"


def test_explain_when_typed_in_groups_then_the_same_item(config: Path, cli: Cli) -> None:
    record(config, seen(1))
    grouped = " ".join((sgtin(1)[:8].lower(), sgtin(1)[8:]))
    asked = ("item", "explain", "--json", "--config", config)
    assert json.loads(cli(*asked, grouped).out) == json.loads(cli(*asked, sgtin(1)).out)
