"""What the pages are told: whole, bounded, and nothing about customers where everybody passes."""

import json
from dataclasses import replace

import pytest

from gateway.web.board import LATEST, LATEST_AT_POINT
from rules.events import Event
from rules.vocabulary import Direction, EventKind, ExceptionCode
from tests.gateway.web.site import BENCH, DOCK, EPC, NOW, SETTINGS, STRANGER, Site, seen


def test_state_when_things_happened_then_the_board_has_them(site: Site) -> None:
    site.stats.passages["dock", "past"] = 2
    site.stats.receipts["dock", "epc"] = 3
    site.stats.exceptions["unknown_item"] = 1
    site.stats.outbox_pending, site.stats.outbox_oldest_us = 4, NOW - 1_000_000
    site.authorize(EPC)
    site.record(seen(), seen(STRANGER))
    state = json.loads(json.dumps(site.board.state()))
    assert (state["site"], state["gateway"], state["version"], state["now_ms"]) == (
        "dc1",
        "gw-1",
        "1.2.3",
        NOW // 1000,
    )
    assert [(one["id"], one["state"]) for one in state["readers"]] == [("r1", "connected"), ("r2", "failed")]
    assert (state["readers"][1]["reason"], state["readers"][1]["next_try_ms"]) == (
        "connection refused",
        NOW // 1000 + 5000,
    )
    dock, bench = state["read_points"]
    assert (dock["passages"], dock["receipts"], dock["parked"], dock["tracked"]) == ({"past": 2}, 3, 1, 3)
    assert (dock["last_item_ms"], bench["last_item_ms"], bench["parked"]) == (NOW // 1000, None, None)
    assert [one["kind"] for one in state["events"]] == ["exception", "status", "receipt"]
    assert state["events"][0]["code"] == "unknown_item"
    assert (state["outbox_pending"], state["outbox_oldest_ms"]) == (4, NOW // 1000 - 1000)
    assert state["exceptions"] == {"unknown_item": 1}


def test_state_when_many_events_come_then_only_the_latest_stay(site: Site) -> None:
    site.board.add([Event(EventKind.RECEIPT, str(n), NOW, "s") for n in range(LATEST * 2)])
    events = site.board.state()["events"]
    assert isinstance(events, list)
    assert [event["id"] for event in events] == [str(n) for n in reversed(range(LATEST, LATEST * 2))]


def test_state_when_items_lie_at_an_inspecting_read_point_then_they_are_named_newest_first(
    site: Site,
) -> None:
    site.board.saw([seen(point=BENCH, direction=Direction.PRESENT, time_us=NOW)], [])
    site.board.saw([seen(STRANGER, BENCH, Direction.PRESENT, NOW + 1000)], [])
    inspecting = site.board.state()["inspecting"]
    assert isinstance(inspecting, list)
    assert [one["epc"] for one in inspecting] == [STRANGER, EPC]


def test_point_when_items_pass_then_its_screen_has_them_and_its_own_readers_only(site: Site) -> None:
    site.authorize(EPC, customer="C-SECRET")
    site.record(seen())
    point = json.loads(json.dumps(site.board.point("dock")))
    assert [(one["tone"], one["rma"]) for one in point["items"]] == [("good", "RMA-1")]
    assert [one["id"] for one in point["readers"]] == ["r1"]
    assert "C-SECRET" not in json.dumps(point)
    assert json.loads(json.dumps(site.board.point("bench")))["items"] == []


def test_point_when_many_items_pass_then_memory_is_bounded(site: Site) -> None:
    site.board.saw([seen(f"30{n:022X}") for n in range(LATEST_AT_POINT * 3)], [])
    items = site.board.point("dock")["items"]
    assert isinstance(items, list)
    assert len(items) == LATEST_AT_POINT


@pytest.mark.parametrize("point", ["dock", "bench"])
def test_has_when_a_read_point_is_configured_then_true_else_false(site: Site, point: str) -> None:
    assert site.board.has(point)
    assert not site.board.has(f"{point}x")


def test_news_when_something_is_seen_or_told_then_who_waits_is_woken_and_nothing_wakes_nobody(
    site: Site,
) -> None:
    before = site.board.news
    site.board.add([])
    site.board.saw([seen(direction=Direction.PAST)], [])
    assert not before.is_set()
    site.board.add([Event(EventKind.EXCEPTION, "1", NOW, "s", code=ExceptionCode.SUSPECT)])
    assert before.is_set()
    second = site.board.news
    assert not second.is_set()
    site.board.saw([seen()], [])
    assert second.is_set()


def test_adopt_when_a_read_point_stays_then_what_was_seen_there_is_kept_and_what_is_seen_elsewhere_is_not(
    site: Site,
) -> None:
    site.board.saw([seen(), seen(point=BENCH)], [])
    site.board.adopt(replace(SETTINGS, read_points=(DOCK,)))
    site.board.saw([seen(point=BENCH)], [])
    assert not site.board.has("bench")
    items = site.board.point("dock")["items"]
    assert isinstance(items, list)
    assert len(items) == 1
