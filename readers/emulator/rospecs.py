"""The reader's ROSpecs: their states, what starts them, and which one runs (LLRP 1.1, 10.2)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from readers.emulator.messages import RequestError
from readers.emulator.run import Run, matches
from readers.emulator.specs import ROSpec, StartKind
from readers.llrp.constants import ParameterType, ROSpecEventType, ROSpecState, StatusCode
from readers.llrp.framing import encode_tlv

ALL_ROSPECS: Final = 0
_STATE_BYTE: Final = 5
"""Where CurrentState stands in a ROSpec parameter's value."""
_US_PER_MS: Final = 1_000


class Command(Enum):
    """What moves a ROSpec; the first four are the client's."""

    ENABLE = auto()
    DISABLE = auto()
    START = auto()
    STOP = auto()
    TRIGGER = auto()
    """Its start condition came true."""
    END = auto()
    """Its specs are done, its stop condition came true, or a more urgent ROSpec took over."""


TRANSITIONS: Final = {
    (ROSpecState.Disabled, Command.ENABLE): ROSpecState.Inactive,
    (ROSpecState.Disabled, Command.DISABLE): ROSpecState.Disabled,
    (ROSpecState.Inactive, Command.ENABLE): ROSpecState.Inactive,
    (ROSpecState.Inactive, Command.DISABLE): ROSpecState.Disabled,
    (ROSpecState.Inactive, Command.START): ROSpecState.Active,
    (ROSpecState.Inactive, Command.TRIGGER): ROSpecState.Active,
    (ROSpecState.Inactive, Command.STOP): ROSpecState.Inactive,
    (ROSpecState.Active, Command.ENABLE): ROSpecState.Active,
    (ROSpecState.Active, Command.DISABLE): ROSpecState.Disabled,
    (ROSpecState.Active, Command.START): ROSpecState.Active,
    (ROSpecState.Active, Command.STOP): ROSpecState.Inactive,
    (ROSpecState.Active, Command.END): ROSpecState.Inactive,
}
"""What is not listed is illegal: a disabled ROSpec can neither be started nor stopped."""


class ROSpecListener(Protocol):
    """Hears of starts and ends. Times are the host's."""

    def on_rospec(self, event: ROSpecEventType, rospec_id: int, preempting_id: int, now_us: int) -> None: ...


@dataclass(slots=True)
class _Held:
    rospec: ROSpec
    state: ROSpecState = ROSpecState.Disabled
    waits_for_turn: bool = False
    """Its start condition holds; it starts when nothing more urgent runs."""
    periodic_due_us: int | None = None


class ROSpecs:
    """All ROSpecs of a reader, of which at most one is active."""

    def __init__(self, most: int, start_run: Callable[[ROSpec, int], Run], listener: ROSpecListener) -> None:
        self._most = most
        self._start_run = start_run
        self._listener = listener
        self._held: dict[int, _Held] = {}
        self.run: Run | None = None

    def add(self, rospec: ROSpec) -> None:
        path = (ParameterType.ROSpec,)
        if rospec.id in self._held:
            raise RequestError(f"there is a ROSpec {rospec.id} already", path=path, field=0)
        if len(self._held) >= self._most:
            raise RequestError(
                f"this reader holds {self._most} ROSpecs", code=StatusCode.P_OverflowParameter, path=path
            )
        self._held[rospec.id] = _Held(rospec)

    def delete(self, rospec_id: int, now_us: int) -> None:
        for held in self._named(rospec_id):
            self._leave(held, Command.DISABLE, now_us)
            del self._held[held.rospec.id]
        self._start_next(now_us)

    def command(self, command: Command, rospec_id: int, now_us: int) -> None:
        """ENABLE, DISABLE, START or STOP; 0 means all for the first two. Raises RequestError."""
        if rospec_id == ALL_ROSPECS and command in {Command.START, Command.STOP}:
            raise RequestError("ROSpecID 0 is disallowed", field=0)
        for held in self._named(rospec_id):
            self._apply(held, command, now_us)
        self._start_next(now_us)

    def states(self) -> dict[int, ROSpecState]:
        return {held.rospec.id: held.state for held in self._held.values()}

    def encode(self) -> bytes:
        """The stored ROSpecs in their present states."""
        return b"".join(
            encode_tlv(
                ParameterType.ROSpec,
                held.rospec.value[:_STATE_BYTE] + bytes((held.state,)) + held.rospec.value[_STATE_BYTE + 1 :],
            )
            for held in self._held.values()
        )

    def next_deadline_us(self) -> int | None:
        deadlines = [held.periodic_due_us for held in self._held.values()]
        if self.run is not None:
            deadlines.append(self.run.next_deadline_us)
        return min((due for due in deadlines if due is not None), default=None)

    def advance(self, now_us: int) -> None:
        for held in self._held.values():
            if held.periodic_due_us is not None and now_us >= held.periodic_due_us:
                period_us = held.rospec.start.period_ms * _US_PER_MS
                held.periodic_due_us = held.periodic_due_us + period_us if period_us else None
                held.waits_for_turn = True
        if self.run is not None:
            self.run.advance(now_us)
        self._after_run(now_us)

    def skip(self, until_us: int) -> None:
        if self.run is not None:
            self.run.skip(until_us)

    def report(self, now_us: int) -> None:
        """GET_REPORT: what the running ROSpec has gathered so far."""
        if self.run is not None:
            self.run.report(now_us)

    def gpi(self, port: int, now_us: int, *, high: bool) -> None:
        """An input changed: it may stop the running ROSpec and start others."""
        if self.run is not None:
            self.run.gpi(port, now_us, high=high)
        for held in self._held.values():
            start = held.rospec.start
            if held.state is ROSpecState.Inactive and matches(start.gpi, port, high=high):
                held.waits_for_turn = True
        self._after_run(now_us)

    def _named(self, rospec_id: int) -> Iterator[_Held]:
        if rospec_id != ALL_ROSPECS and rospec_id not in self._held:
            raise RequestError(f"there is no ROSpec {rospec_id}", field=0)
        return iter([held for held in self._held.values() if rospec_id in {ALL_ROSPECS, held.rospec.id}])

    def _apply(self, held: _Held, command: Command, now_us: int) -> None:
        state = TRANSITIONS.get((held.state, command))
        if state is None:
            raise RequestError(f"ROSpec {held.rospec.id} is {held.state.name.lower()}", field=0)
        if command is Command.ENABLE and held.state is ROSpecState.Disabled:
            held.state = state
            self._arm(held, now_us)
        elif command is Command.START and held.state is ROSpecState.Inactive:
            running = self.run
            if running is not None and running.rospec.priority <= held.rospec.priority:
                raise RequestError(f"ROSpec {running.rospec.id} is active and not less urgent", field=0)
            held.waits_for_turn = True
        elif command in {Command.DISABLE, Command.STOP}:
            self._leave(held, command, now_us)

    def _arm(self, held: _Held, now_us: int) -> None:
        start = held.rospec.start
        held.waits_for_turn = start.kind is StartKind.IMMEDIATE
        if start.kind is StartKind.PERIODIC:
            held.periodic_due_us = now_us + start.offset_ms * _US_PER_MS

    def _leave(self, held: _Held, command: Command, now_us: int) -> None:
        """To Disabled or Inactive, ending its run if it runs."""
        held.waits_for_turn = False
        if command is Command.DISABLE:
            held.periodic_due_us = None
        if self.run is not None and self.run.rospec is held.rospec:
            self.run.stop(now_us)
            self.run = None
            self._listener.on_rospec(ROSpecEventType.End_Of_ROSpec, held.rospec.id, 0, now_us)
        held.state = TRANSITIONS.get((held.state, command), held.state)

    def _after_run(self, now_us: int) -> None:
        run = self.run
        if run is not None and run.is_over:
            self.run = None
            held = self._held[run.rospec.id]
            held.state = TRANSITIONS[held.state, Command.END]
            restarts = held.rospec.start.kind is StartKind.IMMEDIATE and not run.stopped_by_trigger
            held.waits_for_turn = held.waits_for_turn or restarts
            self._listener.on_rospec(ROSpecEventType.End_Of_ROSpec, held.rospec.id, 0, now_us)
        self._start_next(now_us)

    def _start_next(self, now_us: int) -> None:
        """Start the most urgent of those whose turn it is, preempting a less urgent one."""
        waiting = [
            held for held in self._held.values() if held.waits_for_turn and held.state is ROSpecState.Inactive
        ]
        if not waiting:
            return
        chosen = min(waiting, key=lambda held: held.rospec.priority)
        if self.run is not None:
            if self.run.rospec.priority <= chosen.rospec.priority:
                return
            self._preempt(self.run, chosen.rospec.id, now_us)
        chosen.waits_for_turn = False
        chosen.state = TRANSITIONS[chosen.state, Command.TRIGGER]
        self._listener.on_rospec(ROSpecEventType.Start_Of_ROSpec, chosen.rospec.id, 0, now_us)
        self.run = self._start_run(chosen.rospec, now_us)

    def _preempt(self, run: Run, by: int, now_us: int) -> None:
        run.stop(now_us)
        held = self._held[run.rospec.id]
        held.state = TRANSITIONS[held.state, Command.END]
        held.waits_for_turn = held.rospec.start.kind is StartKind.IMMEDIATE
        self._listener.on_rospec(ROSpecEventType.Preemption_Of_ROSpec, held.rospec.id, by, now_us)
