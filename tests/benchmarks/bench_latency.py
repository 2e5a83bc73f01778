"""From a report's bytes to the subscriber who hears of the receipt, beside a bare fdatasync and publish.

    python -m tests.benchmarks.bench_latency [--rounds 3] [--quick] [--check]

Readers of our own among the fleet report an expected item now and then; between two of them a message that is
only written to disk and published takes the same way. Idle, at 50,000 reads/s, and with a fleet that sends as
fast as it is taken. The readers have paused before, as at a door where something arrives; or one of them reports
a thing that lies there 20 times a second all the while, and what it reports waits for the next round of reading.
"""

import asyncio
import json
import os
import struct
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import median

import aiomqtt

from gateway.store import rmas
from gateway.store.database import Database
from readers.llrp.constants import MessageType
from readers.llrp.framing import encode_message
from tests.benchmarks.feeder import STAMP, Source, record
from tests.benchmarks.results import Figure, Part, main, percentile, told
from tests.benchmarks.stage import Load, broker_in, daemon, feeding, lag_counts, scrape
from tests.gateway.store.samples import START_US, epc_rma, sgtin
from tests.integration.broker import Broker

PAUSE_SECONDS = 0.05
"""So seldom that each message finds the way free, also on a busy machine."""
PATIENCE_SECONDS = 120.0
LYING = sgtin(999_999_999)
"""What a busy reader reports all the while."""
TAGS = 500
"""In the fleet's fields: each is told when it is seen first, before anything is measured."""
FLEET = Load(size=50, tags=TAGS)
PAYLOAD = bytes(1000)
PROBES = 16
"""Readers that report an item in turn: each has been silent for more than a second then."""
BUSY_SECONDS = 0.05
"""Between two reports of a reader that keeps sending."""


@dataclass(frozen=True, slots=True)
class Scene:
    title: str
    load: Load | None = None
    is_busy: bool = False
    """Items come at a reader that keeps sending."""
    most: float | None = None
    """p99, against that of the bare way."""


SCENES = (
    Scene("idle"),
    Scene("50,000 reads/s", FLEET, most=5.0),
    Scene("50,000 reads/s, at a busy reader", FLEET, is_busy=True),
    Scene("saturated", Load(size=50, rate=None, tags=TAGS)),
)


@dataclass(slots=True)
class Heard:
    """Seconds each message took, by EPC or name."""

    sent: dict[str, float] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    """How often it was heard."""

    def arrived(self, name: str) -> None:
        self.times[name] = self.times.get(name, 0) + 1
        if name in self.sent:
            self.took.setdefault(name, time.perf_counter() - self.sent[name])

    async def all_of(self, names: Sequence[str]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not all(name in self.took for name in names):
                await asyncio.sleep(0.02)


class Probe:
    """A reader that reports one new item at a time, each read twice."""

    def __init__(self) -> None:
        self.source = Source(0, tags=1, size=1)

    def report(self, epc: str) -> bool:
        client = self.source.port._client
        if client is None:
            return False
        stamp = struct.pack(">Q", time.time_ns() // 1000)
        body = record(bytes.fromhex(epc), 0).replace(STAMP, stamp) * 2
        client.send(encode_message(MessageType.RO_ACCESS_REPORT, 7, body))
        return True

    async def keep_sending(self) -> None:
        """What lies there, for ever."""
        while True:
            self.report(LYING)
            await asyncio.sleep(BUSY_SECONDS)


@asynccontextmanager
async def probe_readers(count: int) -> AsyncIterator[tuple[list[Probe], list[str]]]:
    """They, and their ports."""
    probes = [Probe() for _ in range(count)]
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(probe.source.port.connection, "127.0.0.1", 0) for probe in probes]
    try:
        yield probes, [str(server.sockets[0].getsockname()[1]) for server in servers]
    finally:
        for server, probe in zip(servers, probes, strict=True):
            server.close()
            probe.source.port.stop()


def expect(folder: Path, serials: Sequence[int]) -> list[str]:
    """RMAs for these items; their EPCs."""
    database = Database(f"sqlite:///{folder / 'returns.db'}")
    database.open()
    with database.writing() as connection:
        rmas.upsert(connection, (epc_rma(f"RMA-{serial}", serial) for serial in serials), START_US)
    database.close()
    return [sgtin(serial) for serial in serials]


@asynccontextmanager
async def subscriber(broker: Broker, heard: Heard) -> AsyncIterator[None]:
    async def listen() -> None:
        async for message in client.messages:
            topic = message.topic.value
            if topic.startswith("bare/"):
                heard.arrived(topic)
            elif topic.endswith("/receipt"):
                heard.arrived(json.loads(bytes(message.payload))["data"]["epc"])

    async with aiomqtt.Client(broker.host, broker.port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        await client.subscribe("bare/#", qos=1)
        await client.subscribe("returns/#", qos=1)
        task = asyncio.create_task(listen(), name="subscriber")
        try:
            yield
        finally:
            task.cancel()


async def bare(client: aiomqtt.Client, file: int, name: str, heard: Heard) -> None:
    """The least that durable and acknowledged can mean."""
    heard.sent[name] = time.perf_counter()
    os.write(file, PAYLOAD)
    await asyncio.to_thread(os.fdatasync, file)
    await client.publish(name, PAYLOAD, qos=1)


@contextmanager
def fleet(load: Load | None, folder: Path, seconds: float) -> Iterator[list[str]]:
    """The ports of its readers; it goes on for so long."""
    if load is None:
        yield []
        return
    longer = Load(load.size, load.rate, load.readers, load.tags, load.warm_seconds, seconds)
    with feeding(longer, folder / "sent") as feeder:
        assert feeder.stdout is not None
        yield feeder.stdout.readline().split()


async def measure(scene: Scene, count: int) -> tuple[list[float], list[float], list[tuple[float, int]]]:
    """Seconds through the daemon, seconds of the bare way, and how late the daemon's loop was meanwhile."""
    load = scene.load
    with tempfile.TemporaryDirectory() as name, broker_in(Path(name)) as broker:
        folder = Path(name)
        heard = Heard()
        epcs = expect(folder, range(1, count + 1))
        names = [f"bare/{number}" for number in range(count)]
        async with AsyncExitStack() as stack:
            probes, probe_ports = await stack.enter_async_context(
                probe_readers(1 if scene.is_busy else PROBES)
            )
            ports = stack.enter_context(fleet(load, folder, 4 * count * PAUSE_SECONDS + 60))
            stack.enter_context(daemon("presence", folder, broker.port, [*ports, *probe_ports]))
            await stack.enter_async_context(subscriber(broker, heard))
            client = await stack.enter_async_context(aiomqtt.Client(broker.host, broker.port))
            file = os.open(folder / "bare", os.O_CREAT | os.O_WRONLY)
            stack.callback(os.close, file)
            await are_read(probes)
            if scene.is_busy:
                stack.callback(asyncio.create_task(probes[0].keep_sending(), name="busy reader").cancel)
            await settled(folder, (TAGS if load else 0) + scene.is_busy)
            before = lag_counts(folder)
            for epc, topic, probe in zip(epcs, names, cycle(probes), strict=False):
                heard.sent[epc] = time.perf_counter()
                assert probe.report(epc)
                await asyncio.sleep(PAUSE_SECONDS)
                await bare(client, file, topic, heard)
                await asyncio.sleep(PAUSE_SECONDS)
            await heard.all_of([*epcs, *names])
            after = await asyncio.to_thread(lag_counts, folder)
        lag = [(bound, late - early) for (bound, early), (_, late) in zip(before, after, strict=True)]
        return [heard.took[epc] for epc in epcs], [heard.took[one] for one in names], lag


async def are_read(probes: Sequence[Probe]) -> None:
    """Their ROSpecs run."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not all(probe.source.field.is_read for probe in probes):
            await asyncio.sleep(0.1)


async def settled(folder: Path, events: int) -> None:
    """So many events are published, and nothing waits."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            await asyncio.sleep(0.5)
            text = await asyncio.to_thread(scrape, folder)
            published, pending = (
                float(text.partition(f"\nreturns_gateway_{name} ")[2].split()[0])
                for name in ("published_total", "outbox_pending")
            )
            if published >= events and pending == 0:
                return


def lag_percentile(counts: Sequence[tuple[float, int]], share: float) -> float:
    """The least bound that so many turns of the loop stay under, in seconds."""
    return next(bound for bound, count in counts if count >= counts[-1][1] * share)


def run(rounds: int, is_quick: bool) -> Iterator[Figure]:
    count = 40 if is_quick else 150
    found: dict[str, list[tuple[dict[str, float], list[tuple[float, int]]]]] = {}
    for number in range(rounds):
        for scene in SCENES:
            ours, base, lag = asyncio.run(measure(scene, count))
            took = {
                f"{who}{key}": percentile(values, share) * 1000
                for who, values in (("", ours), ("bare ", base))
                for key, share in (("p50", 0.5), ("p99", 0.99))
            }
            found.setdefault(scene.title, []).append((took, lag))
            told("latency", scene.title, number + 1, {key: round(value, 2) for key, value in took.items()})
    for scene in SCENES:
        yield from _figures(scene, found[scene.title])


def _figures(
    scene: Scene, found: Sequence[tuple[dict[str, float], list[tuple[float, int]]]]
) -> Iterator[Figure]:
    name = scene.title
    middle = {key: median(took[key] for took, _ in found) for key in found[0][0]}
    for key in ("p50", "p99"):
        most = scene.most if key == "p99" else None
        ratio = middle[key] / middle[f"bare {key}"]
        yield Figure(f"{name}: {key}", middle[key], "ms", ratio, "fdatasync + publish", at_most=most)
        yield Figure(f"{name}: {key} of fdatasync + publish alone", middle[f"bare {key}"], "ms")
    lags = [lag for _, lag in found]
    pooled = [(bound, sum(lag[place][1] for lag in lags)) for place, (bound, _) in enumerate(lags[0])]
    most_ms = None if scene.title == "saturated" else 10.0
    late_ms = lag_percentile(pooled, 0.99) * 1000
    yield Figure(f"{name}: event loop lag p99, at most", late_ms, "ms", at_most=most_ms)


NOTES = f"""\
A receipt is heard after its two reads were decoded, counted, matched to its RMA line, committed with fsync
(SQLite, `synchronous=FULL`), published at QoS 1 and delivered by mosquitto. The bare way is one `fdatasync` of
1,000 bytes and one aiomqtt publish at QoS 1 through the same broker, in turn with the other, in the same run.
The loop's lag is what the daemon itself observed, four times a second, as the upper bound of its bucket.

The items come at {PROBES} readers in turn, each silent for more than a second before; *at a busy reader* at one that
reports 20 times a second. Readers that keep sending are read in rounds, of 50 ms where there are 50 of them: that
is where the difference comes from, and such an item would miss the bar too.

At idle the reads take 1 ms until they are in the hands of the thread that decides, its 19 statements of SQL 3, the
commit 1, finding the message in the outbox 1, the broker 2 (medians). The first receipt after a start is part of
*idle*: it takes as long as the others, because a decision has been rehearsed before.
"""

if __name__ == "__main__":
    sys.exit(main(Part("latency", "From a report's bytes to the subscriber", NOTES, run)))
