"""A file of frames, each whole or not there: it outlives a killed process, not a power cut.

A frame is its payload's length and CRC-32, four bytes each, and the payload. What a kill left half written at
the end is not read. Nothing waits for the disk (no fsync): the kernel has what was written before a kill.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from struct import Struct
from threading import Lock
from zlib import crc32

HEADER = Struct(">II")
MAX_FRAME_BYTES = 64 * 1024 * 1024
"""A longer one is no frame of ours."""
PRIVATE = 0o600


class Journal:
    """One file, written by one process. Everything raises OSError when the disk does not do it.

    Threads take turns: a write that was given up may still be under way in its thread.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        """Bytes written by this process."""
        self._descriptor: int | None = None
        self._turn = Lock()

    def read(self) -> Iterator[bytes]:
        """The payloads that are whole, in order."""
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            while len(header := file.read(HEADER.size)) == HEADER.size:
                length, checksum = HEADER.unpack(header)
                payload = file.read(min(length, MAX_FRAME_BYTES))
                if len(payload) != length or crc32(payload) != checksum:
                    return
                yield payload

    def replace(self, payloads: Iterable[bytes]) -> None:
        """Have these and no others; until they are written the old ones stand."""
        with self._turn:
            self._close()
            self._descriptor, self.size = _written(self.path, payloads)

    def append(self, payload: bytes) -> None:
        """Only after `replace`. After an error the next must be a `replace` too: the end may be torn."""
        with self._turn:
            if self._descriptor is None:
                raise OSError(None, "the journal is closed")
            self.size += _write(self._descriptor, payload, self.size)

    def close(self) -> None:
        with self._turn:
            self._close()

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None


def _written(path: Path, payloads: Iterable[bytes]) -> tuple[int, int]:
    """The file's descriptor and size, once it stands in the place of the old one."""
    partial = path.with_name(path.name + ".new")
    descriptor = os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, PRIVATE)
    size = 0
    try:
        for payload in payloads:
            size += _write(descriptor, payload, size)
        partial.replace(path)
    except (OSError, ValueError, TypeError):
        os.close(descriptor)
        partial.unlink(missing_ok=True)
        raise
    return descriptor, size


def _write(descriptor: int, payload: bytes, offset: int) -> int:
    frame = HEADER.pack(len(payload), crc32(payload)) + payload
    written = 0
    while written < len(frame):
        written += os.pwrite(descriptor, frame[written:], offset + written)
    return written
