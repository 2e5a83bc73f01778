"""The HTTP server: /metrics, /healthz, /readyz, the live page and its stream of states."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import resources

from aiohttp import web

from gateway.errors import UnavailableError
from gateway.web.board import Board
from gateway.web.health import Health, liveness, readiness
from gateway.web.metrics import Metrics, Sources

STREAM_SECONDS = 1.0
MAX_WATCHERS = 50
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
STATIC = {
    "board.html": "text/html",
    "board.css": "text/css",
    "board.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


class WebServer:
    """Serves until closed. `listen` is `host:port`, port 0 takes a free one; `address` tells which."""

    def __init__(self, listen: str, board: Board, sources: Sources) -> None:
        self._listen = listen
        self._board = board
        self._sources = sources
        self._metrics = Metrics(sources)
        self._watchers = 0
        self._runner: web.AppRunner | None = None
        self.address = listen

    async def start(self) -> None:
        """Raises UnavailableError when the address cannot be had."""
        app = web.Application(middlewares=[_secure])
        app.router.add_get("/", self._page("board.html"))
        for name in STATIC:
            app.router.add_get(f"/{name}", self._page(name))
        app.router.add_get("/metrics", self._serve_metrics)
        app.router.add_get("/healthz", self._serve_liveness)
        app.router.add_get("/readyz", self._serve_readiness)
        app.router.add_get("/state", self._serve_state)
        app.router.add_get("/stream", self._serve_stream)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        host, _, port = self._listen.rpartition(":")
        try:
            await web.TCPSite(self._runner, host.strip("[]"), int(port)).start()
        except OSError as error:
            await self.close()
            raise UnavailableError(
                f"cannot listen on {self._listen}: {error.strerror or error}; "
                "stop what uses it or change [web] listen"
            ) from error
        bound_host, bound_port = self._runner.addresses[0][:2]
        self.address = f"[{bound_host}]:{bound_port}" if ":" in bound_host else f"{bound_host}:{bound_port}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _page(self, name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        body = (resources.files("gateway.web") / "static" / name).read_bytes()

        async def serve(_request: web.Request) -> web.Response:
            return web.Response(body=body, content_type=STATIC[name], charset="utf-8")

        return serve

    async def _serve_metrics(self, _request: web.Request) -> web.Response:
        return web.Response(
            body=self._metrics.text(),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )

    async def _serve_liveness(self, _request: web.Request) -> web.Response:
        return _health(liveness(self._sources.stats))

    async def _serve_readiness(self, _request: web.Request) -> web.Response:
        return _health(readiness(self._sources.stats, self._sources.readers()))

    async def _serve_state(self, _request: web.Request) -> web.Response:
        return web.json_response(self._board.state())

    async def _serve_stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the whole state once a second while somebody looks."""
        if self._watchers >= MAX_WATCHERS:
            raise web.HTTPServiceUnavailable(text="too many pages are open; close one")
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        self._watchers += 1
        try:
            await response.prepare(request)
            with suppress(ConnectionResetError):
                while True:
                    await response.write(f"data: {json.dumps(self._board.state())}\n\n".encode())
                    await asyncio.sleep(STREAM_SECONDS)
        finally:
            self._watchers -= 1
        return response


@web.middleware
async def _secure(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as error:
        error.headers.update(HEADERS)
        raise
    if not response.prepared:
        response.headers.update(HEADERS)
    return response


def _health(health: Health) -> web.Response:
    status = 200 if health.is_well else 503
    return web.json_response({"ok": health.is_well, "parts": health.parts}, status=status)
