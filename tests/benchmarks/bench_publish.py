"""Publisher throughput beside bare aiomqtt, against the same mosquitto in the same run.

    python -m tests.benchmarks.bench_publish [--events 10000] [--durable]

Without --durable the broker does not write its store after each message, so that the client is what is measured;
with it the shipped configuration is used as it is.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections import deque
from pathlib import Path
from random import Random

import aiomqtt

from gateway.documents.cloudevents import CONTENT_TYPE, encode_event
from gateway.mqtt.client import MqttClient
from gateway.mqtt.publisher import Publisher
from gateway.mqtt.states import Boot
from gateway.mqtt.verbs import Context
from gateway.settings import MqttSettings, Settings
from gateway.stats import Stats
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from rules.events import Event
from rules.observation import Evidence
from rules.policy import DEFAULT_POLICY
from rules.vocabulary import Direction, EventKind
from tests.integration.broker import Broker

IN_FLIGHT = 16
TOPIC = "returns/v1/dc1/dock-1/receipt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--durable", action="store_true")
    arguments = parser.parse_args()
    options = "" if arguments.durable else "autosave_interval 1000000"
    with tempfile.TemporaryDirectory() as name, Broker(Path(name), options=options) as broker:
        results = asyncio.run(measure(broker, Path(name), arguments.events))
    print(json.dumps(results, indent=2))


async def measure(broker: Broker, directory: Path, count: int) -> dict[str, float | int]:
    settings = Settings(site="dc1", name="gw-1", mqtt=MqttSettings(host=broker.host, port=broker.port))
    payloads = [encode_event(_event(n), source="/dc1/gw-1", sequence=n) for n in range(1, count + 1)]
    bare = await _bare(broker, payloads)
    client = await _client(settings.mqtt, payloads)
    publisher = await _publisher(settings, directory, payloads)
    return {
        "events": count,
        "in_flight": IN_FLIGHT,
        "bare_aiomqtt_per_second": round(count / bare),
        "client_per_second": round(count / client),
        "publisher_per_second": round(count / publisher),
    }


async def _bare(broker: Broker, payloads: list[bytes]) -> float:
    """As many tasks as messages in flight, each publishing one after the other."""
    async with aiomqtt.Client(broker.host, broker.port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        client.pending_calls_threshold = IN_FLIGHT + 1
        left = deque(payloads)

        async def work() -> None:
            while left:
                await client.publish(TOPIC, left.popleft(), qos=1)

        started = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
        return time.perf_counter() - started


async def _client(settings: MqttSettings, payloads: list[bytes]) -> float:
    async with MqttClient(settings) as client:
        window: deque[asyncio.Future[None]] = deque()
        started = time.perf_counter()
        for payload in payloads:
            if len(window) >= IN_FLIGHT:
                await window.popleft()
            window.append(client.send(TOPIC, payload, content_type=CONTENT_TYPE))
        for accepted in window:
            await accepted
        return time.perf_counter() - started


async def _publisher(settings: Settings, directory: Path, payloads: list[bytes]) -> float:
    """From the stored outbox to everything marked as sent."""
    database = Database(f"sqlite:///{directory / 'returns.db'}")
    database.open()
    now_us = time.time_ns() // 1000
    drafts = [
        (outbox.Draft(f"event-{n}", "receipt", TOPIC, CONTENT_TYPE, now_us), payload)
        for n, payload in enumerate(payloads)
    ]
    await database.write(
        lambda connection: outbox.append(
            connection,
            settings.name,
            drafts,
            first=outbox.reserve(connection, settings.name, len(drafts)),
            now_us=now_us,
        )
    )
    publisher = Publisher(
        settings,
        Stats(),
        Context(
            database, Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY), lambda: time.time_ns() // 1000
        ),
        boot=Boot("0", "0"),
        random=Random(1),
    )
    started = time.perf_counter()
    running = asyncio.create_task(publisher.run())
    await asyncio.sleep(0)
    await publisher.stop(600)
    await running
    elapsed = time.perf_counter() - started
    backlog = await database.read(lambda connection: outbox.backlog(connection, settings.name))
    assert backlog.count == 0
    database.close()
    return elapsed


def _event(number: int) -> Event:
    seen_us = 1_795_168_800_000_000 + number
    return Event(
        kind=EventKind.RECEIPT,
        id=f"00000000-0000-8000-8000-{number:012d}",
        time_us=seen_us,
        subject=f"https://id.gs1.org/01/80614141123458/21/{number}",
        rma=f"RMA-{number}",
        line=1,
        gtin="80614141123458",
        serial=str(number),
        read_point="dock-1",
        evidence=Evidence(12, (1, 2), seen_us - 1_000_000, seen_us, -52, Direction.IN),
    )


if __name__ == "__main__":
    main()
