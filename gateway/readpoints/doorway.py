"""A portal read point as the hot path sees it: reads are added to the traces the door will judge."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.readpoints.admission import Admission
from readers.tag import TagRow
from rules.portal.evidence import Trace
from rules.portal.verdict import Verdict


class DoorWay:
    """The traces of one door; `rules.portal` owns and judges them, only the buffer adds to them."""

    __slots__ = ("_admission", "_limit", "_traces", "id")

    def __init__(self, door: str, traces: dict[bytes, Trace], limit: int, admission: Admission) -> None:
        """`limit` bounds the tags remembered at once."""
        self.id = door
        self._traces = traces
        self._limit = limit
        self._admission = admission

    def __len__(self) -> int:
        return len(self._traces)

    def add(
        self, rows: Iterable[TagRow], sides: Mapping[int | None, int], offset_us: int, received_us: int
    ) -> None:
        """Add reads. The rows' times are the reader's; `offset_us` brings them to the host's clock."""
        get = self._traces.get
        side_of = sides.get
        for epc, antenna, rssi_dbm, _first, last_us, count, pc in rows:
            side = side_of(antenna)
            if side is None:
                self._admission.unassigned += 1
                continue
            seen_us = received_us if last_us is None else last_us + offset_us
            trace = get(epc)
            if trace is None:
                trace = self._open(epc, seen_us, pc)
                if trace is None:
                    continue
            trace.add(seen_us, side, antenna or 0, rssi_dbm, count or 1)

    def _open(self, epc: bytes, seen_us: int, pc: int | None) -> Trace | None:
        if not self._admission.admits(epc):
            return None
        if len(self._traces) >= self._limit:
            self._admission.full += 1
            return None
        trace = self._traces[epc] = Trace(epc, seen_us)
        trace.pc = pc
        return trace


@dataclass(slots=True)
class Resumed:
    """A passage to go on with."""

    door: str
    trace: Trace
    told: Verdict | None = None
    load: tuple[bytes, ...] = ()
