from collections.abc import Callable

from readers.outputs import Outputs


class Clock:
    """call_later without a wait."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def call_later(self, seconds: float, call: Callable[[], None]) -> "Entry":
        entry = (self.now + seconds, call)
        self.due.append(entry)
        return Entry(self, entry)

    def pass_to(self, now: float) -> None:
        self.now = now
        for entry in [entry for entry in self.due if entry[0] <= now]:
            self.due.remove(entry)
            entry[1]()


class Entry:
    def __init__(self, clock: Clock, entry: tuple[float, Callable[[], None]]) -> None:
        self._clock = clock
        self._entry = entry

    def cancel(self) -> None:
        self._clock.due.remove(self._entry)


class Bench:
    def __init__(self) -> None:
        self.clock = Clock()
        self.is_connected = True
        self.levels: list[tuple[int, bool]] = []
        self.outputs = Outputs(self._switch, self.clock.call_later)

    def _switch(self, port: int, is_high: bool) -> bool:
        if self.is_connected:
            self.levels.append((port, is_high))
        return self.is_connected


def test_output_when_set_for_a_while_goes_back() -> None:
    bench = Bench()
    assert bench.outputs.set(1, is_high=True, seconds=2.0)
    bench.clock.pass_to(1.9)
    assert bench.levels == [(1, True)]
    bench.clock.pass_to(2.0)
    assert bench.levels == [(1, True), (1, False)]


def test_output_when_set_for_good_stays() -> None:
    bench = Bench()
    bench.outputs.set(1, is_high=True)
    bench.clock.pass_to(1e6)
    assert bench.levels == [(1, True)]


def test_output_when_set_again_stays_longer() -> None:
    bench = Bench()
    bench.outputs.set(1, is_high=True, seconds=2.0)
    bench.clock.pass_to(1.0)
    bench.outputs.set(1, is_high=True, seconds=2.0)
    bench.clock.pass_to(2.5)
    assert (1, False) not in bench.levels
    bench.clock.pass_to(3.0)
    assert bench.levels[-1] == (1, False)


def test_output_when_the_reader_is_away_is_not_switched_on_later() -> None:
    bench = Bench()
    bench.is_connected = False
    assert not bench.outputs.set(1, is_high=True, seconds=2.0)
    bench.is_connected = True
    bench.outputs.reader_is_back()
    bench.clock.pass_to(10)
    assert bench.levels == []


def test_output_when_the_reader_left_while_it_was_on_is_switched_off_when_it_is_back() -> None:
    bench = Bench()
    bench.outputs.set(1, is_high=True, seconds=2.0)
    bench.is_connected = False
    bench.clock.pass_to(2.0)
    bench.outputs.reader_is_back()
    bench.is_connected = True
    bench.outputs.reader_is_back()
    assert bench.levels == [(1, True), (1, False)]
    bench.outputs.reader_is_back()
    assert len(bench.levels) == 2


def test_output_when_set_again_while_the_reader_is_away_is_still_switched_off() -> None:
    bench = Bench()
    bench.outputs.set(1, is_high=True, seconds=2.0)
    bench.is_connected = False
    assert not bench.outputs.set(1, is_high=True, seconds=2.0)
    bench.is_connected = True
    bench.outputs.reader_is_back()
    assert bench.levels[-1] == (1, False)


def test_outputs_when_closed_go_back_at_once() -> None:
    bench = Bench()
    bench.outputs.set(1, is_high=True, seconds=2.0)
    bench.outputs.set(2, is_high=False, seconds=2.0)
    bench.outputs.close()
    assert bench.levels[2:] == [(1, False), (2, True)]
    assert bench.clock.due == []
