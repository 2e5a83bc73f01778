"""How to reach a reader and what to ask of it: frozen, with defaults that work at a dock door."""

from dataclasses import dataclass, field
from enum import StrEnum


class Preset(StrEnum):
    """Gen2 and reporting settings for a kind of place (`readers.llrp.presets` says what and why)."""

    PORTAL = "portal"
    CONVEYOR = "conveyor"
    BENCH = "bench"
    SHELF = "shelf"


class Level(StrEnum):
    """Of a general purpose input."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """LLRP over TLS (port 5085)."""

    ca_file: str | None = None
    fingerprint: str | None = None
    """SHA-256 of the reader's certificate, hex, colons allowed."""
    cert_file: str | None = None
    key_file: str | None = None


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """One reader. Durations in seconds."""

    id: str
    host: str
    port: int = 5084
    antennas: tuple[int, ...] = ()
    """Antenna ports to use; empty means all the reader has."""
    keepalive_seconds: float = 2.0
    """Many readers give a client up after five that it does not answer; only then can a standby have them."""
    preset: Preset = Preset.PORTAL
    tx_power_dbm: float | None = None
    """None means the highest the reader offers."""
    report_every_ms: int = 100
    """How long a reader may gather reads before it reports them, where it can be told."""
    connect_seconds: float = 5.0
    reply_seconds: float = 5.0
    silent_seconds: float | None = None
    """Inventorying without a report for this long is a fault; None where an empty field is normal."""
    backoff_max_seconds: float = 30.0
    rf_content: bool = False
    """Ask for channel, phase and Doppler of each read too, where offered: for captures and `reader watch`;
    the gateway decides without them.
    """
    gpi_barrier: int | None = None
    """Input of the light barrier at the door whose antennas these are."""
    gpi_barrier_broken: Level = Level.HIGH
    """Its level while something stands in the barrier."""
    gpo_matched: int | None = None
    """Output switched on when an item that was expected has come in: a green lamp."""
    gpo_exception: int | None = None
    """Output switched on when an item is an exception: a red lamp, a buzzer."""
    gpo_fault: int | None = None
    """Output switched on while what is read here cannot be decided: a yellow lamp."""
    gpo_seconds: float = 2.0
    """How long the first two stay on."""
    tls: TlsSettings | None = field(default=None)
