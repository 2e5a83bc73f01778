"""The broker stands still for five seconds at fleet load: no read and no receipt is lost.

python -m tests.benchmarks.bench_freeze [--rounds 3] [--quick] [--check]
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from tests.benchmarks.bench_latency import (
    FLEET,
    TAGS,
    Heard,
    are_read,
    expect,
    probe_readers,
    settled,
    subscriber,
)
from tests.benchmarks.results import Figure, Part, main, told
from tests.benchmarks.stage import Load, broker_in, daemon, feeding, reads_taken

FREEZE_SECONDS = 5.0
PROBES = 100
PAUSE_SECONDS = 0.1
"""Between two receipts: half of them come in while the broker stands still."""


async def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name, broker_in(Path(name)) as broker:
        folder = Path(name)
        heard = Heard()
        epcs = expect(folder, range(1, PROBES + 1))
        async with AsyncExitStack() as stack:
            probes, probe_ports = await stack.enter_async_context(probe_readers(1))
            load = Load(FLEET.size, tags=TAGS, warm_seconds=0, seconds=45.0)
            feeder = stack.enter_context(feeding(load, folder / "sent"))
            assert feeder.stdout is not None
            ports = feeder.stdout.readline().split()
            stack.enter_context(daemon("presence", folder, broker.port, [*ports, *probe_ports]))
            await stack.enter_async_context(subscriber(broker, heard))
            await are_read(probes)
            await settled(folder, TAGS)
            thaw = asyncio.get_running_loop().call_later(FREEZE_SECONDS, broker.thaw)
            broker.freeze()
            for epc in epcs:
                assert probes[0].report(epc)
                await asyncio.sleep(PAUSE_SECONDS)
            thaw.cancel()
            while len(heard.times) < PROBES:
                await asyncio.sleep(0.1)
            fed = 0
            while not fed:
                words = (await asyncio.to_thread(feeder.stdout.readline)).split()
                fed = int(words[1]) if words[0] == "fed" else 0
            await asyncio.sleep(1.0)
            counted = await asyncio.to_thread(reads_taken, folder, "presence")
        return {
            "reads": fed,
            "lost reads": fed + 2 * PROBES - counted,
            "lost receipts": PROBES - len(heard.times),
            "doubled receipts": sum(heard.times.values()) - len(heard.times),
        }


def run(rounds: int, is_quick: bool) -> Iterator[Figure]:
    found = []
    for number in range(rounds):
        found.append(asyncio.run(measure()))
        told("freeze", number + 1, found[-1])
    yield Figure("reads sent by the fleet", sum(one["reads"] for one in found), "reads")
    yield Figure("reads not counted at the end", max(one["lost reads"] for one in found), "reads", at_most=0)
    lost = max(one["lost receipts"] for one in found)
    yield Figure(f"receipts of {PROBES} not heard", lost, "receipts", at_most=0)
    doubled = max(one["doubled receipts"] for one in found)
    yield Figure("receipts heard twice (QoS 1 allows it)", doubled, "receipts")


NOTES = f"""\
50 readers send 1,000 reads/s each while mosquitto is stopped (SIGSTOP) for {FREEZE_SECONDS:g} s and goes on. One more
reader reports {PROBES} expected items meanwhile. Reads are counted by the daemon and compared with what was sent.
"""

if __name__ == "__main__":
    sys.exit(main(Part("freeze", "A broker that stands still", NOTES, run)))
