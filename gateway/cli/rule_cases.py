"""Facts and cases as people write them: what is known of an item, and what the rules must decide about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.config.toml import read_toml
from gateway.errors import ConfigError, InputError, UsageError
from rules.condition_reading import FIELDS, Kind, nearest, read_decimal
from rules.conditions import Facts, Value
from rules.outcomes import Outcome, Phase
from rules.policy import Policy
from rules.vocabulary import Disposition, Refund, Restock

_CASE_KEYS = frozenset({"name", "phase", "facts", "expect"})
_EXPECT: Mapping[str, tuple[str, ...]] = {
    "rule": (),
    "disposition": tuple(Disposition),
    "refund": (Refund.HELD, Refund.RELEASED),
    "route": (),
    "restock": tuple(Restock),
}
"""What can be expected, and its words where not every text is one."""
_REFUNDS: Mapping[object, str] = {"hold": Refund.HELD, "release": Refund.RELEASED}
"""The words of a rule for what it decides about the refund."""


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    phase: Phase
    facts: Facts
    expect: Mapping[str, object]
    """By key of `told`; empty text means none."""

    def differences(self, policy: Policy) -> list[str]:
        """Where the rules decide otherwise, in words."""
        found = told(policy.decide(self.phase, self.facts))
        return [
            f"{self.name}: {key} is {found[key] or 'none'}, expected {wanted or 'none'}"
            for key, wanted in self.expect.items()
            if (found[key] or "") != wanted
        ]


def told(outcome: Outcome) -> dict[str, str | None]:
    """What was decided, by the words a rule uses for it."""
    return {
        "rule": outcome.rule,
        "disposition": outcome.disposition,
        "refund": outcome.decision.refund,
        "route": outcome.decision.route,
        "restock": outcome.decision.restock,
    }


def read_cases(path: Path) -> list[Case]:
    """The `[[case]]` tables of a file. Raises InputError with every fault."""
    try:
        document = read_toml(path, "it holds the cases")
    except ConfigError as error:
        raise InputError(error.faults) from error
    tables = document.get("case", [])
    faults = [f"{path.name}: {key}: unknown key, expected [[case]]" for key in document if key != "case"]
    cases: list[Case] = []
    if not isinstance(tables, list) or not tables:
        faults.append(f"{path.name}: case: there is none, add a [[case]] table")
        tables = []
    for number, table in enumerate(tables, 1):
        try:
            cases.append(_read_case(table, f"{path.name}: case {number}"))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(tuple(faults))
    return cases


def _read_case(table: object, place: str) -> Case:
    if not isinstance(table, dict):
        raise InputError((f"{place}: must be a table",))
    facts, expect, phase = table.get("facts", {}), table.get("expect", {}), table.get("phase", Phase.RECEIPT)
    faults = [f"{place}: {key}: unknown key{nearest(key, _CASE_KEYS)}" for key in table.keys() - _CASE_KEYS]
    if not isinstance(phase, str) or phase not in set(Phase):
        faults.append(f"{place}: phase: must be one of {', '.join(Phase)}")
    if not isinstance(facts, dict):
        faults.append(f"{place}: facts: must be a table of fields")
        facts = {}
    if not isinstance(expect, dict) or not expect or expect.keys() - _EXPECT.keys():
        faults.append(f"{place}: expect: must be a table of {', '.join(sorted(_EXPECT))}")
        expect = {}
    expect = {
        key: _REFUNDS.get(wanted, wanted) if key == "refund" else wanted for key, wanted in expect.items()
    }
    for key, wanted in expect.items():
        words = _EXPECT[key]
        if not isinstance(wanted, str) or (words and wanted not in words):
            known = f"none of {', '.join(words)}" if words else "not text"
            faults.append(f"{place}: expect: {key}: {wanted!r} is {known}")
    faults += _faults(facts, f"{place}: facts")
    if faults:
        raise InputError(tuple(faults))
    name = str(table.get("name", place.rpartition(": ")[2]))
    return Case(name, Phase(phase), read_facts(facts, place), expect)


def parse_fact(fact: str) -> tuple[str, object]:
    """`FIELD=VALUE` as given on a command line."""
    name, sign, value = fact.partition("=")
    if not sign:
        raise UsageError(f"{fact!r} is not FIELD=VALUE")
    flags: Mapping[str, object] = {"true": True, "false": False}
    is_flag = name in FIELDS and FIELDS[name].kind is Kind.FLAG
    return name, flags.get(value, value) if is_flag else value


def read_facts(given: Mapping[str, object], place: str) -> dict[str, Value | None]:
    """Raises InputError with every field that is unknown or of another kind."""
    if faults := _faults(given, place):
        raise InputError(tuple(faults))
    return {name: _value(name, value) for name, value in given.items()}


def _faults(given: Mapping[str, object], place: str) -> list[str]:
    judged = ((name, _fault(name, value)) for name, value in given.items())
    return [f"{place}: {name}: {fault}" for name, fault in judged if fault is not None]


def _fault(name: str, value: object) -> str | None:
    if name not in FIELDS:
        return "is no field of an item" + nearest(name, FIELDS)
    field = FIELDS[name]
    if _value(name, value) is None:
        return f"{value!r} is not {field.kind}"
    if field.choices is not None and value not in field.choices:
        return f"{value!r} is none of {', '.join(sorted(field.choices))}"
    return None


def _value(name: str, value: object) -> Value | None:
    match FIELDS[name].kind, value:
        case Kind.NUMBER, _:
            return read_decimal(value)
        case Kind.FLAG, bool():
            return value
        case Kind.TEXT, str():
            return value
    return None
