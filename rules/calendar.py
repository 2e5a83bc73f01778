"""Business days: when a customer may expect that a return is settled."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

SATURDAY = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """How many business days a return may take from the first item that came in to its last item's end."""

    business_days: int = 5
    holidays: frozenset[date] = frozenset()
    """Days off besides Saturdays and Sundays."""
    zone: tzinfo = UTC
    """Where days begin and end."""

    def due_us(self, start_us: int) -> int:
        """The end of the last business day; the day it came in does not count."""
        day = (_EPOCH + timedelta(microseconds=start_us)).astimezone(self.zone).date()
        left = self.business_days
        while left:
            day += timedelta(days=1)
            left -= self._is_business_day(day)
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), self.zone)
        return (midnight - _EPOCH) // timedelta(microseconds=1)

    def _is_business_day(self, day: date) -> bool:
        return day.weekday() < SATURDAY and day not in self.holidays


DEFAULT_SERVICE = ServiceLevel()
