"""What people ask and decide on the pages: an item's story and its grade. JSON only."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from gateway.documents.typed import read_epc
from gateway.errors import GatewayError, InputError, UnavailableError
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.web.access import Guard
from gateway.web.lookup import look_up
from rules.epc import Epc
from rules.events import Event
from rules.vocabulary import Grade

MAX_BODY_BYTES = 16_384
INSPECTION = frozenset({"epc", "grade", "sealed", "complete"})


@dataclass(frozen=True, slots=True)
class Inspection:
    """A grade somebody gave an item; None means not looked at."""

    epc: Epc
    grade: Grade
    sealed: bool | None
    complete: bool | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Handlers. `told` is called with the events a write has committed."""

    database: Database
    ledger: Ledger
    guard: Guard
    now_us: Callable[[], int]
    told: Callable[[Sequence[Event]], object]

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/api/login", self._login)
        app.router.add_post("/api/inspect", self._inspect)
        app.router.add_get("/api/item", self._item)

    async def _login(self, request: web.Request) -> web.Response:
        """Whether the token in the header is right."""
        refusal = self.guard.refusal(request)
        return web.json_response({"ok": True}) if refusal is None else refusal

    async def _inspect(self, request: web.Request) -> web.Response:
        """Record a grade; answers what the rules made of it."""
        refusal = self.guard.refusal(request)
        if refusal is not None:
            return refusal
        try:
            inspection = parse_inspection(await document_of(request))
            events = await self._record(inspection)
        except GatewayError as fault:
            return refused(fault)
        self.told(events)
        return web.json_response(_outcome(inspection, events))

    async def _item(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(
                await look_up(self.database, read_epc(request.query.get("epc")), self.now_us())
            )
        except GatewayError as fault:
            return refused(fault)

    async def _record(self, inspection: Inspection) -> list[Event]:
        return await self.database.write(
            lambda connection: self.ledger.inspect(
                connection,
                inspection.epc,
                inspection.grade,
                self.now_us(),
                sealed=inspection.sealed,
                complete=inspection.complete,
            )
        )


def parse_inspection(document: Mapping[str, object]) -> Inspection:
    """Raises InputError with every fault."""
    faults = [f"{name}: there is no such field" for name in document if name not in INSPECTION]
    epc, grade = document.get("epc"), document.get("grade")
    found: Epc | None = None
    try:
        found = read_epc(epc)
    except InputError as error:
        faults += error.faults
    if not isinstance(grade, str) or grade not in set(Grade):
        faults.append(f"grade: one of {', '.join(Grade)} is expected")
    flags = {name: document.get(name) for name in ("sealed", "complete")}
    faults += [
        f"{name}: true, false or null is expected" for name, value in flags.items() if not _is_flag(value)
    ]
    if faults or found is None:
        raise InputError(tuple(faults))
    sealed, complete = (None if value is None else value is True for value in flags.values())
    return Inspection(found, Grade(str(grade)), sealed, complete)


async def document_of(request: web.Request) -> Mapping[str, object]:
    """Raises InputError when the body is no JSON object."""
    if request.content_type != "application/json":
        raise InputError(("Content-Type: application/json is expected",))
    try:
        document = json.loads(await request.read())
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(("the body is not JSON",)) from error
    if not isinstance(document, dict):
        raise InputError(("the body is not a JSON object",))
    return document


def _is_flag(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _outcome(inspection: Inspection, events: Sequence[Event]) -> Mapping[str, object]:
    decided = events[0] if events else None
    return {
        "epc": inspection.epc.hex,
        "grade": inspection.grade.value,
        "changed": decided is not None,
        "id": decided.id if decided else None,
        "rma": decided.rma if decided else None,
        "disposition": decided.disposition if decided else None,
        "route": decided.route if decided else None,
        "refund": decided.refund if decided else None,
        "rule": decided.rule if decided else None,
        "events": [event.kind.value for event in events],
    }


def refused(fault: GatewayError) -> web.Response:
    """The answer to what failed."""
    status = 422 if isinstance(fault, InputError) else 503 if isinstance(fault, UnavailableError) else 500
    return web.json_response({"error": str(fault)}, status=status)
