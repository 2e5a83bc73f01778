"""Finding an item by what somebody has at hand: its EPC, its RMA, its serial number. JSON only."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from aiohttp import web

from gateway.documents.typed import read_epc
from gateway.errors import GatewayError, InputError
from gateway.store.database import Database
from gateway.store.finding import Found, find
from gateway.web.desk import refused
from rules.epc import identify_hex

MAX_CHARACTERS = 200
MIN_EPC_DIGITS = 16
"""64 bits: fewer digits are rather a number of something else, where that is known."""


@dataclass(frozen=True, slots=True)
class SearchDesk:
    """`now_us` gives microseconds since 1970 UTC."""

    database: Database
    now_us: Callable[[], int]

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/api/find", self._find)

    async def _find(self, request: web.Request) -> web.Response:
        """`?q=`: every match, the likeliest first; none with a sentence that says so."""
        asked = " ".join(request.query.get("q", "").split())
        try:
            if not 0 < len(asked) <= MAX_CHARACTERS or not asked.isprintable():
                raise InputError((f"q: 1 to {MAX_CHARACTERS} printable characters are expected",))
            found = await self._matches(asked)
        except GatewayError as fault:
            return refused(fault)
        return web.json_response({"matches": [_match(one) for one in found], "note": _note(found, asked)})

    async def _matches(self, asked: str) -> list[Found]:
        epc = _epc(asked)
        if epc is not None and len(epc) >= MIN_EPC_DIGITS:
            return [Found("EPC", epc=epc)]
        known = await self.database.read(lambda connection: find(connection, asked, self.now_us()))
        return known or ([] if epc is None else [Found("EPC", epc=epc)])


def _epc(asked: str) -> str | None:
    try:
        return read_epc(asked).hex
    except InputError:
        return None


def _match(found: Found) -> Mapping[str, object]:
    return asdict(found) | {"item": None if found.epc is None else identify_hex(found.epc).label}


def _note(found: list[Found], asked: str) -> str | None:
    if found:
        return None
    return f'Nothing is known by "{asked}": it is no EPC, and no RMA or serial number this gateway knows'
