"""What a read costs as the site grows: more tags in the field, more readers at the same load.

    python -m tests.benchmarks.bench_growth [--rounds 3] [--quick] [--check]

Tags: bytes to read points in this process, CPU time, beside a bare dict. Readers: the whole daemon, its CPU time.
Open RMA lines are in bench_million.
"""

import sys
import time
import tracemalloc
from collections.abc import Iterator
from statistics import median

from gateway.readpoints.admission import Admission
from gateway.readpoints.visits import PresencePoint
from readers.llrp.report import ReportDecoder
from rules.observation import ReadPoint
from rules.vocabulary import BizStep, ReadPointKind
from tests.benchmarks import stage
from tests.benchmarks.hotpath import record
from tests.benchmarks.results import Figure, Part, main, told

SIZE = 50
"""Tags per report."""
POINTS = 50
TAGS, QUICK_TAGS = (200, 2_000, 20_000, 200_000), (200, 2_000)
READERS, QUICK_READERS = (10, 50, 200), (10,)
TOTAL_RATE = 50_000.0
READS = 200_000
"""Of one round, at least one of every tag."""
START_US = 1_700_000_000_000_000


class Field:
    """Bodies of reports in which every tag stands once, spread over the read points."""

    def __init__(self, tags: int) -> None:
        self.bodies = [
            (number % POINTS, b"".join(map(record, range(first, min(first + SIZE, tags)))))
            for number, first in enumerate(range(0, tags, SIZE))
        ]
        self.tags = tags
        points = [ReadPoint(f"p{n}", ReadPointKind.PRESENCE, BizStep.RECEIVING) for n in range(POINTS)]
        self.points = [PresencePoint(point, tags, Admission()) for point in points]
        self.decoder = ReportDecoder()
        self.last: dict[bytes, int] = {}

    def ours(self, now_us: int) -> None:
        for point, body in self.bodies:
            self.points[point].add(self.decoder.rows(body), {1, 2, 3, 4}, now_us - START_US, now_us)
        for point in self.points:
            point.take(self.tags)

    def bare(self, now_us: int) -> None:
        """The same decoding, and a dict that knows when each tag was read last."""
        last = self.last
        for _, body in self.bodies:
            for row in self.decoder.rows(body):
                last[row[0]] = now_us


def per_read_ns(field: Field, is_ours: bool) -> float:
    passes = max(1, READS // field.tags)
    work = field.ours if is_ours else field.bare
    started = time.process_time_ns()
    for number in range(passes):
        work(START_US + number * 1000)
    return (time.process_time_ns() - started) / (passes * field.tags)


def tags(rounds: int, is_quick: bool) -> Iterator[Figure]:
    fields = [Field(count) for count in (QUICK_TAGS if is_quick else TAGS)]
    spent: dict[tuple[int, bool], list[float]] = {}
    for field in fields:
        per_read_ns(field, is_ours=True)
    for number in range(2 * rounds + 1):
        for field in fields:
            for is_ours in (True, False):
                spent.setdefault((field.tags, is_ours), []).append(per_read_ns(field, is_ours))
        told("tags", number + 1, {key[0]: round(values[-1]) for key, values in spent.items() if key[1]})
    first = median(spent[fields[0].tags, True])
    for field in fields:
        ours, bare = median(spent[field.tags, True]), median(spent[field.tags, False])
        most = 2.5 if field.tags == 20_000 else None
        yield Figure(f"{field.tags:,} tags", ours, "ns/read", ours / first, "200 tags", at_most=most)
        yield Figure(f"{field.tags:,} tags, decoded into a dict", bare, "ns/read", ours / bare, "ours / dict")


def memory(tags: int) -> Figure:
    """Of what a read point keeps, each tag observed and taken."""
    field = Field(tags)
    tracemalloc.start()
    field.ours(START_US)
    field.ours(START_US + 1000)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Figure("memory of a tracked tag, presence", used / tags, "bytes", at_most=350)


def readers(rounds: int, is_quick: bool) -> Iterator[Figure]:
    counts = QUICK_READERS if is_quick else READERS
    spent: dict[int, list[float]] = {count: [] for count in counts}
    for number in range(rounds):
        for count in counts:
            load = stage.Load(size=SIZE, rate=TOTAL_RATE / count, readers=count)
            spent[count].append(stage.measure("presence", load).us_per_read)
            told("readers", number + 1, count, f"{spent[count][-1]:.2f} us/read")
    for count in counts:
        cost = median(spent[count])
        most = 1.5 if count == 200 else None
        ratio = cost / median(spent[counts[0]])
        yield Figure(f"{count} readers, 50,000 reads/s", cost, "µs/read", ratio, "10 readers", at_most=most)


def run(rounds: int, is_quick: bool) -> Iterator[Figure]:
    yield from tags(rounds, is_quick)
    yield memory(QUICK_TAGS[-1] if is_quick else TAGS[-1])
    yield from readers(rounds, is_quick)


NOTES = """\
Tags: 50 to a report, spread over 50 presence read points, every tag in turn, which is the worst for the CPU's
caches; "decoded into a dict" is the same decoding and nothing but the time of the last read. Readers: the whole
daemon with as many emulated readers, CPU time of user and system.
"""

if __name__ == "__main__":
    sys.exit(main(Part("growth", "What a read costs as the site grows", NOTES, run)))
