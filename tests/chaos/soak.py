"""`python -m tests.chaos.soak`: one daemon under steady traffic for an hour; its memory must not grow.

Items are laid down and taken away all the while, a consumer acknowledges. Resident memory is sampled; exit code 0
when the last tenth of the run needs at most 5 % more than the tenth after the warm-up, and nothing was lost.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from prometheus_client.parser import text_string_to_metric_families

from tests.chaos.site import Bench, Gateway
from tests.chaos.verdict import Verdict, judge
from tests.chaos.wms import Wms
from tests.integration.broker import Broker
from tests.ports import free_port

PER_SECOND = 4.0
STAY_SECONDS = 20.0
SAMPLE_SECONDS = 5.0
WARM_UP_SECONDS = 600.0
MOST_GROWTH = 0.05
SETTLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Soaked:
    """Memory in MiB, at the end of the warm-up and of the run; lag as the bucket its 99th percentile is in."""

    warm_mib: float
    last_mib: float
    lag_p99_seconds: float
    seconds: float
    reads: float
    verdict: Verdict

    @property
    def growth(self) -> float:
        return self.last_mib / self.warm_mib - 1

    @property
    def passed(self) -> bool:
        return self.growth <= MOST_GROWTH and self.verdict.passed

    def __str__(self) -> str:
        return (
            f"ran {self.seconds:.0f} s, {self.reads:.0f} reads\n"
            f"resident memory {self.warm_mib:.1f} MiB after the warm-up, {self.last_mib:.1f} MiB at the end: "
            f"{self.growth:+.1%}\n"
            f"event loop lag p99 at most {self.lag_p99_seconds:g} s\n{self.verdict}"
        )


async def soak(seconds: float, directory: Path) -> Soaked:
    (directory / "broker").mkdir()
    bench = Bench(directory, free_port(), round(seconds * PER_SECOND), PER_SECOND, STAY_SECONDS)
    with Broker(directory / "broker") as broker:
        gateway = Gateway(directory / "gw-1", "gw-1", broker.port, bench.port, require_ack=True)
        gateway.import_rmas(bench.expected)
        with Wms(broker.port, directory / "wms.db", acknowledges=True) as wms, bench.running():
            gateway.start()
            try:
                samples = await _samples(gateway, seconds)
                deadline = time.monotonic() + SETTLE_SECONDS
                wanted = set(bench.epcs)
                while not wanted <= {event.epc for event in wms.events()} and time.monotonic() < deadline:
                    await asyncio.sleep(1.0)
                figures = gateway.get("/metrics")[1]
                assert await asyncio.to_thread(gateway.end) == 0
            finally:
                if gateway.process is not None:
                    gateway.end(signal.SIGKILL)
            verdict = judge(
                wms.events(),
                gateway.stored(),
                expected=bench.expected,
                strangers=bench.strangers,
                laid_down=bench.laid_down(),
                changed=len(wms.changed),
            )
    lag, reads = _figures(figures)
    warm = [mib for moment, mib in samples if moment >= min(WARM_UP_SECONDS, seconds / 3)]
    tenth = max(1, len(warm) // 10)
    return Soaked(median(warm[:tenth]), median(warm[-tenth:]), lag, seconds, reads, verdict)


async def _samples(gateway: Gateway, seconds: float) -> Sequence[tuple[float, float]]:
    """Seconds since the start, and resident memory in MiB."""
    start = time.monotonic()
    samples: list[tuple[float, float]] = []
    while (passed := time.monotonic() - start) < seconds:
        process = gateway.process
        assert process is not None
        samples.append((passed, _resident_mib(process.pid)))
        if len(samples) % 60 == 1:
            print(f"{passed:6.0f} s {samples[-1][1]:7.1f} MiB", flush=True)
        await asyncio.sleep(SAMPLE_SECONDS)
    return samples


def _resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _figures(text: str) -> tuple[float, float]:
    """Upper bound of the bucket that holds the 99th percentile of the loop's lag, and how many reads came in."""
    buckets: list[tuple[float, float]] = []
    reads = 0.0
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "returns_gateway_event_loop_lag_seconds_bucket":
                buckets.append((float(sample.labels["le"]), sample.value))
            elif sample.name == "returns_gateway_tag_reads_total":
                reads += sample.value
    total = max(count for _, count in buckets)
    return min(bound for bound, count in buckets if count >= 0.99 * total), reads


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=3600.0)
    given = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="returns-soak-"))
    soaked = asyncio.run(soak(given.seconds, directory))
    print(soaked)
    if not soaked.passed:
        print(f"FAILED; everything is left in {directory}")
        return 1
    shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
