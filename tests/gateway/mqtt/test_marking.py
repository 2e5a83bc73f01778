import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gateway.errors import OpeningError, StorageError, UnavailableError
from gateway.mqtt import marking
from gateway.mqtt.marking import MAX_UNMARKED, Marker, patiently


class FakeDatabase:
    """Writes that only count; the first `failures` of them fail."""

    def __init__(self, failures: int = 0, fault: UnavailableError | None = None) -> None:
        self.failures = failures
        self.fault = StorageError("disk full") if fault is None else fault
        self.jobs: list[Callable[..., Any]] = []

    async def write(self, job: Callable[..., Any]) -> None:
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise self.fault
        self.jobs.append(job)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(marking, "RETRY_SECONDS", 0.0)


async def test_marker_when_many_are_taken_then_few_writes_and_idle_after_the_last() -> None:
    database = FakeDatabase()
    marker = Marker(database, "gw-1", lambda: 0)  # type: ignore[arg-type]
    assert marker.is_idle
    running = asyncio.create_task(marker.run())
    for sequence in range(MAX_UNMARKED):
        marker.add(sequence)
    assert marker.is_full
    assert not marker.is_idle
    await marker.idle()
    assert len(database.jobs) == 1
    assert not marker.is_full
    running.cancel()


async def test_marker_when_database_fails_then_tries_until_it_works() -> None:
    database = FakeDatabase(failures=5)
    marker = Marker(database, "gw-1", lambda: 0)  # type: ignore[arg-type]
    running = asyncio.create_task(marker.run())
    marker.add(1)
    assert not marker.is_idle
    await marker.idle()
    assert database.failures == 0
    assert len(database.jobs) == 1
    running.cancel()


async def test_patiently_when_the_same_fault_repeats_then_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = FakeDatabase(failures=4)
    await patiently(lambda: database.write(lambda connection: None))
    assert [record.message for record in caplog.records] == ["outbox: disk full; trying again"]


async def test_patiently_when_the_database_is_not_open_yet_then_that_is_no_news(
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = FakeDatabase(failures=2, fault=OpeningError("not yet"))
    await patiently(lambda: database.write(lambda connection: None))
    assert len(database.jobs) == 1
    assert caplog.records == []
