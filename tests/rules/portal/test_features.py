"""A load's features by sums of its tags' moments are those by all its reads, computed the long way round."""

import math
from statistics import correlation, fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.portal.evidence import INSIDE, OUTSIDE, Trace
from rules.portal.features import BINS, NAMES, features
from rules.portal.profile import Profile

START_US = 1_700_000_000_000_000
SIDE_OF = {"outside": OUTSIDE, "inside": INSIDE}

one_tag = st.lists(
    st.tuples(st.integers(0, 20_000_000), st.sampled_from((OUTSIDE, INSIDE)), st.integers(-80, -30)),
    min_size=1,
    max_size=40,
)


def profile(number: int, reads: list[tuple[int, int, int]]) -> Profile:
    trace = Trace(bytes([number]), START_US + min(reads)[0])
    for seen, side, rssi in reads:
        trace.add(START_US + seen, side, side + 1, rssi, 1)
    return Profile(trace)


def told_apart(load: list[Profile], side: int) -> list[tuple[float, float, float]]:
    """Of each read on one side: the share of the passage that was over, level above the tag's mean, energy."""
    start = min(one.first_us for one in load)
    duration = max(max(one.last_us for one in load) - start, 1)
    found = []
    for one in load:
        heard = [(seen, rssi) for seen, at, rssi in one.samples if at == side]
        for seen, rssi in heard:
            above = rssi - fmean(level for _, level in heard)
            energy = 10 ** ((rssi - max(level for _, level in heard)) / 10)
            found.append(((seen - start) / duration, above, energy))
    return found


@given(st.lists(one_tag, min_size=1, max_size=6))
def test_features_when_a_load_passes_then_they_are_those_of_all_its_reads(
    tags: list[list[tuple[int, int, int]]],
) -> None:
    load = [profile(number, reads) for number, reads in enumerate(tags)]
    row = features(load)
    sides = {name: told_apart(load, side) for name, side in SIDE_OF.items()}
    if not all(sides.values()):
        assert row is None
        return
    assert row is not None
    told = dict(zip(NAMES, row, strict=True))
    centres = {name: centre_of(reads) for name, reads in sides.items()}
    assert told["lag"] == pytest.approx(centres["inside"] - centres["outside"], abs=1e-9)
    for name, reads in sides.items():
        times, levels, energies = zip(*reads, strict=True)
        spread = sum(
            energy * (when - centres[name]) ** 2 for when, energy in zip(times, energies, strict=True)
        )
        width = math.sqrt(max(spread / sum(energies), 1e-4))
        assert told[f"width_{name}"] == pytest.approx(width, abs=1e-7)
        if pstdev(levels) > 0.5 and pstdev(times) > 0.05:
            assert told[f"trend_{name}"] == pytest.approx(correlation(times, levels), abs=2e-3)
    levels = [level for reads in sides.values() for _, level, _ in reads]
    assert told["spread"] == pytest.approx(
        min(math.hypot(*levels) / math.sqrt(len(levels)), 10) / 3, abs=1e-9
    )
    assert told["reads_log"] == pytest.approx(math.log10(len(levels)))


def centre_of(reads: list[tuple[float, float, float]]) -> float:
    return sum(when * energy for when, _, energy in reads) / sum(energy for *_, energy in reads)


def test_features_when_the_level_is_a_hill_then_its_bow_and_its_sixths_say_so() -> None:
    reads = [(second * 100_000, side, -50 - abs(30 - second) // 3) for second in range(61) for side in (0, 1)]
    row = features([profile(1, reads)])
    assert row is not None
    told = dict(zip(NAMES, row, strict=True))
    times = [second / 60 for second in range(61)]
    hill = correlation(
        [(when - 0.5) ** 2 for when in times], [-abs(30 - second) // 3 for second in range(61)]
    )
    assert told["bow_outside"] == told["bow_inside"] == pytest.approx(hill, abs=0.02)
    assert told["bow_outside"] < -0.9
    sixths = [told[f"inside_{place}"] for place in range(BINS)]
    assert sixths == pytest.approx(sixths[::-1], abs=0.2)
    assert max(sixths) == max(sixths[2:4]) > 0.0 > sixths[0]
    assert [told[f"rate_{place}"] for place in range(BINS)] == pytest.approx([1.0] * BINS, abs=0.1)


def test_features_when_one_side_read_nothing_then_there_are_none() -> None:
    assert features([profile(1, [(0, OUTSIDE, -50), (1_000_000, OUTSIDE, -55)])]) is None
