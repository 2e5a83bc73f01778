"""One process for one gateway: two would share a journal, and take the broker's session from each other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from gateway.errors import UnavailableError

PRIVATE = 0o600
MAX_PID_BYTES = 20


@contextmanager
def alone(path: Path, name: str) -> Iterator[None]:
    """Holds the file until the block or the process ends. Raises UnavailableError where another has it.

    Where it cannot be made, nothing else beside it can: that is told by whoever needs more than a lock.
    """
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE)
    except OSError:
        yield
        return
    try:
        _lock(descriptor, path, name)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, name: str) -> None:
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, MAX_PID_BYTES).decode(errors="replace").strip() or "unknown"
        raise UnavailableError(
            f"the gateway {name} runs already, as process {holder} (it holds {path}): stop it, "
            "or give this one another [gateway] name and a database of its own"
        ) from None
    except OSError:
        return  # no locks on this file system
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
