"""Tasks that end together: cancelled within bounds, and of what failed the cause an operator must know."""

import asyncio
from collections.abc import Sequence

from gateway.errors import GatewayError


async def end(tasks: Sequence[asyncio.Task[None]], seconds: float) -> None:
    """Cancel them and wait, but no longer than that: also for one that does not listen."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)


def first_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Our own word for it where there is one."""
    known = group.subgroup(GatewayError)
    cause: BaseException = known or group
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    return cause
