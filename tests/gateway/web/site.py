"""A served site without readers: a server on a free port over a real database, and what it reads from."""

from collections.abc import Sequence
from pathlib import Path

import aiohttp

from gateway.settings import AntennaRoute, Settings
from gateway.stats import Stats
from gateway.store import rmas
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.regulars import Regular
from gateway.web.access import Guard
from gateway.web.board import Board
from gateway.web.desk import Desk
from gateway.web.metrics import Sources
from gateway.web.parked import ParkedDesk
from gateway.web.search import SearchDesk
from gateway.web.server import WebServer
from readers.status import ReaderState, ReaderStatus
from rules.epc import identify_hex
from rules.events import Event
from rules.observation import Evidence, Observation, ReadPoint
from rules.policy import DEFAULT_POLICY
from rules.portal.evidence import Trace
from rules.rma import Rma, RmaLine
from rules.vocabulary import BizStep, Direction, ReadPointKind

NOW = 1_700_000_000_000_000
TOKEN = "correct horse battery staple"
EPC = "3074257BF7194E4000001A85"
STRANGER = "3074257BF7194E4000001A86"
DOCK = ReadPoint("dock", ReadPointKind.PORTAL, BizStep.RECEIVING)
BENCH = ReadPoint("bench", ReadPointKind.PRESENCE, BizStep.INSPECTING)
SETTINGS = Settings(
    "dc1",
    "gw-1",
    read_points=(DOCK, BENCH),
    routes=(
        AntennaRoute("r1", 1, "dock", "outside"),
        AntennaRoute("r1", 2, "dock", "inside"),
        AntennaRoute("r2", 1, "bench"),
    ),
)
CONNECTED = ReaderStatus(
    "r1",
    "10.0.0.11:5084",
    ReaderState.CONNECTED,
    NOW,
    last_report_us=NOW,
    clock_offset_seconds=-1.5,
    model="R420",
)
FAILED = ReaderStatus(
    "r2",
    "10.0.0.12:5084",
    ReaderState.FAILED,
    NOW,
    reason="connection refused",
    next_try_us=NOW + 5_000_000,
)


def seen(
    epc: str = EPC, point: ReadPoint = DOCK, direction: Direction = Direction.IN, time_us: int = NOW
) -> Observation:
    evidence = Evidence(20, (1, 2), time_us - 2_000_000, time_us, -50, direction)
    return Observation(identify_hex(epc), point, evidence, 0.99)


class Site:
    """Everything a page can be shown, under the test's hand."""

    def __init__(self, folder: Path, token: str | None = TOKEN) -> None:
        self.stats = Stats()
        self.readers = [CONNECTED, FAILED]
        self.told: list[Event] = []
        self.parked: dict[str, list[Trace]] = {"dock": []}
        self.sources = Sources(
            self.stats,
            lambda: self.readers,
            lambda: {"r1": 5},
            lambda: {"dock": 3},
            lambda: {"dock": 1},
            lambda: NOW,
            "1.2.3",
        )
        self.board = Board(SETTINGS, self.sources)
        self.database = Database(f"sqlite:///{folder / 'returns.db'}")
        self.ledger = Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY)
        self.guard = Guard(token)
        self.desk = Desk(
            self.database,
            self.ledger,
            self.guard,
            now_us=lambda: NOW,
            told=self.told.extend,
        )
        self.regulars: list[Regular] = []
        desks = (
            self.desk,
            SearchDesk(self.database, lambda: NOW),
            ParkedDesk(
                self.database,
                self.guard,
                now_us=lambda: NOW,
                standing=lambda most: {door: tags[:most] for door, tags in self.parked.items()},
                has=self.board.has,
                changed=self.adopt,
            ),
        )
        self.server = WebServer("127.0.0.1:0", self.sources, self.board, desks)

    def adopt(self, regulars: Sequence[Regular]) -> None:
        self.regulars = list(regulars)

    async def start(self) -> None:
        self.database.open()
        await self.server.start()

    async def close(self) -> None:
        await self.server.close()
        self.database.close()

    def url(self, path: str) -> str:
        return f"http://{self.server.address}{path}"

    def authorize(self, *epcs: str, rma: str = "RMA-1", customer: str = "C-9") -> None:
        line = RmaLine(rma, 1, len(epcs), epcs=frozenset(epcs), reason="UNWANTED")
        with self.database.writing() as connection:
            rmas.upsert(connection, [Rma(rma, (line,), NOW - 1, order="SO-7", customer=customer)], NOW)

    def record(self, *observations: Observation) -> Sequence[Event]:
        """As the pipeline does."""
        with self.database.writing() as connection:
            events = self.ledger.record(connection, observations, NOW)
        self.board.saw(observations, events)
        self.board.add(events)
        return events

    async def get(self, path: str) -> tuple[int, str, aiohttp.typedefs.LooseHeaders]:
        async with aiohttp.ClientSession() as session, session.get(self.url(path)) as answer:
            return answer.status, await answer.text(), dict(answer.headers)

    async def post(
        self, path: str, document: object = None, token: str | None = TOKEN
    ) -> tuple[int, dict[str, object], aiohttp.typedefs.LooseHeaders]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url(path), json=document, headers=headers) as answer,
        ):
            return answer.status, await answer.json(), dict(answer.headers)
