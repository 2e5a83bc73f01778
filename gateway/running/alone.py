"""One process for one gateway: two would share a journal, and take the broker's session from each other."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from gateway.errors import UnavailableError

PRIVATE = 0o600
MAX_PID_BYTES = 20

log = logging.getLogger(__name__)


@contextmanager
def alone(path: Path, name: str) -> Iterator[None]:
    """Holds the file until the block or the process ends. Raises UnavailableError where another has it."""
    descriptor = _opened(path)
    try:
        if descriptor is not None:
            _lock(descriptor, path, name)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _opened(path: Path) -> int | None:
    """One that another user has made is locked all the same; None, and told, where there can be none."""
    try:
        return os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE)
    except OSError:
        with suppress(OSError):
            return os.open(path, os.O_RDONLY)
    log.warning("%s cannot be made: a second process of this gateway would not be noticed", path)
    return None


def _lock(descriptor: int, path: Path, name: str) -> None:
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, MAX_PID_BYTES).decode(errors="replace").strip() or "unknown"
        raise UnavailableError(
            f"the gateway {name} runs already, as process {holder} (it holds {path}): stop it, "
            "or give this one another [gateway] name and a database of its own"
        ) from None
    except OSError as error:
        log.warning("%s cannot be locked: %s", path, error.strerror)
        return
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
