"""A fault at work on one reader: `NAME[:REQUEST][*TIMES]` as the command line takes it."""

from collections.abc import Iterable
from typing import Protocol

from readers.emulator.faults import FAULTS, Fault
from readers.emulator.outbox import Cut, Outgoing
from readers.emulator.spoiling import Piece, Spoiler
from readers.llrp.constants import MessageType
from readers.llrp.framing import Frame


class Replies(Protocol):
    """Where an answer is put so that it leaves in its turn."""

    def interject(self, piece: Outgoing | Cut) -> None: ...


class FaultInjector:
    """A fault at work on one reader: it strikes at most `times`, then the reader is healed."""

    def __init__(self, fault: Fault, request: int | None = None, times: int | None = None) -> None:
        self.fault = fault
        self.strikes = 0
        self._request = fault.request if request is None else request
        self._times = times
        self._spoiler: Spoiler | None = None
        self.connected()

    @property
    def is_healed(self) -> bool:
        return self._times is not None and self.strikes >= self._times

    def connected(self) -> None:
        """A new client: whatever counts begins again."""
        self._spoiler = None if self.fault.spoil is None else self.fault.spoil()

    def hears(self, frame: Frame, replies: Replies) -> bool:
        """Whether the request was kept from the reader; what is said instead is then among the replies."""
        if self.fault.hear is None or self.is_healed or self._request not in {None, frame.type}:
            return False
        answer = self.fault.hear(frame)
        if answer is None:
            return False
        self.strikes += 1
        for piece in answer:
            replies.interject(piece)
        return True

    def spoil(self, message: Outgoing) -> Iterable[Piece]:
        if self._spoiler is None or self.is_healed:
            return (message,)
        pieces = tuple(self._spoiler(message))
        self.strikes += pieces != (message,)
        return pieces


def parse_fault(text: str) -> FaultInjector:
    """`NAME[:REQUEST][*TIMES]`. Raises ValueError that says what there is."""
    rest, star, times = text.partition("*")
    name, colon, request = rest.partition(":")
    fault = FAULTS.get(name)
    if fault is None:
        raise ValueError(f"there is no fault '{name}'; there are: {', '.join(FAULTS)}")
    if star and not (times.isdecimal() and int(times)):
        raise ValueError(f"'{times}' in '{text}' is no number of times")
    if not colon:
        return FaultInjector(fault, times=int(times) if star else None)
    if fault.request is None:
        raise ValueError(f"the fault '{name}' is about no request")
    if request not in MessageType.__members__:
        raise ValueError(f"'{request}' in '{text}' is no LLRP message")
    return FaultInjector(fault, MessageType[request], int(times) if star else None)
