"""A scenario in real time: each read comes when its moment has come, on its reader and antenna."""

from collections.abc import Iterable, Iterator, Sequence

from readers.emulator.field import Sighting
from readers.emulator.scenario import AirRead


class Curtain:
    """The scenario's start, the same for all its readers: when the first of them begins to read."""

    def __init__(self) -> None:
        self.raised_us: int | None = None

    def raise_at(self, now_us: int) -> int:
        """The start in microseconds since 1970; the first call sets it."""
        if self.raised_us is None:
            self.raised_us = now_us
        return self.raised_us


class ScenarioField:
    """The reads of one reader. What passes while it does not read, or at an unused antenna, is missed."""

    def __init__(self, reads: Iterable[AirRead], curtain: Curtain) -> None:
        self._reads = iter(reads)
        self._curtain = curtain
        self._next: AirRead | None = next(self._reads, None)

    @property
    def is_over(self) -> bool:
        return self._next is None

    def reads(self, since_us: int, until_us: int, antennas: Sequence[int]) -> Iterator[Sighting]:
        start_us = self._curtain.raise_at(since_us)
        while self._next is not None and start_us + self._next.time_us <= until_us:
            read = self._next
            self._next = next(self._reads, None)
            seen_us = start_us + read.time_us
            if seen_us > since_us and read.antenna in antennas:
                yield seen_us, read.epc, read.antenna, read.rssi_dbm, read.channel
