"""Who may change something over HTTP: whoever shows the token, and nobody who guesses."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic

from aiohttp import web

FAILURES = 5
"""Wrong tokens from one address in a window; then it must wait, even with the right one."""
WINDOW_SECONDS = 60.0
MAX_ADDRESSES = 1000
SCHEME = "Bearer "


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of 4xx and why, in words for who asked."""

    status: int
    error: str
    retry_seconds: int | None = None

    def answer(self) -> web.Response:
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        if self.retry_seconds is not None:
            headers["Retry-After"] = str(self.retry_seconds)
        return web.json_response({"error": self.error}, status=self.status, headers=headers)


class Guard:
    """Compares in constant time. The token travels in a header only: no other site's page can send it."""

    def __init__(self, token: str | None, clock: Callable[[], float] = monotonic) -> None:
        """Without a token nothing may be changed. `clock` counts seconds."""
        self._digest = None if token is None else _digest(token)
        self._clock = clock
        self._failures: dict[str, list[float]] = {}

    @property
    def is_open(self) -> bool:
        """There is a token that lets one write."""
        return self._digest is not None

    def refusal(self, request: web.Request) -> web.Response | None:
        """The answer to who may not change anything; None lets in."""
        found = self.check(request.remote or "", request.headers.get("Authorization"))
        return None if found is None else found.answer()

    def check(self, address: str, authorization: str | None) -> Refusal | None:
        """None lets in. `address` is the peer's, `authorization` the header's value."""
        if self._digest is None:
            return Refusal(403, "writing is switched off: name a file in [web] token_file and restart")
        if authorization is None or not authorization.startswith(SCHEME):
            return Refusal(401, "the token is needed")
        wait_seconds = self._wait_seconds(address)
        if wait_seconds > 0:
            return Refusal(429, f"too many wrong tokens; wait {wait_seconds} s", wait_seconds)
        if hmac.compare_digest(self._digest, _digest(authorization.removeprefix(SCHEME).strip())):
            self._failures.pop(address, None)
            return None
        self._fail(address)
        return Refusal(401, "the token is wrong")

    def _wait_seconds(self, address: str) -> int:
        since = self._clock() - WINDOW_SECONDS
        recent = [at for at in self._failures.get(address, ()) if at > since]
        return 0 if len(recent) < FAILURES else int(recent[0] - since) + 1

    def _fail(self, address: str) -> None:
        failures = [*self._failures.pop(address, ()), self._clock()]
        while len(self._failures) >= MAX_ADDRESSES:
            del self._failures[next(iter(self._failures))]
        self._failures[address] = failures[-FAILURES:]


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()
