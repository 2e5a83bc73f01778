"""The fleet's ear: reads and losses go to the buffer, states to the publisher too."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.buffer import Buffer
from gateway.mqtt.publisher import Publisher
from readers.status import ReaderState, ReaderStatus
from readers.tag import TagRow


@dataclass(frozen=True, slots=True)
class Intake:
    """What the fleet tells."""

    buffer: Buffer
    publisher: Publisher
    now_us: Callable[[], int]

    def on_reads(self, reader: str, rows: list[TagRow], offset_us: int, received_us: int) -> None:
        self.buffer.on_reads(reader, rows, offset_us, received_us)

    def on_status(self, status: ReaderStatus) -> None:
        if status.state is ReaderState.CONNECTED:
            self.buffer.on_connected(status.reader, self.now_us())
        self.publisher.reader_state(status)

    def on_dropped(self, reader: str, reason: str, count: int) -> None:
        self.buffer.on_dropped(reader, reason, count)

    def on_gpi(self, reader: str, port: int, is_high: bool, time_us: int) -> None:
        self.buffer.on_gpi(reader, port, is_high, time_us)

    def on_reconnect(self, reader: str, reason: str) -> None:
        self.buffer.on_reconnect(reader, reason)
