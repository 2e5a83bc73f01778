"""The reader behind the connection: its configuration, its ROSpecs and AccessSpecs, and the tags it sees."""

from typing import Protocol

from readers.emulator.accessspecs import AccessSpecs
from readers.emulator.clock import ReaderClock
from readers.emulator.config import ReaderConfig
from readers.emulator.field import TagSource
from readers.emulator.reports import ReportGatherer
from readers.emulator.rospecs import ROSpecListener, ROSpecs
from readers.emulator.run import Run, RunListener
from readers.emulator.specs import ROSpec


class ModelListener(RunListener, ROSpecListener, Protocol):
    """Hears what the running ROSpec produces."""


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
            self._tags,
            self._listener,
            now_us=now_us,
            clock_offset_us=self.clock.offset_us,
        )
