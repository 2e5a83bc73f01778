"""A real gateway to look at: emulated readers on a receiving desk and an inspection bench, a broker, a served page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from gateway.daemon import Daemon, now_us
from gateway.settings import AntennaRoute, DatabaseSettings, MqttSettings, Settings, WebSettings
from gateway.store import rmas
from gateway.store.database import Database
from readers.emulator.device import Device
from readers.emulator.epcs import sgtin_96
from readers.emulator.field import StaticField
from readers.emulator.profiles import PROFILES
from readers.emulator.server import serve
from readers.settings import ReaderSettings
from rules.epc import identify
from rules.observation import ReadPoint
from rules.policy import DEFAULT_POLICY
from rules.rma import Rma, RmaLine
from rules.vocabulary import BizStep, ReadPointKind
from tests.ports import free_port

TOKEN = "correct horse battery staple"
POINTS = (
    ReadPoint("desk", ReadPointKind.PRESENCE, BizStep.RECEIVING, quiet_seconds=2.0),
    ReadPoint("bench", ReadPointKind.PRESENCE, BizStep.INSPECTING, quiet_seconds=2.0),
)
STOP_SECONDS = 60.0


class Place:
    """A reader's antenna on which tags are laid; it can be unplugged."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.device = Device(PROFILES["generic"], StaticField(reads_per_second=40.0))
        self.port = free_port()
        self._stack = AsyncExitStack()

    async def plug_in(self) -> None:
        await self._stack.enter_async_context(serve([self.device], port=self.port))

    async def unplug(self) -> None:
        await self._stack.aclose()

    def put(self, epc: bytes) -> None:
        self.device.put(epc, (1,))


class Stage:
    """The site of a test. `page` is where its page is served, also after a restart."""

    def __init__(self, folder: Path, *, with_token: bool = True) -> None:
        self.folder = folder
        self.places = {point.id: Place(point.id) for point in POINTS}
        token_file = folder / "web-token"
        token_file.write_text(f"{TOKEN}\n", encoding="utf-8")
        self._token_file = str(token_file) if with_token else None
        self._web_port = free_port()
        self._daemon: Daemon | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self._web_port}/"

    def settings(self) -> Settings:
        return Settings(
            "dc1",
            "gw-1",
            database=DatabaseSettings(f"sqlite:///{self.folder / 'returns.db'}"),
            mqtt=MqttSettings(port=1),
            web=WebSettings(f"127.0.0.1:{self._web_port}", token_file=self._token_file),
            readers=tuple(
                ReaderSettings(
                    f"{place.name}-reader", "127.0.0.1", place.port, antennas=(1,), backoff_max_seconds=0.5
                )
                for place in self.places.values()
            ),
            routes=tuple(AntennaRoute(f"{name}-reader", 1, name) for name in self.places),
            read_points=POINTS,
        )

    async def start(self) -> None:
        self._daemon = Daemon(self.settings(), DEFAULT_POLICY)
        is_ready = asyncio.Event()
        self._task = asyncio.create_task(self._daemon.run(is_ready.set))
        async with asyncio.timeout(STOP_SECONDS):
            await is_ready.wait()

    async def stop(self) -> None:
        if self._daemon is not None and self._task is not None:
            self._daemon.stop()
            async with asyncio.timeout(STOP_SECONDS):
                await self._task
            self._daemon = None

    def authorize(
        self, rma: str, *epcs: bytes, customer: str = "C-9", reason: str = "SIZE_TOO_SMALL"
    ) -> None:
        names = frozenset(epc.hex().upper() for epc in epcs)
        line = RmaLine(rma, 1, len(epcs), gtin=identify(epcs[0]).gtin, epcs=names, reason=reason)
        database = Database(self.settings().database.url)
        try:
            database.open()
            with database.writing() as connection:
                rmas.upsert(
                    connection, [Rma(rma, (line,), now_us(), order="SO-7", customer=customer)], now_us()
                )
        finally:
            database.close()


@asynccontextmanager
async def staged(folder: Path, *, with_token: bool = True) -> AsyncIterator[Stage]:
    """Readers and gateway run until the block ends."""
    stage = Stage(folder, with_token=with_token)
    try:
        for place in stage.places.values():
            await place.plug_in()
        await stage.start()
        yield stage
    finally:
        await stage.stop()
        for place in stage.places.values():
            await place.unplug()


def item(number: int) -> bytes:
    return sgtin_96(12345, number)
