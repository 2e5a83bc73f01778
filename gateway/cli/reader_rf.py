"""Channel, phase and Doppler frequency of reads: what the gateway has no use for and a site engineer may."""

from contextlib import suppress
from typing import Final, TypeAlias

from readers.errors import ProtocolError
from readers.llrp.constants import MessageType
from readers.llrp.describe import JsonObject, rf_content
from readers.llrp.framing import Deframer
from readers.llrp.walker import TagReport, walk_report
from readers.tag import TagRow

_Read: TypeAlias = tuple[bytes, int | None, int | None]
"""EPC, antenna and when it was seen last, on the reader's clock."""


_NOTHING: Final = rf_content(TagReport())


class RfEar:
    """Of one connection. What is no LLRP the session is about to tell."""

    def __init__(self, content: dict[_Read, JsonObject]) -> None:
        """`content` is that of the reads which came in last."""
        self._content = content
        self._incoming = Deframer()

    def heard(self, data: bytes, time_us: int) -> None:  # noqa: ARG002 - Ear's
        self._content.clear()
        with suppress(ProtocolError):
            for frame in self._incoming.feed(data):
                if frame.type == MessageType.RO_ACCESS_REPORT:
                    for tag in walk_report(frame.body):
                        self._content[tag.epc, tag.antenna, tag.last_seen_us] = rf_content(tag)

    def said(self, data: bytes, time_us: int) -> None: ...


class RfContent:
    """That of the reads just received, by read."""

    def __init__(self) -> None:
        self._content: dict[_Read, JsonObject] = {}

    def listen(self) -> RfEar:
        """An ear for a new connection."""
        return RfEar(self._content)

    def of(self, row: TagRow) -> JsonObject:
        """Of a read that came in last."""
        return self._content.get((bytes(row[0]), row[1], row[4]), _NOTHING)
