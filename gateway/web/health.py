"""Is the daemon well, and may it be given work: /healthz and /readyz as facts an operator can read."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.stats import Stats
from readers.status import ReaderState, ReaderStatus


@dataclass(frozen=True, slots=True)
class Health:
    """`parts` names each part with its fault in words, or None where it is well."""

    is_well: bool
    parts: dict[str, str | None]


def liveness(stats: Stats) -> Health:
    """Well while decisions can be stored and every part goes on: a lost broker or reader heals by itself and
    loses nothing.
    """
    parts = {"database": stats.storage_fault, "progress": stats.standstill}
    return Health(not any(parts.values()), parts)


def readiness(stats: Stats, readers: Iterable[ReaderStatus]) -> Health:
    """Ready when reads come in and events go out: database, broker and at least one reader.

    A broker that is there and refuses what we publish, or lets us hear nothing, is a fault too.
    """
    known = list(readers)
    connected = [status for status in known if status.state is ReaderState.CONNECTED]
    parts: dict[str, str | None] = {
        "database": stats.storage_fault,
        "mqtt": stats.mqtt_reason if stats.mqtt_connected else stats.mqtt_reason or "not connected",
    }
    for status in known:
        fault = None if status.state is ReaderState.CONNECTED else status.reason or status.state.value
        parts[f"reader {status.reader}"] = fault
    is_ready = parts["database"] is None and parts["mqtt"] is None and bool(connected)
    return Health(is_ready, parts)
