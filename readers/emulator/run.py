"""One run of a ROSpec: its AISpecs in order, inventory rounds, and the triggers that end them."""

from collections.abc import Iterable
from typing import Final, Protocol

from readers.emulator.field import TagSource
from readers.emulator.reports import ReportGatherer
from readers.emulator.specs import AISpec, GpiTrigger, ROSpec, StopKind, StopTrigger

ROUND_US: Final = 20_000
"""What the antennas saw is looked at this often: an inventory round of a few dozen tags."""
_US_PER_MS: Final = 1_000


class RunListener(Protocol):
    """Hears what a run produces. Times are the host's."""

    def on_report(self, body: bytes, now_us: int) -> None: ...
    def on_ai_spec_end(self, rospec_id: int, spec_index: int, now_us: int) -> None: ...


class Run:
    """Advance it to each of its deadlines; `is_over` when its last AISpec ended or its stop trigger came."""

    def __init__(
        self,
        rospec: ROSpec,
        gatherer: ReportGatherer,
        tags: TagSource,
        listener: RunListener,
        *,
        now_us: int,
        clock_offset_us: int,
    ) -> None:
        self.rospec = rospec
        self.gatherer = gatherer
        self.is_over = False
        self.stopped_by_trigger = False
        """Ended by the ROSpec's own stop trigger, not because its list of specs was done."""
        self._tags = tags
        self._listener = listener
        self._clock_offset_us = clock_offset_us
        self._end_us = _end_us(rospec.stop, now_us)
        self._seen_until_us = now_us
        self._report_due_us = self._next_report(now_us)
        self._loops_done = 0
        self._rounds = 0
        self._observed = 0
        self._unique: set[bytes] = set()
        self._last_new_us = now_us
        self._start_ai_spec(0, now_us)

    @property
    def next_deadline_us(self) -> int:
        deadlines = (
            self._seen_until_us + ROUND_US,
            self._end_us,
            self._ai_spec_end_us,
            self._report_due_us,
        )
        return min(due for due in deadlines if due is not None)

    def advance(self, now_us: int) -> None:
        """To a time not after `next_deadline_us`, or a little late."""
        self._inventory(now_us)
        if self._report_due_us is not None and now_us >= self._report_due_us:
            self._send(self.gatherer.close(), now_us)
            self._report_due_us = self._next_report(now_us)
        if self._end_us is not None and now_us >= self._end_us:
            self.stopped_by_trigger = True
            self.stop(now_us)
        elif self._ai_spec_is_over(now_us):
            self._end_ai_spec(now_us)

    def gpi(self, port: int, now_us: int, *, high: bool) -> None:
        """An input changed."""
        if _fires(self.rospec.stop, port, high=high):
            self.stopped_by_trigger = True
            self.stop(now_us)
        elif _fires(self._ai_spec.stop, port, high=high):
            self._inventory(now_us)
            self._end_ai_spec(now_us)

    def skip(self, until_us: int) -> None:
        """What the antennas saw until then is missed."""
        self._seen_until_us = max(self._seen_until_us, until_us)

    def report(self, now_us: int) -> None:
        """What was gathered until now, on the client's request."""
        self._inventory(now_us)
        self._send(self.gatherer.close(), now_us)

    def stop(self, now_us: int) -> None:
        """Now, whatever is still to do: the client, a trigger or a more urgent ROSpec wants it."""
        self._inventory(now_us)
        self._tell_ai_spec_end(now_us)
        self._finish(now_us)

    def _inventory(self, now_us: int) -> None:
        if now_us <= self._seen_until_us:
            return
        sightings = list(self._tags.reads(self._seen_until_us, now_us, self._ai_spec.antennas))
        self._seen_until_us = now_us
        self._rounds += 1
        self._observed += len(sightings)
        if self._ai_spec.stop.observation is not None:
            known = len(self._unique)
            self._unique.update(sighting[1] for sighting in sightings)
            if len(self._unique) > known:
                self._last_new_us = now_us
        self._send(self.gatherer.add(sightings, self._clock_offset_us), now_us)

    def _start_ai_spec(self, position: int, now_us: int) -> None:
        self._position = position
        self._ai_spec: AISpec = self.rospec.ai_specs[position]
        self._ai_spec_end_us = _end_us(self._ai_spec.stop, now_us)
        self._observed = 0
        self._unique = set()
        self._last_new_us = now_us
        self._rounds = 0
        self.gatherer.start_ai_spec(self._ai_spec)

    def _ai_spec_is_over(self, now_us: int) -> bool:
        if self._ai_spec_end_us is not None and now_us >= self._ai_spec_end_us:
            return True
        wanted = self._ai_spec.stop.observation
        if wanted is None:
            return False
        quiet = now_us - self._last_new_us >= wanted.quiet_ms * _US_PER_MS
        reached = (
            self._observed >= wanted.tags,
            quiet,
            self._rounds >= wanted.attempts,
            len(self._unique) >= wanted.tags,
            quiet,
        )
        return reached[wanted.kind]

    def _end_ai_spec(self, now_us: int) -> None:
        self._tell_ai_spec_end(now_us)
        position = self._position + 1
        if position == len(self.rospec.ai_specs):
            self._loops_done += 1
            position = 0
            if self._loops_done == self.rospec.loops:
                self._finish(now_us)
                return
        self._start_ai_spec(position, now_us)

    def _tell_ai_spec_end(self, now_us: int) -> None:
        self._send(self.gatherer.end_ai_spec(), now_us)
        self._listener.on_ai_spec_end(self.rospec.id, self._ai_spec.index, now_us)

    def _finish(self, now_us: int) -> None:
        self._send(self.gatherer.end_rospec(), now_us)
        self.is_over = True

    def _send(self, reports: Iterable[bytes], now_us: int) -> None:
        for body in reports:
            self._listener.on_report(body, now_us)

    def _next_report(self, now_us: int) -> int | None:
        period_us = self.gatherer.period_us
        return None if period_us is None else now_us + period_us


def _end_us(stop: StopTrigger, now_us: int) -> int | None:
    """When a stop trigger's duration or timeout ends; None where it has none."""
    timeout_ms = stop.duration_ms
    if stop.gpi is not None:
        timeout_ms = stop.gpi.timeout_ms
    elif stop.observation is not None:
        timeout_ms = stop.observation.timeout_ms
    return now_us + timeout_ms * _US_PER_MS if timeout_ms else None


def _fires(stop: StopTrigger, port: int, *, high: bool) -> bool:
    return stop.kind is StopKind.GPI and matches(stop.gpi, port, high=high)


def matches(trigger: GpiTrigger | None, port: int, *, high: bool) -> bool:
    """Whether this change of an input is what a trigger waits for."""
    return trigger is not None and trigger.port == port and trigger.high is high
