"""What a rule decides, and what is faulty about it."""

from decimal import Decimal

import pytest

from rules.outcomes import Decision, Outcome, Tried, read_decision
from rules.vocabulary import Disposition, Gpo, Refund, Restock


def read(table: object) -> tuple[Decision, list[str]]:
    faults: list[str] = []
    return read_decision(table, "then", lambda place, wrong: faults.append(f"{place}: {wrong}")), faults


def test_read_when_everything_is_given_then_it_is_the_decision() -> None:
    table = {
        "disposition": "refurbish",
        "refund": "release",
        "route": "R1",
        "restock": "at_disposition",
        "fee": "5.00",
        "gpo": {"port": 2, "seconds": 1.5},
        "notify": ["crm", "qa"],
    }
    decision = Decision(
        Disposition.REFURBISH,
        Refund.RELEASED,
        Restock.AT_DISPOSITION,
        "R1",
        Decimal("5.00"),
        Gpo(2, 1.5),
        ("crm", "qa"),
    )
    assert read(table) == (decision, [])


def test_read_when_little_is_given_then_the_defaults_hold() -> None:
    assert read({"notify": "crm"}) == (Decision(notify=("crm",)), [])
    assert read({"gpo": {"port": 1}})[0].gpo == Gpo(1, 3.0)
    assert read({"refund": "hold"})[0].refund is Refund.HELD


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (None, "then: must be a table that decides something"),
        ({}, "then: must be a table that decides something"),
        (
            {"dispositon": "restock"},
            "then.dispositon: is nothing a rule decides; did you mean 'disposition'?",
        ),
        ({"disposition": "sell"}, "then.disposition: 'sell' is none of inspect, restock, refurbish"),
        ({"refund": "full"}, "then.refund: must be hold or release"),
        ({"refund": ["hold"]}, "then.refund: must be hold or release"),
        ({"restock": "now"}, "then.restock: 'now' is none of at_stocking, at_disposition, at_receipt"),
        ({"route": 3}, "then.route: must be text"),
        ({"route": ""}, "then.route: must be text"),
        ({"route": "R\x07"}, "then.route: must be text of 1 to 200 printable characters"),
        ({"route": "R" * 201}, "then.route: must be text"),
        ({"fee": "1e400000"}, "then.fee: must be an amount of money"),
        ({"fee": "1000000001"}, "then.fee: must be an amount of money"),
        ({"gpo": {"port": 65_536}}, "then.gpo: must be { port = 1, seconds = 3 }"),
        ({"gpo": {"port": 1, "seconds": 3601}}, "then.gpo: must be { port = 1, seconds = 3 }"),
        ({"fee": 1.5}, "then.fee: must be an amount of money"),
        ({"fee": "-1"}, "then.fee: must be an amount of money"),
        ({"fee": "much"}, "then.fee: must be an amount of money"),
        ({"gpo": 1}, "then.gpo: must be { port = 1, seconds = 3 }"),
        ({"gpo": {"port": 0}}, "then.gpo: must be { port = 1, seconds = 3 }"),
        ({"gpo": {"port": True}}, "then.gpo: must be { port = 1, seconds = 3 }"),
        ({"gpo": {"port": 1, "seconds": 0}}, "then.gpo: must be { port = 1, seconds = 3 }"),
        ({"gpo": {"port": 1, "seconds": "long"}}, "then.gpo: must be { port = 1, seconds = 3 }"),
        ({"gpo": {"port": 1, "colour": "red"}}, "then.gpo: must be { port = 1, seconds = 3 }"),
        ({"notify": [1]}, "then.notify: must be text"),
    ],
)
def test_read_when_the_table_is_faulty_then_the_place_is_told(table: object, fault: str) -> None:
    faults = read(table)[1]
    assert [told for told in faults if told.startswith(fault)]


def test_outcome_when_nothing_was_decided_then_the_item_waits_for_inspection() -> None:
    outcome = Outcome(
        "hash",
        tried=(Tried("a", is_met=False, missing=("sku", "rma")), Tried("b", is_met=False, missing=("sku",))),
    )
    assert (outcome.disposition, outcome.decision.refund) == (Disposition.INSPECT, Refund.HELD)
    assert outcome.missing == ("rma", "sku")
