"""What every door of a site says about the items that pass: in or out, how sure, why, and which door it was."""

from collections.abc import Sequence

from rules.portal.direction import Judgement, judge
from rules.portal.door import Door, Verdict
from rules.portal.evidence import NO_RSSI_DBM, Trace
from rules.portal.load import loads
from rules.portal.passage import SECOND_US, DoorWatch, Passage
from rules.vocabulary import Direction

__all__ = ["Door", "Portal", "Verdict"]


class Portal:
    """All doors of one site. The buffer writes the traces; `due` is asked every quarter of a second of data time."""

    def __init__(self, doors: Sequence[Door]) -> None:
        self._watches = {door.id: DoorWatch(door) for door in doors}

    def traces(self, door: str) -> dict[bytes, Trace]:
        """The hot path's way in: EPC → trace; it inserts what is not there."""
        return self._watches[door].traces

    def parked(self, door: str) -> int:
        """Tags that stand in the door's field without moving."""
        return self._watches[door].parked

    def due(self, now_us: int) -> list[Verdict]:
        """Passages that are over or already clear."""
        verdicts: list[Verdict] = []
        for watch in self._watches.values():
            watch.observe(now_us)
            verdicts += self._decide(watch, now_us, is_end=False)
        return verdicts

    def flush(self, now_us: int) -> list[Verdict]:
        """The recording or the daemon ends: everything open is decided by what is known."""
        verdicts: list[Verdict] = []
        for watch in self._watches.values():
            watch.observe(now_us)
            verdicts += self._decide(watch, now_us, is_end=True)
        return verdicts

    def _decide(self, watch: DoorWatch, now_us: int, *, is_end: bool) -> list[Verdict]:
        ended = [
            passage
            for passage in watch.open.values()
            if is_end or now_us - passage.trace.last_us >= watch.quiet_us(passage.trace)
        ]
        early_us = int(watch.door.early_seconds * SECOND_US)
        if (
            not any(now_us - passage.trace.last_us >= early_us for passage in watch.open.values())
            and not is_end
        ):
            return []
        moving = [
            passage
            for passage in watch.open.values()
            if passage.trace.reads >= watch.door.min_reads and passage.profile().has_moved
        ]
        by_epc = {passage.trace.epc: passage for passage in moving}
        over = {passage.trace.epc for passage in ended}
        verdicts: list[Verdict] = []
        for load in loads([passage.profile() for passage in moving]):
            members = [by_epc[profile.trace.epc] for profile in load]
            quiet = all(now_us - member.trace.last_us >= early_us for member in members)
            if all(member.trace.epc in over for member in members) or quiet:
                judgement = judge(load)
                if judgement.confidence < watch.door.early_confidence and not all(
                    m.trace.epc in over for m in members
                ):
                    continue
                verdicts += [
                    self._tell(watch, member, judgement, len(load))
                    for member in members
                    if member.verdict is None
                ]
        for passage in ended:
            if (
                passage.verdict is None
                and passage not in moving
                and passage.trace.reads >= watch.door.min_reads
            ):
                verdicts.append(
                    self._tell(watch, passage, Judgement(Direction.PARKED, 1.0, {}, ("it did not move",)), 1)
                )
            watch.close(passage)
        return verdicts

    def _tell(self, watch: DoorWatch, passage: Passage, judgement: Judgement, load_size: int) -> Verdict:
        trace = passage.trace
        passage.verdict = Verdict(
            watch.door.id,
            trace.epc,
            judgement.direction,
            judgement.confidence,
            trace.first_us,
            trace.last_us,
            trace.reads,
            trace.antennas,
            None if trace.peak_rssi_dbm == NO_RSSI_DBM else trace.peak_rssi_dbm,
            load_size,
            judgement.features,
            judgement.reasons,
            trace.pc,
        )
        return passage.verdict
