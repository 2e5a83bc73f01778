"""What the integration tests of the reader shell share: a sink that remembers, and scripted readers on real ports."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from readers.fleet import Fleet
from readers.llrp.framing import Deframer
from readers.settings import ReaderSettings
from readers.status import ReaderState, ReaderStatus
from readers.tag import TagRow
from tests.readers.scripted import ScriptedReader, greeting


@dataclass
class Memory:
    """A ReadSink that keeps everything."""

    rows: list[TagRow] = field(default_factory=list)
    offsets_us: list[int] = field(default_factory=list)
    received_us: list[int] = field(default_factory=list)
    statuses: list[ReaderStatus] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    inputs: list[tuple[int, bool, int]] = field(default_factory=list)
    reconnects: list[str] = field(default_factory=list)

    def on_reads(self, reader: str, rows: list[TagRow], offset_us: int, received_us: int) -> None:
        self.rows += rows
        self.offsets_us.append(offset_us)
        self.received_us.append(received_us)

    def on_status(self, status: ReaderStatus) -> None:
        self.statuses.append(status)

    def on_dropped(self, reader: str, reason: str, count: int) -> None:
        self.dropped[reason] += count

    def on_gpi(self, reader: str, port: int, is_high: bool, time_us: int) -> None:
        self.inputs.append((port, is_high, time_us))

    def on_reconnect(self, reader: str, reason: str) -> None:
        self.reconnects.append(reason)

    @property
    def state(self) -> ReaderState | None:
        """The last one told."""
        return self.statuses[-1].state if self.statuses else None

    def states(self) -> list[ReaderState]:
        return [status.state for status in self.statuses]


async def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """On a machine however busy."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(sink: Memory, *settings: ReaderSettings) -> AsyncIterator[Fleet]:
    fleet = Fleet(settings, sink)
    task = asyncio.create_task(fleet.run(), name="fleet")
    try:
        yield fleet
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@dataclass
class ScriptedServer:
    """A ScriptedReader where sockets reach it; one client at a time, unless it is told otherwise."""

    reader: ScriptedReader
    greetings: list[bytes] = field(default_factory=list)
    """Sent instead of a good greeting to the first clients."""
    port: int = 0
    mute: bool = False
    """Accepts and says nothing."""
    clients: int = 0
    served: int = 0
    """Clients that are gone."""
    writer: asyncio.StreamWriter | None = None

    async def serve_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients += 1
        deframer = Deframer()
        try:
            if self.mute:
                await reader.read()
                return
            if self.greetings:
                writer.write(self.greetings.pop(0))
                await writer.drain()
                return
            if self.writer is not None:
                writer.write(greeting(2))
                return
            self.writer = writer
            writer.write(greeting())
            while data := await reader.read(65536):
                for frame in deframer.feed(data):
                    writer.write(self.reader.respond(frame))
        except OSError:
            pass
        finally:
            if self.writer is writer:
                self.writer = None
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            self.served += 1

    def send(self, data: bytes) -> None:
        assert self.writer is not None
        self.writer.write(data)

    def hang_up(self) -> None:
        assert self.writer is not None
        self.writer.transport.abort()


@asynccontextmanager
async def scripted_server(
    reader: ScriptedReader | None = None, context: ssl.SSLContext | None = None, **fields: object
) -> AsyncIterator[ScriptedServer]:
    peer = ScriptedServer(reader if reader is not None else ScriptedReader(), **fields)  # type: ignore[arg-type]
    server = await asyncio.start_server(peer.serve_client, "127.0.0.1", 0, ssl=context)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        if peer.writer is not None:
            peer.writer.transport.abort()
        await until(lambda: peer.served == peer.clients)


def local(port: int, **fields: object) -> ReaderSettings:
    return ReaderSettings("dock-1", "127.0.0.1", port, **fields)  # type: ignore[arg-type]
