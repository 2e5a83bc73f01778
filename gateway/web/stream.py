"""Server-sent events: a page's whole state when there is news, and at least once a second."""

import asyncio
import json
from contextlib import suppress

from aiohttp import web

from gateway.web.board import Board

STREAM_SECONDS = 1.0
PAUSE_SECONDS = 0.1
"""However much happens, a page is told no more often."""
STUCK_SECONDS = 10.0
"""A watcher that takes nothing for this long is gone."""
MAX_WATCHERS = 250


class Stream:
    """Serves all watchers; `close` lets them end."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._watchers = 0
        self._told: dict[str | None, tuple[asyncio.Event, float, bytes]] = {}
        """By read point: what was told last, when, and before which news."""
        self._is_closing = False

    def close(self) -> None:
        self._is_closing = True
        self._board.ring()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """`?read_point=` for the screen of one, else the board."""
        read_point = request.query.get("read_point")
        if not self._knows(read_point):
            raise web.HTTPNotFound(text="there is no such read point")
        if self._watchers >= MAX_WATCHERS:
            raise web.HTTPServiceUnavailable(text="too many pages are open; close one")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        self._watchers += 1
        try:
            await response.prepare(request)
            with suppress(ConnectionResetError):
                while not self._is_closing and self._knows(read_point):
                    await self._tell(response, read_point)
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._watchers -= 1
        return response

    def _knows(self, read_point: str | None) -> bool:
        return read_point is None or self._board.has(read_point)

    def _state(self, read_point: str | None) -> bytes:
        """Made once for all who watch the same."""
        news, now = self._board.news, asyncio.get_running_loop().time()
        told = self._told.get(read_point)
        if told is not None and told[0] is news and now - told[1] < PAUSE_SECONDS:
            return told[2]
        state = self._board.state() if read_point is None else self._board.point(read_point)
        message = f"data: {json.dumps(state)}\n\n".encode()
        self._told[read_point] = (news, now, message)
        return message

    async def _tell(self, response: web.StreamResponse, read_point: str | None) -> None:
        """The state as it is, then wait until there is more to tell."""
        news = self._board.news
        async with asyncio.timeout(STUCK_SECONDS):
            await response.write(self._state(read_point))
        await asyncio.sleep(PAUSE_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(STREAM_SECONDS):
                await news.wait()
