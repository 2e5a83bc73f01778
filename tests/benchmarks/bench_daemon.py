"""The whole daemon beside what a user would write instead: the same traffic, in turn, in one run.

    python -m tests.benchmarks.bench_daemon [--rounds 3] [--quick] [--check]

Receivers: the daemon with presence read points and with doors, a script around sllurp's LLRPReaderClient, one
around llrpkit's Reader. Ratios count; absolute figures are this machine's, in CPU time.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.results import Figure, Part, main, told
from tests.benchmarks.stage import Cost, Load, measure


@dataclass(frozen=True, slots=True)
class Scene:
    title: str
    load: Load
    peer: str | None = None
    at_least: float | None = None
    """The peer's CPU per read must be so many times ours."""


SCENES = (
    Scene("50 x 1,000 reads/s, 1 per report", Load(size=1), "sllurp", 3.0),
    Scene("50 x 1,000 reads/s, 10 per report", Load(size=10), "sllurp"),
    Scene("50 x 1,000 reads/s, 50 per report", Load(size=50), "sllurp", 10.0),
    Scene("flat out, 50 per report", Load(size=50, rate=None), "sllurp", 25.0),
    Scene("50 x 100 reads/s, 1 per report", Load(size=1, rate=100.0), "llrpkit", 1.0),
    Scene("50 x 100 reads/s, 50 per report", Load(size=50, rate=100.0), "llrpkit", 1.0),
    Scene("doors, tags parked, 50 per report", Load(size=50, warm_seconds=20), "portal"),
)
"""llrpkit does not keep up with the fleet's load: it is measured at a tenth of it."""
QUICK = SCENES[2:3]
IDLE = Load(size=50, rate=0.0001, seconds=15.0)


def middle(costs: list[Cost]) -> Cost:
    """The median of each figure; of the losses the most."""
    return Cost(
        us_per_read=median(cost.us_per_read for cost in costs),
        cores=median(cost.cores for cost in costs),
        reads_per_second=median(cost.reads_per_second for cost in costs),
        lost=max(cost.lost for cost in costs),
        rss_mib=median(cost.rss_mib for cost in costs),
    )


def run(rounds: int, is_quick: bool) -> Iterator[Figure]:
    """Receivers take turns, so that the machine's mood meets all of them."""
    scenes = QUICK if is_quick else SCENES
    costs: dict[tuple[str, str], list[Cost]] = {}
    idle: list[float] = []
    for number in range(rounds):
        for scene in scenes:
            for receiver in ("presence", scene.peer):
                if receiver is not None:
                    cost = measure(receiver, scene.load)
                    costs.setdefault((scene.title, receiver), []).append(cost)
                    told("daemon", number + 1, scene.title, receiver, cost)
        idle.append(measure("presence", IDLE).cores * 100)
    for scene in scenes:
        yield from _figures(
            scene, {who: middle(found) for (of, who), found in costs.items() if of == scene.title}
        )
    yield Figure("50 readers connected and nothing read", median(idle), "% of a core")


def _figures(scene: Scene, costs: dict[str, Cost]) -> Iterator[Figure]:
    ours, is_flat_out = costs["presence"], scene.load.rate is None
    yield Figure(f"{scene.title}: daemon", ours.us_per_read, "µs CPU/read")
    if scene.peer is not None:
        theirs = costs[scene.peer].us_per_read
        ratio, name = theirs / ours.us_per_read, f"{scene.title}: {scene.peer}"
        yield Figure(name, theirs, "µs CPU/read", ratio, "the daemon", at_least=scene.at_least)
    yield Figure(f"{scene.title}: daemon, reads taken", ours.reads_per_second, "reads/s")
    if scene.peer is not None and is_flat_out:
        peer = costs[scene.peer]
        taken = ours.reads_per_second / peer.reads_per_second
        name = f"{scene.title}: {scene.peer}, reads taken"
        yield Figure(name, peer.reads_per_second, "reads/s", taken, "the daemon's by it")
        yield Figure(f"{scene.title}: daemon", ours.cores * 100, "% of a core")
    if not is_flat_out:
        yield Figure(f"{scene.title}: daemon, reads lost", ours.lost, "reads", at_most=0)
    yield Figure(f"{scene.title}: daemon, resident memory", ours.rss_mib, "MiB")


NOTES = """\
The daemon has a read point for each reader (presence unless said otherwise), an SQLite database and a broker; the
scripts have a dict with a time window and paho. CPU time is user and system of the receiving process. Lost are
reads sent and not counted one second after the last one. A peer that does not keep up pushes back, and is sent
less: its figure is what a read it did take cost it. Flat out the feeder has a core of its own, and what the daemon
leaves of its core is what it had to wait for the feeder.
"""

if __name__ == "__main__":
    sys.exit(main(Part("daemon", "The daemon at fleet load", NOTES, run)))
