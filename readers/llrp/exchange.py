"""One request at a time and its answer: ids, deadlines, and readers that do not echo ids."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from readers.llrp.constants import MessageType
from readers.llrp.framing import Frame, encode_message
from readers.llrp.requests import Request

PATIENCE: Final = 6
"""While other messages pour in (a backlog), the answer stands in their queue: wait as many times longer."""
BRIEF_US: Final = 1_000_000
"""For an answer that hardly will come."""
_MAX_ID: Final = 0xFFFFFFFF
_MAX_KEPT: Final = 64


@dataclass(slots=True)
class Exchange:
    """Times in microseconds on the session's clock."""

    reply_us: int
    pending: Request | None = None
    deadline_us: int | None = None
    patience_us: int = 0
    """How long the answer to the latest request is waited for."""
    unanswered: list[MessageType] = field(default_factory=list)
    """Sent and not known to be understood, oldest first; an answer to one clears what was sent before it."""
    answered: set[MessageType] = field(default_factory=set)
    """Requests that were answered, by whatever."""
    _next_id: int = 1
    _pending_id: int = 0
    _sent_us: int = 0
    _expired: deque[tuple[int, MessageType | None]] = field(default_factory=lambda: deque(maxlen=_MAX_KEPT))
    """Id of each request that was given up, and the type of its reply."""
    _echoes: bool = False
    """The last answer carried the id of its request."""
    _mute: int = 0
    """Requests without a reply since the last answer: an ERROR_MESSAGE to one of them concerns nobody."""

    def ask(self, request: Request, version: int, now_us: int, *, is_brief: bool = False) -> bytes:
        """The message to send; its answer is awaited if it has one."""
        message_id = self._next_id
        self._next_id = message_id % _MAX_ID + 1
        self.unanswered.append(request.type)
        del self.unanswered[1:-_MAX_KEPT]
        if request.reply is None:
            self._mute += 1
        else:
            self.pending = request
            self._pending_id = message_id
            self._sent_us = now_us
            self.patience_us = min(BRIEF_US, self.reply_us) if is_brief else self.reply_us
            self.deadline_us = now_us + self.patience_us
        return encode_message(request.type, message_id, request.body, request.version or version)

    def answers(self, frame: Frame) -> bool:
        """Whether this frame is the reply to what is pending, or an ERROR_MESSAGE about it; takes it if so.

        By type and id; a reply of the right type with another id (0, or the reader's own count) is taken too,
        one with the id of a request of that type that expired is not.
        """
        if self.pending is None:
            return False
        if frame.type == MessageType.ERROR_MESSAGE:
            matches = self._concerns_pending(frame.id)
        else:
            matches = frame.type == self.pending.reply and (frame.id, frame.type) not in self._expired
        if matches:
            self._echoes = frame.id == self._pending_id
            self.answered.add(self.pending.type)
            self.pending = None
            self.deadline_us = None
            self.unanswered.clear()
            self._mute = 0
        return matches

    def expire(self, now_us: int, busy_us: int) -> Request | None:
        """The pending request if its deadline has passed; a reader busy sending reports gets more time."""
        request = self.pending
        if request is None or self.deadline_us is None or now_us < self.deadline_us:
            return None
        later_us = busy_us + self.reply_us
        if later_us > now_us and now_us - self._sent_us < PATIENCE * self.reply_us:
            self.deadline_us = min(later_us, self._sent_us + PATIENCE * self.reply_us)
            return None
        self._expired.append((self._pending_id, request.reply))
        self.pending = None
        self.deadline_us = None
        return request

    def _concerns_pending(self, message_id: int) -> bool:
        """Of an ERROR_MESSAGE; one that does not echo an id is rather about a request that has no reply."""
        if message_id == self._pending_id:
            return True
        if self._echoes and message_id:
            return False
        if self._mute:
            self._mute -= 1
            return False
        return True
