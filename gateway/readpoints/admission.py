"""Which tags are items at all, and the count of reads that went no further, by reason."""

from collections.abc import Mapping


class Admission:
    """Asked once per tag that is new to a read point. The counts are plain ints for the hot path."""

    __slots__ = ("_allowed", "_ignored", "evicted", "full", "ignored", "unassigned")

    def __init__(self, allowed: tuple[str, ...] = (), ignored: tuple[str, ...] = ()) -> None:
        """`allowed` and `ignored` are hex prefixes of EPCs; no `allowed` means all."""
        self.adopt(allowed, ignored)
        self.ignored = 0
        """Reads of tags that are never items."""
        self.unassigned = 0
        """Reads by antennas that belong to no read point."""
        self.full = 0
        """Reads of new tags that found no room."""
        self.evicted = 0
        """Tags forgotten early to make room for new ones."""

    def adopt(self, allowed: tuple[str, ...], ignored: tuple[str, ...]) -> None:
        """Other prefixes, for tags that are new from now on."""
        self._allowed = tuple(prefix.upper() for prefix in allowed)
        self._ignored = tuple(prefix.upper() for prefix in ignored)

    def admits(self, epc: bytes) -> bool:
        if not (self._allowed or self._ignored):
            return True
        digits = epc.hex().upper()
        if self._ignored and digits.startswith(self._ignored):
            self.ignored += 1
            return False
        if self._allowed and not digits.startswith(self._allowed):
            self.ignored += 1
            return False
        return True

    def drain(self) -> Mapping[str, int]:
        """The counts since the last call, by reason; they start again at 0."""
        counts = {
            "ignored_epc": self.ignored,
            "unassigned_antenna": self.unassigned,
            "table_full": self.full,
            "evicted": self.evicted,
        }
        self.ignored = self.unassigned = self.full = self.evicted = 0
        return {reason: count for reason, count in counts.items() if count}
