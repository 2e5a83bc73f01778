"""A message to us, and the last one from us."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes for us, retained, when we are gone without a word."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message to us. Call `MqttClient.done` when it has been dealt with."""

    topic: str
    payload: bytes
    response_topic: str | None = None
    correlation_data: bytes | None = None
    mid: int = 0
    qos: int = 0
