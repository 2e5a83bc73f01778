"""What a user would write instead of the daemon: tag reads, a dict with a time window, news over MQTT.

    python -m tests.benchmarks.peers sllurp|llrpkit BROKER_PORT COUNTER_FILE PORT...

The file holds the number of reads it got, at any time. Ends when its input ends.
"""

import asyncio
import json
import os
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from llrpkit.reader import Reader
from sllurp.llrp import LLRPReaderClient, LLRPReaderConfig

HOST = "127.0.0.1"
WINDOW_SECONDS = 5.0
"""A tag not read for so long is news when it is read again."""
COUNT_SECONDS = 0.1
TAG_FIELDS = {"EnableAntennaID": True, "EnablePeakRSSI": True, "EnableLastSeenTimestamp": True}


class Seen:
    """The dict and the connection to the broker, the same for both peers."""

    def __init__(self, broker_port: int) -> None:
        self.last: dict[bytes, float] = {}
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self.client.connect(HOST, broker_port)
        self.client.loop_start()

    def news(self, epc: bytes, reader: str) -> None:
        self.client.publish("seen", json.dumps({"epc": repr(epc), "reader": reader}), qos=1)


def run_sllurp(seen: Seen, counts: dict[str, int]) -> None:

    def on_tags(reader: LLRPReaderClient, tags: list[dict[str, Any]]) -> None:
        name = str(reader.get_peername()[1])
        last, now = seen.last, time.monotonic()
        for tag in tags:
            epc = tag["EPC"]
            if now - last.get(epc, 0) > WINDOW_SECONDS:
                seen.news(epc, name)
            last[epc] = now
        counts[name] += len(tags)

    clients = []
    for port in map(int, counts):
        settings = {"report_every_n_tags": 1, "keepalive_interval": 3000, "tag_content_selector": TAG_FIELDS}
        client = LLRPReaderClient(HOST, port, LLRPReaderConfig(settings))
        client.add_tag_report_callback(on_tags)
        client.connect()
        clients.append(client)
    sys.stdin.read()


async def run_llrpkit(seen: Seen, counts: dict[str, int]) -> None:
    async def listen(port: str) -> None:
        last = seen.last
        async with Reader(HOST, int(port)) as reader:
            async for tag in reader.inventory():
                now = time.monotonic()
                if now - last.get(tag.epc, 0) > WINDOW_SECONDS:
                    seen.news(tag.epc, port)
                last[tag.epc] = now
                counts[port] += 1

    tasks = [asyncio.create_task(listen(port), name=f"reader {port}") for port in counts]
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()


def tell(counts: dict[str, int], path: Path) -> None:
    with path.open("wb") as file:
        while True:
            os.pwrite(file.fileno(), struct.pack("q", sum(counts.values())), 0)
            time.sleep(COUNT_SECONDS)


def main() -> None:
    peer, broker_port, path, *ports = sys.argv[1:]
    seen, counts = Seen(int(broker_port)), dict.fromkeys(ports, 0)
    threading.Thread(target=tell, args=(counts, Path(path)), daemon=True).start()
    if peer == "sllurp":
        run_sllurp(seen, counts)
    else:
        asyncio.run(run_llrpkit(seen, counts))
    os._exit(0)  # sllurp's threads would wait for their readers


if __name__ == "__main__":
    main()
