"""The static files of the pages, and the headers every answer carries."""

from collections.abc import Awaitable, Callable
from importlib import resources

from aiohttp import web

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
PAGES = {
    "/": "board.html",
    "/door/{read_point}": "door.html",
    "/inspect": "inspect.html",
    "/item": "item.html",
    "/parked": "parked.html",
}
TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}

Handler = Callable[[web.Request], Awaitable[web.Response]]


def add_pages(app: web.Application) -> None:
    """Read once at the start: nothing a request says ever becomes a path."""
    folder = resources.files("gateway.web") / "static"
    for file in folder.iterdir():
        kind = file.name.rpartition(".")[2]
        if kind in TYPES and kind != "html":
            app.router.add_get(f"/static/{file.name}", _served(file.read_bytes(), TYPES[kind]))
    for path, name in PAGES.items():
        app.router.add_get(path, _served((folder / name).read_bytes(), TYPES["html"]))


async def secure(_request: web.Request, response: web.StreamResponse) -> None:
    """For `on_response_prepare`: pages, answers, streams and errors alike."""
    response.headers.update(HEADERS)


def _served(body: bytes, content_type: str) -> Handler:
    async def serve(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type=content_type, charset="utf-8")

    return serve
