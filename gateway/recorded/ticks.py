"""Recorded reads into the buffer, tick by tick, on the data's own time."""

from collections.abc import Iterable, Iterator, Mapping

from gateway.readpoints.buffer import Buffer
from gateway.recorded.recording import RecordedRead
from gateway.settings import Settings
from gateway.stats import Stats
from readers.tag import TagRow

TICK_US = 250_000
"""As the live daemon: how often doors are asked for verdicts."""
LEAP_US = 120_000_000
"""In a longer silence nothing is left to decide: time leaps to the next read."""
SETTLING_US = 10_000_000
"""So long into a silence it does where nothing is open at any door, and all that was parked is told."""


class Player:
    """A buffer and the clock that drives it."""

    def __init__(self, settings: Settings) -> None:
        self.stats = Stats()
        self.buffer = Buffer(settings, self.stats)
        self._known = {reader.id for reader in settings.readers}

    def play(self, reads: Iterable[RecordedRead]) -> Iterator[tuple[int, int]]:
        """Each tick's time in microseconds and reads, when the buffer has ticked; before the first reads once
        the time they begin; at the end everything open has been judged. `reads` in order of time.
        """
        now_us = 0
        for tick, by_reader in _by_tick(reads):
            if now_us == 0:
                now_us = tick * TICK_US
                yield now_us, 0
            for pause_us in _pause(now_us, tick * TICK_US):
                self.buffer.tick(pause_us)
                yield pause_us, 0
                if pause_us - now_us >= SETTLING_US and self.buffer.is_settled():
                    break
            now_us = (tick + 1) * TICK_US
            self._feed(by_reader, now_us)
            self.buffer.tick(now_us)
            yield now_us, sum(map(len, by_reader.values()))
        self.buffer.flush(now_us)
        yield now_us, 0

    def _feed(self, by_reader: Mapping[str, list[TagRow]], now_us: int) -> None:
        """Reader by reader, as they would come in."""
        for reader, rows in by_reader.items():
            if reader in self._known:
                self.buffer.on_reads(reader, rows, 0, now_us)
            else:
                self.buffer.on_dropped(reader, "unknown_reader", len(rows))


def _by_tick(reads: Iterable[RecordedRead]) -> Iterator[tuple[int, dict[str, list[TagRow]]]]:
    """The reads that the gateway knew of in each tick, by reader; ticks without reads are left out."""
    tick = -1
    until_us = 0
    by_reader: dict[str, list[TagRow]] = {}
    for time_us, reader, antenna, epc, rssi_dbm, seen_count, pc, received_us in reads:
        known_us = time_us if received_us is None else received_us
        if known_us >= until_us:
            if by_reader:
                yield tick, by_reader
            tick = known_us // TICK_US
            until_us = (tick + 1) * TICK_US
            by_reader = {}
        rows = by_reader.get(reader)
        if rows is None:
            rows = by_reader[reader] = []
        rows.append((epc, antenna, rssi_dbm, time_us, time_us, seen_count, pc))
    if by_reader:
        yield tick, by_reader


def _pause(start_us: int, end_us: int) -> Iterator[int]:
    """The ticks of a silence, its start left out; at most those in which something may still be decided."""
    yield from range(start_us + TICK_US, min(end_us, start_us + LEAP_US) + 1, TICK_US)
