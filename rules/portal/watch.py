"""The open passages at one door: who is moving, who is parked, whose passage is over."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rules.portal.direction import Judgement
from rules.portal.door import Door
from rules.portal.evidence import NO_LEVEL_DB, Trace
from rules.portal.hearing import Hearing
from rules.portal.judge import Judge
from rules.portal.kinship import Mover, in_time_of, overlaps
from rules.portal.load import loads
from rules.portal.motion import has_moved, is_at_rest, resting_levels
from rules.portal.passage import SECOND_US, Passage

CHECK_US = 2_500_000
"""A trace is asked this often whether it has come to rest."""
STILL_US = 2 * CHECK_US
"""At rest for this long, a trace is parked: it costs nothing until a read tells that it moves."""
STIR_US = 2 * SECOND_US
"""A parked tag's passage begins this long before the read that told that it moves."""
PRESENT_US = 5 * SECOND_US
"""A parked tag unread for so long may have been taken away."""
SWEEP, SWEEP_SHARE = 256, 16
"""Of the parked tags at most so many, and one of so many, are looked at per tick."""
MAX_JUDGES = 64
"""Loads remembered as they were judged: most wait some ticks without a new read."""


class Look(NamedTuple):
    """What the loads of a door were when they were sorted out last."""

    at_us: int
    reads: int
    """Of all that was open then."""
    loads: Sequence[Sequence[Passage]]
    still_read: Sequence[Sequence[Passage]]
    """Those of them that were not quiet."""
    has_strays: bool
    """Something waits to go with one of them."""
    movers: int
    """How many were compared."""


NO_LOOK = Look(0, 0, (), (), has_strays=False, movers=0)


class Judged(NamedTuple):
    """A load whose direction is clear, with those of its members that were not told before."""

    members: Sequence[Passage]
    judgements: Mapping[Passage, Judgement]
    is_crossing: bool
    """All in, or all out; else nobody is told before the load is over."""


class DoorWatch:
    """All traces of one door. The hot path adds to `traces`; everything else is here."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.least_quiet_us = int(door.quiet_seconds * SECOND_US)
        """No passage is over sooner."""
        self.traces: dict[bytes, Trace] = {}
        self.open: dict[bytes, Passage] = {}
        self.parked: dict[bytes, Trace] = {}
        self.crowd = 0.0
        """How many tags stand in the field for each that moves, as of `crowding`."""
        self._ghosts = 0
        self._groups: list[list[Mover]] = []
        self._grouped: list[Mover] = []
        self._at_once: dict[int, list[list[Mover]]] = {}
        """By the identity of a load's first mover, the other loads of its time."""
        self._judges: dict[tuple[int, ...], Judge] = {}
        """They hold the movers by whose identity they are found: no other gets it."""
        self._judged: dict[tuple[Judge | Mover | float, ...], list[Judgement]] = {}
        """By the load's judge, those of the loads beside it, and the members that were asked about."""
        self.look = NO_LOOK
        self.clear_loads: list[Judged] = []
        """As of that look: they are told when they are quiet, or over, without another one."""
        self._stirred: list[Trace] = []
        self._told_parked: set[bytes] = set()
        self._sweep: Iterator[bytes] = iter(())

    def adopt(self) -> None:
        """Open the passages of new traces: they are the last."""
        for trace in reversed(self.traces.values()):
            if trace.adopted:
                break
            trace.adopted = True
            self.open[trace.epc] = Passage(trace, trace.first_us)

    def observe(self, now_us: int) -> list[Trace]:
        """Adopt new traces, wake what moved, park what rests; returns those parked long enough to tell."""
        self.adopt()
        stirred, self._stirred[:] = list(self._stirred), []
        for trace in stirred:
            if self.parked.pop(trace.epc, None) is not None:
                self._told_parked.discard(trace.epc)
                trace.forget_before(trace.last_us - STIR_US)
                self.open[trace.epc] = Passage(trace, now_us)
        for passage in list(self.open.values()):
            if now_us - passage.checked_us >= CHECK_US:
                self._settle(passage, now_us)
        return self._long_parked(now_us)

    def groups(self, movers: list[Mover]) -> list[list[Mover]]:
        """The loads among these movers; the same movers are grouped only once."""
        if len(movers) != len(self._grouped) or any(
            a is not b for a, b in zip(movers, self._grouped, strict=True)
        ):
            self._grouped, self._groups = movers, loads(movers)
            self._at_once.clear()
        return self._groups

    def judge(self, group: Sequence[Mover]) -> Judge:
        """The same movers are judged only once."""
        company = in_time_of(group, self._beside(group))
        key = (len(group), *map(id, group), *map(id, company))
        judge = self._judges.get(key)
        if judge is None:
            if len(self._judges) >= MAX_JUDGES:
                self._judges.clear()
            judge = self._judges[key] = Judge(group, company)
        return judge

    def judgements(self, group: Sequence[Mover], waiting: Sequence[Mover]) -> list[Judgement]:
        """On some members of a load, by what was read of all of it and of the loads at the same time."""
        judge, rivals = self.judge(group), [self.judge(other) for other in self._beside(group)]
        key: tuple[Judge | Mover | float, ...] = (judge, self.crowd, *rivals, *waiting)
        judged = self._judged.get(key)
        if judged is None:
            if len(self._judged) >= MAX_JUDGES:
                self._judged.clear()
            hearing = Hearing(judge, rivals)
            judged = self._judged[key] = [hearing.about(mover, crowd=self.crowd) for mover in waiting]
        return judged

    def clear(self) -> None:
        """Everything is decided; time may begin anew. The hot path keeps its hold on `traces`."""
        for held in (self.traces, self.open, self.parked, self._told_parked):
            held.clear()
        for known in (self._judges, self._judged, self._at_once):
            known.clear()
        self._groups, self._grouped = [], []
        self._stirred.clear()
        self.look = NO_LOOK
        self.clear_loads.clear()

    def reads(self) -> int:
        """Of all passages that are open."""
        return sum([passage.trace.reads for passage in self.open.values()])

    def present(self, now_us: int) -> int:
        """Parked tags that were still read when anything at the door was."""
        read_us = min(now_us, max((trace.last_us for trace in self.traces.values()), default=now_us))
        return sum([read_us - trace.last_us < PRESENT_US for trace in self.parked.values()])

    def is_open(self, passage: Passage) -> bool:
        """It is not closed, and no other one of the same tag was opened since."""
        return self.open.get(passage.trace.epc) is passage

    def close(self, passage: Passage) -> None:
        """The passage is over, and told unless it was a ghost."""
        if passage.told is None and passage.trace.reads < self.door.min_reads:
            self._ghosts += passage.trace.reads
        self.open.pop(passage.trace.epc, None)
        self.traces.pop(passage.trace.epc, None)

    def take_ghosts(self) -> int:
        """Reads of tags read too seldom to have been there, since the last call."""
        count, self._ghosts = self._ghosts, 0
        return count

    def is_told(self, group: Sequence[Mover]) -> bool:
        """All of a load are told."""
        return all(self.open[mover.profile.trace.epc].told is not None for mover in group)

    def quiet_us(self, trace: Trace) -> int:
        """Unread for this long, the trace's passage is over."""
        door = self.door
        most = door.max_quiet_seconds * SECOND_US
        gap = (trace.last_us - trace.first_us) / (trace.reads - 1) if trace.reads > 1 else most
        return int(max(door.quiet_seconds * SECOND_US, min(10 * gap, most)))

    def never_told(self) -> list[Trace]:
        """Parked traces that nobody has told about: at the end of a recording."""
        return [trace for epc, trace in self.parked.items() if epc not in self._told_parked]

    def _beside(self, group: Sequence[Mover]) -> list[list[Mover]]:
        """The loads of the same time."""
        found = self._at_once.get(id(group[0]))
        if found is None:
            courses = [mover.course for mover in group]
            others = (other for other in self._groups if other[0] not in group)
            found = [other for other in others if any(overlaps(mover.course, courses) for mover in other)]
            self._at_once[id(group[0])] = found
        return found

    def _settle(self, passage: Passage, now_us: int) -> None:
        passage.checked_us = now_us
        trace = passage.trace
        rests_since_us = now_us - int(self.door.rest_seconds * SECOND_US)
        if trace.last_us < rests_since_us:  # unread for so long it is quiet, not at rest
            passage.is_resting = False
            return
        recent = trace.samples(min(rests_since_us, now_us - STILL_US))
        was_resting = passage.is_resting
        passage.is_resting = is_at_rest(recent, rests_since_us)
        if passage.is_resting and not was_resting:
            passage.rests_since_us = now_us
        if not passage.is_resting or trace.first_us > now_us - STILL_US:
            return
        recent = [sample for sample in recent if sample[0] >= now_us - STILL_US]
        if not is_at_rest(recent, now_us - STILL_US):
            return
        has_way = passage.told is None and has_moved(trace.samples())
        if has_way and now_us - passage.rests_since_us < self.door.parked_seconds * SECOND_US:
            return
        del self.open[trace.epc]
        self.parked[trace.epc] = trace
        if passage.told is not None:
            self._told_parked.add(trace.epc)
        trace.park(resting_levels(recent, NO_LEVEL_DB), self._stirred)

    def _long_parked(self, now_us: int) -> list[Trace]:
        """A bounded look at some parked tags: forget those that have gone, name those to tell about."""
        gone_us = now_us - int(self.door.gone_seconds * SECOND_US)
        long_us = self.door.parked_seconds * SECOND_US
        found = []
        for _ in range(min(SWEEP, -(-len(self.parked) // SWEEP_SHARE))):
            epc = next(self._sweep, None)
            if epc is None:
                self._sweep = iter(list(self.parked))
                break
            trace = self.parked.get(epc)
            if trace is None:
                continue
            if trace.last_us - trace.first_us >= long_us and epc not in self._told_parked:
                self._told_parked.add(epc)
                found.append(trace)
            if trace.last_us < gone_us:
                del self.parked[epc]
                self._told_parked.discard(epc)
                self.traces.pop(epc, None)
        return found
