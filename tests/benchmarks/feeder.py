"""A fleet of LLRP readers as a load: emulated readers that answer as such, then reports at a fixed pace.

    python -m tests.benchmarks.feeder --readers 50 --rate 1000 --size 50 --tags 2500 --seconds 10 --counter FILE

Prints the ports; when every reader's ROSpec runs, `feeding`; after `--seconds`, or when it is given a line, `fed`
and the number of reads.
The file holds that number at any time, 8 bytes in the machine's order. Without `--rate`, as fast as it is taken.
Reports are made before, but for their time stamps: the feeder must not be what limits.
"""

import argparse
import asyncio
import mmap
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from readers.emulator.device import Device
from readers.emulator.field import Sighting
from readers.emulator.server import Port, host_clock
from readers.llrp.constants import MessageType
from readers.llrp.framing import encode_message
from tests.readers.llrp import wire

PACE_SECONDS = 0.001
READY_SECONDS = 20.0
BATCH_READS = 500
"""Flat out, so many reads are handed to a socket at once."""
UNSENT_BYTES = 128 * 1024
"""What a reader keeps in its own socket; the 4 MB that Linux takes would be tens of thousands of reads."""
STAMP = b"STAMPED!"
"""Stands for a time in the prepared reports."""


class EmptyField:
    """No tags; being asked for reads, it knows that the client's ROSpec runs."""

    def __init__(self) -> None:
        self.is_read = False

    def reads(self, since_us: int, until_us: int, antennas: Sequence[int]) -> Iterable[Sighting]:
        self.is_read = True
        return ()


class Source:
    """One reader: the port its client connects to, and the reports it sends."""

    def __init__(self, number: int, tags: int, size: int) -> None:
        self.field = EmptyField()
        self.port = Port(Device(tags=self.field), host_clock())
        self.size = size
        self.owed = -number / 50
        """Reports due; readers do not report at the same moment."""
        self._limited: object = None
        """The client whose buffers are as small as a reader's."""
        self._reports = cycle(list(_reports(number, tags, size)))

    def send(self, reports: int, now_us: int, *, at_once: bool) -> int:
        """How many reads were sent: none while the client does not take them."""
        client = self.port._client
        if client is None or client.is_full:
            return 0
        if client is not self._limited:
            self._limit(client)
        stamp = struct.pack(">Q", now_us)
        messages = [stamp.join(pieces) for pieces in islice(self._reports, reports)]
        for message in [b"".join(messages)] if at_once else messages:
            client.send(message)
        return reports * self.size

    def _limit(self, client: Any) -> None:
        self._limited = client
        client._transport.set_write_buffer_limits(high=UNSENT_BYTES)
        sock = client._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES)


def _reports(number: int, tags: int, size: int) -> Iterator[list[bytes]]:
    """Every tag in turn, `size` to a report; what stands between the time stamps."""
    epcs = [struct.pack(">IQ", 0x30000000 + number, serial) for serial in range(tags)]
    count = max(1, -(-tags // size))
    for first in range(0, count * size, size):
        records = [record(epcs[index % tags], index) for index in range(first, first + size)]
        yield encode_message(MessageType.RO_ACCESS_REPORT, 7, b"".join(records)).split(STAMP)


def record(epc: bytes, index: int) -> bytes:
    return wire.tag(
        wire.epc96(epc),
        wire.antenna(1),
        wire.rssi(-50 - index % 3),
        wire.tv(2, "8s", STAMP),
        wire.tv(4, "8s", STAMP),
        wire.seen_count(1),
        wire.pc(0x3000),
    )


async def feed(
    sources: list[Source], rate: float | None, seconds: float, *, counter: mmap.mmap, enough: threading.Event
) -> int:
    sent, started = 0, time.monotonic()
    last = started
    while last - started < seconds and not enough.is_set():
        await asyncio.sleep(PACE_SECONDS if rate else 0)
        now, now_us = time.monotonic(), time.time_ns() // 1000
        for source in sources:
            if rate is None:
                sent += source.send(max(1, BATCH_READS // source.size), now_us, at_once=True)
                continue
            source.owed += (now - last) * rate / source.size
            if source.owed >= 1:
                sent += source.send(int(source.owed), now_us, at_once=False)
                source.owed %= 1
        counter[:8] = struct.pack("q", sent)
        last = now
    return sent


async def run(options: argparse.Namespace, counter: mmap.mmap) -> None:
    sources = [
        Source(number, options.tags // options.readers or 1, options.size)
        for number in range(options.readers)
    ]
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        ports = []
        for source in sources:
            server = await loop.create_server(source.port.connection, "127.0.0.1", 0)
            stack.callback(server.close)
            stack.callback(source.port.stop)
            ports.append(server.sockets[0].getsockname()[1])
        print(*ports, flush=True)
        async with asyncio.timeout(READY_SECONDS):
            while not all(source.field.is_read for source in sources):
                await asyncio.sleep(0.05)
        print("feeding", flush=True)
        enough = threading.Event()
        threading.Thread(target=_wait_for_a_line, args=(enough,), daemon=True).start()
        sent = await feed(sources, options.rate, options.seconds, counter=counter, enough=enough)
        print("fed", sent, flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


def _wait_for_a_line(enough: threading.Event) -> None:
    sys.stdin.readline()
    enough.set()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--readers", type=int, default=50)
    arguments.add_argument("--rate", type=float, help="reads per second of each reader")
    arguments.add_argument("--size", type=int, default=50, help="tags per report")
    arguments.add_argument("--tags", type=int, default=2500, help="in all fields together")
    arguments.add_argument("--seconds", type=float, default=10.0)
    arguments.add_argument("--counter", required=True)
    options = arguments.parse_args()
    path = Path(options.counter)
    path.write_bytes(bytes(8))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 8) as counter:
        asyncio.run(run(options, counter))


if __name__ == "__main__":
    main()
