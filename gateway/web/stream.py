"""Server-sent events: a page's whole state when there is news, and at least once a second."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from gateway.web.board import Board, Json

STREAM_SECONDS = 1.0
PAUSE_SECONDS = 0.1
"""However much happens, a page is told no more often."""
STUCK_SECONDS = 10.0
"""A watcher that takes nothing for this long is gone."""
MAX_WATCHERS = 100


class Stream:
    """Serves all watchers; `close` lets them end."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._watchers = 0
        self._is_closing = False

    def close(self) -> None:
        self._is_closing = True
        self._board.ring()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """`?read_point=` for the screen of one, else the board."""
        state = self._state(request.query.get("read_point"))
        if self._watchers >= MAX_WATCHERS:
            raise web.HTTPServiceUnavailable(text="too many pages are open; close one")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        self._watchers += 1
        try:
            await response.prepare(request)
            with suppress(ConnectionResetError):
                while not self._is_closing:
                    await self._tell(response, state)
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._watchers -= 1
        return response

    def _state(self, read_point: str | None) -> Callable[[], Json]:
        if read_point is None:
            return self._board.state
        if not self._board.has(read_point):
            raise web.HTTPNotFound(text="there is no such read point")
        return lambda: self._board.point(read_point)

    async def _tell(self, response: web.StreamResponse, state: Callable[[], Json]) -> None:
        """The state as it is, then wait until there is more to tell."""
        news = self._board.news
        async with asyncio.timeout(STUCK_SECONDS):
            await response.write(f"data: {json.dumps(state())}\n\n".encode())
        await asyncio.sleep(PAUSE_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(STREAM_SECONDS):
                await news.wait()
