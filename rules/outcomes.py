"""What a rule decides about an item: disposition, refund, route, restock timing, fee, lamp, whom to tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from rules.condition_reading import MAX_NAME, Fault, is_name, nearest, read_decimal
from rules.vocabulary import Disposition, Gpo, Refund, Restock

_Word = TypeVar("_Word", bound=StrEnum)


class Phase(StrEnum):
    """When rules are asked."""

    RECEIPT = "receipt"
    INSPECTION = "inspection"


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that was asked."""

    rule: str
    is_met: bool
    missing: tuple[str, ...] = ()
    """Fields nobody knew and on which it depended; not empty only where it was not met."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The `then` of a rule; the defaults hold when no rule applies."""

    disposition: Disposition | None = None
    """None leaves the item to inspection."""
    refund: Refund = Refund.HELD
    restock: Restock = Restock.AT_STOCKING
    route: str | None = None
    fee: Decimal | None = None
    gpo: Gpo | None = None
    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision and how it came about."""

    ruleset: str
    decision: Decision = Decision()
    rule: str | None = None
    """The rule that applied; None for the defaults."""
    tried: tuple[Tried, ...] = ()
    """Every rule asked, in order, up to the one that applied."""

    @property
    def disposition(self) -> Disposition:
        return self.decision.disposition or Disposition.INSPECT

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields that rules asked for and nobody knew."""
        return tuple(sorted({field for tried in self.tried for field in tried.missing}))


MAX_FEE = 1_000_000_000
MAX_PORT = 65_535
"""LLRP 1.1, 13.2.7: GPOPortNumber is an unsigned short integer."""
MAX_SECONDS = 3600

_REFUNDS = {"hold": Refund.HELD, "release": Refund.RELEASED}
_KEYS = ("disposition", "refund", "route", "restock", "fee", "gpo", "notify")


def read_decision(table: object, place: str, fault: Fault) -> Decision:
    """The `then` table of a rule. What is faulty is noted and left at its default."""
    if not isinstance(table, Mapping) or not table:
        fault(place, "must be a table that decides something")
        return Decision()
    for key in table:
        if key not in _KEYS:
            fault(f"{place}.{key}", "is nothing a rule decides" + nearest(str(key), _KEYS))
    refund = str(table.get("refund", "hold"))
    if refund not in _REFUNDS:
        fault(f"{place}.refund", "must be hold or release")
    return Decision(
        disposition=_word(Disposition, table.get("disposition"), f"{place}.disposition", fault),
        refund=_REFUNDS.get(refund, Refund.HELD),
        restock=_word(Restock, table.get("restock"), f"{place}.restock", fault) or Restock.AT_STOCKING,
        route=_text(table.get("route"), f"{place}.route", fault),
        fee=_fee(table.get("fee"), f"{place}.fee", fault),
        gpo=_gpo(table.get("gpo"), f"{place}.gpo", fault),
        notify=_texts(table.get("notify"), f"{place}.notify", fault),
    )


def _word(words: type[_Word], given: object, place: str, fault: Fault) -> _Word | None:
    if given is None:
        return None
    for word in words:
        if word == given:
            return word
    fault(place, f"{given!r} is none of {', '.join(words)}")
    return None


def _text(given: object, place: str, fault: Fault) -> str | None:
    if given is None or is_name(given):
        return given
    fault(place, f"must be text of 1 to {MAX_NAME} printable characters")
    return None


def _texts(given: object, place: str, fault: Fault) -> tuple[str, ...]:
    if given is None:
        return ()
    texts = given if isinstance(given, list) else [given]
    return tuple(text for text in (_text(item, place, fault) for item in texts) if text is not None)


def _fee(given: object, place: str, fault: Fault) -> Decimal | None:
    if given is None:
        return None
    fee = read_decimal(given)
    if fee is None or not 0 <= fee <= MAX_FEE or isinstance(given, float):
        fault(place, 'must be an amount of money, as text: "5.00"')
        return None
    return fee


def _gpo(given: object, place: str, fault: Fault) -> Gpo | None:
    if given is None:
        return None
    if isinstance(given, Mapping) and set(given) <= {"port", "seconds"}:
        port, seconds = given.get("port"), read_decimal(given.get("seconds", 3))
        if type(port) is int and 1 <= port <= MAX_PORT and seconds and 0 < seconds <= MAX_SECONDS:
            return Gpo(port, float(seconds))
    fault(place, "must be { port = 1, seconds = 3 }: a GPO port from 1 to 65535, for up to an hour")
    return None
