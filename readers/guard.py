"""Where an exception ends: with whoever answers for it, not in the event loop or in other readers' tasks."""

from collections.abc import Callable
from types import TracebackType

from readers.errors import InternalError, ReaderError


class Guard:
    """`with guard: …`; what is no ReaderError is a fault of ours: an InternalError with its cause."""

    def __init__(self, at_fault: Callable[[ReaderError], None]) -> None:
        self._at_fault = at_fault

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Cancellation and the end of the process pass."""
        if isinstance(error, ReaderError):
            self._at_fault(error)
        elif isinstance(error, Exception):
            fault = InternalError(f"a fault of this program, not of the reader's: {error!r}")
            fault.__cause__ = error
            self._at_fault(fault)
        return isinstance(error, Exception)
