"""What stands in the doors without moving, and which of it somebody approved as a regular. JSON only."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from gateway.documents.typed import read_epcs, read_name
from gateway.errors import GatewayError, InputError
from gateway.store.database import Database
from gateway.store.regulars import Regular, approve, approved, withdraw
from gateway.web.access import Guard
from gateway.web.desk import document_of, refused
from readers.tag import epc_bits
from rules.epc import Epc, identify, identify_hex
from rules.portal.evidence import NO_RSSI_DBM, Trace

MAX_TAGS = 200
"""As many as are shown of a door."""
FIELDS = frozenset({"read_point", "epcs", "by"})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """Tags of one read point, and who decides about them."""

    read_point: str
    epcs: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class ParkedDesk:
    """Handlers. `standing` gives at most so many tags that stand in each door's field, `changed` hears all
    regulars.
    """

    database: Database
    guard: Guard
    now_us: Callable[[], int]
    standing: Callable[[int], Mapping[str, Sequence[Trace]]]
    has: Callable[[str], bool]
    """Whether there is such a read point."""
    changed: Callable[[Sequence[Regular]], object]

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/api/parked", self._parked)
        app.router.add_post("/api/approve", self._approve)
        app.router.add_post("/api/withdraw", self._withdraw)

    async def _parked(self, _request: web.Request) -> web.Response:
        try:
            regulars = await self.database.read(approved)
        except GatewayError as fault:
            return refused(fault)
        doors = self.standing(MAX_TAGS)
        return web.json_response(
            {
                "now_ms": self.now_us() // 1000,
                "tags": [_standing(door, trace) for door, traces in doors.items() for trace in traces],
                "regulars": [_regular(one) for one in regulars],
            }
        )

    async def _approve(self, request: web.Request) -> web.Response:
        """From now on these are never booked at their read point."""
        return await self._decide(request, is_regular=True)

    async def _withdraw(self, request: web.Request) -> web.Response:
        """From now on these may be items again."""
        return await self._decide(request, is_regular=False)

    async def _decide(self, request: web.Request, *, is_regular: bool) -> web.Response:
        refusal = self.guard.refusal(request)
        if refusal is not None:
            return refusal
        try:
            chosen = parse_choice(await document_of(request), self.has)
            done, regulars = await self._record(chosen, is_regular=is_regular)
        except GatewayError as fault:
            return refused(fault)
        self.changed(regulars)
        for epc in done:
            words = "is a regular now" if is_regular else "may be an item again"
            log.info("%s: %s %s, says %s", chosen.read_point, epc, words, chosen.by)
        return web.json_response({"changed": done})

    async def _record(self, chosen: Choice, *, is_regular: bool) -> tuple[list[str], list[Regular]]:
        point, epcs, by = chosen.read_point, chosen.epcs, chosen.by
        if is_regular:
            return await self.database.write(
                lambda connection: (
                    approve(connection, point, epcs, by=by, now_us=self.now_us()),
                    approved(connection),
                )
            )
        return await self.database.write(
            lambda connection: (withdraw(connection, point, epcs), approved(connection))
        )


def parse_choice(document: Mapping[str, object], has: Callable[[str], bool]) -> Choice:
    """Raises InputError with every fault."""
    faults = [f"{name}: there is no such field" for name in document if name not in FIELDS]
    point, listed = document.get("read_point"), document.get("epcs")
    if not isinstance(point, str) or not has(point):
        faults.append("read_point: there is no such read point")
    by, epcs = "", list[Epc]()
    try:
        by = read_name(document.get("by"))
    except InputError as error:
        faults += error.faults
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_TAGS:
        faults.append(f"epcs: a list of 1 to {MAX_TAGS} EPCs is expected")
    else:
        try:
            epcs = read_epcs(listed)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(tuple(faults))
    return Choice(str(point), tuple(epc.hex for epc in epcs), by)


def _regular(one: Regular) -> Mapping[str, object]:
    return {
        "read_point": one.read_point,
        "epc": one.epc,
        "item": identify_hex(one.epc).label,
        "approved_ms": one.approved_us // 1000,
        "approved_by": one.approved_by,
    }


def _standing(door: str, trace: Trace) -> Mapping[str, object]:
    epc = identify(trace.epc, bits=epc_bits(trace.epc), pc=trace.pc)
    return {
        "read_point": door,
        "epc": epc.hex,
        "item": epc.label,
        "since_ms": trace.first_us // 1000,
        "last_ms": trace.last_us // 1000,
        "reads": trace.reads,
        "peak_rssi_dbm": None if trace.peak_rssi_dbm == NO_RSSI_DBM else trace.peak_rssi_dbm,
    }
