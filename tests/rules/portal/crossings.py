"""Hand-made passages for the door's tests: clean bumps of level at one antenna, then the other."""

import math
from collections.abc import Iterable, Sequence

from rules.portal.evidence import INSIDE, OUTSIDE, Trace
from rules.portal.kinship import Mover
from rules.portal.profile import Profile
from rules.portal.verdict import Portal, Verdict

START = 1_700_000_000_000_000
SECOND = 1_000_000
TICK = 250_000
EPCS = [bytes([0x30, *([0] * 10), number]) for number in range(1, 7)]

Read = tuple[int, str, bytes, int, int, int]
"""Microseconds since START, door, EPC, side, antenna, RSSI."""


def level(distance: float) -> int:
    return round(-50 - 14 * distance * distance / (1 + 0.3 * distance * distance))


def passage(
    ways: Sequence[float], epcs: Iterable[bytes], *, door: str = "d", start: float = 1.0, weaker: int = 0
) -> list[Read]:
    """Reads of tags whose way from outside (-2.5) to inside (+2.5) is given in metres per tenth of a second."""
    reads = []
    for number, epc in enumerate(epcs):
        for step, place in enumerate(ways):
            seen = round((start + step * 0.1) * SECOND) + number * 7_000
            shift = 0.15 * math.sin(number * 2.1)
            ripple = round(1.2 * math.sin(step * 1.7 + number))
            for side, middle in ((OUTSIDE, -0.6), (INSIDE, 0.8)):
                rssi = level(place + shift - middle) + ripple - weaker
                if step % 2 == side and rssi > -74:
                    reads.append((seen, door, epc, side, side + 1, rssi))
    return reads


def way(*places: float, seconds: float = 7.0) -> list[float]:
    """Straight from place to place, in equal times."""
    steps = int(seconds * 10)
    found = []
    for step in range(steps):
        leg, share = divmod(step / steps * (len(places) - 1), 1)
        found.append(places[int(leg)] + share * (places[int(leg) + 1] - places[int(leg)]))
    return found


def parked(epc: bytes, *, door: str = "d", until: float, rssi: int = -60, start: float = 0.0) -> list[Read]:
    count = int((until - start) / 0.2)
    return [
        (round((start + n * 0.2) * SECOND) + 3, door, epc, n % 2, n % 2 + 1, rssi - n % 2)
        for n in range(count)
    ]


def play(portal: Portal, reads: Iterable[Read], *, until: float = 0.0) -> list[tuple[float, Verdict]]:
    """Feeds the reads tick by tick; every verdict with the second at which it was told."""
    told: list[tuple[float, Verdict]] = []
    ordered = sorted(reads)
    end = max(ordered[-1][0] if ordered else 0, round(until * SECOND))
    tick = 0
    for seen, door, epc, side, antenna, rssi in [*ordered, (end, "", b"", 0, 0, 0)]:
        while tick <= seen:
            told += [(tick / SECOND, verdict) for verdict in portal.due(START + tick)]
            tick += TICK
        if door:
            traces = portal.traces(door)
            if epc not in traces:
                traces[epc] = Trace(epc, START + seen)
            traces[epc].add(START + seen, side, antenna, rssi, 1)
    return told


def profiles(reads: list[Read], *, louder: int = 0, slower: int = 1) -> list[Profile]:
    traces = {}
    for seen, _, epc, side, antenna, rssi in sorted(reads):
        trace = traces.setdefault(epc, Trace(epc, START + seen * slower))
        trace.add(START + seen * slower, side, antenna, rssi + louder, 1)
    return [Profile(trace) for trace in traces.values()]


def movers(*ways: list[float], start: float = 1.0) -> list[Mover]:
    found = []
    for number, course in enumerate(ways):
        epcs = [bytes([0x30 + number, *epc[1:]]) for epc in EPCS]
        found += [Mover(profile) for profile in profiles(passage(course, epcs, start=start))]
    return found
