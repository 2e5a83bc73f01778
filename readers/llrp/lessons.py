"""What earlier connections taught about a reader: requests it hangs or hangs up at are not repeated."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from readers.llrp.constants import MessageType
from readers.llrp.requests import Detail

SKIPPABLE: Final = frozenset(
    {
        MessageType.GET_SUPPORTED_VERSION,
        MessageType.SET_PROTOCOL_VERSION,
        MessageType.GET_READER_CAPABILITIES,
        MessageType.CUSTOM_MESSAGE,
        MessageType.ENABLE_EVENTS_AND_REPORTS,
        MessageType.GET_ROSPECS,
        MessageType.START_ROSPEC,
        MessageType.GET_READER_CONFIG,
    }
)
"""Inventory is possible without these."""
REDUCIBLE: Final = frozenset({MessageType.SET_READER_CONFIG, MessageType.ADD_ROSPEC})
_STRIKES: Final = 2
"""One lost connection may be the network's fault; two at the same request are not."""
FORGET_US: Final = 600_000_000
"""But two may be by chance too: after this long a request gets another chance."""
_MAX_STRIKES: Final = _STRIKES * Detail.LEAST


@dataclass(slots=True)
class Lessons:
    """One per reader, kept across its connections. Times in microseconds on the sessions' clock."""

    _strikes: dict[MessageType, list[int]] = field(default_factory=dict)
    """When each request was blamed, the latest times."""
    _mute: list[int] = field(default_factory=list)
    """When the reader left a question unanswered while it inventoried, the latest times."""

    _silent_us: int | None = None
    """When our ROSpec was said to run without any reads, the latest time."""

    def blame(self, request: MessageType, now_us: int) -> None:
        """The connection was lost, or the deadline passed, while this request was unanswered."""
        self._strikes[request] = [*self._recent(request, now_us), now_us][-_MAX_STRIKES:]

    def acquit(self, request: MessageType, now_us: int) -> None:
        """It was answered after all."""
        if not self.fails(request, now_us):
            self._strikes.pop(request, None)

    def fails(self, request: MessageType, now_us: int) -> bool:
        """Whether it failed too often of late to be chance."""
        return len(self._recent(request, now_us)) >= _STRIKES

    def skips(self, request: MessageType, now_us: int) -> bool:
        """Version negotiation is given up at the first sign: readers choke on it, nothing depends on it."""
        if request == MessageType.GET_SUPPORTED_VERSION:
            return bool(self._recent(request, now_us))
        return request in SKIPPABLE and self.fails(request, now_us)

    def detail(self, request: MessageType, now_us: int) -> Detail:
        """How much to ask for at first."""
        if request not in REDUCIBLE:
            return Detail.FULL
        return Detail(min(len(self._recent(request, now_us)) // _STRIKES, Detail.LEAST))

    def fell_mute(self, now_us: int) -> bool:
        """It inventories and does not answer what it answered before. Whether that means that it hangs: some
        have the habit.
        """
        recent = _latest(self._mute, now_us)
        self._mute = [*recent, now_us][-_STRIKES:]
        return len(recent) < _STRIKES

    def fell_silent(self, now_us: int) -> None:
        self._silent_us = now_us

    def was_silent(self, now_us: int) -> bool:
        return self._silent_us is not None and bool(_latest((self._silent_us,), now_us))

    def _recent(self, request: MessageType, now_us: int) -> list[int]:
        return _latest(self._strikes.get(request, ()), now_us)


def _latest(times_us: Iterable[int], now_us: int) -> list[int]:
    """A clock may have been set back between two connections."""
    return [at_us for at_us in times_us if abs(now_us - at_us) < FORGET_US]
