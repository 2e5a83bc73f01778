"""Moved or parked: the level of a tag at rest is a constant, that of a moving tag ripples.

Measured at a real gate: the standard deviation per antenna is .19 dB (99 % below .82) for parked tags, 2.6 dB
(median) for tags carried through and 1.5 dB for tags driven past.
"""

from collections.abc import Sequence

MOVING_DB = 0.7
"""Standard deviation per side, over at most `WINDOW_US`, from which a tag counts as moving."""
FEW_MOVING_DB = 1.0
"""The same with fewer than `ENOUGH_READS`: rounding to 1 dB alone can make two reads differ."""
ENOUGH_READS = 5
WINDOW_US = 10_000_000
TRIM_READS = 8
TRIM_US = 2_000_000
KEPT_REST_US = 500_000

Sample = tuple[int, int, int]
"""Microseconds, side, RSSI in dBm."""


def spread_db(samples: Sequence[Sample]) -> tuple[float, int]:
    """Standard deviation around the mean of each side, pooled; and its degrees of freedom."""
    counts, sums, squares = [0, 0, 0], [0, 0, 0], [0, 0, 0]
    for _, side, rssi in samples:
        counts[side] += 1
        sums[side] += rssi
        squares[side] += rssi * rssi
    freedom, total = 0, 0.0
    for count, plain, squared in zip(counts, sums, squares, strict=True):
        if count > 1:
            freedom += count - 1
            total += squared - plain * plain / count
    return ((total / freedom) ** 0.5, freedom) if freedom else (0.0, 0)


def has_moved(samples: Sequence[Sample]) -> bool:
    """Some stretch of at most ten seconds shows motion; samples in time order."""
    if not samples:
        return False
    if samples[-1][0] - samples[0][0] <= WINDOW_US:
        return _shows_motion(samples)
    start = 0
    while start < len(samples):
        limit = samples[start][0] + WINDOW_US
        end = start
        while end < len(samples) and samples[end][0] <= limit:
            end += 1
        if _shows_motion(samples[start:end]):
            return True
        half = samples[start][0] + WINDOW_US // 2
        while start < len(samples) and samples[start][0] <= half:
            start += 1
    return False


def trimmed(samples: list[Sample]) -> list[Sample]:
    """Without the rest before and after the way: waiting in the field says nothing about the direction."""
    start = _resting_reads(samples)
    end = len(samples) - _resting_reads(samples[:start:-1])
    return samples[start:end]


def _resting_reads(samples: Sequence[Sample]) -> int:
    """How many reads, from the first on, lie in a rest of two seconds or more, but for its last half."""
    counts, sums = [0, 0, 0], [0, 0, 0]
    total, freedom = 0.0, 0
    resting = 0
    for number, (_, side, rssi) in enumerate(samples, 1):
        count, plain = counts[side], sums[side]
        if count:
            total += (rssi - plain / count) ** 2 * count / (count + 1)
            freedom += 1
        counts[side], sums[side] = count + 1, plain + rssi
        if number >= TRIM_READS:
            if freedom and total / freedom >= MOVING_DB * MOVING_DB:
                break
            resting = number
    if not resting or abs(samples[resting - 1][0] - samples[0][0]) < TRIM_US:
        return 0
    kept = samples[resting - 1][0]
    while resting and abs(samples[resting - 1][0] - kept) < KEPT_REST_US:
        resting -= 1
    return resting


def is_at_rest(samples: Sequence[Sample], since_us: int) -> bool:
    """The reads since then are enough to say that the tag does not move."""
    recent = [sample for sample in samples if sample[0] >= since_us]
    return len(recent) >= ENOUGH_READS and not _shows_motion(recent)


def resting_levels(samples: Sequence[Sample], unread_db: int) -> list[int]:
    """The median level of each side, `unread_db` for a side without reads."""
    levels = []
    for side in range(3):
        heard = sorted(rssi for _, at, rssi in samples if at == side)
        levels.append(heard[len(heard) // 2] if heard else unread_db)
    return levels


def _shows_motion(samples: Sequence[Sample]) -> bool:
    spread, _ = spread_db(samples)
    return spread >= (MOVING_DB if len(samples) >= ENOUGH_READS else FEW_MOVING_DB)
