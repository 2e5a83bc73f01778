"""Disposition rules: ordered, the first that applies decides, and the answer says which and why."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules.condition_reading import FIELDS, MAX_NAME, Fault, Lists, is_name, nearest, read_condition
from rules.conditions import (
    Bound,
    Condition,
    Facts,
    Limit,
    OneOf,
    conjuncts,
    fields,
    holds,
    implies,
    is_impossible,
)
from rules.errors import PolicyError
from rules.outcomes import Decision, Outcome, Phase, Tried, read_decision
from rules.vocabulary import Disposition, Refund, Restock

VERSION = 1
MAX_RULES = 1000
"""Each is compared with those before it."""
_KEYS = ("version", "lists", "rule")
_RULE_KEYS = ("id", "phase", "when", "then", "note")


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    phase: Phase
    when: Condition
    then: Decision


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules in force, and the hash that names exactly these rules."""

    ruleset: str
    rules: tuple[Rule, ...] = ()

    def decide(self, phase: Phase, facts: Facts) -> Outcome:
        """The first rule of the phase that applies, else the defaults: inspect, hold the refund."""
        tried: list[Tried] = []
        for rule in self.rules:
            if rule.phase is not phase:
                continue
            missing: set[str] = set()
            result = holds(rule.when, facts, missing)
            tried.append(Tried(rule.id, result is True, tuple(sorted(missing)) if result is None else ()))
            if result:
                return Outcome(self.ruleset, rule.then, rule.id, tuple(tried))
        return Outcome(self.ruleset, tried=tuple(tried))


DEFAULT_POLICY = Policy("default")
"""Every item waits for inspection, every refund is held."""


def parse_policy(document: Mapping[str, object], lists: Lists) -> Policy:
    """A rules document as parsed from TOML, and the contents of the lists it names.

    Raises PolicyError with every fault and its place.
    """
    faults: list[str] = []

    def fault(place: str, wrong: str) -> None:
        faults.append(f"{place}: {wrong}")

    for key in document:
        if key not in _KEYS:
            fault(key, "is no part of a rules file" + nearest(key, _KEYS))
    if document.get("version") != VERSION:
        fault("version", f"must be {VERSION}")
    tables = document.get("rule", [])
    if not isinstance(tables, list):
        fault("rule", "must be a list of tables: [[rule]]")
        tables = []
    if len(tables) > MAX_RULES:
        fault("rule", f"{len(tables)} rules are more than {MAX_RULES}; name many values in a list instead")
        tables = []
    rules: list[Rule] = []
    sound: list[tuple[str, Rule]] = []
    for number, table in enumerate(tables, 1):
        known = len(faults)
        rules.append(_read_rule(table, number, lists, fault))
        # A condition left out as faulty would make its rule look wider than it is meant.
        if len(faults) == known:
            sound.append((_place(number, rules[-1].id), rules[-1]))
    _check_ids(rules, fault)
    for place, rule in sound:
        _check_safety(rule, place, fault)
    _check_reachable(sound, fault)
    if faults:
        raise PolicyError(tuple(faults))
    return Policy(_ruleset(document, lists), tuple(rules))


def _ruleset(document: Mapping[str, object], lists: Lists) -> str:
    """The same rules and lists have the same hash, whatever their layout and comments."""
    named = {name: sorted(values) for name, values in lists.items()}
    text = json.dumps([document, named], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _place(number: int, rule_id: str) -> str:
    return f"rule {number} ({rule_id})" if rule_id else f"rule {number}"


def _read_rule(table: object, number: int, lists: Lists, fault: Fault) -> Rule:
    if not isinstance(table, Mapping):
        fault(_place(number, ""), "must be a table")
        table = {"id": f"#{number}", "phase": Phase.RECEIPT, "then": {"refund": "hold"}}
    given_id, given_phase = table.get("id"), table.get("phase")
    rule_id = given_id if is_name(given_id) else ""
    place = _place(number, rule_id)
    if not rule_id:
        fault(f"{place}.id", f"must be text of 1 to {MAX_NAME} printable characters, and unique")
    for key in table:
        if key not in _RULE_KEYS:
            fault(f"{place}.{key}", "is no part of a rule" + nearest(str(key), _RULE_KEYS))
    phase = Phase.RECEIPT
    if given_phase in list(Phase):
        phase = Phase(given_phase)
    else:
        fault(f"{place}.phase", f"must be one of {', '.join(Phase)}")
    when = read_condition(table.get("when", {}), f"{place}.when", lists, fault)
    return Rule(rule_id, phase, when, read_decision(table.get("then"), f"{place}.then", fault))


def _check_ids(rules: Sequence[Rule], fault: Fault) -> None:
    numbers: dict[str, int] = {}
    for number, rule in enumerate(rules, 1):
        first = numbers.setdefault(rule.id, number)
        if rule.id and first != number:
            fault(f"{_place(number, rule.id)}.id", f"is the id of rule {first} already")


def _check_safety(rule: Rule, place: str, fault: Fault) -> None:
    """What a door may not decide without proof: a read proves that the tag is back, not the item."""
    if rule.phase is Phase.INSPECTION:
        if rule.then.restock is Restock.AT_RECEIPT:
            fault(f"{place}.then.restock", "at_receipt is over when an item is inspected")
        return
    for name in fields(rule.when):
        if FIELDS[name].is_inspection_only:
            fault(f"{place}.when.{name}", "is known at inspection only")
    parts = list(conjuncts(rule.when))
    has_floor = any(_is_limit(part, "confidence", (Bound.GT, Bound.GTE)) for part in parts)
    if rule.then.refund is Refund.RELEASED and not has_floor:
        fault(f"{place}.then.refund", "release at the door needs a floor: confidence = { gte = 0.95 }")
    restocks = rule.then.disposition is Disposition.RESTOCK and rule.then.restock is not Restock.AT_STOCKING
    is_capped = any(_is_limit(part, "value", (Bound.LT, Bound.LTE)) for part in parts)
    is_exact = OneOf("match", frozenset({"exact"})) in parts
    if restocks and not (has_floor and is_capped and is_exact):
        fault(
            f"{place}.then.restock",
            'restock at the door needs match = "exact", a confidence floor and a value limit',
        )


def _is_limit(part: Condition, field: str, bounds: tuple[Bound, ...]) -> bool:
    return isinstance(part, Limit) and part.field == field and part.bound in bounds


def _check_reachable(rules: Sequence[tuple[str, Rule]], fault: Fault) -> None:
    for number, (place, rule) in enumerate(rules):
        if is_impossible(rule.when):
            fault(f"{place}.when", "contradicts itself, so the rule never applies")
            continue
        for earlier_place, earlier in rules[:number]:
            if earlier.phase is rule.phase and implies(rule.when, earlier.when):
                fault(f"{place}.when", f"never reached: {earlier_place} applies before")
                break
