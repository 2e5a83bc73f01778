"""A broker's end of a connection and an outbox, in memory, with the verbs the real ones have."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.mqtt.faults import PublishRefusedError
from gateway.mqtt.messages import Incoming


@dataclass
class Sent:
    topic: str
    payload: bytes
    accepted: asyncio.Future[None]
    retain: bool = False
    correlation: bytes | None = None


@dataclass
class FakeClient:
    """Answers at once, or, with `holds`, when told to; refuses the topics in `refuses`."""

    refuses: set[str] = field(default_factory=set)
    holds: bool = False
    sent: list[Sent] = field(default_factory=list)
    inbox: list[Incoming] = field(default_factory=list)
    finished: list[Incoming] = field(default_factory=list)
    subscribed: list[str] = field(default_factory=list)
    dropped: int = 0
    most_unanswered: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def send(
        self,
        topic: str,
        payload: bytes,
        *,
        content_type: str,
        retain: bool = False,
        correlation: bytes | None = None,
    ) -> asyncio.Future[None]:
        assert content_type
        one = Sent(topic, payload, asyncio.get_running_loop().create_future(), retain, correlation)
        self.sent.append(one)
        self.most_unanswered = max(self.most_unanswered, len(self.unanswered))
        if not self.holds:
            asyncio.get_running_loop().call_soon(self.answer, one)
        return one.accepted

    async def publish(self, topic: str, payload: bytes, **more: Any) -> None:
        await self.send(topic, payload, **more)

    def answer(self, one: Sent) -> None:
        if one.accepted.done():
            return
        if one.topic in self.refuses:
            one.accepted.set_exception(PublishRefusedError(one.topic, "Not authorized (0x87)"))
        else:
            one.accepted.set_result(None)

    @property
    def unanswered(self) -> list[Sent]:
        return [one for one in self.sent if not one.accepted.done()]

    async def subscribe(self, topic_filter: str) -> None:
        self.subscribed.append(topic_filter)

    async def receive(self, limit: int) -> list[Incoming]:
        if not self.inbox:
            self.idle.set()
            await asyncio.Event().wait()
        taken, self.inbox = self.inbox[:limit], self.inbox[limit:]
        return taken

    def done(self, message: Incoming) -> None:
        self.finished.append(message)

    def take_dropped(self) -> int:
        dropped, self.dropped = self.dropped, 0
        return dropped


async def until(condition: Callable[[], object]) -> None:
    """Let the loop turn until something is true, which on an idle machine is at once."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)
