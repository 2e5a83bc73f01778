"""Server-sent events: at once when there is news, for one read point or the whole board, bounded in number."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest

from gateway.web import server, stream
from gateway.web.board import LATEST, Board
from rules.events import Event
from rules.vocabulary import EventKind
from tests.gateway.web.site import BENCH, EPC, NOW, SETTINGS, Site, seen

Lines = aiohttp.StreamReader


@asynccontextmanager
async def watching(site: Site, query: str = "") -> AsyncIterator[Lines]:
    async with aiohttp.ClientSession() as session, session.get(site.url(f"/stream{query}")) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        yield answer.content


async def state(lines: Lines) -> dict[str, object]:
    async with asyncio.timeout(30):
        line = await lines.readline()
        assert await lines.readline() == b"\n"
    document = json.loads(line.removeprefix(b"data: "))
    assert isinstance(document, dict)
    return document


async def test_stream_when_an_item_is_received_then_the_page_hears_of_it_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STREAM_SECONDS", 60.0)
    site.authorize(EPC)
    async with watching(site) as lines:
        assert (await state(lines))["events"] == []
        started = time.monotonic()
        site.record(seen())
        events = (await state(lines))["events"]
    assert time.monotonic() - started < 30
    assert isinstance(events, list)
    assert {event["kind"] for event in events} == {"receipt", "status"}


async def test_stream_when_news_come_during_its_pause_then_they_are_not_missed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STREAM_SECONDS", 60.0)
    monkeypatch.setattr(stream, "PAUSE_SECONDS", 0.3)
    async with watching(site, "?read_point=dock") as lines:
        await state(lines)
        site.board.saw([seen()], [])
        items = (await state(lines))["items"]
    assert isinstance(items, list)
    assert [one["epc"] for one in items] == [EPC]


async def test_stream_when_nothing_happens_then_it_still_beats(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STREAM_SECONDS", 0.01)
    async with watching(site) as lines:
        for _ in range(3):
            assert (await state(lines))["site"] == "dc1"


async def test_stream_when_the_read_point_is_unknown_then_there_is_none(site: Site) -> None:
    status, words, _ = await site.get("/stream?read_point=nowhere")
    assert (status, words) == (404, "there is no such read point")


async def test_stream_when_too_many_watch_then_the_next_is_told_to_wait_and_a_leaver_makes_room(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MAX_WATCHERS", 1)
    monkeypatch.setattr(stream, "STREAM_SECONDS", 0.01)
    async with watching(site) as lines:
        await state(lines)
        assert (await site.get("/stream"))[0] == 503
    async with asyncio.timeout(30):
        while site.server._stream._watchers:
            await asyncio.sleep(0.01)
    async with watching(site) as lines:
        await state(lines)


async def test_stream_when_a_watcher_takes_nothing_any_more_then_it_is_hung_up_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STREAM_SECONDS", 0.0)
    monkeypatch.setattr(stream, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(stream, "STUCK_SECONDS", 0.2)
    site.board.add([Event(EventKind.RECEIPT, str(n), NOW, "s" * 2000) for n in range(LATEST)])
    host, _, port = site.server.address.partition(":")
    with socket.create_connection((host, int(port)), 10.0) as watcher:
        watcher.sendall(b"GET /stream HTTP/1.1\r\nHost: test\r\n\r\n")
        async with asyncio.timeout(20):
            while not site.server._stream._watchers:
                await asyncio.sleep(0.01)
            while site.server._stream._watchers:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0)
        assert not take_all(watcher).endswith(b"0\r\n\r\n"), "cut off, not ended in order"


def take_all(watcher: socket.socket) -> bytes:
    """What came before the end."""
    tail = b""
    while part := watcher.recv(1_000_000):
        tail = (tail + part)[-100:]
    return tail


@pytest.fixture
def patient_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that would wait for answers under way."""
    monkeypatch.setattr(server, "SHUTDOWN_SECONDS", 60.0)


@pytest.mark.usefixtures("patient_server")
async def test_close_when_pages_are_open_then_their_streams_end_and_nobody_waits(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STREAM_SECONDS", 60.0)
    async with watching(site) as lines:
        await state(lines)
        async with asyncio.timeout(30):
            await site.server.close()
        assert await lines.read() == b""


async def test_stream_when_its_read_point_is_taken_away_then_it_ends(site: Site) -> None:
    async with watching(site, "?read_point=dock") as lines:
        await state(lines)
        site.board.adopt(replace(SETTINGS, read_points=(BENCH,)))
        async with asyncio.timeout(30):
            while await lines.readline():
                pass
    assert (await site.get("/stream?read_point=dock"))[0] == 404


async def test_stream_when_many_watch_the_same_then_it_is_made_once_for_all(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    original = Board.state
    monkeypatch.setattr(Board, "state", lambda board: made.append(1) or original(board))
    monkeypatch.setattr(stream, "PAUSE_SECONDS", 60.0)
    async with AsyncExitStack() as stack:
        watchers = [await stack.enter_async_context(watching(site)) for _ in range(10)]
        states = [await state(lines) for lines in watchers]
    assert len(states) == 10
    assert len(made) == 1
