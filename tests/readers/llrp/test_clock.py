from readers.llrp.clock import ClockOffset

SECOND = 1_000_000
HOUR = 3600 * SECOND
NOW = 1_795_000_000 * SECOND


def test_offset_is_the_least_difference_seen() -> None:
    clock = ClockOffset()
    assert clock.sample(NOW - 5_000, NOW) == 5_000
    assert clock.sample(NOW + SECOND - 1_000, NOW + SECOND) == 1_000
    assert clock.sample(NOW + 2 * SECOND - 90_000, NOW + 2 * SECOND) <= 1_000 + 200


def test_offset_follows_a_drifting_clock_both_ways() -> None:
    for ppm in (-100, 100):
        clock = ClockOffset()
        for second in range(0, 3600, 10):
            now = NOW + second * SECOND
            true = second * ppm
            offset = clock.sample(now - true - 2_000, now)
            assert abs(offset - true - 2_000) <= 2_000


def test_reads_held_for_hours_do_not_move_the_offset() -> None:
    clock = ClockOffset()
    clock.sample(NOW, NOW)
    for step in range(2000):
        now = NOW + step * 10_000
        clock.sample(NOW - 2 * HOUR + step * 3 * SECOND, now)
    assert clock.offset_us is not None
    assert clock.offset_us <= 20 * 200


def test_clock_set_forward_is_followed_at_once() -> None:
    clock = ClockOffset()
    clock.sample(NOW - HOUR, NOW)
    assert clock.sample(NOW + SECOND, NOW + SECOND) == 0


def test_clock_set_back_is_followed_when_reads_agree_for_ten_seconds() -> None:
    clock = ClockOffset()
    clock.sample(NOW, NOW)
    for step in range(12):
        now = NOW + step * SECOND
        clock.sample(now - HOUR, now)
    assert clock.offset_us == HOUR


def test_reads_of_another_epoch_than_the_events_are_believed_at_once() -> None:
    clock = ClockOffset()
    clock.sample(NOW, NOW)
    assert clock.sample(5 * SECOND, NOW + SECOND) == NOW - 4 * SECOND
