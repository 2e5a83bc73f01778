"""What a person at a read point must see of each item: what it is, which RMA, and whether it is well."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rules.events import Event
from rules.observation import Observation
from rules.vocabulary import Direction, EventKind, ExceptionCode


class Tone(StrEnum):
    """How a screen is coloured; each also has its word, for who does not see colours."""

    GOOD = "good"
    CHECK = "check"
    """Somebody should look at the item."""
    STOP = "stop"
    """The item must not go on."""
    QUIET = "quiet"
    """Seen, and nothing new."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One item in one visit. Nothing in it names a customer: the screens hang where everybody passes."""

    time_ms: int
    """Since 1970, as browsers count."""
    read_point: str
    epc: str
    item: str
    tone: Tone
    words: str
    rma: str | None = None
    line: int | None = None
    reason: str | None = None
    route: str | None = None
    disposition: str | None = None
    detail: str | None = None


SHOWN = frozenset({Direction.IN, Direction.OUT, Direction.PRESENT})
"""What passes by, turns back or stands around is nobody's business at the door."""

_KINDS: Mapping[EventKind, tuple[Tone, str]] = {
    EventKind.RECEIPT: (Tone.GOOD, "Received"),
    EventKind.RESTOCK: (Tone.GOOD, "Back in stock"),
    EventKind.CANDIDATE: (Tone.CHECK, "Please check"),
    EventKind.REVERSAL: (Tone.CHECK, "Went out again"),
    EventKind.DISPOSITION: (Tone.GOOD, "Decided"),
}
_CODES: Mapping[ExceptionCode, tuple[Tone, str]] = {
    ExceptionCode.UNKNOWN_ITEM: (Tone.STOP, "No RMA expects it"),
    ExceptionCode.WRONG_ITEM: (Tone.STOP, "Wrong item"),
    ExceptionCode.RMA_CLOSED: (Tone.STOP, "RMA is closed"),
    ExceptionCode.RMA_EXPIRED: (Tone.STOP, "RMA has expired"),
    ExceptionCode.OVER_RECEIPT: (Tone.CHECK, "More than expected"),
    ExceptionCode.SERIAL_MISMATCH: (Tone.CHECK, "Another serial was expected"),
    ExceptionCode.DUPLICATE_EPC: (Tone.CHECK, "Same EPC twice"),
    ExceptionCode.SHORT: (Tone.CHECK, "Fewer than expected"),
    ExceptionCode.LATE_READ: (Tone.CHECK, "Read late"),
    ExceptionCode.SUSPECT: (Tone.CHECK, "Suspect"),
}
_URGENCY = (Tone.STOP, Tone.CHECK, Tone.GOOD, Tone.QUIET)


def sightings(observations: Sequence[Observation], events: Sequence[Event]) -> Iterator[Sighting]:
    """One for each item that came, left or lies there; `events` are what was told of them."""
    told: dict[tuple[str | None, str | None], list[Event]] = {}
    for event in events:
        told.setdefault((event.read_point, event.epc), []).append(event)
    for observation in observations:
        if observation.evidence.direction in SHOWN:
            point, epc = observation.read_point.id, observation.epc
            yield _sighting(observation, told.get((point, epc.hex), []))


def _sighting(observation: Observation, events: Sequence[Event]) -> Sighting:
    tone, words, leading = _leading(observation, events)
    decided = next((event for event in reversed(events) if event.route or event.disposition), leading)
    return Sighting(
        time_ms=observation.seen_us // 1000,
        read_point=observation.read_point.id,
        epc=observation.epc.hex,
        item=observation.epc.label,
        tone=tone,
        words=words,
        rma=leading.rma if leading else None,
        line=leading.line if leading else None,
        reason=leading.reason if leading else None,
        route=decided.route if decided else None,
        disposition=decided.disposition if decided else None,
        detail=leading.detail if leading else None,
    )


def _leading(observation: Observation, events: Sequence[Event]) -> tuple[Tone, str, Event | None]:
    """The event that matters most to who stands there; none is quiet."""
    judged = [(*judged, event) for event in events if (judged := _judge(event)) is not None]
    if judged:
        return min(judged, key=lambda one: _URGENCY.index(one[0]))
    is_out = observation.evidence.direction is Direction.OUT
    return Tone.QUIET, "Went out" if is_out else "Seen, nothing new", None


def _judge(event: Event) -> tuple[Tone, str] | None:
    if event.code is not None:
        return _CODES[event.code]
    return _KINDS.get(event.kind)
