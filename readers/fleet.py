"""All readers at once: each in a task of its own, none of which another's failure touches."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from readers.reader import Reader, ReadSink
from readers.settings import ReaderSettings
from readers.status import ReaderStatus

STUCK_SECONDS = 30.0
"""What is due at a reader and not done for this long will not be done."""


class Fleet:
    """`run` keeps every reader connected until it is cancelled; then each is told good-bye."""

    def __init__(self, settings: Iterable[ReaderSettings], sink: ReadSink) -> None:
        self._sink = sink
        self._readers = {one.id: Reader(one, sink) for one in settings}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """By address: a reader takes one client at a time, so the old link says good-bye first."""

    @property
    def statuses(self) -> tuple[ReaderStatus, ...]:
        return tuple(reader.status for reader in self._readers.values())

    @property
    def reports(self) -> dict[str, int]:
        """RO_ACCESS_REPORTs received since the start, by reader."""
        return {name: reader.report_count for name, reader in self._readers.items()}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            for reader in self._readers.values():
                self._start(reader)
            await asyncio.Event().wait()

    def add(self, settings: ReaderSettings) -> None:
        """A further reader, or new settings for one we have: then dialled when the old link has ended."""
        self.remove(settings.id)
        reader = self._readers[settings.id] = Reader(settings, self._sink)
        self._start(reader)

    def remove(self, reader: str) -> None:
        """Says good-bye to a reader; one we do not have is no fault."""
        self._readers.pop(reader, None)
        task = self._tasks.pop(reader, None)
        if task is not None:
            task.cancel()

    def set_output(self, reader: str, port: int, *, is_high: bool, seconds: float | None = None) -> bool:
        """Switches a general purpose output for so many seconds, or for good; False where that reader is not
        there to do it now: then it is not done later either.
        """
        found = self._readers.get(reader)
        return found is not None and found.set_output(port, is_high=is_high, seconds=seconds)

    def stuck(self) -> list[str]:
        """Readers whose task has ended, or does not do what is due: not those that are merely away."""
        return [
            name
            for name, task in self._tasks.items()
            if task.done() or self._readers[name].late_seconds > STUCK_SECONDS
        ]

    def _start(self, reader: Reader) -> None:
        if self._group is not None:
            name = f"reader {reader.settings.id}"
            self._tasks[reader.settings.id] = self._group.create_task(self._run(reader), name=name)

    async def _run(self, reader: Reader) -> None:
        async with self._turns[reader.status.address]:
            await reader.run()
