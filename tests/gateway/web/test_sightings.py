"""What a screen says of an item: the worst event leads, each outcome has its colour and its word."""

import pytest

from gateway.web.sightings import Sighting, Tone, sightings
from rules.events import Event
from rules.vocabulary import Direction, EventKind, ExceptionCode
from tests.gateway.web.site import BENCH, EPC, NOW, STRANGER, seen


def event(kind: EventKind, *, epc: str = EPC, point: str = "dock", **fields: object) -> Event:
    return Event(kind, f"{kind}-{epc}", NOW, "urn:s", read_point=point, epc=epc, **fields)  # type: ignore[arg-type]


def shown(*events: Event) -> Sighting:
    (one,) = sightings([seen()], events)
    return one


@pytest.mark.parametrize(
    ("kind", "tone", "words"),
    [
        (EventKind.RECEIPT, Tone.GOOD, "Received"),
        (EventKind.RESTOCK, Tone.GOOD, "Back in stock"),
        (EventKind.CANDIDATE, Tone.CHECK, "Please check"),
        (EventKind.REVERSAL, Tone.CHECK, "Went out again"),
        (EventKind.DISPOSITION, Tone.GOOD, "Decided"),
        (EventKind.STATUS, Tone.QUIET, "Seen, nothing new"),
    ],
)
def test_sightings_when_one_thing_was_told_then_it_has_its_tone(
    kind: EventKind, tone: Tone, words: str
) -> None:
    one = shown(event(kind))
    assert (one.tone, one.words) == (tone, words)


@pytest.mark.parametrize("code", ExceptionCode)
def test_sightings_when_there_is_an_exception_then_every_code_stops_or_asks_to_check(
    code: ExceptionCode,
) -> None:
    one = shown(event(EventKind.EXCEPTION, code=code, detail="why"))
    assert one.tone in (Tone.STOP, Tone.CHECK)
    assert (one.detail, bool(one.words)) == ("why", True)


def test_sightings_when_several_things_were_told_then_the_worst_leads_and_the_route_is_kept() -> None:
    one = shown(
        event(EventKind.RECEIPT, rma="RMA-1", line=2, reason="DAMAGED", disposition="inspect"),
        event(EventKind.DISPOSITION, rma="RMA-1", disposition="repair", route="lane-3"),
    )
    assert (one.tone, one.words, one.rma, one.line) == (Tone.GOOD, "Received", "RMA-1", 2)
    assert (one.reason, one.disposition, one.route) == ("DAMAGED", "repair", "lane-3")
    worse = shown(event(EventKind.RECEIPT), event(EventKind.EXCEPTION, code=ExceptionCode.UNKNOWN_ITEM))
    assert worse.tone is Tone.STOP


@pytest.mark.parametrize(
    "direction", [Direction.PAST, Direction.TURNED_BACK, Direction.PARKED, Direction.UNCLEAR]
)
def test_sightings_when_an_item_does_not_come_or_leave_then_nobody_is_bothered(direction: Direction) -> None:
    assert list(sightings([seen(direction=direction)], [])) == []


def test_sightings_when_nothing_was_told_then_the_item_is_still_shown_quietly() -> None:
    here, out = sightings([seen(point=BENCH, direction=Direction.PRESENT), seen(direction=Direction.OUT)], [])
    assert (here.tone, here.words, here.read_point) == (Tone.QUIET, "Seen, nothing new", "bench")
    assert (out.tone, out.words) == (Tone.QUIET, "Went out")


def test_sightings_when_others_were_told_of_then_each_item_has_only_its_own() -> None:
    mine, other = sightings(
        [seen(), seen(STRANGER)],
        [event(EventKind.RECEIPT, rma="RMA-1"), event(EventKind.RECEIPT, point="elsewhere", epc=STRANGER)],
    )
    assert (mine.rma, other.rma, other.tone) == ("RMA-1", None, Tone.QUIET)
