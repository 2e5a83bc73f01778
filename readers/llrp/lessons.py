"""What earlier connections taught about a reader: requests it hangs or hangs up at are not repeated."""

from collections import Counter
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


@dataclass(slots=True)
class Lessons:
    """One per reader, kept across its connections."""

    _strikes: Counter[MessageType] = field(default_factory=Counter)

    def blame(self, request: MessageType) -> None:
        """The connection was lost, or the deadline passed, while this request was unanswered."""
        self._strikes[request] += 1

    def acquit(self, request: MessageType) -> None:
        """It was answered after all."""
        if self._strikes[request] < _STRIKES:
            del self._strikes[request]

    def skips(self, request: MessageType) -> bool:
        """Version negotiation is given up at the first sign: readers choke on it, nothing depends on it."""
        needed = 1 if request == MessageType.GET_SUPPORTED_VERSION else _STRIKES
        return request in SKIPPABLE and self._strikes[request] >= needed

    def detail(self, request: MessageType) -> Detail:
        """How much to ask for at first."""
        if request not in REDUCIBLE:
            return Detail.FULL
        return Detail(min(self._strikes[request] // _STRIKES, Detail.LEAST))
