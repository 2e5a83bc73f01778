"""How long to wait before dialling again: doubling, jittered, for ever."""

from dataclasses import dataclass
from random import Random


@dataclass(slots=True)
class Backoff:
    """Delays in seconds: full jitter between half and all of a doubling bound."""

    random: Random
    first_seconds: float = 0.5
    max_seconds: float = 30.0
    _failures: int = 0

    def next_delay(self) -> float:
        bound = min(self.max_seconds, self.first_seconds * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return bound * (0.5 + 0.5 * self.random.random())

    def reset(self) -> None:
        """Only after a healthy session: a reader that accepts and drops us must not be hammered."""
        self._failures = 0
