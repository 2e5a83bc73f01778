"""The HTTP server: metrics, health, the pages with their stream of states, and what people decide there."""

from collections.abc import Iterable
from typing import Protocol

from aiohttp import web

from gateway.errors import UnavailableError
from gateway.web.board import Board
from gateway.web.desk import MAX_BODY_BYTES
from gateway.web.health import Health, liveness, readiness
from gateway.web.metrics import Metrics, Sources
from gateway.web.pages import add_pages, secure
from gateway.web.stream import Stream


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
        self.address = listen

    async def start(self) -> None:
        """Raises UnavailableError when the address cannot be had."""
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
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
            self._stream.close()
            await self._runner.cleanup()
            self._runner = None

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


def _health(health: Health) -> web.Response:
    status = 200 if health.is_well else 503
    return web.json_response({"ok": health.is_well, "parts": health.parts}, status=status)
