"""What is known of one reader right now: published as its retained state and shown to operators."""

from dataclasses import dataclass
from enum import StrEnum


class ReaderState(StrEnum):
    CONNECTING = "connecting"
    CONNECTED = "connected"
    """Inventorying: the ROSpec runs and the link is watched."""
    STANDBY = "standby"
    """Another client has the reader; we take over when it is gone."""
    FAILED = "failed"
    """The last attempt failed; the next one is scheduled."""


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """Times in microseconds since 1970 UTC on the host's clock; None means not yet."""

    reader: str
    address: str
    state: ReaderState
    since_us: int
    reason: str | None = None
    """Why it is not connected, or what is wrong though it is, in words for an operator."""
    last_report_us: int | None = None
    next_try_us: int | None = None
    clock_offset_seconds: float | None = None
    """Host clock minus reader clock."""
    model: str | None = None
