"""`item inspect`, `void` and `explain`."""

import json
from pathlib import Path

import pytest

from gateway.store import rmas
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from rules.events import Event
from rules.observation import Observation
from rules.policy import DEFAULT_POLICY
from tests.gateway.cli.conftest import Cli
from tests.gateway.store.samples import START_US, epc_rma, seen, sgtin

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
