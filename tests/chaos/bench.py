"""A process: an emulated reader on whose bench items are laid down one by one and taken away again.

`python bench.py PORT ITEMS PER_SECOND STAY_SECONDS` tells each item and when it was laid down, a line each, and
serves until SIGTERM. What was read while no gateway was there is kept, as real readers keep it.
"""

import asyncio
import signal
import sys
from pathlib import Path
from time import time

sys.path.insert(0, str(Path(__file__).parents[2]))

from readers.emulator.build import items
from readers.emulator.device import Device
from readers.emulator.field import StaticField
from readers.emulator.profiles import PROFILES
from readers.emulator.server import serve

READS_PER_SECOND = 600.0


async def main(port: int, count: int, per_second: float, stay_seconds: float) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    device = Device(PROFILES["generic"], StaticField(READS_PER_SECOND, seed=1))
    async with serve([device], port=port), asyncio.TaskGroup() as group:
        laying = group.create_task(_lay_down(device, count, per_second, stay_seconds))
        await stopped.wait()
        laying.cancel()


async def _lay_down(device: Device, count: int, per_second: float, stay_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number, epc in enumerate(items(count)):
        await asyncio.sleep(max(0.0, start + number / per_second - loop.time()))
        device.put(epc, (1,))
        print(epc.hex().upper(), time(), flush=True)
        loop.call_later(stay_seconds, device.take_away, epc)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])))
