"""What rules are told about an item: the fields of `rules.condition_reading.FIELDS`, None where not known."""

from decimal import Decimal

from rules.conditions import Facts, Value
from rules.epc import Epc
from rules.matching import Match
from rules.observation import Observation
from rules.rma import Finding, LineState
from rules.vocabulary import MatchedBy


def receipt_facts(observation: Observation, found: Match) -> Facts:
    """Of an item that comes in."""
    return {
        **_line_facts(found.line, observation.epc),
        "match": "gtin" if found.by is MatchedBy.GTIN else "exact",
        "confidence": Decimal(str(observation.confidence)),
        "read_point": observation.read_point.id,
        "late": observation.evidence.late,
    }


def inspection_facts(state: LineState, epc: Epc, found: Finding) -> Facts:
    """Of an item that somebody looked at."""
    looks = {"grade": found.grade, "sealed": found.sealed, "complete": found.complete}
    return {**_line_facts(state, epc), **looks}


def _line_facts(state: LineState, epc: Epc) -> dict[str, Value | None]:
    line = state.line
    return {
        "rma": line.rma,
        "line": Decimal(line.line),
        "order": state.order,
        "customer": state.customer,
        "reason": line.reason,
        "category": line.category,
        "sku": line.sku,
        "value": line.value,
        "currency": line.currency,
        "gtin": epc.gtin or line.gtin,
        "serial": epc.serial,
        "epc": epc.hex,
        "scheme": epc.scheme,
        "expected": Decimal(line.quantity),
        "received": Decimal(state.received),
    }
