"""The open passages at one door: who is moving, who is parked, whose passage is over."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rules.portal.door import Door, Verdict
from rules.portal.evidence import NO_LEVEL_DB, Trace
from rules.portal.motion import has_moved, is_at_rest, resting_levels
from rules.portal.profile import Profile

SECOND_US = 1_000_000
CHECK_US = 5 * SECOND_US
"""A trace is asked this often whether it has come to rest."""
STIR_US = 2 * SECOND_US
"""A parked tag's passage begins this long before the read that told that it moves."""
SWEEP = 256
"""Parked tags looked at per tick for having gone."""


@dataclass(slots=True, eq=False)
class Passage:
    """One trace that is not parked."""

    trace: Trace
    checked_us: int
    verdict: Verdict | None = None
    """Told already; the trace is kept until it is quiet, in case it comes back."""
    reads_told: int = 0
    _profile: Profile | None = field(default=None, repr=False)

    def profile(self) -> Profile:
        if self._profile is None or self._profile.last_us != self.trace.last_us:
            self._profile = Profile(self.trace)
        return self._profile


class DoorWatch:
    """All traces of one door. The hot path adds to `traces`; everything else is here."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.traces: dict[bytes, Trace] = {}
        self.open: dict[bytes, Passage] = {}
        self._parked: dict[bytes, Trace] = {}
        self._stirred: list[Trace] = []
        self._sweep: Iterator[bytes] = iter(())

    @property
    def parked(self) -> int:
        return len(self._parked)

    def observe(self, now_us: int) -> None:
        """Adopt new traces, wake parked ones that moved, park those at rest, forget those that have gone."""
        for trace in reversed(self.traces.values()):
            if trace.adopted:
                break
            trace.adopted = True
            self.open[trace.epc] = Passage(trace, trace.first_us)
        stirred, self._stirred[:] = list(self._stirred), []
        for trace in stirred:
            if self._parked.pop(trace.epc, None) is not None:
                trace.forget_before(trace.last_us - STIR_US)
                self.open[trace.epc] = Passage(trace, now_us)
        for passage in [p for p in self.open.values() if now_us - p.checked_us >= CHECK_US]:
            self._settle(passage, now_us)
        self._forget_gone(now_us)

    def close(self, passage: Passage) -> None:
        """The passage is over and told."""
        self.open.pop(passage.trace.epc, None)
        self.traces.pop(passage.trace.epc, None)

    def quiet_us(self, trace: Trace) -> int:
        """Unread for this long, the trace's passage is over."""
        door = self.door
        gap = (
            (trace.last_us - trace.first_us) / (trace.reads - 1)
            if trace.reads > 1
            else door.max_quiet_seconds * SECOND_US
        )
        return int(max(door.quiet_seconds * SECOND_US, min(10 * gap, door.max_quiet_seconds * SECOND_US)))

    def _settle(self, passage: Passage, now_us: int) -> None:
        passage.checked_us = now_us
        trace = passage.trace
        samples = trace.samples()
        since = now_us - 2 * CHECK_US
        if trace.first_us > since or not is_at_rest(samples, since):
            return
        if (
            passage.verdict is None
            and has_moved(samples)
            and now_us - trace.first_us < self.door.parked_seconds * SECOND_US
        ):
            return
        recent = [sample for sample in samples if sample[0] >= since]
        del self.open[trace.epc]
        self._parked[trace.epc] = trace
        trace.park(resting_levels(recent, NO_LEVEL_DB), self._stirred)

    def _forget_gone(self, now_us: int) -> None:
        limit = now_us - int(self.door.gone_seconds * SECOND_US)
        for _ in range(min(SWEEP, len(self._parked))):
            epc = next(self._sweep, None)
            if epc is None:
                self._sweep = iter(list(self._parked))
                return
            trace = self._parked.get(epc)
            if trace is not None and trace.last_us < limit:
                del self._parked[epc]
                del self.traces[epc]
