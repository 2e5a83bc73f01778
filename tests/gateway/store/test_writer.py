"""Group commit without a database."""

import threading
from collections.abc import Sequence
from concurrent.futures import wait

import pytest

from gateway.errors import StorageError
from gateway.store.engine import ConflictError
from gateway.store.writer import MAX_GROUP, Job, Writer


class Groups:
    """Stands for the database: remembers the size of each transaction, fails when told to."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.gate = threading.Event()
        self.is_busy = threading.Event()
        self.fault: Exception | None = None

    def run(self, jobs: Sequence[Job]) -> list[object]:
        self.is_busy.set()
        assert self.gate.wait(60)
        self.sizes.append(len(jobs))
        if self.fault is not None and len(jobs) > 1:
            raise self.fault
        return [job(None) for job in jobs]  # type: ignore[arg-type]


@pytest.fixture
def groups() -> Groups:
    return Groups()


def test_submit_when_busy_then_groups_are_bounded_and_in_order(groups: Groups) -> None:
    writer = Writer(groups.run)
    order: list[int] = []
    first = writer.submit(lambda _connection: order.append(0))
    assert groups.is_busy.wait(60)
    waiting = [writer.submit(lambda _connection, n=n: order.append(n)) for n in range(1, MAX_GROUP * 2 + 50)]
    groups.gate.set()
    wait([first, *waiting], timeout=60)
    writer.close()
    assert order == list(range(MAX_GROUP * 2 + 50))
    assert groups.sizes == [1, MAX_GROUP, MAX_GROUP, 49]


def test_submit_when_storage_fails_then_all_of_the_group_hear_it_and_nothing_is_tried_again(
    groups: Groups,
) -> None:
    groups.fault = StorageError("disk full")
    writer = Writer(groups.run)
    first = writer.submit(lambda _connection: 0)
    waiting = [writer.submit(lambda _connection: 1) for _ in range(10)]
    groups.gate.set()
    wait([first, *waiting], timeout=10)
    writer.close()
    told = sum(isinstance(future.exception(), StorageError) for future in [first, *waiting])
    assert told == sum(size for size in groups.sizes if size > 1)
    assert sum(groups.sizes) == 1 + len(waiting)


def test_submit_when_a_group_conflicts_then_each_runs_alone(groups: Groups) -> None:
    groups.fault = ConflictError("met")
    writer = Writer(groups.run)
    waiting = [writer.submit(lambda _connection, n=n: n) for n in range(10)]
    groups.gate.set()
    assert [future.result(10) for future in waiting] == list(range(10))
    writer.close()
    assert groups.sizes.count(1) >= 9


def test_close_when_nothing_waits_then_returns(groups: Groups) -> None:
    Writer(groups.run).close()
    assert groups.sizes == []


def test_stalled_seconds_when_work_waits_and_nothing_is_done_then_it_grows_and_ends_with_the_work(
    groups: Groups,
) -> None:
    now = 100.0
    writer = Writer(groups.run, lambda: now)
    assert writer.stalled_seconds == 0.0
    now = 200.0
    first = writer.submit(lambda _connection: 1)
    now = 207.0
    second = writer.submit(lambda _connection: 2)
    assert writer.stalled_seconds == 7.0
    groups.gate.set()
    wait([first, second], timeout=30)
    writer.close()
    assert writer.stalled_seconds == 0.0
