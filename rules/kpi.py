"""The figures of reverse logistics over a period: how fast, how much recovered, at what cost. All decimal."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
_EXACT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One received item; times in microseconds since 1970 UTC."""

    opened_us: int
    """Of its RMA."""
    received_us: int
    decided_us: int | None = None
    restocked_us: int | None = None
    gone_us: int | None = None
    reversed_us: int | None = None
    by_hand: bool = False
    """Somebody had to take the receipt back."""
    is_graded: bool = False
    value: Decimal | None = None
    category: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a site knows about its costs; None leaves out what rests on it."""

    currency: str | None = None
    receipt_cost: Decimal | None = None
    inspection_cost: Decimal | None = None
    restock_cost: Decimal | None = None
    disposal_cost: Decimal | None = None
    co2_kg: Mapping[str, Decimal] = field(default_factory=dict)
    """By category, avoided when an item is sold again."""
    value_decay_per_month: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Period:
    """From `since_us` on, before `until_us`."""

    since_us: int
    until_us: int

    def has(self, time_us: int | None) -> bool:
        return time_us is not None and self.since_us <= time_us < self.until_us

    def ended_before(self, time_us: int | None) -> bool:
        return time_us is not None and time_us < self.until_us


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure; `value` is None where nothing happened to measure, or the site gave no figure for it."""

    name: str
    value: Decimal | None
    unit: str


def measure(
    items: Iterable[ItemFacts], resolved: int, overdue: int, period: Period, figures: Figures
) -> tuple[Kpi, ...]:
    """`items`: received, restocked or decided in the period, or waiting at its end; once each.

    `resolved`: RMAs resolved in the period; `overdue`: those of them that had become overdue.
    """
    known = list(items)
    came = [item for item in known if period.has(item.received_us)]
    kept = [item for item in came if item.reversed_us is None]
    stocked = [item for item in known if period.has(item.restocked_us)]
    decided = [item for item in known if period.has(item.decided_us)]
    waiting = [item for item in known if _waits(item, period)]
    recovered = [item for item in kept if period.ended_before(item.restocked_us)]
    money = figures.currency or "currency"
    return (
        Kpi("items_received", Decimal(len(kept)), "items"),
        Kpi("items_restocked", Decimal(len(stocked)), "items"),
        Kpi("items_gone", Decimal(sum(period.has(item.gone_us) for item in known)), "items"),
        Kpi("items_waiting", Decimal(len(waiting)), "items"),
        Kpi("time_to_receipt", _mean_hours(kept, lambda i: (i.opened_us, i.received_us)), "hours"),
        Kpi("dock_to_stock", _mean_hours(stocked, lambda i: (i.received_us, i.restocked_us)), "hours"),
        Kpi("disposition_cycle", _mean_hours(decided, lambda i: (i.received_us, i.decided_us)), "hours"),
        Kpi("value_returned", _value(kept), money),
        Kpi("value_recovered", _value(recovered), money),
        Kpi("recovery_rate", _share(_value(recovered), _value(kept)), "share"),
        Kpi(
            "auto_match_rate",
            _share(Decimal(sum(not item.by_hand for item in came)), Decimal(len(came))),
            "share",
        ),
        Kpi("rmas_resolved", Decimal(resolved), "RMAs"),
        Kpi("sla_breach", _share(Decimal(overdue), Decimal(resolved)), "share"),
        Kpi("cost_per_return", _cost_per_return(kept, period, figures), money),
        Kpi("co2_avoided", _co2(stocked, figures), "kg"),
        Kpi("value_waiting", _value(waiting), money),
        Kpi("value_decay", _decay(waiting, period, figures), money),
    )


def by_day(items: Iterable[ItemFacts], period: Period) -> list[tuple[int, int, int]]:
    """Day (days since 1970 UTC), items received and items restocked on it; every day of the period."""
    received, restocked = Counter[int](), Counter[int]()
    for item in items:
        if item.reversed_us is None and period.has(item.received_us):
            received[item.received_us // DAY_US] += 1
        if item.restocked_us is not None and period.has(item.restocked_us):
            restocked[item.restocked_us // DAY_US] += 1
    days = range(period.since_us // DAY_US, -(-period.until_us // DAY_US))
    return [(day, received[day], restocked[day]) for day in days]


def by_reason(items: Iterable[ItemFacts], period: Period) -> list[tuple[str | None, int]]:
    """Why items came back, the most frequent first."""
    reasons = Counter(
        item.reason for item in items if item.reversed_us is None and period.has(item.received_us)
    )
    return sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0] or ""))


def _waits(item: ItemFacts, period: Period) -> bool:
    """Came in and had no end when the period was over."""
    ends = (item.restocked_us, item.gone_us, item.reversed_us)
    return item.received_us < period.until_us and not any(period.ended_before(end) for end in ends)


def _mean_hours(
    items: Sequence[ItemFacts], span: Callable[[ItemFacts], tuple[int, int | None]]
) -> Decimal | None:
    spans = [end - start for start, end in map(span, items) if end is not None]
    if not spans:
        return None
    return (Decimal(sum(spans)) / len(spans) / HOUR_US).quantize(_EXACT)


def _value(items: Iterable[ItemFacts]) -> Decimal:
    return sum((item.value for item in items if item.value is not None), Decimal(0))


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(_EXACT) if whole else None


def _cost_per_return(items: Sequence[ItemFacts], period: Period, figures: Figures) -> Decimal | None:
    """Of the items received in the period, with every stage they have been through by its end."""
    costs = (figures.receipt_cost, figures.inspection_cost, figures.restock_cost, figures.disposal_cost)
    if not items or all(cost is None for cost in costs):
        return None
    stages = (
        len(items),
        sum(item.is_graded for item in items),
        sum(period.ended_before(item.restocked_us) for item in items),
        sum(period.ended_before(item.gone_us) for item in items),
    )
    total = sum((cost * count for cost, count in zip(costs, stages, strict=True) if cost), Decimal(0))
    return (total / len(items)).quantize(_EXACT)


def _co2(items: Iterable[ItemFacts], figures: Figures) -> Decimal | None:
    if not figures.co2_kg:
        return None
    return sum((figures.co2_kg.get(item.category or "", Decimal(0)) for item in items), Decimal(0))


def _decay(items: Iterable[ItemFacts], period: Period, figures: Figures) -> Decimal:
    """Value times rate times days over 30."""
    rate = figures.value_decay_per_month
    lost = (
        item.value * rate * (period.until_us - item.received_us) / DAY_US / 30
        for item in items
        if item.value is not None
    )
    return sum(lost, Decimal(0)).quantize(_EXACT)
