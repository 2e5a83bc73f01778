"""Tags that belong to a read point: approved by somebody, and from then on never booked there."""

from collections.abc import Iterable, Sequence

from gateway.errors import UnavailableError
from gateway.stats import Stats
from gateway.store.regulars import Regular
from rules.observation import Observation


class Regulars:
    """What the store says, in memory; counts the reads it keeps away."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats
        self._known: frozenset[tuple[str, str]] | None = None

    def adopt(self, approved: Iterable[Regular]) -> None:
        """All there are now."""
        self._known = frozenset((one.read_point, one.epc) for one in approved)

    def without(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Those that may be items. Raises UnavailableError before it is known which are not."""
        if self._known is None:
            raise UnavailableError("the database has not said yet which tags are regulars")
        if not self._known:
            return observations
        items = [one for one in observations if (one.read_point.id, one.epc.hex) not in self._known]
        kept_away = sum(one.evidence.reads for one in observations) - sum(one.evidence.reads for one in items)
        if kept_away:
            self._stats.reads_dropped["regular"] += kept_away
        return items
