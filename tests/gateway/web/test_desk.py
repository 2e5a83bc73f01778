"""What is asked and decided over HTTP: refused before anything is read, checked before anything is written."""

import json

import aiohttp
import pytest

from gateway.cli.story import story_document
from gateway.documents.typed import MAX_EPC_DIGITS
from gateway.errors import UnavailableError
from gateway.store.database import Database
from gateway.store.stories import story
from gateway.web.access import FAILURES
from gateway.web.desk import MAX_BODY_BYTES
from rules.epc import identify_hex
from rules.portal.evidence import Trace
from tests.gateway.web.site import EPC, NOW, STRANGER, TOKEN, Site, seen


async def test_inspect_when_an_item_came_in_then_its_grade_is_booked_told_and_answered(site: Site) -> None:
    site.authorize(EPC)
    site.record(seen())
    asked = {"epc": EPC.lower(), "grade": "B", "sealed": True, "complete": None}
    status, done, _ = await site.post("/api/inspect", asked)
    assert (status, done["changed"], done["rma"], done["grade"]) == (200, True, "RMA-1", "B")
    assert done["events"] == ["disposition"]
    assert [(event.kind.value, event.grade) for event in site.told] == [("disposition", "B")]
    status, again, _ = await site.post("/api/inspect", asked)
    assert (status, again["changed"], again["events"]) == (200, False, [])


async def test_inspect_when_the_item_was_never_received_then_nothing_changes_and_it_says_so(
    site: Site,
) -> None:
    status, fault, _ = await site.post("/api/inspect", {"epc": STRANGER, "grade": "A"})
    assert status == 422
    assert "has not been received on any RMA" in str(fault["error"])
    assert site.told == []


@pytest.mark.parametrize("token", [None, "", "wrong"])
async def test_inspect_when_the_token_is_missing_or_wrong_then_it_is_refused_and_nothing_changes(
    site: Site, token: str | None
) -> None:
    site.authorize(EPC)
    site.record(seen())
    status, fault, headers = await site.post("/api/inspect", {"epc": EPC, "grade": "A"}, token)
    assert status == 401
    assert "token" in str(fault["error"])
    assert dict(headers)["WWW-Authenticate"] == "Bearer"
    assert site.told == []


async def test_login_when_tokens_are_guessed_then_it_must_wait(site: Site) -> None:
    assert (await site.post("/api/login"))[0] == 200
    statuses = [(await site.post("/api/login", token=f"guess {n}"))[0] for n in range(FAILURES + 1)]
    assert statuses == [401] * FAILURES + [429]
    assert (await site.post("/api/login"))[0] == 429


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ([], "not a JSON object"),
        ({}, "epc: text is expected"),
        ({"epc": EPC, "grade": "E"}, "grade: one of A, B, C, D, F"),
        ({"epc": EPC, "grade": 1}, "grade:"),
        ({"epc": "<b>", "grade": "A"}, "no EPC in hex digits"),
        ({"epc": "30" * MAX_EPC_DIGITS, "grade": "A"}, "epc: 2 to 124 hex digits"),
        ({"epc": EPC, "grade": "A", "sealed": "yes"}, "sealed: true, false or null"),
        ({"epc": EPC, "grade": "A", "complete": 1}, "complete:"),
        ({"epc": EPC, "grade": "A", "rma": "RMA-2"}, "rma: there is no such field"),
    ],
)
async def test_inspect_when_the_document_is_faulty_then_every_fault_is_named(
    site: Site, document: object, fault: str
) -> None:
    status, answer, _ = await site.post("/api/inspect", document)
    assert status == 422
    assert fault in str(answer["error"])


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"epc=1", "application/x-www-form-urlencoded", 422),
        (b"{}", "text/plain", 422),
        (b"\xff", "application/json", 422),
        (b"{", "application/json", 422),
        (b"[" * 10_000, "application/json", 422),
        (b" " * (MAX_BODY_BYTES + 1), "application/json", 413),
    ],
)
async def test_inspect_when_the_body_is_no_json_or_too_long_then_it_is_refused(
    site: Site, body: bytes, kind: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
    async with (
        aiohttp.ClientSession() as session,
        session.post(site.url("/api/inspect"), data=body, headers=headers) as answer,
    ):
        assert answer.status == status


async def test_inspect_when_asked_by_get_then_there_is_no_such_way(site: Site) -> None:
    status, _, headers = await site.get("/api/inspect")
    assert status == 405
    assert dict(headers)["X-Content-Type-Options"] == "nosniff"


async def test_item_when_it_came_in_then_the_facts_are_those_of_item_explain(site: Site) -> None:
    site.authorize(EPC, customer="<b>C-9</b>")
    site.record(seen())
    status, text, headers = await site.get(f"/api/item?epc={EPC.lower()}")
    item = json.loads(text)
    assert (status, dict(headers)["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert (item["rma"], item["reason"], item["customer"]) == ("RMA-1", "UNWANTED", "<b>C-9</b>")
    assert (item["state"], item["received_ms"]) == ("received", NOW // 1000)
    with site.database.reading() as connection:
        explained = story_document(story(connection, identify_hex(EPC), NOW))
    assert without_times(item["story"]) == without_times(json.loads(json.dumps(explained)))


async def test_item_when_nobody_knows_it_then_it_says_why_not(site: Site) -> None:
    item = json.loads((await site.get(f"/api/item?epc={STRANGER}"))[1])
    assert item["rma"] is None
    assert "no read point observed it" in item["story"]["why_not"]


@pytest.mark.parametrize("query", ["", "?epc=", "?epc=xyz", f"?epc={'0' * (MAX_EPC_DIGITS + 1)}"])
async def test_item_when_the_epc_is_none_then_it_is_refused(site: Site, query: str) -> None:
    status, text, _ = await site.get(f"/api/item{query}")
    assert status == 422
    assert json.loads(text)["error"].startswith("epc: ")


async def test_desk_when_the_database_takes_nothing_then_it_is_unavailable_and_says_why(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise UnavailableError("the disk is full: free some space")

    monkeypatch.setattr(Database, "read", refuse)
    monkeypatch.setattr(Database, "write", refuse)
    status, text, _ = await site.get(f"/api/item?epc={EPC}")
    assert (status, json.loads(text)["error"]) == (503, "the disk is full: free some space")
    assert (await site.post("/api/inspect", {"epc": EPC, "grade": "A"}))[0] == 503
    assert site.told == []


async def test_parked_when_tags_stand_in_a_door_then_each_is_named_with_what_was_read(site: Site) -> None:
    trace = Trace(bytes.fromhex(EPC), NOW - 60_000_000)
    trace.add(NOW, 0, 1, -55, 7)
    silent = Trace(bytes.fromhex(STRANGER), NOW)
    site.parked["dock"] = [trace, silent]
    parked = json.loads((await site.get("/api/parked"))[1])
    assert parked["now_ms"] == NOW // 1000
    first, second = parked["tags"]
    assert (first["read_point"], first["epc"], first["reads"]) == ("dock", EPC, 7)
    assert (first["since_ms"], first["peak_rssi_dbm"]) == (NOW // 1000 - 60_000, -55)
    assert second["peak_rssi_dbm"] is None


def without_times(document: object) -> object:
    if isinstance(document, dict):
        times = {"time", "time_ms", "sent", "sent_ms"}
        return {name: without_times(value) for name, value in document.items() if name not in times}
    if isinstance(document, list):
        return [without_times(value) for value in document]
    return document
