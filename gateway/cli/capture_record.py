"""Recording one reader: a session like the gateway's, with every message written down as it passes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from gateway.cli.errors import tell
from readers.capture import CaptureWriter
from readers.dialling import dial
from readers.errors import InternalError, ReaderError
from readers.link import Link
from readers.llrp.session import ReaderSession
from readers.settings import ReaderSettings
from readers.tag import TagRow
from readers.tape import Tape

CLOSE_SECONDS = 1.0


class _Owner:
    """Counts; what the session has to say is told."""

    def __init__(self, session: ReaderSession, advance: Callable[[int], None]) -> None:
        self._session = session
        self._advance = advance
        self.reads = 0

    def on_rows(self, rows: list[TagRow], offset_us: int, received_us: int) -> None:  # noqa: ARG002 - LinkOwner's
        self.reads += len(rows)
        self._advance(len(rows))

    def on_progress(self) -> None:
        for note in self._session.notes():
            tell(note)
        self._session.events()
        self._session.dropped.clear()


async def record(
    settings: ReaderSettings, writer: CaptureWriter, seconds: float | None, advance: Callable[[int], None]
) -> tuple[int, int]:
    """Messages and tag reads recorded in that time. Raises ReaderError when the connection ends before."""
    session = ReaderSession(replace(settings, rf_content=True))
    owner = _Owner(session, advance)
    tape = Tape(writer, settings.id)
    link = Link(session, owner, settings.tls, ear=tape)
    await dial(link, settings)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                raise _reason(await asyncio.shield(link.ended))
    finally:
        link.close()
        await asyncio.wait([link.ended], timeout=CLOSE_SECONDS)
        link.abort()
    return tape.messages, owner.reads


def _reason(ended: ReaderError) -> Exception:
    """A file that takes no more is the user's to mend, any other fault of ours is ours."""
    cause = ended.__cause__
    return cause if isinstance(ended, InternalError) and isinstance(cause, Exception) else ended
