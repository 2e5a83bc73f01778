"""What a verdict was made from, as the table of observations keeps it: JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.store.json_text import to_json
from rules.observation import Observation


@dataclass(frozen=True, slots=True)
class Grounds:
    """Of one observation; features by name."""

    antennas: tuple[int, ...] = ()
    peak_rssi_dbm: int | None = None
    late: bool = False
    load_size: int | None = None
    """Items that moved together, this one included."""
    features: Mapping[str, float] = field(default_factory=dict)
    """What the direction was judged by."""


def encode(observation: Observation) -> str:
    evidence = observation.evidence
    return to_json(
        {
            "antennas": evidence.antennas,
            "peak_rssi_dbm": evidence.peak_rssi_dbm,
            "late": evidence.late,
            "load_size": observation.load_size,
            "features": dict(observation.features),
        }
    )


def decode(text: str | None) -> Grounds:
    """None where an older version has noted nothing."""
    if text is None:
        return Grounds()
    facts = json.loads(text)
    return Grounds(
        tuple(facts["antennas"]), facts["peak_rssi_dbm"], facts["late"], facts["load_size"], facts["features"]
    )
