"""Tasks end within bounds, and of a group that failed the cause is told in our own words."""

import asyncio
from contextlib import suppress

from gateway.errors import ConfigError, UnavailableError
from gateway.running.tasks import end, first_cause


async def test_end_when_a_task_does_not_listen_then_it_is_left_behind() -> None:
    free = asyncio.Event()

    async def deaf() -> None:
        while not free.is_set():
            with suppress(asyncio.CancelledError):
                await free.wait()

    stubborn, willing = asyncio.create_task(deaf()), asyncio.create_task(asyncio.sleep(3600))
    await asyncio.sleep(0)
    await end([stubborn, willing], 0.01)
    assert (stubborn.done(), willing.cancelled()) == (False, True)
    free.set()
    await stubborn


def test_first_cause_when_a_known_error_is_among_them_then_that_one() -> None:
    known = UnavailableError("the broker is away")
    group = BaseExceptionGroup("", [ValueError("x"), BaseExceptionGroup("", [known])])
    assert first_cause(group) is known


def test_first_cause_when_none_is_known_then_the_first() -> None:
    unknown = ValueError("x")
    assert first_cause(BaseExceptionGroup("", [unknown, KeyError("y")])) is unknown
    assert not isinstance(unknown, ConfigError)
