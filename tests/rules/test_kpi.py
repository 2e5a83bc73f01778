"""The figures of a period, against an example computed by hand."""

from decimal import Decimal

from rules.kpi import DAY_US, HOUR_US, Figures, ItemFacts, Period, by_day, by_reason, measure

PERIOD = Period(10 * DAY_US, 20 * DAY_US)
FIGURES = Figures(
    currency="EUR",
    receipt_cost=Decimal("1.00"),
    inspection_cost=Decimal("3.00"),
    restock_cost=Decimal("0.50"),
    disposal_cost=Decimal("2.00"),
    co2_kg={"apparel": Decimal("6.5")},
    value_decay_per_month=Decimal("0.10"),
)
START = 10 * DAY_US
SHIRT = ItemFacts(
    opened_us=START - 24 * HOUR_US,
    received_us=START,
    decided_us=START + 4 * HOUR_US,
    restocked_us=START + 10 * HOUR_US,
    is_graded=True,
    value=Decimal("60.00"),
    category="apparel",
    reason="SIZE",
)
"""24 h to its receipt, 4 h to the decision, 10 h to the shelf."""
LAMP = ItemFacts(
    opened_us=START - 10 * HOUR_US,
    received_us=START + 2 * HOUR_US,
    decided_us=START + 8 * HOUR_US,
    gone_us=START + 8 * HOUR_US,
    is_graded=True,
    value=Decimal("20.00"),
    category="lighting",
    reason="BROKEN",
)
"""12 h to its receipt, 6 h to the decision; disposed of."""
WAITS = ItemFacts(opened_us=START, received_us=START + 5 * DAY_US, value=Decimal("30.00"), reason="SIZE")
"""120 h to its receipt; five days of waiting when the period is over."""
VOIDED = ItemFacts(START, START + HOUR_US, reversed_us=START + 2 * HOUR_US, by_hand=True)
EARLIER = ItemFacts(0, 9 * DAY_US, restocked_us=11 * DAY_US, category="apparel", value=Decimal("5.00"))
"""Came in before the period, 48 h to the shelf."""
LATER = ItemFacts(0, 21 * DAY_US, value=Decimal("99.00"))
ITEMS = [SHIRT, LAMP, WAITS, VOIDED, EARLIER, LATER]


def test_measure_when_computed_by_hand_then_the_same() -> None:
    kpis = {kpi.name: (str(kpi.value), kpi.unit) for kpi in measure(ITEMS, 4, 1, PERIOD, FIGURES)}
    assert kpis == {
        "items_received": ("3", "items"),
        "items_restocked": ("2", "items"),
        "items_gone": ("1", "items"),
        "items_waiting": ("1", "items"),
        "time_to_receipt": ("52.0000", "hours"),  # (24 + 12 + 120) / 3
        "dock_to_stock": ("29.0000", "hours"),  # (10 + 48) / 2
        "disposition_cycle": ("5.0000", "hours"),  # (4 + 6) / 2
        "value_returned": ("110.00", "EUR"),  # 60 + 20 + 30
        "value_recovered": ("60.00", "EUR"),
        "recovery_rate": ("0.5455", "share"),  # 60 / 110
        "auto_match_rate": ("0.7500", "share"),  # 3 of 4 receipts stood
        "rmas_resolved": ("4", "RMAs"),
        "sla_breach": ("0.2500", "share"),
        "cost_per_return": ("3.8333", "EUR"),  # (3 * 1.00 + 2 * 3.00 + 0.50 + 2.00) / 3
        "co2_avoided": ("13.0", "kg"),  # two of apparel
        "value_waiting": ("30.00", "EUR"),
        "value_decay": ("0.5000", "EUR"),  # 30 * 0.10 * 5 / 30
    }


def test_measure_when_nothing_happened_then_no_mean_and_no_share() -> None:
    kpis = {kpi.name: kpi.value for kpi in measure([], 0, 0, PERIOD, Figures())}
    assert [name for name, value in kpis.items() if value is None] == [
        "time_to_receipt",
        "dock_to_stock",
        "disposition_cycle",
        "recovery_rate",
        "auto_match_rate",
        "sla_breach",
        "cost_per_return",
        "co2_avoided",
    ]
    assert {value for value in kpis.values() if value is not None} == {Decimal(0)}


def test_measure_when_the_site_gives_no_figures_then_what_rests_on_them_is_left_out() -> None:
    kpis = {kpi.name: kpi for kpi in measure(ITEMS, 0, 0, PERIOD, Figures())}
    assert (kpis["cost_per_return"].value, kpis["co2_avoided"].value) == (None, None)
    assert kpis["value_returned"].unit == "currency"
    partly = {kpi.name: kpi.value for kpi in measure(ITEMS, 0, 0, PERIOD, Figures(receipt_cost=Decimal(2)))}
    assert partly["cost_per_return"] == 2


def test_by_day_when_counted_then_every_day_of_the_period_is_there() -> None:
    days = by_day(ITEMS, PERIOD)
    assert [day for day, *_ in days] == list(range(10, 20))
    assert days[0] == (10, 2, 1)
    assert days[1] == (11, 0, 1)
    assert days[5] == (15, 1, 0)


def test_by_reason_when_counted_then_the_most_frequent_comes_first() -> None:
    assert by_reason([*ITEMS, ItemFacts(0, START)], PERIOD) == [("SIZE", 2), (None, 1), ("BROKEN", 1)]
