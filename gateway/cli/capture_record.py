"""Recording one reader: a session like the gateway's, with every message written down as it passes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import time_ns

from gateway.cli.errors import tell
from readers.capture import CaptureWriter, Direction, split_stream
from readers.dialling import connect_error
from readers.link import Link
from readers.llrp.framing import Deframer, encode_message
from readers.llrp.session import ReaderSession
from readers.settings import ReaderSettings
from readers.tag import TagRow
from readers.tls import client_context

CLOSE_SECONDS = 1.0


class _TappedSession(ReaderSession):
    """Writes down what comes in and what goes out, and is a session otherwise."""

    def __init__(self, settings: ReaderSettings, writer: CaptureWriter) -> None:
        super().__init__(settings)
        self._writer = writer
        self._incoming = Deframer()
        self._room = memoryview(b"")
        self.messages = 0

    def buffer(self) -> memoryview:
        self._room = super().buffer()
        return self._room

    def received(self, count: int, now_us: int) -> None:
        for frame in self._incoming.feed(bytes(self._room[:count])):
            message = encode_message(frame.type, frame.id, frame.body, frame.version)
            self._write(message, Direction.FROM_READER, now_us)
        super().received(count, now_us)

    def data_to_send(self) -> bytes:
        data = super().data_to_send()
        for message in split_stream(data):
            self._write(message, Direction.TO_READER, time_ns() // 1000)
        return data

    def _write(self, message: bytes, direction: Direction, time_us: int) -> None:
        self.messages += 1
        self._writer.write(message, reader=self._settings.id, direction=direction, received_us=time_us)


class _Owner:
    """Counts; what the session has to say is told."""

    def __init__(self, session: _TappedSession, advance: Callable[[int], None]) -> None:
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
    session = _TappedSession(settings, writer)
    owner = _Owner(session, advance)
    link = Link(session, owner, settings.tls)
    context = client_context(settings.tls) if settings.tls is not None else None
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(settings.connect_seconds):
            await loop.create_connection(lambda: link, settings.host, settings.port, ssl=context)
    except OSError as error:
        raise connect_error(error, settings.connect_seconds) from error
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                raise await asyncio.shield(link.ended)
    finally:
        link.close()
        await asyncio.wait([link.ended], timeout=CLOSE_SECONDS)
        link.abort()
    return session.messages, owner.reads
