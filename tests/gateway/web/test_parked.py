"""Parked tags and regulars over HTTP: shown to everybody, decided with the token, checked as a whole."""

import json
import logging

import pytest

from gateway.documents.typed import MAX_NAME_CHARACTERS
from gateway.store.regulars import Regular, approved
from gateway.web.parked import MAX_TAGS
from rules.portal.evidence import Trace
from tests.gateway.web.site import EPC, NOW, STRANGER, Site

CHOICE = {"read_point": "dock", "epcs": [EPC.lower()], "by": " anna "}


def stored(site: Site) -> list[Regular]:
    with site.database.reading() as connection:
        return approved(connection)


async def test_approve_when_the_token_is_shown_then_it_is_stored_shown_and_in_force(site: Site) -> None:
    status, done, _ = await site.post("/api/approve", CHOICE)
    assert (status, done) == (200, {"changed": [EPC]})
    assert stored(site) == site.regulars == [Regular("dock", EPC, NOW, "anna")]
    _, text, _ = await site.get("/api/parked")
    assert '"approved_by": "anna"' in text
    assert '"item": "urn:epc:id:sgtin:0614141.812345.6789"' in text
    assert (await site.post("/api/approve", CHOICE))[1] == {"changed": []}


async def test_withdraw_when_approved_then_it_may_be_an_item_again(site: Site) -> None:
    await site.post("/api/approve", {**CHOICE, "epcs": [EPC, STRANGER]})
    status, done, _ = await site.post("/api/withdraw", CHOICE)
    assert (status, done) == (200, {"changed": [EPC]})
    assert [one.epc for one in site.regulars] == [STRANGER]


@pytest.mark.parametrize("path", ["/api/approve", "/api/withdraw"])
@pytest.mark.parametrize("token", [None, "wrong"])
async def test_decision_when_the_token_is_missing_or_wrong_then_nothing_changes(
    site: Site, path: str, token: str | None
) -> None:
    assert (await site.post(path, CHOICE, token))[0] == 401
    assert stored(site) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"read_point": "dock-9"}, "read_point: there is no such read point"),
        ({"read_point": None}, "read_point: there is no such read point"),
        ({"by": " "}, "by: a name of"),
        ({"by": "x" * (MAX_NAME_CHARACTERS + 1)}, "by: a name of"),
        ({"by": "anna\x00"}, "by: a name of"),
        ({"by": "anna\ud800"}, "by: a name of"),
        ({"by": "anna\nevil: gw-1 stopped"}, "by: a name of"),
        ({"by": None}, "by: a name of"),
        ({"epcs": []}, "epcs: a list of"),
        ({"epcs": EPC}, "epcs: a list of"),
        ({"epcs": [EPC] * (MAX_TAGS + 1)}, "epcs: a list of"),
        ({"epcs": [EPC, "<script>"]}, "epc:"),
        ({"epcs": [7]}, "epc:"),
        ({"note": "x"}, "note: there is no such field"),
    ],
)
async def test_decision_when_something_is_faulty_then_it_is_named_and_nothing_changes(
    site: Site, change: dict[str, object], fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    status, answer, _ = await site.post("/api/approve", CHOICE | change)
    assert status == 422
    assert fault in str(answer["error"])
    assert stored(site) == site.regulars == []
    assert caplog.messages == []


async def test_parked_when_the_database_is_away_then_it_says_so(site: Site) -> None:
    site.database._is_open = False
    status, text, _ = await site.get("/api/parked")
    assert status == 503
    assert "has not been there since the start" in text


async def test_parked_when_more_tags_stand_there_than_are_shown_then_no_more_are_asked_for(
    site: Site,
) -> None:
    site.parked["dock"] = [
        Trace(number.to_bytes(12), NOW) for number in range(0x30 << 88, (0x30 << 88) + MAX_TAGS + 1)
    ]
    _, text, _ = await site.get("/api/parked")
    assert len(json.loads(text)["tags"]) == MAX_TAGS
