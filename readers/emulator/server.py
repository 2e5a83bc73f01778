"""Readers on TCP ports, in any asyncio loop: accepts, pumps bytes and time, hangs up; the devices decide.

`async with serve(build_devices(EmulatorSettings(readers=2, tags=5))) as emulators:` - clients connect to
`emulators.ports`; `emulators.devices[0].put(epc, (1,))` lays a tag down in front of antenna 1.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from time import monotonic_ns, time_ns
from typing import Final, TypeAlias

from readers.emulator.device import Device
from readers.errors import FrameError
from readers.llrp.framing import Deframer

_SEND_LIMIT_BYTES: Final = 1_000_000
"""What may wait in a connection before the device keeps its reports to itself."""

_MOST_AT_ONCE_US: Final = 100_000
"""Time made up for in one go, so that a loop that fell behind still serves its sockets."""
_MOST_LAG_US: Final = 2_000_000
"""Who is further behind than this misses reads instead of never catching up."""

Clock: TypeAlias = Callable[[], int]
"""Microseconds since 1970."""


def host_clock() -> Clock:
    """UTC that never jumps: the host's time now, and the monotonic clock from there on."""
    start_us, started_ns = time_ns() // 1_000, monotonic_ns()
    return lambda: start_us + (monotonic_ns() - started_ns) // 1_000


class Port:
    """One reader where clients reach it: one client at a time, and the device's deadlines."""

    def __init__(self, device: Device, clock: Clock) -> None:
        self.device = device
        self._clock = clock
        self._client: _Connection | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._connections: set[_Connection] = set()

    def set_gpi(self, port: int, *, high: bool) -> None:
        """Put an input to this level now."""
        self.device.set_gpi(port, self._clock(), high=high)
        self.flush()

    def set_antenna(self, antenna: int, *, connected: bool) -> None:
        self.device.set_antenna(antenna, self._clock(), connected=connected)
        self.flush()

    def connection(self) -> "_Connection":
        """For a client that comes."""
        return _Connection(self)

    def accepted(self, connection: "_Connection") -> None:
        self._connections.add(connection)
        if self._client is None:
            self._client = connection
            self.device.connected(self._clock())
        else:
            connection.send(self.device.refused(self._clock()))
            connection.close()
        self.flush()

    def received(self, connection: "_Connection", count: int) -> None:
        if connection is not self._client:
            return
        try:
            for frame in connection.deframer.received(count):
                self.device.receive(frame, self._clock())
            if connection.deframer.fault is not None:
                raise connection.deframer.fault
        except FrameError as error:
            self.device.receive_garbage(str(error), self._clock())
        self.flush()

    def lost(self, connection: "_Connection") -> None:
        self._connections.discard(connection)
        if connection is self._client:
            self._client = None
            self.device.disconnected(self._clock())
            self.flush()

    def flush(self) -> None:
        """Send what there is to send, and see to it that the next deadline is met."""
        client = self._client
        if client is not None and not client.is_full:
            client.send(self.device.data_to_send(), self.device.segment_bytes)
            if self.device.closing:
                self._client = None
                client.close()
                self.device.disconnected(self._clock())
        self._arm()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for connection in tuple(self._connections):
            connection.abort()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline_us = self.device.next_deadline()
        if deadline_us is not None:
            delay_seconds = max(0, deadline_us - self._clock()) / 1e6
            self._timer = asyncio.get_running_loop().call_later(delay_seconds, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now_us = self._clock()
        due_us = self.device.next_deadline() or now_us
        if now_us - due_us > _MOST_LAG_US:
            self.device.skip(now_us)
        self.device.tick(min(now_us, due_us + _MOST_AT_ONCE_US))
        self.flush()


class _Connection(asyncio.BufferedProtocol):
    """A client's TCP connection: moves bytes."""

    def __init__(self, port: Port) -> None:
        self.deframer = Deframer()
        self.is_full = False
        self._port = port
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=_SEND_LIMIT_BYTES)
        self._transport = transport
        self._port.accepted(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 (the deframer knows better)
        return self.deframer.buffer()

    def buffer_updated(self, nbytes: int) -> None:
        self._port.received(self, nbytes)

    def pause_writing(self) -> None:
        self.is_full = True

    def resume_writing(self) -> None:
        self.is_full = False
        self._port.flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (gone is gone)
        self._port.lost(self)

    def send(self, data: bytes, segment_bytes: int | None = None) -> None:
        if self._transport is None or not data:
            return
        step = segment_bytes or len(data)
        for start in range(0, len(data), step):
            if self._transport.is_closing():
                return
            self._transport.write(data[start : start + step])

    def close(self) -> None:
        """After what was sent has left."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


@dataclass(frozen=True, slots=True)
class Emulators:
    """Running readers, in the order they were given."""

    host: str
    ports: tuple[int, ...]
    readers: tuple[Port, ...]

    @property
    def devices(self) -> tuple[Device, ...]:
        return tuple(reader.device for reader in self.readers)


@asynccontextmanager
async def serve(
    devices: Sequence[Device], host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None
) -> AsyncIterator[Emulators]:
    """Each device on a port of its own, counting up from `port`; 0 takes free ones. Raises OSError."""
    loop = asyncio.get_running_loop()
    readers = tuple(Port(device, clock or host_clock()) for device in devices)
    numbers: list[int] = []
    async with AsyncExitStack() as stack:
        for index, reader in enumerate(readers):
            server = await loop.create_server(reader.connection, host, port + index if port else 0)
            stack.push_async_callback(server.wait_closed)
            stack.callback(reader.stop)
            stack.callback(server.close)
            numbers.append(server.sockets[0].getsockname()[1])
        yield Emulators(host, tuple(numbers), readers)
