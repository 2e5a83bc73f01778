"""The fleet's ear: reads and losses go to the buffer, states to the publisher too."""

from collections.abc import Callable

from gateway.mqtt.publisher import Publisher
from gateway.readpoints.buffer import Buffer
from readers.status import ReaderState, ReaderStatus


class Intake:
    """What the fleet tells. What is the buffer's goes there without a call in between: reads are many."""

    def __init__(self, buffer: Buffer, publisher: Publisher, now_us: Callable[[], int]) -> None:
        self._buffer = buffer
        self._publisher = publisher
        self._now_us = now_us
        self.on_reads = buffer.on_reads
        self.on_dropped = buffer.on_dropped
        self.on_gpi = buffer.on_gpi
        self.on_reconnect = buffer.on_reconnect

    def on_status(self, status: ReaderStatus) -> None:
        if status.state is ReaderState.CONNECTED:
            self._buffer.on_connected(status.reader, self._now_us())
        self._publisher.reader_state(status)
