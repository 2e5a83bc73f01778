"""The HTTP server: metrics, health, the pages with their stream of states, and what people decide there."""

import asyncio
import errno
import logging
import os
from collections.abc import Iterable
from typing import Protocol, cast

from aiohttp import web
from aiohttp.http import HttpProcessingError

from gateway.errors import UnavailableError
from gateway.web.board import Board
from gateway.web.desk import MAX_BODY_BYTES
from gateway.web.health import Health, liveness, readiness
from gateway.web.metrics import Metrics, Sources
from gateway.web.pages import add_pages, secure
from gateway.web.stream import Stream

MAX_CONNECTIONS = 1000
SHUTDOWN_SECONDS = 1.0
"""Answers under way have so long to come to their end."""
ADVICE = {
    errno.EADDRINUSE: "stop what uses it, perhaps another gateway, or change [web] listen",
    errno.EADDRNOTAVAIL: "this machine has no such address: change [web] listen",
    errno.EACCES: "ports below 1024 are for root: change [web] listen",
}
"""What to do where an address cannot be had."""

logging.getLogger("aiohttp.server").addFilter(
    lambda record: not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
)
"""What is no HTTP is answered with 400, and is no fault of ours to tell."""


class _Refusal(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).abort()


class Handlers(Protocol):
    """What adds addresses of its own."""

    def add_to(self, app: web.Application) -> None: ...


class WebServer:
    """Serves until closed. `listen` is `host:port`, port 0 takes a free one; `address` tells which."""

    def __init__(self, listen: str, sources: Sources, board: Board, desks: Iterable[Handlers]) -> None:
        self._listen = listen
        self._sources = sources
        self._board = board
        self._desks = tuple(desks)
        self._metrics = Metrics(sources)
        self._stream = Stream(board)
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None
        self.address = listen

    async def start(self) -> None:
        """Raises UnavailableError when the address cannot be had."""
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        host, _, port = self._listen.rpartition(":")
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._connection, host.strip("[]"), int(port))
        except OSError as error:
            await self.close()
            raise UnavailableError(f"cannot listen on {self._listen}: {_why_not(error)}") from error
        bound_host, bound_port = self._server.sockets[0].getsockname()[:2]
        self.address = f"[{bound_host}]:{bound_port}" if ":" in bound_host else f"{bound_host}:{bound_port}"

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._runner is not None:
            self._stream.close()
            await self._runner.cleanup()
            self._runner = None

    def _connection(self) -> asyncio.Protocol:
        """For one more visitor: none may take the file descriptors that readers and database need."""
        server = self._runner.server if self._runner is not None else None
        if server is None or len(server.connections) >= MAX_CONNECTIONS:
            return _Refusal()
        return server()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.on_response_prepare.append(secure)
        add_pages(app)
        app.router.add_get("/metrics", self._serve_metrics)
        app.router.add_get("/healthz", self._serve_liveness)
        app.router.add_get("/readyz", self._serve_readiness)
        app.router.add_get("/state", self._serve_state)
        app.router.add_get("/stream", self._stream.serve)
        for desk in self._desks:
            desk.add_to(app)
        return app

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


def _why_not(error: OSError) -> str:
    """What asyncio says of it repeats the address, and asks for nothing."""
    number = error.errno or 0
    words = os.strerror(number) if number > 0 else error.strerror or str(error)
    return f"{words}; {ADVICE.get(number, 'change [web] listen')}"


def _health(health: Health) -> web.Response:
    status = 200 if health.is_well else 503
    return web.json_response({"ok": health.is_well, "parts": health.parts}, status=status)
