"""The traffic of one connection as it passes, into a capture, message by message."""

from readers.capture import CaptureWriter, Direction, split_stream
from readers.errors import FrameError
from readers.llrp.framing import Deframer, encode_message


class Tape:
    """What is no LLRP is not written down: the session is about to say so. Times are the session's."""

    def __init__(self, writer: CaptureWriter, reader: str) -> None:
        self._writer = writer
        self._reader = reader
        self._incoming = Deframer()
        self.messages = 0

    def heard(self, data: bytes, time_us: int) -> None:
        try:
            frames = self._incoming.feed(data)
        except FrameError:
            return
        for frame in frames:
            message = encode_message(frame.type, frame.id, frame.body, frame.version)
            self._write(message, Direction.FROM_READER, time_us)

    def said(self, data: bytes, time_us: int) -> None:
        for message in split_stream(data):
            self._write(message, Direction.TO_READER, time_us)

    def _write(self, message: bytes, direction: Direction, time_us: int) -> None:
        self.messages += 1
        self._writer.write(message, reader=self._reader, direction=direction, received_us=time_us)
