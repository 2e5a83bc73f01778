"""Business days: weekends and holidays do not count, days begin where the house stands."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from rules.calendar import ServiceLevel


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-11-16T08:00:00+00:00", "2026-11-24T00:00:00+00:00"),  # Monday: Tue, Wed, Thu, Fri, Mon
        ("2026-11-20T23:59:59+00:00", "2026-11-28T00:00:00+00:00"),  # Friday: Mon to Fri
        ("2026-11-21T12:00:00+00:00", "2026-11-28T00:00:00+00:00"),  # Saturday: the same
        ("2026-12-22T12:00:00+00:00", "2026-12-31T00:00:00+00:00"),  # Christmas is a Friday
    ],
)
def test_due_when_days_are_off_then_they_do_not_count(start: str, due: str) -> None:
    assert ServiceLevel(5, frozenset({date(2026, 12, 25)}), UTC).due_us(us(start)) == us(due)


def test_due_when_the_house_lies_in_another_zone_then_its_midnight_counts() -> None:
    berlin = ServiceLevel(1, zone=ZoneInfo("Europe/Berlin"))
    assert berlin.due_us(us("2026-11-16T23:30:00+00:00")) == us("2026-11-18T23:00:00+00:00")
