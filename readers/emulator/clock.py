"""The reader's own clock: UTC, wrong UTC, or no more than the time since it was switched on."""

from dataclasses import dataclass
from struct import pack

from readers.llrp.constants import ParameterType
from readers.llrp.framing import encode_tlv


@dataclass(frozen=True, slots=True)
class ReaderClock:
    """Times in microseconds."""

    offset_us: int = 0
    """What the reader's clock shows more than the host's."""
    has_utc: bool = True
    """False: every time is Uptime, and `offset_us` is minus the moment it was switched on."""

    def time_us(self, now_us: int) -> int:
        return max(0, now_us + self.offset_us)

    def timestamp(self, now_us: int) -> bytes:
        """UTCTimestamp or Uptime."""
        kind = ParameterType.UTCTimestamp if self.has_utc else ParameterType.Uptime
        return encode_tlv(kind, pack(">Q", self.time_us(now_us)))
