"""Finding an item by EPC, RMA or serial number; no match is a sentence, several are a list."""

import json

import pytest

from gateway.store.database import Database
from gateway.web.search import MAX_CHARACTERS
from tests.gateway.web.site import EPC, STRANGER, Site, seen


async def find(site: Site, asked: str) -> tuple[list[dict[str, object]], str | None]:
    status, text, _ = await site.get(f"/api/find?q={asked}")
    assert status == 200, text
    answer = json.loads(text)
    return answer["matches"], answer["note"]


@pytest.mark.parametrize("asked", [EPC, EPC.lower(), "%20".join((EPC[:8], EPC[8:]))])
async def test_find_when_an_epc_is_given_then_that_item(site: Site, asked: str) -> None:
    ((match,), note) = await find(site, asked)
    assert (match["epc"], match["item"]) == (EPC, "urn:epc:id:sgtin:0614141.812345.6789")
    assert note is None


@pytest.mark.parametrize("asked", ["RMA-1", "rma-1"])
async def test_find_when_an_rma_is_given_then_what_came_in_and_what_is_expected(
    site: Site, asked: str
) -> None:
    site.authorize(EPC, STRANGER)
    site.record(seen())
    matches, _ = await find(site, asked)
    assert [(one["words"], one["epc"], one["rma"], one["line"]) for one in matches] == [
        ("received", EPC, "RMA-1", 1),
        ("expected", STRANGER, "RMA-1", 1),
    ]


async def test_find_when_a_serial_is_given_then_every_item_with_it(site: Site) -> None:
    site.authorize(EPC)
    site.record(seen(), seen(STRANGER))
    matches, _ = await find(site, "6789")
    assert [(one["words"], one["epc"]) for one in matches] == [("received", EPC)]
    matches, _ = await find(site, "6790")
    assert [(one["words"], one["epc"]) for one in matches] == [("came in, and no RMA expects it", STRANGER)]


@pytest.mark.parametrize("asked", ["RMA-9", "%25", "_789", "' or 1=1 --", "<b>"])
async def test_find_when_nothing_matches_then_a_sentence(site: Site, asked: str) -> None:
    site.authorize(EPC)
    site.record(seen())
    matches, note = await find(site, asked)
    assert matches == []
    assert note is not None
    assert note.startswith("Nothing is known by")


@pytest.mark.parametrize("asked", ["", "%20", "x" * (MAX_CHARACTERS + 1), "RMA%00", "RMA%7F", "a%E2%80%AEb"])
async def test_find_when_nothing_too_much_or_unprintable_is_asked_then_refused(
    site: Site, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "read", None)
    status, text, _ = await site.get(f"/api/find?q={asked}")
    assert (status, json.loads(text)) == (422, {"error": "q: 1 to 200 printable characters are expected"})


async def test_find_when_it_was_pasted_with_its_line_end_then_that_is_nothing(site: Site) -> None:
    site.authorize(EPC)
    assert len((await find(site, "RMA-1%0A"))[0]) == 1
