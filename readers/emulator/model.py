"""The reader behind the connection: its configuration, its ROSpecs and AccessSpecs, and the tags it sees."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from readers.emulator.accessspecs import AccessSpecs
from readers.emulator.clock import ReaderClock
from readers.emulator.config import ReaderConfig
from readers.emulator.field import Sighting, TagSource
from readers.emulator.reports import ReportGatherer
from readers.emulator.rospecs import ROSpecListener, ROSpecs
from readers.emulator.run import Run, RunListener
from readers.emulator.specs import ROSpec


class ModelListener(RunListener, ROSpecListener, Protocol):
    """Hears what the running ROSpec produces."""


class _PluggedIn:
    """The tags as the antennas see them that are there."""

    def __init__(self, tags: TagSource, unplugged: set[int]) -> None:
        self._tags = tags
        self._unplugged = unplugged

    def reads(self, since_us: int, until_us: int, antennas: Sequence[int]) -> Iterable[Sighting]:
        if self._unplugged:
            antennas = tuple(antenna for antenna in antennas if antenna not in self._unplugged)
        return self._tags.reads(since_us, until_us, antennas)


class ReaderModel:
    """Survives connections, as a reader does; only a reset to factory defaults clears it."""

    def __init__(
        self, config: ReaderConfig, tags: TagSource, listener: ModelListener, clock: ReaderClock
    ) -> None:
        self.profile = profile = config.profile
        self.clock = clock
        self.config = config
        self.rospecs = ROSpecs(profile.max_rospecs, self._start_run, listener)
        self.access_specs = AccessSpecs(profile.max_access_specs)
        self.impinj_extensions = False
        """Enabled by the client, for its connection."""
        self.link_down_threshold: int | None = None
        """Unacknowledged keepalives after which the connection is given up, where the client asked for it."""
        self._tags = tags
        self._listener = listener

    def _start_run(self, rospec: ROSpec, now_us: int) -> Run:
        gatherer = ReportGatherer(
            rospec, rospec.report or self.config.report_spec, has_utc=self.clock.has_utc
        )
        return Run(
            rospec,
            gatherer,
            _PluggedIn(self._tags, self.config.unplugged),
            self._listener,
            now_us=now_us,
            clock_offset_us=self.clock.offset_us,
        )
