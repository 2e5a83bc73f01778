"""What every door of a site says about the items that pass: in or out, how sure, why, and at which door."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from rules.portal.direction import NOT_MOVED, Judgement, by_motion
from rules.portal.door import Door, Verdict, verdict_on
from rules.portal.evidence import Trace
from rules.portal.hearing import Hearing
from rules.portal.judge import Judge
from rules.portal.kinship import Mover
from rules.portal.motion import ENOUGH_READS
from rules.portal.neighbour import Rival, not_here, rival, with_load
from rules.portal.passage import SECOND_US, Passage
from rules.portal.quiet import is_over, is_quiet, is_too_soon, is_worth_a_look, went_on
from rules.portal.sorting import carrier, is_due, is_in_time, may_be_carried, sort
from rules.portal.told import CROSSINGS, ToldLately
from rules.portal.watch import DoorWatch, Judged, Look
from rules.vocabulary import Direction

__all__ = ["Door", "Portal", "Verdict"]

SURE_OF_GHOSTS = 0.8
"""An item read fewer times than a ghost may be is told only when it is as likely as this to have crossed."""


class Portal:
    """All doors of one site. The buffer writes the traces and asks `due` every quarter of a second."""

    def __init__(self, doors: Sequence[Door]) -> None:
        self._watches = {door.id: DoorWatch(door) for door in doors}
        self._told = ToldLately()

    def adopt(self, doors: Sequence[Door], now_us: int) -> list[Verdict]:
        """Other doors from now on; what is open at those that changed or went is decided by what is known."""
        before = self._watches
        kept = {
            door.id: before[door.id] for door in doors if door.id in before and before[door.id].door == door
        }
        self._watches = {door.id: kept.get(door.id) or DoorWatch(door) for door in doors}
        gone = [watch for watch in before.values() if watch.door.id not in kept]
        return list(chain.from_iterable(self._ended(watch, now_us) for watch in gone))

    def traces(self, door: str) -> dict[bytes, Trace]:
        """The hot path's way in: EPC → trace; it inserts what is not there."""
        return self._watches[door].traces

    def parked(self, door: str) -> int:
        """Tags that stand in the door's field without moving."""
        return len(self._watches[door].parked)

    def standing(self, door: str) -> Iterable[Trace]:
        """Those tags, the longest parked first."""
        return self._watches[door].parked.values()

    def ghost_reads(self) -> int:
        """Reads of tags that were read too seldom to have been there, since the last call."""
        return sum(watch.take_ghosts() for watch in self._watches.values())

    def is_passed(self) -> bool:
        """Whether something that moves is still undecided."""
        return any(
            passage.told is None and passage.motion().has_moved
            for watch in self._watches.values()
            for passage in watch.open.values()
            if passage.trace.reads >= watch.door.min_reads
        )

    def is_settled(self) -> bool:
        """Nothing is open: until something is read, no more than parked tags will be told."""
        return not any(watch.open for watch in self._watches.values())

    def passages(self, door: str) -> Iterable[Passage]:
        """What is open at a door, told or not, with what was read since the last `due`."""
        watch = self._watches[door]
        watch.adopt()
        return watch.open.values()

    def resume(
        self, door: str, trace: Trace, told: Verdict | None = None, load: tuple[bytes, ...] = ()
    ) -> None:
        """A passage begun before a restart goes on; of one that was told, how, and with whom: any words that
        are the same for all of its load and for no other.
        """
        watch = self._watches[door]
        passage = Passage(trace, trace.first_us)
        trace.adopted = True
        watch.traces[trace.epc], watch.open[trace.epc] = trace, passage
        if told is not None:
            passage.told, passage.told_reads, passage.load = told, told.reads, load
            self._remember(told, trace)

    def due(self, now_us: int, of_doors: Mapping[str, int] | None = None) -> list[Verdict]:
        """Passages that are over or already clear; `of_doors` gives a door a time of its own."""
        self._told.forget(now_us)
        times = of_doors or {}
        busy = (watch for watch in self._watches.values() if watch.traces)
        return list(chain.from_iterable(self._at(watch, times.get(watch.door.id, now_us)) for watch in busy))

    def flush(self, now_us: int) -> list[Verdict]:
        """The recording or the daemon ends: what is open is decided by what is known, and nothing stays."""
        verdicts = list(chain.from_iterable(self._ended(watch, now_us) for watch in self._watches.values()))
        self._told.clear()
        return verdicts

    def _ended(self, watch: DoorWatch, now_us: int) -> list[Verdict]:
        verdicts = list(self._at(watch, now_us, is_end=True))
        verdicts += [verdict_on(watch.door, trace, NOT_MOVED) for trace in watch.never_told()]
        watch.clear()
        return verdicts

    def _at(self, watch: DoorWatch, now_us: int, *, is_end: bool = False) -> Iterator[Verdict]:
        for trace in watch.observe(now_us):
            yield verdict_on(watch.door, trace, NOT_MOVED)
        yield from self._loads(watch, now_us, is_end=is_end)
        least_us, most_us = watch.least_quiet_us, int(watch.door.max_quiet_seconds * SECOND_US)
        for passage in list(watch.open.values()):
            quiet_us = now_us - passage.trace.last_us
            if not is_end and (quiet_us < least_us or quiet_us < watch.quiet_us(passage.trace)):
                continue
            if passage.told is not None:
                yield from self._if_it_came_back(watch, passage)
            elif passage.trace.reads >= watch.door.min_reads and not watch.door.has_sides:
                yield self._without_sides(watch, passage)
            elif passage.trace.reads >= watch.door.min_reads:
                is_undecided = passage.motion().has_moved or may_be_carried(passage, watch)
                if is_undecided and not is_end and (quiet_us < most_us or is_too_soon(watch, now_us)):
                    continue
                yield self._tell(watch, passage, NOT_MOVED, (passage,))
            watch.close(passage)

    def _loads(self, watch: DoorWatch, now_us: int, *, is_end: bool) -> Iterator[Verdict]:
        """Tell the loads that are clear, and judge those that may have passed."""
        if not watch.door.has_sides:
            return
        told = [verdict for load in watch.clear_loads for verdict in self._tell_load(watch, load, now_us)]
        yield from told
        frees_strays = bool(told) and watch.look.has_strays
        if not (is_end or frees_strays or is_worth_a_look(watch, now_us)):
            return
        watch.look = watch.look._replace(at_us=now_us, reads=watch.reads())
        sorted_out = sort(watch, now_us, is_asked=is_end or frees_strays)
        if sorted_out is None:
            return
        loads, strays, _, movers = sorted_out
        still_read = [load for load in loads if not is_quiet(watch, load, now_us)]
        watch.look = Look(now_us, watch.look.reads, loads, still_read, bool(strays), movers)
        watch.clear_loads = []
        for members in loads:
            yield from self._load(watch, members, now_us, is_end=is_end)
        for stray in strays:
            if not is_end and not is_due(stray, now_us):
                continue
            yield from self._stray(watch, stray, sorted_out.carriers, now_us, is_end=is_end)

    def _load(
        self, watch: DoorWatch, members: Sequence[Passage], now_us: int, *, is_end: bool
    ) -> Iterator[Verdict]:
        waiting = [member for member in members if member.told is None]
        over = bool(waiting) and (is_end or is_over(watch, waiting, now_us))
        if not waiting or not (over or is_quiet(watch, members, now_us)):
            return
        judgements = watch.judgements([one.mover() for one in members], [one.mover() for one in waiting])
        sure = sum(judgement.confidence for judgement in judgements)
        ways = {judgement.direction for judgement in judgements}
        is_crossing = len(ways) == 1 and ways <= CROSSINGS
        load = Judged(members, dict(zip(waiting, judgements, strict=True)), is_crossing)
        if over:
            yield from self._tell_load(watch, load, now_us, over=True)
            return
        for member in waiting:
            member.judged_reads, member.judged_us = member.trace.reads, now_us
        if sure >= watch.door.early_confidence * len(judgements):
            watch.clear_loads.append(load)
            yield from self._tell_load(watch, load, now_us)

    def _tell_load(
        self, watch: DoorWatch, load: Judged, now_us: int, *, over: bool = False
    ) -> Iterator[Verdict]:
        """Who crossed is told when it is quiet, all when the load is over: by all their reads."""
        waiting = [member for member in load.judgements if member.told is None]
        if not over:
            if not waiting or not all(watch.is_open(member) and member.is_judged() for member in waiting):
                return
            over = is_over(watch, waiting, now_us)
            if over and any(member.trace.reads != member.judged_reads for member in waiting):
                return
        if not (over or load.is_crossing):
            return
        early_us = int(watch.door.early_seconds * SECOND_US)
        judgements = {member: load.judgements[member] for member in waiting}
        for member, judgement, is_certain in self._at_right_door(watch, load.members, judgements):
            if over or (is_certain and member.is_quiet(now_us, early_us)):
                yield self._tell(watch, member, judgement, load.members)

    def _without_sides(self, watch: DoorWatch, passage: Passage) -> Verdict:
        """Each item is a load of its own."""
        judgement = by_motion(passage.motion())
        if judgement is not NOT_MOVED:
            ((_, judgement, _),) = self._at_right_door(watch, (passage,), {passage: judgement})
        return self._tell(watch, passage, judgement, (passage,))

    def _stray(
        self,
        watch: DoorWatch,
        passage: Passage,
        carriers: Sequence[Sequence[Mover]],
        now_us: int,
        *,
        is_end: bool,
    ) -> Iterator[Verdict]:
        """An item read too seldom to be part of a load by itself goes with the one it was carried with."""
        stray, reads = passage.mover(), passage.trace.reads
        near = [group for group in carriers if is_in_time(stray, group)]
        if not all(map(watch.is_told, near)):
            return
        group = None if passage.is_alone() else carrier(watch, stray, near)
        passage.alone_reads = reads
        if group is None:
            if stray.profile.has_moved and reads >= watch.door.min_reads:
                yield from self._load(watch, [passage], now_us, is_end=is_end)
            return
        members = [watch.open[mover.profile.trace.epc] for mover in group]
        judgement = Hearing(watch.judge(group)).about(stray, crowd=watch.crowd)
        ((_, judgement, _),) = self._at_right_door(watch, members, {passage: judgement})
        if reads >= watch.door.min_reads or (
            judgement.direction in CROSSINGS and judgement.confidence >= SURE_OF_GHOSTS
        ):
            yield self._tell(watch, passage, judgement, (*members, passage))

    def _at_right_door(
        self, watch: DoorWatch, load: Sequence[Passage], judgements: Mapping[Passage, Judgement]
    ) -> Iterator[tuple[Passage, Judgement, bool]]:
        """The same judgements but for items that belong to another door; and whether that is certain."""
        rivals: list[Rival | None] = []
        for passage, judgement in judgements.items():
            own = self._rival(watch, passage)
            if own is None:
                yield passage, judgement, True
                continue
            rivals = rivals or [self._rival(watch, member) for member in load]
            found = with_load(watch.door, own, rivals)
            is_certain = abs(found.lead_db) >= watch.door.neighbour_db
            yield passage, judgement if found.lead_db >= 0 else not_here(judgement, found), is_certain

    def _rival(self, watch: DoorWatch, passage: Passage) -> Rival | None:
        return rival(watch.door, passage.trace, self._heard_elsewhere(watch, passage))

    def _heard_elsewhere(self, watch: DoorWatch, passage: Passage) -> Iterator[tuple[Door, Trace]]:
        """What other doors have read of an item, what they have told of it and closed included.

        A tag that stands there while this one moves here is another one, with the same EPC.
        """
        epc = passage.trace.epc
        moves = passage.trace.reads >= ENOUGH_READS and passage.motion().has_moved
        for other in self._watches.values():
            if other is watch:
                continue
            trace, told = other.traces.get(epc), self._told.trace(other.door.id, epc)
            if trace is not None and not (moves and epc in other.parked):
                yield other.door, trace
            if told is not None and told is not trace:
                yield other.door, told

    def _tell(
        self, watch: DoorWatch, passage: Passage, judgement: Judgement, members: Iterable[Passage]
    ) -> Verdict:
        load = tuple(member.trace.epc for member in members)
        verdict = verdict_on(watch.door, passage.trace, judgement, len(load))
        before = self._told.crossed(verdict, self._watches) if verdict.direction in CROSSINGS else None
        if before is not None:
            reason = f"it was told at door {before} already"
            verdict = replace(verdict, direction=Direction.PAST, reasons=(reason, *verdict.reasons))
        self._remember(verdict, passage.trace)
        passage.told, passage.told_reads, passage.load = verdict, passage.trace.reads, load
        return verdict

    def _if_it_came_back(self, watch: DoorWatch, passage: Passage) -> Iterator[Verdict]:
        """A told passage that went on: judged again, and told when it turned out to be the contrary."""
        told = passage.told
        if told is None or not watch.door.has_sides or not went_on(passage):
            return
        group = [other for other in watch.open.values() if other.load == passage.load and went_on(other)]
        judgement = Hearing(Judge([member.mover() for member in group])).about(passage.mover())
        ((_, judgement, _),) = self._at_right_door(watch, group, {passage: judgement})
        if judgement.confidence < watch.door.contrary_confidence or judgement.direction is told.direction:
            return
        if told.direction is Direction.IN and judgement.direction in (Direction.OUT, Direction.TURNED_BACK):
            reason = "it was told as in and then came back out"
            judgement = replace(judgement, direction=Direction.OUT, reasons=(reason, *judgement.reasons))
        elif judgement.direction is not Direction.IN or told.direction is Direction.OUT:
            return
        yield self._tell(watch, passage, judgement, group)

    def _remember(self, verdict: Verdict, trace: Trace) -> None:
        if len(self._watches) > 1 and verdict.direction is not Direction.PARKED:
            self._told.remember(verdict, trace)
