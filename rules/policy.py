"""What is to become of an item: ordered rules, the first that applies decides, and says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from rules.vocabulary import Disposition, Gpo, Refund, Restock

Fact: TypeAlias = str | Decimal | bool | None
"""A value a rule may ask for; None means not known."""


class Phase(StrEnum):
    """When rules are asked."""

    RECEIPT = "receipt"
    INSPECTION = "inspection"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule decided, or the defaults when none applied."""

    ruleset: str
    disposition: Disposition = Disposition.INSPECT
    refund: Refund = Refund.HELD
    restock: Restock = Restock.AT_STOCKING
    route: str | None = None
    fee: Decimal | None = None
    gpo: Gpo | None = None
    notify: tuple[str, ...] = ()
    rule: str | None = None
    """The rule that applied; None for the defaults."""
    decides_disposition: bool = False
    """The rule named a disposition, even if only to inspect."""
    missing: tuple[str, ...] = ()
    """Fields rules asked for and nobody knew."""


@dataclass(frozen=True, slots=True)
class Policy:
    ruleset: str

    def decide(self, phase: Phase, facts: Mapping[str, Fact]) -> Outcome:
        return Outcome(self.ruleset)


DEFAULT_POLICY = Policy("default")
"""Every item waits for inspection, every refund is held."""
