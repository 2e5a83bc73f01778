"""A conversation between a client and a reader, recorded as it passes, for tshark and others to judge."""

import asyncio
import shutil
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from readers.llrp.framing import Deframer, Frame

HOST = "127.0.0.1"
MALFORMED_IN_ANY_VERSION = "_ws.malformed || (llrp && _ws.expert.severity >= 6291456)"
MALFORMED = f"{MALFORMED_IN_ANY_VERSION} || (llrp && llrp.version != 1)"
needs_tshark = pytest.mark.skipif(
    not (shutil.which("tshark") and shutil.which("text2pcap")), reason="needs tshark and text2pcap"
)


class Tape:
    """Records a conversation as it passes, byte for byte."""

    def __init__(self) -> None:
        self._pieces: list[tuple[str, bytes]] = []
        """Direction as text2pcap writes it (O from the client, I from the reader) and what was sent at once."""

    @asynccontextmanager
    async def between(self, reader_port: int) -> AsyncIterator[int]:
        """A port that leads to the reader's."""
        sinks: list[asyncio.StreamWriter] = []

        async def passed_on(from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
            from_reader, to_reader = await asyncio.open_connection(HOST, reader_port)
            sinks.extend((to_client, to_reader))
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump("O", from_client, to_reader))
                both.create_task(self._pump("I", from_reader, to_client))

        async with await asyncio.start_server(passed_on, HOST, 0) as proxy:
            try:
                yield proxy.sockets[0].getsockname()[1]
            finally:
                for sink in sinks:
                    sink.close()
                await asyncio.gather(*(sink.wait_closed() for sink in sinks), return_exceptions=True)

    async def _pump(self, way: str, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(60_000):
            self._pieces.append((way, data))
            sink.write(data)
        sink.close()

    def frames(self) -> Counter[int]:
        """How many messages of each type passed, both ways together."""
        return Counter(frame.type for way in "OI" for frame in self.said(way))

    def said(self, way: str) -> list[Frame]:
        """Every message from the client (O) or from the reader (I)."""
        deframer = Deframer()
        return [frame for whose, data in self._pieces if whose == way for frame in deframer.feed(data)]

    def write(self, folder: Path) -> Path:
        """As a capture with TCP headers, the reader on port 5084."""
        lines = [
            f"{way} 000000 {data.hex(' ')}" if not start else f"{start:06x} {data.hex(' ')}"
            for way, whole in self._pieces
            for start in range(0, len(whole), 1_400)
            for data in [whole[start : start + 1_400]]
        ]
        dump, capture = folder / "dump.txt", folder / "conversation.pcapng"
        dump.write_text("\n".join(lines) + "\n", encoding="ascii")
        subprocess.run(
            ["text2pcap", "-q", "-D", "-T", "40000,5084", dump, capture], check=True, capture_output=True
        )
        return capture


def dissected(capture: Path, field: str, display_filter: str) -> Counter[int]:
    """How often each value of a field stands in the messages tshark picks."""
    command = ["tshark", "-r", capture, "-d", "tcp.port==5084,llrp", "-Y", display_filter, "-T", "fields"]
    told = subprocess.run([*command, "-e", field], check=True, capture_output=True, text=True).stdout
    return Counter(int(value, 0) for value in told.replace(",", "\n").split())
