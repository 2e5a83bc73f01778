"""What is not yet decided or not yet stored, as records: taken down change by change, and put together again.

A record is a JSON array that begins with its kind:

- `["read", door, epc, bits, tally, start, kept]`: a passage's tally, and its kept reads from `start` on
- `["told", door, epc, direction, confidence, first_us, last_us, reads, load]`: it was told, and its load
- `["gone", door, epc]`: the passage is over
- `["held", number, observation]`: decided, not stored
- `["stored", number]`
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from typing import Any, TypeAlias

from gateway.readpoints.doorway import Resumed
from readers.tag import OddEpc, epc_bits
from rules.epc import Epc
from rules.observation import Evidence, Observation, ReadPoint
from rules.portal.evidence import NO_RSSI_DBM, Tally, Trace
from rules.portal.passage import Passage
from rules.portal.verdict import Verdict
from rules.vocabulary import Direction

MAX_PASSAGES = 10_000
MAX_OBSERVATIONS = 10_000
"""More at once are not taken down: a flood must not fill the disk."""
PASSAGES_AT_ONCE = 400
OBSERVATIONS_AT_ONCE = 200
"""Taken down in one step: a few milliseconds."""
LOAD_BYTES = 8

Record: TypeAlias = list[Any]
Place = tuple[str, bytes]
"""Door and EPC."""


@dataclass(frozen=True, slots=True)
class _Written:
    trace: Trace
    first_us: int
    keep_every: int
    reads: int
    kept: int
    is_told: bool


class Notes:
    """What has been taken down, so that only changes are taken down again."""

    def __init__(self) -> None:
        self._passages: dict[Place, _Written] = {}
        self._held: dict[int, tuple[int, Observation]] = {}
        """By identity of the object, which is kept so that no other gets it."""
        self._number = 0

    @property
    def is_empty(self) -> bool:
        """Nothing is undecided."""
        return not (self._passages or self._held)

    def changes(
        self, passages: Iterable[tuple[str, Passage]], waiting: Iterable[Observation]
    ) -> list[Record]:
        """Records of what is new since the last call; more than one step's worth comes with the next."""
        return [*self._passage_changes(passages), *self._observation_changes(waiting)]

    def _passage_changes(self, passages: Iterable[tuple[str, Passage]]) -> list[Record]:
        seen: set[Place] = set()
        changed: list[tuple[Place, Passage]] = []
        for door, passage in passages:
            trace = passage.trace
            place = (door, trace.epc)
            written = self._passages.get(place)
            if written is None:
                if len(self._passages) + len(changed) >= MAX_PASSAGES:
                    continue
                changed.append((place, passage))
            elif written.reads != trace.reads or written.is_told != (passage.told is not None):
                changed.append((place, passage))
            seen.add(place)
        records: list[Record] = []
        for place in [place for place in self._passages if place not in seen]:
            del self._passages[place]
            records.append(["gone", place[0], place[1].hex()])
        for place, passage in changed[:PASSAGES_AT_ONCE]:
            records += self._take_down(place, passage)
        return records

    def _take_down(self, place: Place, passage: Passage) -> list[Record]:
        door, epc = place
        trace, tally = passage.trace, passage.trace.tally()
        written = self._passages.pop(place, None)
        records: list[Record] = []
        if written is not None and written.trace is not trace:  # another passage of the same tag
            written, records = None, [["gone", door, epc.hex()]]
        start = 0
        if written is not None and (written.first_us, written.keep_every) == (
            tally.first_us,
            tally.keep_every,
        ):
            start = written.kept
        count = len(trace.kept)
        kept = trace.kept[start:].tobytes().hex()
        self._passages[place] = _Written(
            trace, tally.first_us, tally.keep_every, tally.reads, count, passage.told is not None
        )
        records.append(["read", door, epc.hex(), epc_bits(epc), tally, start, kept])
        if passage.told is not None and (written is None or not written.is_told):
            records.append(_told(door, passage, passage.told))
        return records

    def _observation_changes(self, waiting: Iterable[Observation]) -> list[Record]:
        now = {id(observation): observation for observation in waiting}
        records: list[Record] = []
        for key in [key for key in self._held if key not in now]:
            number, _ = self._held.pop(key)
            records.append(["stored", number])
        room = min(OBSERVATIONS_AT_ONCE, MAX_OBSERVATIONS - len(self._held))
        new = (observation for key, observation in now.items() if key not in self._held)
        for _, observation in zip(range(room), new, strict=False):
            self._number += 1
            self._held[id(observation)] = (self._number, observation)
            records.append(["held", self._number, observation_facts(observation)])
        return records


@dataclass(slots=True)
class Undecided:
    """All that records say, put together in their order."""

    passages: dict[Place, Resumed] = field(default_factory=dict)
    _held: dict[int, Mapping[str, Any]] = field(default_factory=dict)

    def add(self, record: Sequence[Any]) -> None:
        """Raises ValueError, KeyError, TypeError or IndexError for what is no record."""
        kind = record[0]
        if kind == "read":
            self._read(*record[1:])
        elif kind == "told":
            self._told(record)
        elif kind == "gone":
            self.passages.pop((record[1], bytes.fromhex(record[2])), None)
        elif kind == "held":
            self._held[record[1]] = record[2]
        elif kind == "stored":
            self._held.pop(record[1], None)

    def observations(self, points: Mapping[str, ReadPoint]) -> list[Observation]:
        """Those decided and not stored, oldest first, at the read points there are."""
        return [
            _observation(facts, points[facts["read_point"]])
            for _, facts in sorted(self._held.items())
            if facts["read_point"] in points
        ]

    def _read(self, door: str, digits: str, bits: int, tally: Sequence[Any], start: int, kept: str) -> None:
        data = bytes.fromhex(digits)
        epc = data if bits == len(data) * 8 else OddEpc.of(data, bits)
        before = self.passages.get((door, epc))
        reads = array("q") if before is None else before.trace.kept[:start]
        reads.frombytes(bytes.fromhex(kept))
        trace = Trace.of(epc, Tally(*tally)._replace(antennas=tuple(tally[3])), reads)
        if before is None:
            self.passages[door, epc] = Resumed(door, trace)
        else:
            before.trace = trace

    def _told(self, record: Sequence[Any]) -> None:
        _, door, digits, direction, confidence, first_us, last_us, reads, load = record
        resumed = self.passages[door, bytes.fromhex(digits)]
        trace = resumed.trace
        resumed.told = Verdict(
            door=door,
            epc=trace.epc,
            direction=Direction(direction),
            confidence=confidence,
            first_us=first_us,
            last_us=last_us,
            reads=reads,
            antennas=trace.antennas,
            peak_rssi_dbm=None if trace.peak_rssi_dbm == NO_RSSI_DBM else trace.peak_rssi_dbm,
            pc=trace.pc,
        )
        resumed.load = (bytes.fromhex(load),)


def _told(door: str, passage: Passage, told: Verdict) -> Record:
    load = blake2b(b"".join(passage.load), digest_size=LOAD_BYTES).hexdigest()
    figures = (told.confidence, told.first_us, told.last_us, passage.told_reads, load)
    return ["told", door, told.epc.hex(), told.direction, *figures]


_EPC_FIELDS = tuple(field.name for field in fields(Epc))
_EVIDENCE_FIELDS = tuple(field.name for field in fields(Evidence))


def observation_facts(observation: Observation) -> dict[str, Any]:
    """As a JSON document."""
    epc, evidence = observation.epc, observation.evidence
    return {
        "read_point": observation.read_point.id,
        "epc": {name: getattr(epc, name) for name in _EPC_FIELDS},
        "evidence": {name: getattr(evidence, name) for name in _EVIDENCE_FIELDS},
        "confidence": observation.confidence,
        "reasons": observation.reasons,
        "load_size": observation.load_size,
        "features": dict(observation.features),
    }


def _observation(facts: Mapping[str, Any], point: ReadPoint) -> Observation:
    evidence = facts["evidence"]
    return Observation(
        Epc(**facts["epc"]),
        point,
        Evidence(
            **{
                **evidence,
                "antennas": tuple(evidence["antennas"]),
                "direction": Direction(evidence["direction"]),
            }
        ),
        facts["confidence"],
        tuple(facts["reasons"]),
        load_size=facts.get("load_size", 1),
        features=facts.get("features", {}),
    )
