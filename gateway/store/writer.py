"""Group commit: one thread takes every job that waits and runs them in one transaction."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

from sqlalchemy import Connection

from gateway.errors import UnavailableError
from gateway.store.engine import ConflictError

MAX_GROUP = 1000

Job = Callable[[Connection], object]
Run = Callable[[Sequence[Job]], list[object]]
"""Runs jobs in one transaction and commits: all of their results, or one error and nothing stored."""


@dataclass(slots=True)
class _Waiting:
    job: Job
    result: Future[object] = field(default_factory=Future)


class Writer:
    """Jobs run in the order they came, alone when idle, together when busy, and may run twice: a group in
    which one fails is rolled back and its jobs run one by one, so that only the faulty one fails.
    """

    def __init__(self, run: Run, clock: Callable[[], float] = monotonic) -> None:
        """`clock` counts seconds."""
        self._run = run
        self._clock = clock
        self._moved = clock()
        self._waiting: deque[_Waiting] = deque()
        """Bounded by its callers: each waits for its result."""
        self._unsettled: set[Future[object]] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-writer")

    def submit(self, job: Job) -> Future[object]:
        """The result comes after the commit."""
        waiting = _Waiting(job)
        if not self._unsettled:
            self._moved = self._clock()
        self._unsettled.add(waiting.result)
        waiting.result.add_done_callback(self._unsettled.discard)
        self._waiting.append(waiting)
        self._thread.submit(self._take_group)
        return waiting.result

    @property
    def stalled_seconds(self) -> float:
        """How long something waits and nothing has been done; 0 when nothing waits."""
        return self._clock() - self._moved if self._unsettled else 0.0

    def close(self) -> None:
        """Runs what waits, then ends."""
        wait(self._unsettled.copy())
        self._thread.shutdown(wait=True)

    def _take_group(self) -> None:
        group: list[_Waiting] = []
        while self._waiting and len(group) < MAX_GROUP:
            waiting = self._waiting.popleft()
            if waiting.result.set_running_or_notify_cancel():
                group.append(waiting)
        if group:
            self._commit(group)

    def _commit(self, group: Sequence[_Waiting]) -> None:
        commit = self._thread.submit(self._run, [waiting.job for waiting in group])
        commit.add_done_callback(partial(self._settle, group))

    def _settle(self, group: Sequence[_Waiting], commit: Future[list[object]]) -> None:
        self._moved = self._clock()
        error = commit.exception()
        if error is None:
            for waiting, result in zip(group, commit.result(), strict=True):
                waiting.result.set_result(result)
        elif len(group) == 1 or _concerns_all(error):
            for waiting in group:
                waiting.result.set_exception(error)
        else:
            for waiting in group:
                self._commit([waiting])


def _concerns_all(error: BaseException) -> bool:
    return isinstance(error, UnavailableError) and not isinstance(error, ConflictError)
