"""What a visit at a read point and a passage through a door are as observations."""

from gateway.readpoints.visits import Visit
from readers.tag import epc_bits
from rules.epc import identify
from rules.observation import Evidence, Observation, ReadPoint
from rules.portal.verdict import Verdict
from rules.vocabulary import Direction

LATE_US = 60_000_000
"""Reads older than this when they are decided are a reader's backlog, not what happens at the door now."""


def from_visit(visit: Visit, point: ReadPoint, now_us: int) -> Observation:
    evidence = Evidence(
        reads=visit.reads,
        antennas=tuple(n for n in range(visit.antennas.bit_length()) if visit.antennas >> n & 1),
        first_seen_us=visit.first_us,
        last_seen_us=visit.last_us,
        peak_rssi_dbm=visit.peak_rssi_dbm,
        direction=Direction.PRESENT,
        late=now_us - visit.last_us > LATE_US,
    )
    epc = identify(visit.epc, bits=epc_bits(visit.epc), pc=visit.pc)
    return Observation(epc, point, evidence, 1.0, (f"{visit.reads} reads in the field",))


def from_verdict(verdict: Verdict, point: ReadPoint, now_us: int) -> Observation:
    evidence = Evidence(
        reads=verdict.reads,
        antennas=verdict.antennas,
        first_seen_us=verdict.first_us,
        last_seen_us=verdict.last_us,
        peak_rssi_dbm=verdict.peak_rssi_dbm,
        direction=verdict.direction,
        late=now_us - verdict.last_us > LATE_US,
    )
    epc = identify(verdict.epc, bits=epc_bits(verdict.epc), pc=verdict.pc)
    return Observation(
        epc, point, evidence, verdict.confidence, verdict.reasons, verdict.load_size, verdict.features
    )
