"""What rules are told about an item."""

from dataclasses import replace
from decimal import Decimal

from rules.condition_reading import FIELDS
from rules.facts import inspection_facts, receipt_facts
from rules.matching import Match
from rules.rma import Finding
from rules.vocabulary import Grade, MatchedBy
from tests.rules.returns import GTIN, item, line, observed, state

NAMED = replace(line(quantity=2, serials=["7"]), category="apparel", value=Decimal("59.90"), currency="EUR")


def test_facts_when_an_item_comes_in_then_every_field_of_the_door_is_there() -> None:
    facts = receipt_facts(observed(item(7)), Match(state(NAMED), MatchedBy.SERIAL))
    assert set(facts) == {name for name, field in FIELDS.items() if not field.is_inspection_only}
    assert (facts["match"], facts["confidence"], facts["read_point"]) == ("exact", Decimal("0.99"), "dock-1")
    assert (facts["rma"], facts["line"], facts["order"], facts["customer"]) == ("RMA-1", 1, "SO-1", "C-1")
    assert (facts["value"], facts["currency"], facts["category"]) == (Decimal("59.90"), "EUR", "apparel")
    assert (facts["reason"], facts["sku"], facts["gtin"], facts["serial"]) == (
        "TOO_SMALL",
        "SKU-1",
        GTIN,
        "7",
    )
    assert (facts["expected"], facts["received"], facts["late"]) == (2, 0, False)
    assert (facts["epc"], facts["scheme"]) == (item(7).hex, "SGTIN-96")


def test_facts_when_only_the_class_was_named_then_the_match_is_not_exact() -> None:
    by = [MatchedBy.EPC, MatchedBy.SERIAL, MatchedBy.GTIN]
    told = [receipt_facts(observed(item(7)), Match(state(NAMED), how))["match"] for how in by]
    assert told == ["exact", "exact", "gtin"]


def test_facts_when_an_item_is_inspected_then_what_was_seen_is_there() -> None:
    facts = inspection_facts(state(NAMED), item(7), Finding(Grade.B, sealed=False))
    assert set(facts) <= set(FIELDS)
    assert (facts["grade"], facts["sealed"], facts["complete"]) == (Grade.B, False, None)
    assert "confidence" not in facts
