"""Keeps on disk what a kill would otherwise take: passages under way, and decisions not yet stored."""

import asyncio
import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from gateway.keeping.journal import Journal
from gateway.keeping.undecided import (
    MAX_OBSERVATIONS,
    MAX_PASSAGES,
    OBSERVATIONS_AT_ONCE,
    PASSAGES_AT_ONCE,
    Notes,
    Record,
    Undecided,
)
from gateway.readpoints.buffer import Buffer
from gateway.readpoints.doorway import Resumed
from gateway.settings import Settings
from rules.observation import Observation

KEEP_SECONDS = 0.1
"""How much of a passage a kill takes at most, beside what was still on its way from the reader."""
HURRY_SECONDS = 0.01
"""What a reader had kept while we were away is nowhere else: it is written at once, and again so soon."""
RETRY_SECONDS = 2.0
"""After a fault of the disk: the whole is written then."""
LARGE_BYTES = 4 * 1024 * 1024
"""From here on the file is written anew when it has doubled."""
MAX_STEPS = max(MAX_PASSAGES // PASSAGES_AT_ONCE, MAX_OBSERVATIONS // OBSERVATIONS_AT_ONCE) + 1

log = logging.getLogger(__name__)


class Keeper:
    """`restore` before reads come in, `run` beside the pipeline, `close` after the drain."""

    def __init__(
        self,
        path: Path,
        buffer: Buffer,
        settings: Settings,
        recording: Callable[[], Sequence[Observation]],
    ) -> None:
        """`recording` are the observations that have left the buffer and are not yet stored."""
        self._journal = Journal(path)
        self._buffer = buffer
        self._points = {point.id: point for point in settings.read_points}
        self._recording = recording
        self._notes = Notes()
        self._is_stale = True
        """The file must be written anew."""
        self._limit_bytes = LARGE_BYTES
        self._fault: str | None = None
        self._hurry = asyncio.Event()
        buffer.on_kept = self._hurry.set

    def restore(self, now_us: int) -> None:
        """Give the buffer what the last run left."""
        passages, observations = self._left()
        self._buffer.give_back(observations)
        if passages:
            self._buffer.resume(passages, now_us)
        if passages or observations:
            log.info(
                "goes on with %d passages under way and %d decisions that were not stored",
                len(passages),
                len(observations),
            )

    def _left(self) -> tuple[list[Resumed], list[Observation]]:
        """What the journal tells; a record that cannot be understood ends it."""
        left = Undecided()
        observations: list[Observation] = []
        path = self._journal.path
        try:
            for payload in self._journal.read():
                for record in json.loads(payload):
                    left.add(record)
            observations = left.observations(self._points)
        except OSError as error:
            log.error("%s: cannot be read: %s", path, error.strerror)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            log.error("%s: %r is no record of this version; what stands before it is taken", path, error)
        return list(left.passages.values()), observations

    async def run(self) -> None:
        """For ever, at multiples of the period: so do rounds of reading, and one wake-up serves both."""
        loop = asyncio.get_running_loop()
        while True:
            await self.keep()
            if self._fault is not None:
                await asyncio.sleep(RETRY_SECONDS)
            elif await self._is_hurried(KEEP_SECONDS - loop.time() % KEEP_SECONDS):
                await self.keep()
                await asyncio.sleep(HURRY_SECONDS)

    async def _is_hurried(self, seconds: float) -> bool:
        """Whether a reader begins within this time to tell what it had kept."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        is_hurried = self._hurry.is_set()
        self._hurry.clear()
        return is_hurried

    async def keep(self) -> None:
        """Write what has changed."""
        try:
            if self._is_stale or self._journal.size > self._limit_bytes:
                await self._rewrite()
            elif records := self._changes():
                self._is_stale = True  # until it is written: whoever gives up waiting leaves it in doubt
                await asyncio.to_thread(self._append, records)
                self._is_stale = self._notes.is_empty
        except OSError as error:
            self._is_stale = True
            self._tell(f"{self._journal.path}: cannot be written: {error.strerror}")
        else:
            self._tell(None)

    async def close(self) -> None:
        """What could not be stored before the stop is for the next start."""
        await self.keep()
        self._journal.close()

    async def _rewrite(self) -> None:
        self._is_stale = True
        self._notes = Notes()
        pieces: list[list[Record]] = []
        for _ in range(MAX_STEPS):
            if not (records := self._changes()):
                break
            pieces.append(records)
            await asyncio.sleep(0)
        await asyncio.to_thread(lambda: self._journal.replace(map(_dump, pieces)))
        self._limit_bytes = max(LARGE_BYTES, 2 * self._journal.size)
        self._is_stale = False

    def _append(self, records: list[Record]) -> None:
        self._journal.append(_dump(records))

    def _changes(self) -> list[Record]:
        return self._notes.changes(self._buffer.passages(), self._waiting())

    def _waiting(self) -> Iterator[Observation]:
        yield from self._recording()
        yield from self._buffer.waiting()

    def _tell(self, fault: str | None) -> None:
        if fault is not None and self._fault is None:
            log.error("%s; until it can, a kill loses passages under way", fault)
        elif fault is None and self._fault is not None:
            log.info("%s takes passages under way again", self._journal.path)
        self._fault = fault


def _dump(records: Sequence[Record]) -> bytes:
    return json.dumps(records, ensure_ascii=False, separators=(",", ":")).encode()


def journal_path(settings: Settings, otherwise: Path) -> Path:
    """Beside the SQLite file; without one in systemd's state directory, else in the directory `otherwise`."""
    scheme, _, file = settings.database.url.partition("sqlite:///")
    directory = os.environ.get("STATE_DIRECTORY")
    if not scheme and file:
        place = Path(file).parent
    else:
        place = Path(directory.partition(":")[0]) if directory else otherwise
    return place / f"{quote(settings.site, safe='')}-{quote(settings.name, safe='')}.journal"
