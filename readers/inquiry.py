"""A short visit to a reader: a few questions, one after the other, and good-bye."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from readers.dialling import connect_error
from readers.errors import ConnectError, DeadlineError, ReaderError, RefusedError
from readers.llrp import requests
from readers.llrp.constants import MessageType
from readers.llrp.exchange import Exchange
from readers.llrp.framing import Deframer, Frame, encode_message
from readers.llrp.notifications import ConnectionAttempt, parse_notification, refusal_of
from readers.llrp.replies import parse_status
from readers.llrp.requests import Request
from readers.llrp.setup import GREETING_US
from readers.settings import ReaderSettings
from readers.tls import check_fingerprint, client_context

_RECEIVE_BYTES: Final = 16 * 1024
_VERSION: Final = 1
_GOODBYE_SECONDS: Final = 1.0


class Inquiry:
    """The reader's attention while `inquire` is entered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
        self._reader = reader
        self._writer = writer
        self._seconds = seconds
        self._deframer = Deframer()
        self._frames: list[Frame] = []
        self._exchange = Exchange(int(seconds * 1_000_000))

    async def greeting(self) -> None:
        """Raises what the reader says against serving us; one that does not greet must answer a question."""
        try:
            async with asyncio.timeout(min(self._seconds, GREETING_US / 1e6)):
                while True:
                    if _is_welcome(await self._next()):
                        return
        except TimeoutError:
            with suppress(RefusedError):
                await self._first_answer()

    async def _first_answer(self) -> None:
        try:
            await self.ask(requests.get_reader_capabilities())
        except DeadlineError as error:
            raise DeadlineError(
                f"no ConnectionAttemptEvent, no answer in {self._seconds:g} s: no LLRP reader, or it hangs"
            ) from error

    async def ask(self, request: Request) -> bytes:
        """The body of the reply; raises RefusedError or DeadlineError where there is none."""
        self._writer.write(self._exchange.ask(request, _VERSION, 0))
        if request.reply is None:
            return b""
        try:
            async with asyncio.timeout(self._seconds):
                frame = await self._next()
                while not self._exchange.answers(frame):
                    frame = await self._next()
        except TimeoutError as error:
            raise DeadlineError(f"{request.type.name} not answered within {self._seconds:g} s") from error
        status = parse_status(frame.body)
        if frame.type == MessageType.ERROR_MESSAGE or not status.ok:
            raise RefusedError(f"{request.type.name} refused: {status}")
        return frame.body

    async def _next(self) -> Frame:
        """The next message that is not a KEEPALIVE."""
        while True:
            while self._frames:
                frame = self._frames.pop(0)
                if frame.type != MessageType.KEEPALIVE:
                    return frame
                self._writer.write(encode_message(MessageType.KEEPALIVE_ACK, frame.id))
            data = await self._reader.read(_RECEIVE_BYTES)
            if not data:
                raise ConnectError("the reader closed the connection")
            self._frames = self._deframer.feed(data)


def _is_welcome(frame: Frame) -> bool:
    if frame.type != MessageType.READER_EVENT_NOTIFICATION:
        return False
    for event in parse_notification(frame.body).events:
        if isinstance(event, ConnectionAttempt):
            refusal = refusal_of(event)
            if refusal is not None:
                raise refusal
            return True
    return False


@asynccontextmanager
async def inquire(settings: ReaderSettings) -> AsyncIterator[Inquiry]:
    """Raises ReaderError where the reader cannot be reached or does not serve us."""
    context = client_context(settings.tls) if settings.tls is not None else None
    try:
        async with asyncio.timeout(settings.connect_seconds):
            reader, writer = await asyncio.open_connection(settings.host, settings.port, ssl=context)
    except OSError as error:
        raise connect_error(error, settings.connect_seconds) from error
    inquiry = Inquiry(reader, writer, settings.reply_seconds)
    try:
        if settings.tls is not None:
            shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            check_fingerprint(settings.tls, shown)
        await inquiry.greeting()
        yield inquiry
        with suppress(ReaderError, TimeoutError, OSError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await inquiry.ask(requests.CLOSE_CONNECTION)
    except OSError as error:
        raise connect_error(error, settings.connect_seconds) from error
    finally:
        writer.transport.abort()
