"""What the antennas see: tags that lie in the field, or a scenario that passes by.

Both say which reads happened between two moments, so that a reader's time may jump without losing a read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol, TypeAlias

Sighting: TypeAlias = tuple[int, bytes, int, int, int]
"""Time in microseconds, EPC, antenna, RSSI in dBm, channel index. A tuple, for load tests."""

_MILLI: Final = 1_000
_US_PER_SECOND: Final = 1_000_000
_JITTER_SAMPLES: Final = 1_021
"""Prime, so that jitter and round robin do not beat."""
_CHANNELS: Final = 50


class TagSource(Protocol):
    """Where sightings come from."""

    def reads(self, since_us: int, until_us: int, antennas: Sequence[int]) -> Iterable[Sighting]:
        """Reads in (since, until] on these antennas, in order of time."""


@dataclass(slots=True)
class StaticField:
    """Tags that stay in the field, read round robin: all tags of one antenna, then all of the next."""

    reads_per_second: float = 100.0
    seed: int = 0
    _tags: dict[bytes, dict[int, int]] = field(default_factory=dict)
    """EPC → antenna → mean RSSI."""
    _slots: dict[tuple[int, ...], list[tuple[bytes, int, int]]] = field(default_factory=dict)
    _jitter: list[int] = field(init=False)

    def __post_init__(self) -> None:
        random = Random(self.seed)  # noqa: S311 (a radio channel, no secret)
        self._jitter = [round(random.gauss(0, 0.2)) for _ in range(_JITTER_SAMPLES)]

    def put(self, epc: bytes, antennas: Iterable[int], rssi_dbm: int | None = None) -> None:
        """Lay a tag down in front of these antennas; without an RSSI each antenna has its own."""
        random = Random(f"{self.seed}/{epc.hex()}")  # noqa: S311
        self._tags[epc] = {
            antenna: random.randint(-64, -48) if rssi_dbm is None else rssi_dbm for antenna in antennas
        }
        self._slots.clear()

    def take_away(self, epc: bytes) -> None:
        self._tags.pop(epc, None)
        self._slots.clear()

    @property
    def epcs(self) -> tuple[bytes, ...]:
        """What lies in the field."""
        return tuple(self._tags)

    def __len__(self) -> int:
        return len(self._tags)

    def reads(self, since_us: int, until_us: int, antennas: Sequence[int]) -> Iterator[Sighting]:
        slots = self._visible(tuple(antennas))
        if not slots:
            return
        per_kilosecond = max(1, round(self.reads_per_second * _MILLI))
        first = since_us * per_kilosecond // (_MILLI * _US_PER_SECOND) + 1
        last = until_us * per_kilosecond // (_MILLI * _US_PER_SECOND)
        jitter, count = self._jitter, len(slots)
        for number in range(first, last + 1):
            epc, antenna, rssi_dbm = slots[number % count]
            yield (
                -(-number * _MILLI * _US_PER_SECOND // per_kilosecond),
                epc,
                antenna,
                rssi_dbm + jitter[number % _JITTER_SAMPLES],
                1 + number // count % _CHANNELS,
            )

    def _visible(self, antennas: tuple[int, ...]) -> list[tuple[bytes, int, int]]:
        slots = self._slots.get(antennas)
        if slots is None:
            slots = self._slots[antennas] = [
                (epc, antenna, seen[antenna])
                for antenna in antennas
                for epc, seen in self._tags.items()
                if antenna in seen
            ]
        return slots
