"""A conversation with a scripted reader that is written into a capture as it passes."""

from readers.capture import CaptureWriter
from readers.tape import Tape
from tests.readers.scripted import Conversation, ScriptedReader


class TapedConversation(Conversation):
    def __init__(self, writer: CaptureWriter, reader: ScriptedReader | None = None) -> None:
        self.writer = writer
        super().__init__(reader)

    def connect(self) -> None:
        self.tape = Tape(self.writer, "dock-1")
        super().connect()

    def hear(self, data: bytes) -> None:
        """One segment; what is answered is taped in its turn."""
        self.tape.heard(data, self.now_us)
        super().hear(data)

    def exchange(self) -> bytes:
        said = self.session.data_to_send()
        self.tape.said(said, self.now_us)
        answers = b"".join(self.reader.respond(frame) for frame in self._requests.feed(said))
        self.tape.heard(answers, self.now_us)
        return answers
