"""Progress: an idle daemon goes on, a stuck or dead part is named and systemd hears nothing more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from gateway.running.progress import TICK_SECONDS, WRITE_SECONDS, Progress
from gateway.stats import Stats


@dataclass
class Parts:
    """Stands for pipeline, database, fleet and notifier: what they say of themselves."""

    ticked_at: float = 0.0
    stalled_seconds: float = 0.0
    stuck_readers: list[str] = field(default_factory=list)
    watchdog_seconds: float | None = 0.01
    fed: int = 0

    def stuck(self) -> list[str]:
        return self.stuck_readers

    def alive(self) -> None:
        self.fed += 1


@dataclass
class Scene:
    parts: Parts
    stats: Stats
    progress: Progress

    def faults(self, *tasks: asyncio.Task[None]) -> list[str]:
        return list(self.progress.faults(tasks))


@pytest.fixture
async def scene() -> Scene:
    parts, stats = Parts(asyncio.get_running_loop().time()), Stats()
    return Scene(parts, stats, Progress(parts, parts, parts, stats))  # type: ignore[arg-type]


@asynccontextmanager
async def lasting(name: str) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(asyncio.Event().wait(), name=name)
    try:
        yield task  # type: ignore[misc]
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_faults_when_everything_idles_then_none(scene: Scene) -> None:
    async with lasting("pipeline") as task:
        assert scene.faults(task) == []


async def test_faults_when_the_clock_of_the_doors_stands_then_told(scene: Scene) -> None:
    scene.parts.ticked_at -= TICK_SECONDS + 1
    assert scene.faults()[0].startswith("nothing is judged")


async def test_faults_when_a_task_ended_then_told_by_name(scene: Scene) -> None:
    task = asyncio.create_task(asyncio.sleep(0), name="publisher")
    await task
    assert scene.faults(task) == ["the publisher has ended"]


async def test_faults_when_a_write_does_not_end_then_told_but_not_while_it_may_be_long(scene: Scene) -> None:
    scene.parts.stalled_seconds = WRITE_SECONDS - 1
    assert scene.faults() == []
    scene.parts.stalled_seconds = WRITE_SECONDS + 1
    assert scene.faults() == ["nothing is stored: a write has been under way for 301 s"]


async def test_faults_when_a_reader_is_stuck_then_told(scene: Scene) -> None:
    scene.parts.stuck_readers.append("dock-1-reader")
    assert scene.faults() == ["reader dock-1-reader: what is due there is not done"]


async def test_watch_when_a_part_stands_still_then_systemd_hears_nothing_until_it_goes_on(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    parts = scene.parts
    watch = asyncio.create_task(scene.progress.watch(parts, ()))  # type: ignore[arg-type]
    async with asyncio.timeout(30):
        while not parts.fed:
            await asyncio.sleep(0.001)
        parts.stuck_readers.append("r1")
        while scene.stats.standstill is None:
            await asyncio.sleep(0.001)
        fed = parts.fed
        while len(caplog.messages) < 3:
            await asyncio.sleep(0.001)
        assert parts.fed == fed
        assert scene.stats.standstill == "reader r1: what is due there is not done"
        parts.stuck_readers.clear()
        while parts.fed == fed:
            await asyncio.sleep(0.001)
    assert scene.stats.standstill is None
    watch.cancel()
    assert "a restart is needed" in caplog.messages[0]
